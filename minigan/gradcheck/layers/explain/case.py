"""The case of one wrong gradient: all that an explanation may look at.

The checker can do more than compare two gradients. With differences it takes the whole Jacobian of the true function,
J[k, i] = d y[k] / d a[i], one column for each entry a[i]. The right gradient is g[i] = sum over k of dy[k] J[k, i]. So
J says what every output contributes to every entry, and what the gradient would be for any other dy. And since backward
must be linear in dy, a dy that is 1 in one place and 0 elsewhere makes it tell its own J, row by row. An explanation is
then a statement on two matrices: the rows of one sample are missing, a column is shifted, each entry is a weight from
the wrong place.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from minigan.gradcheck.core.numeric import STEP, differences, scales
from minigan.gradcheck.core.subject import Broken, Subject

CLOSE = 1e-5  # an explanation must make the gradient right to this, relative to the largest entry
EVALUATIONS = 8000  # passes through the layer that looking at every entry may take: a number, not seconds, so that
# the diagnosis is the same on every machine
LARGE = 2_000_000  # entries of a Jacobian that is not too large to keep
LOOKED_AT = 24  # entries looked at in the Jacobian of another function


def fits(one: np.ndarray, two: np.ndarray, close: float = CLOSE) -> bool:
    """Whether two arrays agree, relative to their largest entry."""
    one, two = np.asarray(one), np.asarray(two)
    if one.shape != two.shape or one.size == 0 or not (np.isfinite(one).all() and np.isfinite(two).all()):
        return False
    return bool(np.abs(one - two).max() <= close * max(np.abs(one).max(), np.abs(two).max()))


def subsets(n: int) -> Iterator[tuple]:
    """The axes 0 to n - 1 alone, then all pairs of them, and so on."""
    return (axes for count in range(1, n + 1) for axes in itertools.combinations(range(n), count))


def all_but(axes: tuple, n: int) -> tuple:
    """The axes 0 to n - 1 without `axes`."""
    return tuple(k for k in range(n) if k not in axes)


class Case:
    """One gradient that is not what differences say.

    where: "dx" or the parameter's name; array: x or the parameter; analytic: what backward returned (its shape may be
    wrong); scalar: L, with x, y, dy and the subject (see `check.py`). indices, precise: the entries of
    which good differences have been taken, and what they said. after: the parameters as backward left them, if it
    changed them.

    From these: indices (k-th of the I entries looked at, kinks left out), jacobian (K, I) for K entries of y, numeric
    (I,) the right gradient there, said (I,) what backward says.
    """

    def __init__(self, where: str, array: np.ndarray, analytic: Any, scalar: Any, indices: Sequence[tuple] = (),
                 precise: np.ndarray | None = None, after: dict | None = None):  # fmt: skip
        self.where, self.array, self.analytic, self.scalar, self.after = where, array, analytic, scalar, after or {}
        self.subject, self.x, self.y, self.dy = scalar.subject, scalar.x, scalar.y, scalar.dy
        self.layer = self.subject.layer
        columns = list(indices)
        if array.size * self.y.size <= LARGE and 4 * array.size <= EVALUATIONS:
            columns = list(np.ndindex(array.shape))
        columns = columns[: max(LARGE // max(self.y.size, 1), 1)]
        jacobian, smooth = numeric_jacobian(self.subject, self.x, self.y, array, columns)
        exact = {} if precise is None else dict(zip(indices, precise, strict=True))
        if exact and not smooth.any():  # nothing but good differences shows what the function does
            self.indices, self.jacobian = list(indices), np.full((self.y.size, len(indices)), np.nan)
            self.numeric = np.array(precise, float)
        else:
            self.indices = [index for index, good in zip(columns, smooth, strict=True) if good]
            self.jacobian = jacobian[:, smooth]
            rough = self.dy.ravel() @ self.jacobian
            self.numeric = np.array([exact.get(i, r) for i, r in zip(self.indices, rough, strict=True)])
        self.complete = len(self.indices) == array.size
        self.flat = np.array([np.ravel_multi_index(i, array.shape) for i in self.indices], int)
        self.same_shape = isinstance(analytic, np.ndarray) and analytic.shape == array.shape
        self.said = analytic.ravel()[self.flat] if self.same_shape else None

    @property
    def name(self) -> str:
        """Of the array: "x", or the parameter's."""
        return "x" if self.where == "dx" else self.where

    @cached_property
    def said_jacobian(self) -> np.ndarray | None:
        """(K, I): what backward takes for the Jacobian, read off with one-hot upstream gradients; None if backward is
        not linear in dy, or has too much to say."""
        if 4 * self.y.size > EVALUATIONS or not self.same_shape:
            return None
        rows = []
        for k in range(self.y.size):
            one_hot = np.zeros_like(self.dy)
            one_hot.flat[k] = 1.0
            row = self.backward(one_hot)
            if row is None:
                return None
            rows.append(row.ravel()[self.flat])
        found = np.array(rows)
        return found if fits(self.dy.ravel() @ found, self.said) else None

    def backward(self, dy: np.ndarray) -> np.ndarray | None:
        """The gradient that backward returns for another dy; None if it cannot be had."""
        try:
            layer = self.subject.fresh()
            _, cache = self.subject.forward(layer, self.x.copy())
            dx, grads = self.subject.backward(layer, dy, cache)
        except Broken:
            return None
        finally:
            self.subject.put_back()
        gradient = dx if self.where == "dx" else grads.get(self.where)
        return gradient if isinstance(gradient, np.ndarray) and gradient.shape == self.array.shape else None

    def for_upstream(self, dy: np.ndarray) -> np.ndarray:
        """The right gradient (I,) for another dy."""
        return dy.ravel() @ self.jacobian

    def full(self, values: np.ndarray) -> np.ndarray:
        """(I,) -> an array of the full shape, NaN where nothing is known."""
        out = np.full(self.array.size, np.nan)
        out[self.flat] = values
        return out.reshape(self.array.shape)

    def agrees_with(self, scalar: Callable | None = None, array: np.ndarray | None = None) -> bool:
        """Whether what backward says is the gradient of another function, `scalar` (default: L, for a caller that has
        changed a parameter). Looked at in some entries, spread over the array."""
        n = len(self.indices)
        some = np.unique(np.linspace(0, max(n - 1, 0), LOOKED_AT).astype(int))[:n]
        indices, said = [self.indices[k] for k in some], self.said[some]
        scalar, array = scalar or self.scalar, self.array if array is None else array
        few = slice(None, None, 8)  # most functions are not the one, and three entries show it
        numeric = differences(scalar, array, indices[few], guess=said[few])
        apart = np.abs(said[few] - numeric.gradient)[numeric.smooth]
        if apart.max(initial=0.0) > 1e-3 * np.abs(said).max(initial=0.0):
            return False
        numeric = differences(scalar, array, indices, guess=said)
        smooth = numeric.smooth
        return 2 * smooth.sum() >= len(smooth) and fits(said[smooth], numeric.gradient[smooth])

    @property
    def pointwise(self) -> tuple:
        """x, y and dy at the entries looked at, for a y of the shape of x."""
        return tuple(v.ravel()[self.flat] for v in (self.x, self.y, self.dy))

    @property
    def eps(self) -> float:
        """The layer's eps, 0 if it has none."""
        return self.constants.get("eps", self.constants.get("epsilon", 0.0))

    @property
    def constants(self) -> dict[str, float]:
        """The layer's plain numbers by name: slope, rate, eps, momentum, and the entries of pairs such as stride."""
        found = {}
        for name, value in vars(self.layer).items() if hasattr(self.layer, "__dict__") else ():
            values = value if isinstance(value, tuple) else (value,)
            for k, number in enumerate(values):
                if isinstance(number, int | float | np.number) and not isinstance(number, bool) and number:
                    found[name if len(values) == 1 else f"{name}[{k}]"] = float(number)
        return found

    @cached_property
    def modes(self) -> Subject | None:
        """The subject in its other mode, or None."""
        return None if self.subject.training is None else self.subject.in_mode(not self.subject.training)


