"""Exercise 12: a gradient penalty, with its gradients by hand.

D is two layers. For samples x (N, n_in):

    a = x W + b            W (n_in, n_hidden), b (n_hidden,)
    h = f a                f is 1 where a > 0, else 0.2 (LeakyReLU)
    s = h v + c            v (n_hidden, 1), c (1,)

Fill in the five functions, from the top down: later ones may use earlier ones. NumPy only.

    minigan exercise check ex12 work        (work: the folder that this file is in)
"""

import numpy as np


def factors(W, b, x):
    """f (N, n_hidden), given: 1 where the hidden unit is above 0, else LeakyReLU's slope."""
    return np.where(x @ W + b > 0, 1.0, 0.2)


def points_between(real, fake, rng):
    """The points of WGAN-GP: for each pair of a real and a generated image a random point on the line between them.

    real, fake: (N, H, W, C). rng: a numpy Generator; rng.random(shape) draws numbers from [0, 1).
    Returns (N, H, W, C).
    """
    raise NotImplementedError("points_between: e x + (1 - e) G(z); what shape does e have?")


def slopes(W, b, v, x):
    """g (N, n_in): the gradient of each sample's score s[n] by the sample x[n]."""
    raise NotImplementedError("slopes: backwards through D, from 1 at each score")


def penalty(g):
    """P = 1/N sum over n of (|g[n]| - 1)^2, and u = dP/dg, with the shape of g (N, n_in). Returns P, u."""
    raise NotImplementedError("penalty: the norm of each row of g, the mean, and the derivative by g")


def tangent(W, b, x, u):
    """t (N, n_hidden): u (N, n_in), sent forwards through Dense and LeakyReLU, as in the derivation of tutorial 12."""
    raise NotImplementedError("tangent: which factors f? and what of the bias?")


def penalty_gradients(W, b, v, c, x):
    """P, and a dict of its gradients with the keys "W", "b", "v", "c", each with the shape of its array."""
    raise NotImplementedError("penalty_gradients: the ordinary weight gradients, with u and t in place of x and h")
