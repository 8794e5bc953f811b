"""Augmentation is off by default, exact where it can be, and stays within [-1, 1]."""

import numpy as np
import pytest

from minigan.data.augmentation import _turn, augment, shifted


@pytest.fixture
def batch(noise):
    return noise(16, 10, 8, 2).astype(np.float32) / 127.5 - 1


def test_off_by_default(batch):
    assert augment(batch) is batch
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert augment(batch, rng, shift=0, rotate=0.0, flip=False) is batch
    assert rng.bit_generator.state == before


def test_each_change_keeps_shape_dtype_range_and_the_input(batch):
    before = batch.copy()
    for options in ({"shift": 3}, {"rotate": 20.0}, {"flip": True}, {"shift": 2, "rotate": 9, "flip": True}):
        out = augment(batch, np.random.default_rng(0), **options)
        again = augment(batch, np.random.default_rng(0), **options)
        assert out.shape == batch.shape and out.dtype == np.float32
        assert out.min() >= -1 and out.max() <= 1
        assert not np.array_equal(out, batch)
        np.testing.assert_array_equal(out, again)
    np.testing.assert_array_equal(batch, before)


def test_flip_mirrors_about_half_of_the_images(batch):
    out = augment(np.tile(batch, (20, 1, 1, 1)), np.random.default_rng(0), flip=True).reshape(20, *batch.shape)
    mirrored = (out == batch[:, :, ::-1]).all(axis=(2, 3, 4))
    same = (out == batch).all(axis=(2, 3, 4))
    assert (mirrored ^ same).all()
    assert 120 < mirrored.sum() < 200


def test_shift_moves_down_and_right_and_fills_with_black(batch):
    by = np.array([[2] * 16, [-1] * 16])
    out = shifted(batch, by, 3)
    np.testing.assert_array_equal(out[:, 2:, :-1], batch[:, :-2, 1:])
    assert (out[:, :2] == -1).all() and (out[:, :, -1] == -1).all()


def test_shift_reaches_every_place_within_the_limit():
    dot = np.full((4000, 9, 9, 1), -1, np.float32)
    dot[:, 4, 4] = 1
    out = augment(dot, np.random.default_rng(0), shift=2)
    assert (out == 1).sum() == 4000
    places = np.unique(np.argwhere(out == 1)[:, 1:3], axis=0)
    assert len(places) == 25 and places.min() == 2 and places.max() == 6


def test_quarter_turns_are_exact_and_anticlockwise(noise):
    square = noise(3, 7, 7, 1).astype(np.float32) / 127.5 - 1
    for quarters in (1, 2, 3):
        out = _turn(square, np.full(3, quarters * np.pi / 2))
        np.testing.assert_allclose(out, np.rot90(square, quarters, axes=(1, 2)), atol=1e-5)


def test_turn_interpolates_and_keeps_the_middle():
    x = np.full((1, 9, 9, 1), -1, np.float32)
    x[0, 4, 4] = 1
    out = _turn(x, np.array([0.3]))
    np.testing.assert_allclose(out[0, 4, 4, 0], 1, atol=1e-5)
    white = np.ones((1, 9, 9, 1), np.float32)
    turned = _turn(white, np.array([np.pi / 4]))
    np.testing.assert_allclose(turned[0, 2:7, 2:7], 1, atol=1e-5)
    assert turned[0, 0, 0, 0] == -1  # the corner came from outside


def test_turn_by_nothing_changes_nothing(batch):
    np.testing.assert_allclose(_turn(batch, np.zeros(16)), batch, atol=1e-5)


def test_wrong_arguments(batch, one_line_error):
    rng = np.random.default_rng(0)
    with one_line_error("Generator, got None; write rng="):
        augment(batch, shift=1)
    with one_line_error("float32", "float64"):
        augment(batch.astype(np.float64), rng, shift=1)
    with one_line_error("[-1, 1]"):
        augment(batch * 3, rng, shift=1)
    with one_line_error("[-1, 1]"):
        augment(np.full_like(batch, np.nan), rng, shift=1)
    for shift in (-1, 8, 1.5, True):
        with one_line_error("shift of 0..7"):
            augment(batch, rng, shift=shift)
    for rotate in (-5, 181, float("nan")):
        with one_line_error("0..180 degrees"):
            augment(batch, rng, rotate=rotate)
