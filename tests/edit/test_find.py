"""The search recovers pictures that G itself drew."""

import numpy as np
import pytest

from minigan.edit.find import Search, dealt, drawn, find, joined
from minigan.edit.objective import Objective
from minigan.edit.operators import Downsample, Mask
from minigan.models import Noise

FEW = Search(starts=12, steps=90)


def mask():
    visible = np.ones((8, 8), bool)
    visible[:, 5:] = False
    return Mask(visible)


@pytest.mark.parametrize("A", [None, mask(), Downsample(2)], ids=["all", "mask", "small"])
def test_finds_what_g_drew(G, rng, A):
    x = drawn(G, rng.standard_normal((4, 5)))
    more = {} if A is None else {"A": A}
    y = x if A is None else A.forward(x)
    found = find(Objective(G, y, **more), Noise(5), rng, FEW)
    assert np.abs(found.pictures(G)[:, 0] - x).max() < 0.05


def test_finds_the_class_too(told_G, rng):
    labels = np.array([0, 1, 2, 1])
    x = drawn(told_G, rng.standard_normal((4, 5)), labels)
    found = find(Objective(told_G, x), Noise(5), rng, FEW, classes=3)
    assert found.labels[:, 0].tolist() == labels.tolist()
    told = find(Objective(told_G, x), Noise(5), rng, FEW, classes=3, labels=np.array([2, 2, 2, 2]), keep=2)
    assert (told.labels == 2).all() and told.values[0, 0] > found.values[0, 0]


def test_what_comes_back(G, rng):
    x, ticks = drawn(G, rng.standard_normal((3, 5))), []
    found = find(Objective(G, x, prior=0.1), Noise(5), rng, Search(10, 31), keep=4, tick=lambda: ticks.append(1))
    assert found.z.shape == (3, 4, 5) and found.values.shape == (3, 4) and found.history.shape == (3, 31)
    assert found.pictures(G).shape == (3, 4, 8, 8, 1) and len(ticks) == 31
    assert (np.diff(found.values, axis=1) >= 0).all() and (np.diff(found.history, axis=1) <= 0).all()
    f, _ = Objective(G, x, prior=0.1)(found.z[:, 0], None, np.arange(3))
    assert np.allclose(f, found.values[:, 0])  # the noise that is given back is the one that was measured


def test_the_same_seed_finds_the_same(G, rng):
    x = drawn(G, rng.standard_normal((2, 5)))
    one, two = (find(Objective(G, x), Noise(5), np.random.default_rng(3), Search(4, 10)) for _ in range(2))
    assert (one.z == two.z).all()


def test_a_start_of_your_own(G, rng):
    z = rng.standard_normal((3, 5))
    x = drawn(G, z)
    found = find(Objective(G, x), Noise(5), rng, Search(1, 1, rounds=1, lr=1e-6), start=lambda y: z)
    assert np.allclose(found.z[:, 0], z, atol=1e-5)


def test_codes_stay_as_they_are_drawn(rng, G):
    x = drawn(G, rng.standard_normal((2, 5)))
    found = find(Objective(G, x), Noise(2, codes=3), rng, Search(6, 20))
    assert np.isin(found.z[:, :, 2:], (0, 1)).all() and (found.z[:, :, 2:].sum(axis=2) == 1).all()


def test_batches_are_joined(told_G, rng):
    x = drawn(told_G, rng.standard_normal((3, 5)), np.array([0, 1, 2]))
    parts = [find(Objective(told_G, x[i : i + 1]), Noise(5), rng, Search(3, 5), classes=3) for i in range(3)]
    whole = joined(parts)
    assert whole.z.shape == (3, 1, 5) and whole.labels.shape == (3, 1) and (whole.z[1] == parts[1].z[0]).all()


def test_refused():
    with pytest.raises(ValueError, match="10 classes need at least as many starts, to try each, got 4"):
        dealt(2, 4, 10, None)
    with pytest.raises(ValueError, match="starts must be a whole number of at least 1, got 0"):
        Search(starts=0)
    with pytest.raises(ValueError, match="3 rounds need at least as many steps, got 2"):
        Search(steps=2)
    with pytest.raises(ValueError, match="lr must be a finite number above 0"):
        Search(lr=0)


def test_the_learning_rate_falls():
    rates = [Search(steps=100).lr_at(t) for t in range(101)]
    assert rates[0] == pytest.approx(0.1) and rates[-1] == pytest.approx(0.005) and (np.diff(rates) < 0).all()
