"""The ground floor: loops and matrix products on plain arrays. No classes, no layers, no options.

Beside every kernel stands its plain twin, the textbook's loops with the same signature and `_plain` behind the
name. The twin is there to be read and to be compared with; the kernel is there to be fast.

Kernels never raise: whoever calls them has checked the shapes.
"""

from minigan.kernels.bias import (
    add_bias,
    add_bias_plain,
    bias_grad,
    bias_grad_plain,
    push_bias,
    push_bias_plain,
)
from minigan.kernels.conv import (
    algorithm,
    conv2d,
    conv2d_input_grad,
    conv2d_input_grad_plain,
    conv2d_plain,
    conv2d_weight_grad,
    conv2d_weight_grad_plain,
)
from minigan.kernels.distance import (
    pair_distances,
    pair_distances_grad,
    pair_distances_grad_plain,
    pair_distances_plain,
)
from minigan.kernels.geometry import output_size, output_sizes
from minigan.kernels.matmul import affine, affine_plain, matmul, matmul_plain
from minigan.kernels.maxout import (
    maxout,
    maxout_input_grad,
    maxout_input_grad_plain,
    maxout_plain,
    maxout_weight_grad,
    maxout_weight_grad_plain,
    picked,
    picked_plain,
    scattered,
    scattered_plain,
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
from minigan.kernels.pointwise import (
    adam,
    adam_plain,
    fingerprint,
    fingerprint_plain,
    finite,
    finite_plain,
    leaky_relu,
    leaky_relu_grad,
    leaky_relu_grad_plain,
    leaky_relu_plain,
)
from minigan.kernels.sample_norm import (
    normalise_samples,
    normalise_samples_grad,
    normalise_samples_grad_plain,
    normalise_samples_plain,
    sample_moments,
    sample_moments_plain,
    sample_sums,
    sample_sums_plain,
)

__all__ = [
    "adam",
    "adam_plain",
    "add_bias",
    "add_bias_plain",
    "affine",
    "affine_plain",
    "algorithm",
    "bias_grad",
    "bias_grad_plain",
    "fingerprint",
    "fingerprint_plain",
    "finite",
    "finite_plain",
    "leaky_relu",
    "leaky_relu_grad",
    "leaky_relu_grad_plain",
    "leaky_relu_plain",
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
    "matmul",
    "matmul_plain",
    "maxout",
    "maxout_input_grad",
    "maxout_input_grad_plain",
    "maxout_plain",
    "maxout_weight_grad",
    "maxout_weight_grad_plain",
    "picked",
    "picked_plain",
    "push_bias",
    "push_bias_plain",
    "scattered",
    "scattered_plain",
    "normalise",
    "normalise_grad",
    "normalise_grad_plain",
    "normalise_plain",
    "output_size",
    "output_sizes",
    "pair_distances",
    "pair_distances_grad",
    "pair_distances_grad_plain",
    "pair_distances_plain",
    "normalise_samples",
    "normalise_samples_grad",
    "normalise_samples_grad_plain",
    "normalise_samples_plain",
    "sample_moments",
    "sample_moments_plain",
    "sample_sums",
    "sample_sums_plain",
]
