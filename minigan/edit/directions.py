"""Directions in the noise along which pictures change in one way.

GANSpace (Härkönen et al. 2020, arXiv:2004.02546, section 2): noise is drawn from a ball, and no direction of it is
special. But the activations h of an early layer are not a ball. Their principal components v_1, v_2, ... are the ways
in which h varies most. For a G that is fed with z, a direction u_k of the noise is sought for each, by least squares
(equation 3): draw many z_j with activations h_j and coordinates c_jk = (h_j - mean) . v_k,

    u_k = argmin over u of sum over j of |u c_jk - (z_j - mean)|^2 = sum_j c_jk (z_j - mean) / sum_j c_jk^2

and walk along z + a * d_k * u_k, d_k the deviation of c_k, a from -3 to 3.

With a judge who reads the class of pictures there is a second way: the mean noise of the pictures of each class. From
class a to class b leads the difference of their means.
"""

from typing import NamedTuple

import numpy as np

from minigan.layers import Layer


class Directions(NamedTuple):
    """The K directions that matter most. u (K, z_dim). deviation (K,): d_k. share (K,): of the variance of h."""

    u: np.ndarray
    deviation: np.ndarray
    share: np.ndarray


def early_part(G: Layer, z: np.ndarray, labels: np.ndarray | None = None) -> Layer:
    """G up to the second of its layers that gives an array of another shape than it gets: noise -> h. z, labels: any
    noise (n, z_dim) and labels (n,) or None, to see the shapes. Raises ValueError if G has no such layer."""
    x, given, changes = z, None if labels is None else {"labels": labels}, 0
    for name, layer in G.parts():
        y, _ = layer.apply(x, training=False, given=given)
        changes += y.shape != x.shape
        if changes == 2:
            return G.split(name)[0]
        x, given = y, layer.hand_on(given)
    raise ValueError("the directions of GANSpace are those of the activations of an early layer, and this G has none: "
                     f"{', '.join(name for name, _ in G.parts())}")  # fmt: skip


def principal(h: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `count` principal components of h (N, F) -> v (count, F), coordinates (N, count), shares of variance (count,)

    v are the eigenvectors of the covariance of h with the largest eigenvalues; their signs are such that the largest
    number of each is positive."""
    centred = h.astype(np.float64) - h.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(h))
    v = vectors[:, ::-1][:, :count].T
    v *= np.sign(v[np.arange(len(v)), np.abs(v).argmax(axis=1)])[:, None]
    return v, centred @ v.T, values[::-1][:count] / max(values.sum(), 1e-12)


def ganspace(G: Layer, z: np.ndarray, labels: np.ndarray | None = None, count: int = 8) -> Directions:
    """The directions of noise z (N, z_dim), N in the thousands; labels (N,) for a G that takes them."""
    early = early_part(G, z[:2], None if labels is None else labels[:2])
    h, _ = early.apply(z, training=False, given=None if labels is None else {"labels": labels})
    h = h.reshape(len(h), -1)
    count = min(count, h.shape[1], z.shape[1])
    _, c, share = principal(h, count)
    centred = z.astype(np.float64) - z.mean(axis=0)
    squares = np.maximum(np.sum(c**2, axis=0), 1e-12)
    u = c.T @ centred / squares[:, None]  # (K, z_dim)
    return Directions(u.astype(z.dtype), c.std(axis=0), share)


def class_means(z: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    """The mean noise of the pictures that are read as each class, (classes, z_dim); read: (N,). NaN where none is."""
    means = np.full((classes, z.shape[1]), np.nan, z.dtype)
    for k in np.unique(read):
        means[k] = z[read == k].mean(axis=0)
    return means
