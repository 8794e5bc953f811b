"""Derivatives from differences.

The central difference (f(x + h) - f(x - h)) / 2h is wrong by h^2 f''' / 6, and by about eps |f| / h from rounding, with
eps = 2.2e-16 in float64. One step more, of half the size, gives a second estimate; four thirds of it minus one third
of the first cancels the h^2 term (Richardson 1911), and how far the two lie apart tells whether either is to be
trusted: they agree where f is smooth, and do not where f has a kink between x - h and x + h.
"""

from typing import NamedTuple

import numpy as np

STEP = 1e-4  # truncation after Richardson about 1e-17 f''''', rounding about 1e-12 |f|


class Numeric(NamedTuple):
    """A numeric gradient, and where it can be trusted (both with the array's shape)."""

    gradient: np.ndarray
    smooth: np.ndarray


def numeric_gradient(f, array, step=STEP):
    """d f() / d array, entry by entry; f takes no argument and reads `array`, which is put back as it was.

    array: float64, any shape. Returns Numeric. Raises ValueError for another dtype: in float32 a difference has no
    digits left.
    """
    if array.dtype != np.float64:
        raise ValueError(
            f"numeric_gradient expected a float64 array, got {array.dtype}; write array.astype(np.float64)"
        )
    gradient, smooth = np.zeros(array.shape), np.ones(array.shape, bool)
    for index in np.ndindex(array.shape):
        kept = array[index]
        values = []
        for offset in (step, -step, step / 2, -step / 2):
            array[index] = kept + offset
            values.append(f())
        array[index] = kept
        wide = (values[0] - values[1]) / (2 * step)
        narrow = (values[2] - values[3]) / step
        # A kink shows on one side only: the slopes over [x - h, x] and [x, x + h], here over four points.
        bend = abs(values[0] + values[1] - values[2] - values[3]) / step
        scale = max(abs(wide), abs(narrow), 1e-8)
        smooth[index] = abs(wide - narrow) <= 1e-5 * scale + 1e-9 * abs(values[0]) and bend <= 1e-2 * scale + 1e-2
        gradient[index] = (4 * narrow - wide) / 3
    return Numeric(gradient, smooth)


def relative_error(analytic, numeric, noise=1e-9):
    """|a - n| / max(|a|, |n|) for each entry, where entries below a thousandth of the largest count as that much: the
    rounding of the large ones is in them. noise: the size below which a derivative is nothing but rounding; a bias
    before a batch norm, say, has the derivative 0, and differences of 1e-12."""
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    floor = 1e-3 * size.max(initial=0.0) + noise
    return np.abs(analytic - numeric) / np.maximum(size, floor)
