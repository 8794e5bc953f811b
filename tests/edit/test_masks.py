"""Masks by name and from files."""

import numpy as np
import pytest
from PIL import Image

from minigan.edit.masks import importance, mask_of


@pytest.mark.parametrize("side, hidden", [("left", np.s_[:, :3]), ("right", np.s_[:, 4:]),
                                          ("top", np.s_[:2]), ("bottom", np.s_[3:])])  # fmt: skip
def test_halves(rng, side, hidden):
    visible = mask_of(side, 5, 7, rng)
    assert not visible[hidden].any() and np.count_nonzero(~visible) == (~visible[hidden]).size


def test_box_and_random(rng):
    assert np.count_nonzero(~mask_of("box", 8, 6, rng)) == 12 and mask_of("box", 8, 6, rng)[0].all()
    for share in (0.8, 0.0001, 0.9999):
        visible = mask_of(f"random:{share}", 10, 10, rng)
        assert np.count_nonzero(~visible) == np.clip(round(100 * share), 1, 99)
    assert (mask_of("random:0.5", 8, 8, rng) != mask_of("random:0.5", 8, 8, rng)).any()


def test_from_a_file(tmp_path, rng):
    pixels = np.full((6, 5), 255, np.uint8)
    pixels[2:4, 1:3] = 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    assert (mask_of(str(tmp_path / "m.png"), 6, 5, rng) == (pixels > 0)).all()
    with pytest.raises(ValueError, match="m.png is 6 x 5, and the pictures are 8 x 8; fix: draw the mask at that size"):
        mask_of(str(tmp_path / "m.png"), 8, 8, rng)
    for value, what in ((0, "all pixels"), (255, "no pixel")):
        Image.fromarray(np.full((6, 5), value, np.uint8)).save(tmp_path / "flat.png")
        with pytest.raises(ValueError, match=f"flat.png hides {what}"):
            mask_of(str(tmp_path / "flat.png"), 6, 5, rng)
    (tmp_path / "no.png").write_bytes(b"no picture")
    for name in ("no.png", "missing.png"):
        with pytest.raises(ValueError, match=f"{name} is no picture that can be read"):
            mask_of(str(tmp_path / name), 6, 5, rng)


def test_grey_pixels_are_what_they_are_nearer_to_and_counted(tmp_path, rng):
    pixels = np.array([[0, 255, 127], [128, 3, 250]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    said = []
    visible = mask_of(str(tmp_path / "grey.png"), 2, 3, rng, said.append)
    assert (visible == [[False, True, False], [True, False, True]]).all()
    assert (
        len(said) == 1
        and "4 of 6 pixels of --mask" in said[0]
        and "white; those below 128 are hidden, those from 128" in said[0]
    )
    Image.fromarray(pixels.astype(np.uint16) * 257).save(tmp_path / "wide.png")
    assert (mask_of(str(tmp_path / "wide.png"), 2, 3, rng) == visible).all()
    sharp = np.full((16, 16), 255, np.uint8)
    sharp[3:11, 2:9] = 0
    Image.fromarray(sharp).save(tmp_path / "m.jpg", quality=90)
    assert (np.asarray(Image.open(tmp_path / "m.jpg"))[3:11, 2:9] > 0).any()  # jpg rings
    assert (mask_of(str(tmp_path / "m.jpg"), 16, 16, rng, said.append) == (sharp > 0)).all() and len(said) == 2
    Image.fromarray(sharp).save(tmp_path / "m.png")
    mask_of(str(tmp_path / "m.png"), 16, 16, rng, said.append)
    assert len(said) == 2


@pytest.mark.parametrize("text", ["random:0", "random:1", "random:x", "random:nan", "random:", "middle"])
def test_refused(rng, text):
    with pytest.raises(ValueError, match="--mask"):
        mask_of(text, 8, 8, rng)


def test_importance_is_the_share_of_hidden_neighbours(rng):
    visible = rng.random((9, 8)) < 0.6
    W = importance(visible, near=3)
    for i, j in np.ndindex(9, 8):
        around = ~visible[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
        assert W[i, j] == pytest.approx(around.mean() if visible[i, j] else 0)
