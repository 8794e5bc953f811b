"""The description of minigan's networks for PyTorch. That the twins built from it are numerically the same networks is
shown in test_torch_game.py."""

import numpy as np
import pytest

from minigan.bench.torch import twin as torch_twin
from minigan.layers import Conv2D, Conv2DTranspose, Dense, Dropout, Maxout, Reshape, Sequential, UpSampling2D
from minigan.models import dcgan

Z, SHAPES = 5, {"g_widths": (6, 4), "d_widths": (4, 6)}


def test_the_twin_keeps_its_own_weights(rng):
    """Describing copies: the two are trained side by side."""
    G, _ = dcgan(8, z_dim=Z, **SHAPES, rng=rng)
    parts = torch_twin.describe(G, (Z,))
    for part in parts:
        for array in part["arrays"].values():
            assert not any(np.shares_memory(array, own) for own in (*G.params.values(), *G.state.values()))


@pytest.mark.parametrize(
    "layer, message",
    [
        (Dropout(0.5), "no PyTorch twin"),
        (UpSampling2D(2), "no PyTorch twin"),
        (Conv2D(1, 1, 3, stride=2, padding="valid"), "not symmetric"),  # the last row of 8 is in no window
        (Conv2D(1, 1, 3, padding=((1, 0), (0, 1))), "not symmetric"),
        (Conv2DTranspose(1, 1, 4, stride=1), "not symmetric"),
        (Conv2DTranspose(1, 1, 2, stride=3), "not symmetric"),
    ],
)
def test_what_has_no_twin_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        torch_twin.describe(Sequential(("layer", layer)), (8, 8, 1))


def test_a_maxout_before_an_image_is_refused(rng):
    network = Sequential(Dense(5, 24, rng=rng), Maxout(2), Reshape(2, 2, 3))
    with pytest.raises(ValueError, match="from a Maxout into an image"):
        torch_twin.describe(network, (5,))
