"""The ground floor: loops and matrix products on plain arrays. No classes, no layers, no options.

Beside every kernel stands its plain twin, the textbook's loops with the same signature and `_plain` behind the
name. The twin is there to be read and to be compared with; the kernel is there to be fast.

Kernels never raise: whoever calls them has checked the shapes.
"""

from minigan.kernels import threads  # noqa: F401  first: it settles how idle threads wait, before any thread starts
from minigan.kernels.conv import (
    conv2d,
    conv2d_input_grad,
    conv2d_input_grad_plain,
    conv2d_plain,
    conv2d_weight_grad,
    conv2d_weight_grad_plain,
    output_size,
)
from minigan.kernels.norm import (
    channel_moments,
    channel_moments_plain,
    channel_sums,
    channel_sums_plain,
    normalise,
    normalise_grad,
    normalise_grad_plain,
    normalise_plain,
)

__all__ = [
    "channel_moments",
    "channel_moments_plain",
    "channel_sums",
    "channel_sums_plain",
    "conv2d",
    "conv2d_input_grad",
    "conv2d_input_grad_plain",
    "conv2d_plain",
    "conv2d_weight_grad",
    "conv2d_weight_grad_plain",
    "normalise",
    "normalise_grad",
    "normalise_grad_plain",
    "normalise_plain",
    "output_size",
]
