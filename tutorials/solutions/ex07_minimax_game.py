"""Solution of exercise 07: the minimax game."""

import numpy as np

from minigan.losses import sigmoid, softplus


def best_discriminator(p, q):
    """p log D + q log(1 - D) is largest at p / (p + q)."""
    return p / (p + q)


def discriminator_loss(real_logits, fake_logits):
    """Minus V, and its slopes -sigmoid(-s) / N and sigmoid(s) / M."""
    value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
    return value, -sigmoid(-real_logits) / real_logits.size, sigmoid(fake_logits) / fake_logits.size


def saturating_loss(fake_logits):
    """Mean log(1 - D), and its slope -D / M."""
    return -np.mean(softplus(fake_logits)), -sigmoid(fake_logits) / fake_logits.size


def generator_loss(fake_logits):
    """Mean -log D, and its slope -(1 - D) / M."""
    return np.mean(softplus(-fake_logits)), -sigmoid(-fake_logits) / fake_logits.size


def alternating_step(theta, w, real, z, lr):
    """D's step, then G's."""
    fake = z + theta
    _, d_real, d_fake = discriminator_loss(w * real, w * fake)
    w = w - lr * (np.sum(d_real * real) + np.sum(d_fake * fake))
    _, d_fake = generator_loss(w * fake)
    theta = theta - lr * np.sum(d_fake * w)
    return theta, w
