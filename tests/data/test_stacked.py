"""Three digits in one picture: each channel is a whole digit of the source, and the label says which three."""

import numpy as np
import pytest

from minigan.data import DESCRIPTIONS, STACKED_SOURCES, load, stack
from minigan.data.stacked import COUNT

BUNDLED = "stacked-digits:digits-8x8"


def rng(seed=0):
    return np.random.default_rng(seed)


def test_each_channel_is_a_digit_and_the_label_names_them_red_first(noise):
    digits, labels = noise(10, 5, 4, 1), np.arange(10, dtype=np.uint8)[::-1]
    x, y = stack(digits, labels, 40, rng())
    assert (x.shape, x.dtype, y.dtype) == ((40, 5, 4, 3), np.uint8, np.int64)
    for picture, label in zip(x, y, strict=True):
        for channel, figure in enumerate(f"{label:03}"):
            np.testing.assert_array_equal(picture[..., channel], digits[9 - int(figure), :, :, 0])


def test_the_three_channels_are_drawn_independently_and_each_digit_equally_often(noise):
    _, labels = stack(noise(10, 2, 2, 1), np.arange(10), 20_000, rng())
    counts = np.bincount(labels, minlength=1000)
    # Of 1,000 equally likely kinds, 20 expected of each: chi squared is 999 on average, with deviation sqrt(2 * 999).
    chi_squared = np.sum((counts - 20) ** 2 / 20)
    assert abs(chi_squared - 999) < 4 * np.sqrt(2 * 999)


def test_all_kinds_are_there_and_the_splits_share_no_digit():
    train, test = (load(BUNDLED, split=split, rng=rng()) for split in ("train", "test"))
    assert train.x.shape == test.x.shape == (COUNT, 8, 8, 3)
    assert len(np.unique(train.labels)) == len(np.unique(test.labels)) == 1000
    for split, dataset in (("train", train), ("test", test)):
        known = {image.tobytes() for image in load("digits-8x8", split=split).x}
        drawn = {image.tobytes() for image in np.moveaxis(dataset.x, 3, 1).reshape(-1, 8, 8)}
        assert drawn == known, "every digit of this split is drawn, and none of another"
    assert str(train.report) == "1,437 digits: all kept"


def test_one_seed_one_set_and_any_number_of_it():
    one, again, other = (load(BUNDLED, rng=rng(seed), n=50) for seed in (0, 0, 1))
    assert one.sha256 == again.sha256 != other.sha256 and len(one) == 50
    assert len(load(BUNDLED, split="all", rng=rng(), n=7)) == 7


def test_from_mnist_of_the_split_that_is_there(tmp_path, monkeypatch, write_mnist, one_line_error):
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    monkeypatch.delenv("MINIGAN_DATA", raising=False)
    write_mnist(tmp_path / "mnist", "test", count=20)
    dataset = load("stacked-digits", split="test", data_dir=tmp_path, rng=rng(), n=30)
    digits = load("mnist", split="test", data_dir=tmp_path)
    assert dataset.x.shape == (30, 28, 28, 3) and dataset.name == "stacked-digits"
    assert dataset.x[3, :, :, 1].tobytes() in {image.tobytes() for image in digits.x}
    assert dataset.labels[3] // 10 % 10 in digits.labels


def test_wrong_wishes(noise, one_line_error):
    digits, labels = noise(10, 2, 2, 1), np.arange(10)
    for n in (0, -1, 2.5, True):
        with one_line_error("n, the number of stacked pictures", repr(n)):
            stack(digits, labels, n, rng())
    for images in (noise(10, 2, 2, 3), noise(10, 2, 2), digits / 255):
        with one_line_error("expected grey uint8 digits", str(images.shape)):
            stack(images, labels, 5, rng())
    for wrong in (labels[:9], labels + 1, labels - 1):
        with one_line_error("a label of 0..9 for each of the 10 digits"):
            stack(digits, wrong, 5, rng())
    with one_line_error("a label of 0..9 for each of the 0 digits"):
        stack(digits[:0], labels[:0], 5, rng())
    with one_line_error("Generator, got 0"):
        stack(digits, labels, 5, 0)
    with one_line_error(BUNDLED, "Generator", "NoneType"):
        load(BUNDLED)
    with one_line_error("each of the three channels is a digit"):
        load(BUNDLED, rng=rng(), channels=1)
    with one_line_error("fit is for folder"):
        load(BUNDLED, rng=rng(), fit="pad")


@pytest.mark.parametrize("name", STACKED_SOURCES)
def test_the_names_are_in_the_catalogue_and_so_are_their_sources(name):
    assert name in DESCRIPTIONS and STACKED_SOURCES[name] in DESCRIPTIONS
