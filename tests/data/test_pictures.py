"""Every mode in which a picture comes turns into the right pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from minigan.data.pictures import (
    background_of,
    black_and_white,
    channels_of,
    decode,
    depth_of,
    header_of,
    opened,
    size_of,
    to_8_bits,
)


def reopened(tmp_path, image, name="a.png", **options):
    image.save(tmp_path / name, **options)
    return Image.open(io.BytesIO((tmp_path / name).read_bytes()))


def read(image, **options):
    """The pixels of an opened image at its own size, uint8."""
    depth = depth_of(image)
    pixels = decode(image, channels_of(image), "frame", size_of(image), **options)
    whole = depth == "whole"
    return to_8_bits(pixels.values, *black_and_white(*pixels.extent, whole)) if whole else pixels.values


def test_grey_and_colour(tmp_path, noise):
    grey, colour = noise(5, 4), noise(5, 4, 3)
    np.testing.assert_array_equal(read(reopened(tmp_path, Image.fromarray(grey))), grey[..., None])
    np.testing.assert_array_equal(read(reopened(tmp_path, Image.fromarray(colour))), colour)
    np.testing.assert_array_equal(read(reopened(tmp_path, Image.fromarray(colour), "a.bmp")), colour)


def test_black_and_white(tmp_path):
    bits = np.eye(4, dtype=bool)
    pixels = read(reopened(tmp_path, Image.fromarray(bits)))
    np.testing.assert_array_equal(pixels[..., 0], bits * 255)


def test_sixteen_bit_grey_is_scaled_not_cut(tmp_path):
    wide = np.array([[0, 128, 129, 257], [25_700, 32_768, 65_406, 65_535]], np.uint16)
    image = reopened(tmp_path, Image.fromarray(wide))
    assert image.mode.startswith("I") and channels_of(image) == 1
    assert read(image).ravel().tolist() == [0, 0, 1, 1, 100, 128, 254, 255]


@pytest.mark.parametrize("name", ["a.png", "a.bmp"])
def test_palettes(tmp_path, noise, name):
    image = Image.fromarray(noise(5, 4) % 3)
    image.putpalette([10, 20, 30, 200, 100, 0, 5, 5, 5])
    pixels = read(reopened(tmp_path, image, name))
    table = np.array([[10, 20, 30], [200, 100, 0], [5, 5, 5]])
    np.testing.assert_array_equal(pixels, table[noise(5, 4) % 3])


def test_a_palette_of_greys_is_grey(tmp_path, noise):
    image = Image.fromarray(noise(5, 4) % 3)
    image.putpalette([10, 10, 10, 200, 200, 200, 5, 5, 5])
    image = reopened(tmp_path, image)
    assert image.mode == "P" and channels_of(image) == 1
    np.testing.assert_array_equal(read(image)[..., 0], np.array([10, 200, 5])[noise(5, 4) % 3])


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_laid_over_black(tmp_path, mode):
    colours = {"LA": [(200, 255), (200, 0)], "RGBA": [(200, 200, 200, 255), (200, 200, 200, 0)]}[mode]
    image = Image.new(mode, (2, 1))
    for x, colour in enumerate(colours):
        image.putpixel((x, 0), colour)
    pixels = read(reopened(tmp_path, image))
    assert pixels.shape == (1, 2, 1 if mode == "LA" else 3)
    assert (pixels[0, 0] == 200).all() and (pixels[0, 1] == 0).all()


def test_transparent_palette_entry(tmp_path):
    image = Image.fromarray(np.array([[0, 1]], np.uint8))
    image.putpalette([250, 0, 0, 0, 250, 0])
    pixels = read(reopened(tmp_path, image, transparency=1))
    assert pixels.tolist() == [[[250, 0, 0], [0, 0, 0]]]


def test_print_colours(tmp_path):
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    image = reopened(tmp_path, cyan, "a.jpg", quality=95)
    assert image.mode == "CMYK"
    pixels = read(image)
    assert pixels.shape == (8, 8, 3)
    assert pixels[..., 0].max() < 10 and pixels[..., 1:].min() > 245


def test_the_camera_was_held_upright(tmp_path):
    wide = np.zeros((16, 32), np.uint8)
    wide[:, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    image = reopened(tmp_path, Image.fromarray(wide), "a.jpg", quality=95, exif=exif)
    assert size_of(image) == (32, 16)
    pixels = read(image)
    assert pixels.shape == (32, 16, 1)
    assert pixels[:14].min() > 200 and pixels[18:].max() < 50


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_every_orientation_in_every_format_that_has_it(tmp_path, turn, suffix):
    picture = np.zeros((24, 16), np.uint8)
    picture[:8, :8], picture[8:16, :8] = 250, 120
    exif = Image.Exif()
    exif[0x0112] = turn
    lossless = {"lossless": True} if suffix == "webp" else {"quality": 98} if suffix == "jpg" else {}
    image = reopened(tmp_path, Image.fromarray(picture), f"a.{suffix}", exif=exif, **lossless)
    said = size_of(image)
    upright = {2: np.fliplr, 3: lambda x: x[::-1, ::-1], 4: np.flipud, 5: np.transpose, 6: lambda x: np.rot90(x, -1),
               7: lambda x: np.rot90(x, 2).T, 8: np.rot90}  # fmt: skip
    expected = upright.get(turn, np.array)(picture)
    with opened(tmp_path / f"a.{suffix}") as image:
        pixels = read(image)[..., 0]
    assert said == pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= 4
    assert (said == (16, 24)) == (turn >= 5)


def test_a_damaged_tag_takes_nothing_from_the_picture(tmp_path, noise):
    pixels = noise(5, 4)
    for exif in (b"Exif\0\0rubbish", b"", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40):
        Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
        image = Image.open(tmp_path / "a.png")
        assert header_of(image, tmp_path / "a.png").size == (5, 4)
        np.testing.assert_array_equal(read(image)[..., 0], pixels)


def test_large_jpegs_are_decoded_small_and_no_darker(tmp_path):
    slope = np.add.outer(np.arange(1600), np.arange(1200)) * (255 / 2800)
    Image.fromarray(slope.astype(np.uint8)).save(tmp_path / "a.jpg", quality=95)
    with opened(tmp_path / "a.jpg") as image:
        pixels = decode(image, 1, "crop", (32, 32)).values[..., 0].astype(int)
    assert image.size == (150, 200)  # an eighth, and not the whole
    centres = (np.arange(32) + 0.5) * 1200 / 32
    assert np.abs(pixels - np.add.outer(200 + centres, centres) * (255 / 2800)).max() < 4


def test_backgrounds(one_line_error):
    assert background_of(None) == background_of("black") == (0, 0, 0)
    assert background_of("white") == (255, 255, 255) and background_of("#FF8800") == (255, 136, 0)
    for wrong in ("pink", "#fff", "#gggggg", "ff8800", "", 3, "#ff 880"):
        with one_line_error("black, white or #rrggbb", repr(wrong)):
            background_of(wrong)


@pytest.mark.parametrize(
    "low, high, whole, scale",
    [
        (0, 65535, True, (0, 65535)),
        (3, 4000, True, (0, 4095)),
        (0, 1023, True, (0, 1023)),
        (0, 200, True, (0, 255)),
        (0, 1, True, (0, 1)),
        (-5, 900, True, (-5, 900)),
        (0, 10**6, True, (0, 10**6)),
        (0.1, 1.0, False, (0, 1)),
        (0.0, 254.5, False, (0, 255)),
        (-1.0, 1.0, False, (-1, 1)),
        (0.0, 1e9, False, (0, 1e9)),
    ],
)
def test_black_and_white_of_wider_grey(low, high, whole, scale):
    assert black_and_white(low, high, whole) == scale
    ends = to_8_bits(np.array([scale[0], scale[1], scale[1] * 2]), *scale)
    assert ends.tolist() == [0, 255, 255]
    assert to_8_bits(np.array([7.0]), 7, 7).tolist() == [0]  # a scale without length
