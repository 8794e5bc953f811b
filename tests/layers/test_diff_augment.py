"""DiffAugment: each change against its formula written as loops, its size, its probability, and its way back."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer, numeric_gradient
from minigan.layers import Conv2D, Dense, DiffAugment, Flatten, LeakyReLU, Sequential
from minigan.layers.diff_augment import CHANGES

number = st.integers
shapes = st.tuples(number(1, 4), number(1, 9), number(1, 9), number(2, 3))  # N, H, W, C
policies = st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=5, unique=True)
EVERY = pytest.mark.parametrize("name", list(CHANGES))


def by_loops(name, x, amount):
    """What the docstrings say, entry by entry."""
    N, H, W, C = x.shape
    y = np.zeros_like(x)
    for n, i, j, c in np.ndindex(N, H, W, C):
        if name == "brightness":
            y[n, i, j, c] = x[n, i, j, c] + amount[n, 0, 0, 0]
        elif name == "saturation":
            m = x[n, i, j].mean()
            y[n, i, j, c] = m + amount[n, 0, 0, 0] * (x[n, i, j, c] - m)
        elif name == "contrast":
            m = x[n].mean()
            y[n, i, j, c] = m + amount[n, 0, 0, 0] * (x[n, i, j, c] - m)
        elif name == "translation":
            row, column = (int(place - by) for place, by in zip((i, j), amount[:, n], strict=True))
            y[n, i, j, c] = x[n, row, column, c] if 0 <= row < H and 0 <= column < W else 0
        else:
            y[n, i, j, c] = x[n, i, j, c] * amount[n, i, j, 0]
    return y


@EVERY
def test_the_definition(name, rng):
    x = rng.standard_normal((5, 9, 17, 3))
    amount = CHANGES[name].draw(np.ones(5, bool), x.shape, rng).astype(x.dtype)
    np.testing.assert_allclose(CHANGES[name].forward(x, amount), by_loops(name, x, amount), atol=1e-12)


@EVERY
@pytest.mark.parametrize("seed", range(3))
def test_the_size_of_each_change(name, seed):
    """All that the published code can draw, and nothing beyond it; each sample has its own."""
    N, H, W = 4000, 32, 16
    amount = CHANGES[name].draw(np.ones(N, bool), (N, H, W, 3), np.random.default_rng(seed))
    if name == "translation":
        assert [sorted(set(by.astype(int).tolist())) for by in amount] == [[*range(-4, 5)], [*range(-2, 3)]]
        assert abs(np.corrcoef(amount)[0, 1]) < 0.06
    elif name == "cutout":
        rows, columns = (~amount[..., 0]).any(axis=2).sum(axis=1), (~amount[..., 0]).any(axis=1).sum(axis=1)
        assert (rows.max(), rows.min(), columns.max(), columns.min()) == (16, 8, 8, 4)  # half of it may lie outside
        np.testing.assert_array_equal((~amount).sum(axis=(1, 2, 3)), rows * columns)  # a rectangle
        middle = (~amount[:, 16, 8]).mean()  # 16 of 33 places, and 8 of 17, cover the middle
        assert abs(middle - 16 / 33 * 8 / 17) < 0.03
    else:
        low, high = {"brightness": (-0.5, 0.5), "saturation": (0, 2), "contrast": (0.5, 1.5)}[name]
        width = high - low
        assert low <= amount.min() < low + 0.01 * width and high - 0.01 * width < amount.max() <= high
        assert abs(amount.mean() - (low + high) / 2) < 0.02 * width and amount.shape == (N, 1, 1, 1)


@EVERY
def test_odd_sides(name, rng):
    """7 x 5: a cut of 4 x 3 (rounded halves), moves of at most 1 (rounded eighths), as in the published code."""
    amount = CHANGES[name].draw(np.ones(3000, bool), (3000, 7, 5, 3), rng)
    if name == "translation":
        assert np.abs(amount).max(axis=1).tolist() == [1, 1]
    elif name == "cutout":
        assert (~amount[..., 0]).any(axis=2).sum(axis=1).max() == 4
        assert (~amount[..., 0]).any(axis=1).sum(axis=1).max() == 3


@EVERY
def test_each_sample_is_changed_with_probability_p(name, rng):
    x = rng.uniform(0.5, 1, (2000, 8, 8, 3))
    x += 0.001 * np.arange(8)[None, :, None, None]

    def share(p):
        y, _ = DiffAugment(name, p, rng=rng).forward(x)
        return np.mean([not np.array_equal(a, b) for a, b in zip(x, y, strict=True)])

    still = 1 / 9 if name == "translation" else 0.0  # a move by (0, 0), one of nine
    assert share(0.0) == 0
    assert abs(share(0.3) - 0.3 * (1 - still)) < 0.05
    assert share(1.0) > 0.97 * (1 - still)


def test_changes_are_drawn_one_by_one(rng):
    """With p = 1/2 each, both brightness and contrast in a quarter, not all or nothing."""
    x = np.full((4000, 2, 2, 1), 0.5)
    x[:, 0] = -0.5
    y, _ = DiffAugment("contrast,brightness", 0.5, rng=rng).forward(x)
    brighter = np.abs(y.mean(axis=(1, 2, 3))) > 1e-9
    stronger = np.abs(np.ptp(y, axis=(1, 2, 3)) - 1) > 1e-9
    both = [(brighter & stronger).mean(), (brighter & ~stronger).mean(), (~brighter & stronger).mean()]
    np.testing.assert_allclose(both, 0.25, atol=0.04)


def test_policies_in_words_and_tuples_and_in_order(rng):
    assert DiffAugment().policy == ("translation", "cutout", "brightness", "contrast")
    assert DiffAugment(" cutout, brightness").policy == DiffAugment(("cutout", "brightness")).policy
    x = np.ones((50, 4, 4, 1))
    last = DiffAugment("brightness,cutout", rng=rng).forward(x)[0]
    first = DiffAugment("cutout,brightness", rng=rng).forward(x)[0]
    assert (last == 0).any() and not (first == 0).any(), "what is cut out last is 0; else it is brightened"


@given(shape=shapes, policy=policies, p=st.sampled_from([0.0, 0.5, 1.0]), seed=number(0, 99))
def test_gradients(shape, policy, p, seed):
    layer = DiffAugment(tuple(policy), p, rng=np.random.default_rng(seed))
    report = check_layer(layer, input_shape=shape, rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


@pytest.mark.long
@given(shape=shapes, policy=policies, p=st.sampled_from([0.5, 1.0]), seed=number(0, 99))
def test_second_order(shape, policy, p, seed):
    layer = DiffAugment(tuple(policy), p, rng=np.random.default_rng(seed))
    report = check_double_backward(layer, input_shape=shape, rng=np.random.default_rng(seed), training=True)
    assert report.ok and report.checked > 0, report


@EVERY
def test_gradients_of_each_change_alone_always_applied(name, rng):
    """Without the help of check_layer, which moves p."""
    layer, x = DiffAugment(name, rng=np.random.default_rng(5)), rng.standard_normal((3, 5, 8, 2))
    y, cache = copy.deepcopy(layer).forward(x)
    dy, ddx = rng.standard_normal((2, *y.shape))
    assert not np.array_equal(x, y)
    value = lambda: float(np.sum(copy.deepcopy(layer).forward(x)[0] * dy))  # noqa: E731
    dx, grads = layer.backward(dy, cache)
    np.testing.assert_allclose(dx, numeric_gradient(value, x).gradient, atol=1e-6)
    ddy, _ = layer.double_backward(ddx, dy, cache)
    np.testing.assert_allclose(np.sum(ddy * dy), np.sum(ddx * dx), rtol=1e-12)  # A ddx . dy = ddx . A^T dy
    assert grads == {}


def test_evaluation_is_the_identity_and_draws_nothing(rng):
    layer, x = DiffAugment(rng=rng), rng.standard_normal((3, 4, 5, 1))
    before = copy.deepcopy(rng.bit_generator.state)
    y, cache = layer.forward(x, training=False)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(layer.backward(y, cache)[0], y)
    assert y is not x and rng.bit_generator.state == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_the_input_left_alone(dtype, rng):
    layer = DiffAugment(tuple(CHANGES), rng=rng)
    x = rng.standard_normal((4, 6, 5, 3)).astype(dtype)
    kept = x.copy()
    y, cache = layer.forward(x)
    dx, _ = layer.backward(y, cache)
    assert y.dtype == dx.dtype == layer.double_backward(x, y, cache)[0].dtype == dtype
    np.testing.assert_array_equal(x, kept)


def test_p_is_in_the_state_and_counts(rng):
    D = Sequential(("changes", DiffAugment(p=0.0, rng=rng)), Flatten(), Dense(12, 1, rng=rng))
    x = rng.standard_normal((4, 2, 3, 2))
    assert D.state["changes.p"] == 0 and D.per_sample
    np.testing.assert_array_equal(D.forward(x)[0], D.forward(x, training=False)[0])
    D.state["changes.p"][...] = 1
    assert not np.array_equal(D.forward(x)[0], D.forward(x, training=False)[0])


def test_a_discriminator_behind_it_has_right_gradients(rng):
    D = Sequential(
        DiffAugment(p=0.7, rng=rng), Conv2D(1, 2, 3, stride=2, rng=rng), LeakyReLU(), Flatten(), Dense(24, 1, rng=rng)
    )
    report = check_layer(D, input_shape=(3, 6, 7, 1), rng=rng)
    assert report.ok, report


def test_what_does_not_fit_is_refused(rng):
    for policy in ("", "colour", "cutout,cutout", (), ("cutout", "blur")):
        with pytest.raises(ValueError, match="policy expected some of translation, cutout, brightness, saturation"):
            DiffAugment(policy)
    for p in (-0.1, 1.1, np.nan, None, "1"):
        with pytest.raises(ValueError, match=r"p, the probability of each change, must be in \[0, 1\]"):
            DiffAugment(p=p)
    with pytest.raises(ValueError, match="saturation changes colours, and got grey images"):
        DiffAugment("saturation").forward(np.zeros((2, 4, 4, 1)))
    with pytest.raises(ValueError, match=r"images \(N, H, W, C\), got shape \(4, 2\)"):
        DiffAugment().forward(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="numpy Generator"):
        DiffAugment(rng=0)
    layer = DiffAugment(rng=rng)
    y, cache = layer.forward(np.zeros((2, 4, 4, 1)))
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        layer.backward(y[:1], cache)
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        layer.double_backward(y[:1], y, cache)