def numeric_jacobian(subject: Subject, x: np.ndarray, y: np.ndarray, array: np.ndarray, columns: list[tuple]) -> tuple:
    """d y / d array[column] for each of the columns -> (y.size, columns), and whether each is smooth there.

    array is x or one of the parameters, and is put back. Central differences with two steps, as in
    `minigan.gradcheck.core.numeric`; the slopes to the two sides must approach each other as the step gets shorter.
    """
    sizes = scales(array)
    jacobian, smooth = np.zeros((y.size, len(columns))), np.zeros(len(columns), bool)
    for c, index in enumerate(columns):
        kept = array[index]
        h = 2.0 ** np.floor(np.log2(STEP * sizes[index]))
        sides = []
        for t in (h, -h, h / 4, -h / 4):
            array[index] = kept + t
            sides.append(change(subject, x, y))
        array[index] = kept
        if any(side is None for side in sides):
            continue
        right, left, near_right, near_left = sides
        far, near = (right - left) / (2 * h), (near_right - near_left) / (h / 2)
        size = max(np.abs(near).max(initial=0.0), np.abs(right).max(initial=0.0) / h)
        bend, closer = np.abs(right + left).max() / h, np.abs(near_right + near_left).max() / (h / 4)
        jacobian[:, c] = (16 * near - far) / 15
        smooth[c] = np.abs(far - near).max() <= 1e-4 * size and closer <= 0.5 * bend + 1e-5 * size
    return jacobian, smooth


def change(subject: Subject, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """y as it is now, less `y`; flat. None if it cannot be had."""
    try:
        now, _ = subject.forward(subject.fresh(), x)
    except Broken:
        return None
    return (now - y).ravel() if now.shape == y.shape else None
