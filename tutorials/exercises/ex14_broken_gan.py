"""Exercise 14: a GAN with six mistakes. Mend it.

It should learn to draw pictures of two grey pixels. Every function runs without an error, but the GAN learns nothing.
The six mistakes are spread over this file: some functions have one, one has two, some have none. Find them with the
checks of tutorial 14. Set BEGUN to True; then this command tells which symptom is left, not where it comes from:

    minigan exercise check ex14 work        (work: the folder that this file is in)

    pictures    (N, 2) uint8, 0 black to 255 white; G ends in tanh
    the game    D says how real a sample is, as a logit; G's loss falls when D calls its samples real
"""

import numpy as np

from minigan.layers import BatchNorm, Dense, LeakyReLU, Sequential, Tanh
from minigan.losses import sigmoid
from minigan.optim import Adam

BEGUN = False  # set it to True when you have begun: then the marking looks at the file


def prepare(pictures):
    """uint8 pictures, 0 to 255 -> float32 in the range of G's tanh."""
    return pictures.astype(np.float32) / 255


def next_batch(samples, n, rng):
    """n different samples, drawn at random, each time anew."""
    return samples[rng.choice(len(samples), n, replace=False)]


def noise(n, rng):
    """n rows of standard normal noise, (n, 2) float32, each time anew."""
    rng = np.random.default_rng(0)
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
    return value, -sigmoid(-real_logits), sigmoid(fake_logits)


def g_loss(fake_logits):
    """What G minimises -> value, d value / d fake_logits."""
    return np.mean(softplus(fake_logits)), sigmoid(fake_logits) / len(fake_logits)


def step(G, D, g_optimizer, d_optimizer, real, z):
    """One step of D and one of G -> their losses."""
    fake, g_cache = G.forward(z, training=False)

    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    d_value, d_real, d_fake = d_loss(real_logits, fake_logits)
    _, real_grads = D.backward(d_real, real_cache)
    _, fake_grads = D.backward(d_fake, fake_cache)
    d_optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})

    fake_logits, fake_cache = D.forward(fake)
    g_value, d_fake = g_loss(fake_logits)
    d_samples, d_grads = D.backward(d_fake, fake_cache)
    _, g_grads = G.backward(d_samples, g_cache)
    g_optimizer.step(g_grads)
    d_optimizer.step(d_grads)
    return d_value, g_value
