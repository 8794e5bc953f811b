"""How weights begin. Each is a function (rng, shape, fan_in, fan_out) -> float32 array of that shape.

fan_in is how many inputs one output sums over, fan_out how many outputs one input reaches. If the inputs have
variance v and are independent of the weights, an output has variance fan_in * Var(w) * v; going backward the
gradient's variance is multiplied by fan_out * Var(w). The rules below keep one or both near 1.
"""

from collections.abc import Callable

import numpy as np

from minigan.checks import generator


def dcgan_normal(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal(0, 0.02^2) whatever the size (Radford et al. 2016, arXiv:1511.06434, section 4)."""
    return normal(rng, shape, 0.02)


def glorot_uniform(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int) -> np.ndarray:
    """Uniform(-a, a) with a = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 16): Keras's default."""
    a = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-a, a, shape).astype(np.float32)


def he_normal(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal(0, 2 / fan_in), for ReLU, which halves the variance (He et al. 2015, arXiv:1502.01852, eq. 10)."""
    return normal(rng, shape, np.sqrt(2.0 / fan_in))


def normal(rng: np.random.Generator, shape: tuple, std: float) -> np.ndarray:
    """Normal(0, std^2)."""
    return (std * rng.standard_normal(shape)).astype(np.float32)


INITIALISERS = {"dcgan": dcgan_normal, "glorot": glorot_uniform, "he": he_normal}


def initial_weight(
    init: str | Callable, rng: np.random.Generator | None, shape: tuple, fan_in: int, fan_out: int
) -> np.ndarray:
    """Draw a weight by the initialiser `init`: one of the names "dcgan", "glorot", "he", or a function like them.

    rng: numpy Generator, or None for a fresh one (then no run is like another).
    Raises ValueError for an unknown name, or an rng that is not a Generator.
    """
    if isinstance(init, str) and init not in INITIALISERS:
        raise ValueError(f"unknown initialiser {init!r}; expected one of {', '.join(INITIALISERS)} or a function")
    rng = generator(rng)
    w = (INITIALISERS[init] if isinstance(init, str) else init)(rng, shape, fan_in, fan_out)
    if np.shape(w) != tuple(shape):
        raise ValueError(f"the initialiser must give an array of shape {tuple(shape)}, gave {np.shape(w)}")
    return np.ascontiguousarray(w, np.float32)
