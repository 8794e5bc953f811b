"""stages.png: a row for each noise, a column for each size, all equally large."""

import numpy as np
import pytest
from PIL import Image

from minigan.report.folder import RunFolder
from minigan.report.stages import ROWS, draw_stages, enlarged, keep, kept_images


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path / "run")
    made.create()
    return made


def test_each_pixel_becomes_a_block(rng):
    images = rng.random((3, 4, 4, 1))
    large = enlarged(images, 8)
    assert large.shape == (3, 8, 8, 1)
    np.testing.assert_array_equal(large[:, ::2, 1::2], images)
    assert enlarged(images, 4) is not None and enlarged(images, 4).shape == images.shape
    assert enlarged(images, 2).shape == images.shape, "nothing is made smaller"


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_kept_comes_back(folder, channels, rng):
    images = rng.uniform(-0.1, 1.1, (12, 8, 8, channels))
    keep(folder, images)
    back = kept_images(folder.stage_path(8))
    assert back.shape == (ROWS, 8, 8, 3)
    np.testing.assert_allclose(back, np.broadcast_to(np.clip(images[:ROWS], 0, 1), back.shape), atol=0.5 / 255 + 1e-6)


def test_the_table_has_a_column_for_each_size_that_was_kept(folder, rng):
    assert not draw_stages(folder, [4, 8]), "nothing was kept yet"
    for size in (4, 8):
        keep(folder, np.full((ROWS, size, size, 1), size / 10))
    assert draw_stages(folder, [4, 8, 16])
    with Image.open(folder.path / "stages.png") as image:
        picture = np.asarray(image)
    values = [value for value in np.unique(picture) if (picture == value).mean() > 0.3]
    assert values == [round(0.4 * 255), round(0.8 * 255)], "both sizes fill as much of it"
    left, right = np.split(picture[40:], 2, axis=1)
    assert (left == 102).mean() > 0.8 < (right == 204).mean(), "the small size on the left"
