"""How weights begin. Each is a function (rng, shape, fan_in, fan_out) -> float32 array of that shape.

fan_in is how many inputs one output sums over, fan_out how many outputs one input reaches. If the inputs have
variance v and are independent of the weights, an output has variance fan_in * Var(w) * v; going backward the
gradient's variance is multiplied by fan_out * Var(w). The rules below keep one or both near 1.

A function may take one more argument, output_axis: the axis of the shape that counts the outputs.
"""

from collections.abc import Callable

import numpy as np

from minigan.checks import generator
from minigan.kernels.machine.threads import one_blas_thread
from minigan.layers.base import optional_arguments


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


def orthogonal(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int, output_axis: int = -1) -> np.ndarray:
    """Filters that are orthogonal to each other and of length 1 (Saxe et al. 2014, arXiv:1312.6120, section 3).

    The weight is seen as a matrix with a row for each output and a column for each number that the output sums over. If
    there are more outputs than those, they cannot all be orthogonal; then the columns are. Either way, the matrix
    neither stretches nor shrinks what it keeps: all of its singular values are 1.
    The matrix is the Q of Q R = a normal matrix, each column times the sign of R's diagonal: only so is every
    orthogonal matrix equally likely (Mezzadri 2007, arXiv:math-ph/0609050, section 5).
    """
    outputs = shape[output_axis]
    others = [size for axis, size in enumerate(shape) if axis != output_axis % len(shape)]
    inputs = int(np.prod(others))
    drawn = rng.standard_normal((max(inputs, outputs), min(inputs, outputs)))
    with one_blas_thread():  # the same weights for any number of threads
        q, r = np.linalg.qr(drawn)
    q *= np.where(np.diag(r) < 0, -1, 1)
    w = (q if inputs >= outputs else q.T).reshape(*others, outputs)
    return np.moveaxis(w, -1, output_axis).astype(np.float32)


def normal(rng: np.random.Generator, shape: tuple, std: float) -> np.ndarray:
    """Normal(0, std^2)."""
    return (std * rng.standard_normal(shape)).astype(np.float32)


INITIALISERS = {"dcgan": dcgan_normal, "glorot": glorot_uniform, "he": he_normal, "orthogonal": orthogonal}


def initial_weight(
    init: str | Callable, rng: np.random.Generator | None, shape: tuple, fan_in: int, fan_out: int,
    output_axis: int = -1,
) -> np.ndarray:  # fmt: skip
    """Draw a weight by the initialiser `init`: one of the names in INITIALISERS, or a function like them.

    rng: numpy Generator, or None for a fresh one (then no run is like another). output_axis: counts the outputs.
    Raises ValueError for an unknown name, or an rng that is not a Generator.
    """
    if isinstance(init, str) and init not in INITIALISERS:
        raise ValueError(f"unknown initialiser {init!r}; expected one of {', '.join(INITIALISERS)} or a function")
    rng = generator(rng)
    draw = INITIALISERS[init] if isinstance(init, str) else init
    options = {"output_axis": output_axis} if optional_arguments(draw, {"output_axis"}) else {}
    w = draw(rng, shape, fan_in, fan_out, **options)
    if np.shape(w) != tuple(shape):
        raise ValueError(f"the initialiser must give an array of shape {tuple(shape)}, gave {np.shape(w)}")
    return np.ascontiguousarray(w, np.float32)
