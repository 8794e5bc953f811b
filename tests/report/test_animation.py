"""Animations: every frame comes back as it was, in all three formats; and they repeat."""

import numpy as np
import pytest
from PIL import Image, features

from minigan.report.animation import save_animation

ENDINGS = [".gif", ".png", pytest.param(".webp", marks=pytest.mark.skipif(not features.check("webp"), reason="Pillow"))]


def frames_of(path):
    with Image.open(path) as file:
        frames = []
        for k in range(file.n_frames):
            file.seek(k)
            frames.append(np.asarray(file.convert("RGB")))
        return frames, file.info


@pytest.mark.parametrize("ending", ENDINGS)
def test_grey_frames_are_exact(tmp_path, rng, ending):
    pictures = rng.integers(0, 255, (4, 20, 30, 1)).astype(np.uint8).repeat(3, axis=3)
    save_animation(tmp_path / f"a{ending}", pictures, milliseconds=60)
    frames, info = frames_of(tmp_path / f"a{ending}")
    np.testing.assert_array_equal(frames, pictures)
    assert info["loop"] == 0 and info["duration"] == 60


@pytest.mark.parametrize("ending", ENDINGS)
def test_colours(tmp_path, rng, ending):
    """Few colours are exact everywhere; a frame that happens to be grey stands among coloured ones."""
    pictures = rng.integers(0, 3, (3, 20, 30, 3)).astype(np.uint8) * 100
    pictures[1] = 100
    save_animation(tmp_path / f"a{ending}", pictures)
    np.testing.assert_array_equal(frames_of(tmp_path / f"a{ending}")[0], pictures)


def test_another_ending(tmp_path):
    with pytest.raises(ValueError, match="expected an animation to end in .gif, .png, .webp, got .*a.mp4"):
        save_animation(tmp_path / "a.mp4", np.zeros((2, 4, 4, 3), np.uint8))
    assert not list(tmp_path.iterdir())
