"""Sharpness."""

import numpy as np
import pytest

from minigan.metrics import sharpness
from minigan.metrics.sharpness import edges


def test_by_hand():
    image = np.zeros((1, 3, 4, 1))
    image[0, 1, 1] = 1  # the two inner pixels: 4 * 1, and 0 - 1
    assert edges(image) == pytest.approx((4 + 1) / 2)
    assert sharpness(image, 0.5 * image) == pytest.approx(0.5)


def test_blurred_is_below_one_and_noisy_above(rng):
    real = (rng.uniform(size=(50, 12, 12, 3)) > 0.8).astype(float)
    blurred = (real + np.roll(real, 1, axis=1) + np.roll(real, 1, axis=2)) / 3
    assert sharpness(real, real) == pytest.approx(1) and sharpness(real, blurred) < 0.7
    assert sharpness(blurred, blurred + 0.3 * rng.standard_normal(real.shape)) > 1.2
    ramp = np.broadcast_to(np.arange(12.0)[:, None, None], real.shape)
    assert edges(ramp) == pytest.approx(0)


def test_bytes_do_not_overflow_and_many_go_in_pieces(rng):
    real = rng.integers(0, 256, (2500, 5, 5, 1)).astype(np.uint8)
    assert edges(real) == pytest.approx(edges(real.astype(float))) and edges(real) > 255
    assert edges(real) == pytest.approx(np.mean([edges(real[i : i + 1]) for i in range(len(real))]))


@pytest.mark.parametrize("real, fake", [((4, 5, 5, 1), (4, 5, 6, 1)), ((4, 5, 5, 1), (4, 5, 5)), ((4, 2, 5, 1),) * 2])
def test_refused(real, fake):
    with pytest.raises(ValueError, match="expected images"):
        sharpness(np.ones(real), np.ones(fake))
    with pytest.raises(ValueError, match="no edges"):
        sharpness(np.ones((2, 5, 5, 1)), np.ones((2, 5, 5, 1)))
