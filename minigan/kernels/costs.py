"""How long a convolution takes by each algorithm: counts, times what each counted thing costs on this processor.

What an algorithm does can be counted on paper: multiplications, numbers moved. `counts` does so, for each of the three
kernels. What each of these costs depends on the processor, so it is measured on it, once: `measure` times a few
convolutions, as many as there are unknown costs, and solves for the costs. The result is kept on disk beside the
compiled kernels (machine/measured.py), so that all later runs on the machine choose alike, and give the same bits.
Another processor may choose another algorithm; its results differ in rounding.

MINIGAN_MEASURE=off in the environment: nothing is measured, BUILT_IN is used.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from minigan.kernels import direct, im2col, winograd
from minigan.kernels.geometry import Pads, Pair, output_sizes
from minigan.kernels.machine import measured
from minigan.kernels.machine.memory import release
from minigan.kernels.machine.threads import estimated
from minigan.kernels.machine.vectors import ROWS, lanes, padded
from minigan.kernels.product import product

ALGORITHMS = {"direct": direct, "im2col": im2col, "winograd": winograd}
KERNELS = ("conv2d", "conv2d_input_grad", "conv2d_weight_grad")
ONE_ROW = 5  # `product` has no block for less than ROWS rows; one by one they take so many times as long
ODD_PIXEL = 50  # to copy a pixel whose channels are no whole vectors takes as long as to transform so many numbers
PLACES, ROUNDS = 4, 12  # places in memory; timings at each, of which the best counts


class Costs(NamedTuple):
    """Nanoseconds of one core, in float32."""

    blas: float  # im2col: for each multiplication and addition in NumPy's matrix product
    window_row: float  # im2col: for each row of a window, K_W * C numbers, that is copied, or added back
    product: float  # direct: for each multiplication and addition
    frame: float  # direct: for each number of an image, with its padding
    add_back: float  # direct: for each number that the input gradient adds to a pixel
    tile_product: float  # winograd: for each multiplication and addition
    transform: float  # winograd: for each number of a transformed tile or kernel


BUILT_IN = Costs(0.0185, 48.0, 0.0083, 0.48, 0.44, 0.0120, 0.240)  # as measured on an AMD EPYC, Zen 5
_lock = threading.Lock()
_costs, _origin = None, "no convolution has been computed"  # None: they have not been looked for


# --- Which costs are in use -------------------------------------------------------------------------------------------


def in_use() -> Costs:
    """The costs by which algorithms are chosen. The first call looks for them on disk; if they are not there, it
    measures them, which takes a second, and compiles what is measured."""
    global _costs, _origin
    if _costs is None:
        with _lock:
            if _costs is None:
                folder = measured.folder_of(product)
                stamp = measured.stamp(__file__, __name__)
                kept = measured.kept("convolutions", BUILT_IN._asdict(), lambda: measure()._asdict(), folder, stamp)
                _origin, _costs = kept.origin, Costs(**kept.numbers)
    return _costs


def record(look: bool = False) -> dict[str, Any]:
    """What config.json says of the costs: the nanoseconds, and where they are from. If no convolution has asked for
    them yet, look decides whether they are looked for now, and measured if need be; else there are no "ns"."""
    if _costs is None and not look:
        return {"from": _origin}
    return {"ns": in_use()._asdict(), "from": _origin}


def use(numbers: Mapping[str, float] | None) -> bool:
    """Use these costs from now on, in this process: "ns" of the `record` of an earlier run on the same machine. None:
    look for the kept ones at the next convolution. -> whether they are used: what is no number, or further than ten
    times from BUILT_IN, is not."""
    global _costs, _origin
    if numbers is not None and not measured.sane(numbers, BUILT_IN._asdict()):
        return False
    with _lock:
        _costs, _origin = None, "no convolution has been computed"
        if numbers is not None:
            _costs, _origin = Costs(**numbers), "an earlier run"
    return True


# --- Counting ---------------------------------------------------------------------------------------------------------


def counts(
    algorithm: str, kernel: str, x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads
) -> dict[str, float]:
    """How often each of Costs comes up. kernel: one of KERNELS. Shapes as in conv.py: x is the big image."""
    return _COUNTS[algorithm](kernel, x_shape, w_shape, stride, padding)


def _of_im2col(kernel, x_shape, w_shape, stride, padding):
    (KH, KW, C, F), (OH, OW) = w_shape, output_sizes(x_shape, w_shape, stride, padding)
    windows = x_shape[0] * OH * OW
    return {"blas": windows * KH * KW * C * F, "window_row": windows * KH}


def _of_direct(kernel, x_shape, w_shape, stride, padding):
    (N, H, W, C), (KH, KW, _, F) = x_shape, w_shape
    OH, OW = output_sizes(x_shape, w_shape, stride, padding)
    taps, pixels = KH * KW * C, OH * OW
    count = {"frame": N * (H + sum(padding[0])) * (W + sum(padding[1])) * C}
    if kernel == "conv2d_weight_grad":
        return count | {"product": N * pixels * _rows(taps) * padded(F, np.float32)}
    slow = ONE_ROW if pixels < ROWS else 1
    if kernel == "conv2d":
        return count | {"product": N * pixels * taps * padded(F, np.float32) * slow}
    return count | {"product": N * pixels * padded(taps, np.float32) * F * slow, "add_back": N * pixels * taps}


def _of_winograd(kernel, x_shape, w_shape, stride, padding):
    (N, H, W, C), (KH, KW, _, F) = x_shape, w_shape
    plan = winograd.plan(H, W, KH, KW, stride, padding)
    tiles, phases, products = N * plan.of_one, len(plan.live), int(plan.live.sum())
    C_, F_ = padded(C, np.float32), padded(F, np.float32)  # the padding is computed, too
    added = F if kernel == "conv2d" else 0  # overlapping windows of y are added up
    odd = phases * 16 * _odd(C) + (36 * _odd(F) if kernel != "conv2d" else 0)
    moved = tiles * (36 * (phases * C_ + F_ + added) + ODD_PIXEL * odd) + phases * 36 * C * F_
    return {"tile_product": tiles * products * C_ * F_, "transform": moved}


def _rows(count):
    return -(-count // ROWS) * ROWS


def _odd(channels):
    return channels % lanes(np.float32) > 0


_COUNTS = {"im2col": _of_im2col, "direct": _of_direct, "winograd": _of_winograd}


# --- Measuring --------------------------------------------------------------------------------------------------------

# For each algorithm as many convolutions as it has costs, in each of which another cost has most of the time.
_SAME, _HALF = ((1, 1), (1, 1)), ((1, 2), (1, 2))
SAMPLES = {
    "im2col": [
        ("conv2d", (32, 7, 7, 64), (3, 3, 64, 96), (1, 1), _SAME),
        ("conv2d", (32, 28, 28, 1), (5, 5, 1, 32), (2, 2), _HALF),
    ],
    "direct": [
        ("conv2d", (16, 14, 14, 32), (3, 3, 32, 64), (1, 1), _SAME),
        ("conv2d", (32, 28, 28, 16), (1, 1, 16, 16), (1, 1), ((0, 0), (0, 0))),
        ("conv2d_input_grad", (32, 14, 14, 16), (3, 3, 16, 32), (1, 1), _SAME),
    ],
    "winograd": [
        ("conv2d", (32, 14, 14, 64), (5, 5, 64, 96), (2, 2), _HALF),
        ("conv2d", (32, 14, 14, 32), (3, 3, 32, 32), (1, 1), _SAME),
    ],
}


def measure() -> Costs:
    """Time SAMPLES on one core, the best of several times, and solve counts * costs = times for each algorithm."""
    times, found = _best_times(), {}
    for algorithm, samples in SAMPLES.items():
        counted = [counts(algorithm, *sample) for sample in samples]
        names = sorted(set().union(*counted))
        matrix = [[count.get(name, 0) for name in names] for count in counted]
        found |= zip(names, np.linalg.solve(matrix, times[algorithm]).tolist(), strict=True)
    return Costs(**found)


def _best_times():
    """Nanoseconds of all samples, for each algorithm.

    Where arrays lie, and where in a page the thread's stack begins, is the same for as long as a process runs, and can
    make a loop slow for all that time. So the samples are timed at several places, on this thread and on others.
    """
    best = {algorithm: [np.inf] * len(samples) for algorithm, samples in SAMPLES.items()}
    for place in range(PLACES):
        if place % 2:
            other = threading.Thread(target=_time_all, args=(best,))
            other.start()
            other.join()
        else:
            _time_all(best)
    return best


def _time_all(best):
    """The samples take turns, so that a busy moment of the machine meets all of them."""
    release()
    jobs = [(name, k, _job(name, *sample)) for name, samples in SAMPLES.items() for k, sample in enumerate(samples)]
    with estimated(0):  # on this thread alone
        for turn in range(1 + ROUNDS):
            for algorithm, k, job in jobs:
                start = time.perf_counter_ns()
                job()
                if turn > 0:  # the first call compiles, and allocates memory
                    best[algorithm][k] = min(best[algorithm][k], time.perf_counter_ns() - start)


def _job(algorithm, kernel, x_shape, w_shape, stride, padding):
    rng = np.random.default_rng(0)
    y_shape = x_shape[0], *output_sizes(x_shape, w_shape, stride, padding), w_shape[3]
    x, w, dy = (rng.standard_normal(shape, dtype=np.float32) for shape in (x_shape, w_shape, y_shape))
    given = {"conv2d": (x, w), "conv2d_input_grad": (dy, w, x_shape), "conv2d_weight_grad": (x, dy, w_shape)}[kernel]
    return lambda: getattr(ALGORITHMS[algorithm], kernel)(*given, stride, padding)
