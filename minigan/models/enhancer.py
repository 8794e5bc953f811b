"""An enhancer: a generator that makes a small or noisy picture large and clean, and a DCGAN's discriminator."""

from collections.abc import Callable, Sequence

import numpy as np

from minigan.checks import whole
from minigan.layers import Conv2D, Conv2DTranspose, Identity, Layer, Sequential, Sum, UpSampling2D
from minigan.models.dcgan import discriminator
from minigan.models.degraded import check_sides


def enhancer(
    sample_shape: tuple[int, int, int], *, enlarge: int = 2, width: int = 48, blocks: int = 2, kernel: int = 5,
    d_widths: Sequence[int] = (32, 64, 96), slope: float = 0.2, dropout: float = 0.0, pac: int = 1,
    z_dim: int | None = None, init: str | Callable = "glorot", rng: np.random.Generator | None = None,
) -> tuple[Layer, Layer]:  # fmt: skip
    """G and D: worse pictures (N, H / enlarge, W / enlarge, C) -> better ones (N, H, W, C) -> logits (N, 1).

    G adds to the plainly enlarged picture what its convolutions find is missing, so at first it is nearly right. They
    work at the small size, where a pass costs least; the last one enlarges. (Ledig et al. 2017, SRGAN,
    arXiv:1609.04802, figure 4, has the same plan: 16 blocks, each with batch norm, for photos.) G's end is linear: a
    pixel may leave [-1, 1] a little.

    sample_shape: (H, W, C) of the better pictures, with sides that `enlarge` divides. width: channels of G's maps.
    blocks: residual blocks, x + conv(leaky(conv(x))). z_dim: not used, an enhancer has no noise. dropout, pac,
    d_widths: of D, as for `dcgan`.
    Raises ValueError for other sizes.
    """
    H, W, C = sample_shape
    check_sides((H, W), whole("enlarge", enlarge))
    options = {"init": init, "rng": rng}
    body = [("first", Conv2D(C, width, kernel, slope=slope, **options))]  # (H / enlarge, W / enlarge, width)
    for i in range(1, whole("blocks", blocks, least=0) + 1):
        inner = [("conv1", Conv2D(width, width, 3, slope=slope, **options)),
                 ("conv2", Conv2D(width, width, 3, **options))]  # fmt: skip
        body.append((f"block{i}", Sum(("body", Sequential(*inner)), ("skip", Identity()))))
    last = {"stride": enlarge, "output_size": (H, W)}
    body.append(("detail", Conv2DTranspose(width, C, kernel, **last, **options)))  # (H, W, C)
    plain = UpSampling2D(enlarge) if enlarge > 1 else Identity()
    G = Sequential(("picture", Sum(("detail", Sequential(*body)), ("plain", plain))))
    return G, discriminator((H, W), C * whole("pac", pac), tuple(d_widths), kernel, slope, dropout, options)
