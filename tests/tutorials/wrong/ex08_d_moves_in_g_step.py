# hint: who may move in G's step

import numpy as np


def ring_centres(modes):
    """The centres of `modes` heaps, equally spaced on the circle of radius 1 around the origin -> (modes, 2)."""
    angle = 2 * np.pi * np.arange(modes) / modes  # never 2 pi, which is 0 again
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def modes_found(points, centres, sigma):
    """How many of the centres (modes, 2) have at least one of the points (N, 2) within 3 sigma -> a whole number."""
    distance = np.linalg.norm(points[:, None] - centres, axis=2)  # (N, modes)
    return int(np.any(distance <= 3 * sigma, axis=0).sum())


def d_step(G, D, loss, optimizer, real, z):
    """One step of the discriminator. The loss is a sum of a real and a fake part, and so is its gradient."""
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    _, real_grads = D.backward(d_real, real_cache)
    _, fake_grads = D.backward(d_fake, fake_cache)
    optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})
    return value


def g_step(G, D, loss, optimizer, z):
    """One step of the generator. The gradient goes through D, which stays as it is."""
    fake, g_cache = G.forward(z)
    fake_logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(fake_logits)
    d_points, d_grads = D.backward(d_fake, d_cache)
    for key, grad in d_grads.items():
        D.params[key] -= 0.001 * grad
    _, grads = G.backward(d_points, g_cache)
    optimizer.step(grads)
    return value
