"""The ground floor: loops and matrix products on plain arrays. No classes, no layers, no options.

Every kernel is there twice, with the same name and arguments: the fast one in the files imported below, and its plain
twin in `plain.py`, which is there to be read, and to be compared with. Callers write `kernels.matmul(...)`; `use`
decides which of the two that is.

Kernels never raise: their callers have checked the shapes.
"""
# ruff: noqa: F401

import contextlib
import inspect

from minigan.kernels import plain
from minigan.kernels.attention import attend, attend_grad
from minigan.kernels.bias import add_bias, bias_grad, push_bias
from minigan.kernels.conv import algorithm, conv2d, conv2d_input_grad, conv2d_weight_grad
from minigan.kernels.distance import pair_distances, pair_distances_grad
from minigan.kernels.geometry import output_size, output_sizes
from minigan.kernels.matmul import affine, matmul
from minigan.kernels.maxout import gather_winners, maxout, maxout_input_grad, maxout_weight_grad, scatter_winners
from minigan.kernels.norm import channel_moments, channel_sums, normalise, normalise_grad
from minigan.kernels.pixel_norm import pixel_norm, pixel_norm_grad
from minigan.kernels.pointwise import (
    adam,
    adam_all,
    ema_update,
    fingerprint,
    finite,
    leaky_relu,
    leaky_relu_grad,
    pull_to_mean,
)  # fmt: skip
from minigan.kernels.resample import block_gather, block_max, block_repeat, block_scatter, block_sums
from minigan.kernels.sample_norm import normalise_samples, normalise_samples_grad, sample_moments, sample_sums

PLAIN = dict(inspect.getmembers(plain, inspect.isfunction))
FAST = {name: globals()[name] for name in PLAIN}


def use(which: str) -> contextlib.ExitStack:
    """Compute everything by the "plain" twins from now on, or by the "fast" kernels again.

        minigan.kernels.use("plain")                # until the next call of use
        with minigan.kernels.use("plain"): ...      # inside; after it, what was in use before

    The choice holds for the whole process. It reaches all callers that write `kernels.matmul(...)`. Raises ValueError
    for another name.
    """
    versions = {"fast": FAST, "plain": PLAIN}
    if which not in versions:
        raise ValueError(f"unknown kernels {which!r}; expected one of: {', '.join(versions)}")
    before = {name: globals()[name] for name in PLAIN}
    globals().update(versions[which])
    leave = contextlib.ExitStack()
    leave.callback(globals().update, before)
    return leave
