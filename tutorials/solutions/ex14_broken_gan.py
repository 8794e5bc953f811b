"""Solution of exercise 14: the six mistakes mended. See tutorials/exercises/ex14_broken_gan.py for what is asked."""

import numpy as np

from minigan.layers import BatchNorm, Dense, LeakyReLU, Sequential, Tanh
from minigan.losses import sigmoid
from minigan.optim import Adam

BEGUN = True


def prepare(pictures):
    """uint8 pictures, 0 to 255 -> float32 in the range of G's tanh."""
    return pictures.astype(np.float32) / 127.5 - 1


def next_batch(samples, n, rng):
    """n different samples, drawn at random, each time anew."""
    return samples[rng.choice(len(samples), n, replace=False)]


def noise(n, rng):
    """n rows of standard normal noise, (n, 2) float32, each time anew."""
    return rng.standard_normal((n, 2), dtype=np.float32)


def make_players(rng):
    """G, D and their optimizers."""
    G = Sequential(Dense(2, 32, rng=rng), BatchNorm(32), LeakyReLU(), Dense(32, 2, rng=rng), Tanh())
    D = Sequential(Dense(2, 32, rng=rng), LeakyReLU(), Dense(32, 1, rng=rng))
    return G, D, Adam(G.params, lr=1e-3, beta1=0.5), Adam(D.params, lr=1e-3, beta1=0.5)


def softplus(s):
    """log(1 + e^s), without overflow."""
    return np.logaddexp(0, s)


def d_loss(real_logits, fake_logits):
    """The mean of -log D(x), plus the mean of -log(1 - D(G(z))) -> value, and its gradients by both."""
    value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
    return value, -sigmoid(-real_logits) / len(real_logits), sigmoid(fake_logits) / len(fake_logits)


def g_loss(fake_logits):
    """What G minimises -> value, d value / d fake_logits."""
    return np.mean(softplus(-fake_logits)), -sigmoid(-fake_logits) / len(fake_logits)


def step(G, D, g_optimizer, d_optimizer, real, z):
    """One step of D and one of G -> their losses."""
    fake, g_cache = G.forward(z, training=True)

    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    d_value, d_real, d_fake = d_loss(real_logits, fake_logits)
    _, real_grads = D.backward(d_real, real_cache)
    _, fake_grads = D.backward(d_fake, fake_cache)
    d_optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})

    fake_logits, fake_cache = D.forward(fake)
    g_value, d_fake = g_loss(fake_logits)
    d_samples, _ = D.backward(d_fake, fake_cache, param_grads=False)
    _, g_grads = G.backward(d_samples, g_cache)
    g_optimizer.step(g_grads)
    return d_value, g_value
