"""Each step does what it says, and each inverse undoes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.data.cleaning import CleaningReport
from minigan.data.dataset import make_dataset
from minigan.data.steps import crop, denormalise, normalise, pad, prepare, prepare_images, resize, to_channels, to_uint8

ALL_LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def test_normalise_and_back_are_exact_for_every_level():
    x = normalise(ALL_LEVELS)
    assert x.dtype == np.float32 and x.min() == -1 and x.max() == 1
    np.testing.assert_allclose(x.ravel(), np.arange(256) / 127.5 - 1, atol=1e-7)
    np.testing.assert_array_equal(to_uint8(denormalise(x)), ALL_LEVELS)
    np.testing.assert_allclose(normalise(denormalise(x)), x, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalise_floats(dtype):
    x = np.linspace(0, 1, 11, dtype=dtype).reshape(1, 11, 1, 1)
    assert normalise(x).dtype == denormalise(normalise(x)).dtype == np.float32
    np.testing.assert_allclose(normalise(x).ravel(), np.linspace(-1, 1, 11), atol=1e-6)
    np.testing.assert_allclose(denormalise(normalise(x)), x, atol=1e-6)


@pytest.mark.parametrize("step", [normalise, denormalise, to_uint8])
def test_bad_values_are_counted(step, one_line_error):
    x = np.full((1, 4, 4, 1), 0.5, np.float32)
    x[0, 0, :2] = np.nan
    x[0, 1, 0] = np.inf
    with one_line_error("3 NaN or infinite of 16", "fix:"):
        step(x)
    x = np.full((1, 4, 4, 1), 0.5, np.float32)
    x[0, 0, 0], x[0, 3, 3] = 1.5, -7
    with one_line_error("2 outside", "-7 to 1.5", "fix:"):
        step(x)
    with one_line_error("int32"):
        step(np.zeros((1, 2, 2, 1), np.int32))


@pytest.mark.parametrize("channels", [1, 3])
def test_resize_keeps_constants_and_reverses_small_changes(channels):
    flat = np.full((2, 8, 6, channels), 77, np.uint8)
    out = resize(flat, (32, 20))
    assert out.shape == (2, 32, 20, channels) and out.dtype == np.uint8 and (out == 77).all()
    ramp = np.broadcast_to((np.arange(8, dtype=np.uint8) * 30)[None, :, None, None], (1, 8, 8, channels))
    up = resize(ramp, 32)
    assert (np.diff(up[0, :, 0, 0].astype(int)) >= 0).all()  # rows stay rows, and no ripple on a ramp
    assert (up == up[:, :, :1]).all()
    assert np.abs(resize(up, 8).astype(int) - ramp).max() <= 4
    assert resize(flat, (8, 6)) is flat


def test_a_photo_is_averaged_over_all_its_pixels():
    photo = np.zeros((1, 3000, 3000, 1), np.uint8)
    photo[0, ::3, ::5] = 255  # one pixel in 15: a mean of 17
    assert np.abs(resize(photo, 32).astype(int) - 17).max() <= 2


def test_resize_is_smooth_up_and_antialiased_down():
    checkers = np.indices((64, 64)).sum(axis=0).astype(np.uint8)[None, :, :, None] % 2 * 255
    down = resize(checkers, 16)  # taking every fourth pixel would give all black or all white
    assert np.abs(down.astype(int) - 127).max() < 16
    step = np.repeat(np.array([0, 255], np.uint8), 4).reshape(1, 1, 8, 1).repeat(8, axis=1)
    assert len(np.unique(resize(step, 32))) > 4  # nearest neighbour would have two levels


def test_resize_one_channel_like_three(noise):
    grey = noise(3, 9, 7, 1)
    np.testing.assert_array_equal(resize(to_channels(grey, 3), 12)[..., :1], resize(grey, 12))


@settings(deadline=None)
@given(
    H=st.integers(1, 9),
    W=st.integers(1, 9),
    more=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    C=st.sampled_from([1, 3]),
)
def test_crop_undoes_pad(H, W, more, C):
    x = np.random.default_rng(0).integers(1, 255, size=(2, H, W, C), dtype=np.uint8)
    size = (H + more[0], W + more[1])
    framed = pad(x, size)
    assert framed.shape == (2, *size, C) and framed.dtype == np.uint8
    np.testing.assert_array_equal(crop(framed, (H, W)), x)
    assert framed.astype(int).sum() == x.astype(int).sum()  # the frame is black


def test_pad_is_centred_and_takes_a_value():
    framed = pad(np.ones((1, 2, 2, 1), np.float32), 5, value=-1)
    assert framed.dtype == np.float32
    np.testing.assert_array_equal(np.argwhere(framed[0, :, :, 0] == 1), [[1, 1], [1, 2], [2, 1], [2, 2]])
    assert (framed == -1).sum() == 21


def test_luma_weights_and_round_trip():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)[None]
    assert to_channels(colours, 1).ravel().tolist() == [76, 150, 29, 255]
    np.testing.assert_allclose(
        to_channels(colours.astype(np.float32) / 255, 1).ravel(), [0.299, 0.587, 0.114, 1], rtol=1e-6
    )
    np.testing.assert_array_equal(to_channels(to_channels(ALL_LEVELS, 3), 1), ALL_LEVELS)
    assert to_channels(colours, 3) is colours


def test_wrong_shapes_and_sizes(noise, one_line_error):
    x = noise(2, 8, 8, 1)
    with one_line_error("(N, H, W, C)", "(2, 8, 8)"):
        to_channels(x[..., 0], 3)
    with one_line_error("1 or 3", "2"):
        to_channels(x, 2)
    with one_line_error("uint8", "float32", "fix:"):
        resize(x.astype(np.float32), 4)
    for size in (0, -1, 2.5, "8", True, (4, 0), (1, 2, 3), 10**9):
        with one_line_error("size must be"):
            resize(x, size)
    with one_line_error("at least 8 x 8", "4 x 4"):
        pad(x, 4)
    with one_line_error("at most 8 x 8", "12 x 12"):
        crop(x, 12)


def boxed(x):
    return make_dataset("x", "train", x, None, CleaningReport(len(x), len(x)))


def test_prepare_pads_when_little_is_missing_and_resizes_otherwise(noise):
    mnist_like = boxed(noise(3, 28, 28, 1))
    out = prepare(mnist_like, 32, 1)
    assert out.shape == (3, 32, 32, 1) and out.dtype == np.float32
    np.testing.assert_array_equal(out, normalise(pad(mnist_like.x, 32)))
    assert (out[:, :2] == -1).all()
    np.testing.assert_array_equal(prepare(mnist_like, 28, 1), normalise(mnist_like.x))
    small = boxed(noise(3, 8, 8, 1))
    for size in (12, 32):  # 8 -> 12 is only 4 pixels, but half of the digit's size
        np.testing.assert_array_equal(prepare(small, size, 1), normalise(resize(small.x, size)))
    np.testing.assert_array_equal(prepare(mnist_like, 16, 1), normalise(resize(mnist_like.x, 16)))


def test_prepare_images_is_prepare_without_a_data_set(noise):
    images = noise(2, 28, 28, 1)
    dataset = make_dataset("x", "all", images, None, CleaningReport(2, 2))
    np.testing.assert_array_equal(prepare_images(images, 32, 3), prepare(dataset, 32, 3))


def test_prepare_changes_channels(noise):
    colour, grey = boxed(noise(2, 8, 8, 3)), boxed(noise(2, 8, 8, 1))
    assert prepare(colour, 16, 1).shape == (2, 16, 16, 1)
    out = prepare(grey, 16, 3)
    assert out.shape == (2, 16, 16, 3) and (out == out[..., :1]).all()


def test_prepare_refuses_points(one_line_error):
    with one_line_error("expected images", "points (5, 2)"):
        prepare(boxed(np.zeros((5, 2), np.float32)), 32, 1)
