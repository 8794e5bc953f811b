"""The slips are wrong, and each wrong in its own way; the right game is that of `minigan.gan`."""

import copy

import numpy as np
import pytest

from minigan.gan import d_step, g_step
from minigan.gradcheck.games.causes import GAME
from minigan.gradcheck.games.slips import Scene, d_slips, g_slips, right
from minigan.gradcheck.games.watch import small_players
from minigan.losses import NonSaturating
from minigan.optim import SGD


@pytest.fixture
def scene(rng):
    G, D = small_players(rng)
    old_D = copy.deepcopy(D)
    for p in old_D.params.values():
        p += 0.2 * rng.standard_normal(p.shape)
    (real, z), (last_real, last_z) = ((rng.uniform(-1, 1, (4, 4, 6, 2)), rng.standard_normal((4, 3))) for _ in range(2))
    last_fake = rng.uniform(-1, 1, real.shape)
    return Scene(G, D, old_D, NonSaturating(), real, z, [(last_real, last_z, last_fake)], {})


def flat(grads):
    return np.concatenate([g.ravel() for g in grads.values()])


@pytest.mark.parametrize("player", "GD")
def test_the_right_game_is_the_librarys(scene, player):
    G, D, before = copy.deepcopy(scene.G), copy.deepcopy(scene.D), copy.deepcopy(getattr(scene, player))
    if player == "D":
        result = d_step(G, D, scene.loss, SGD(D.params, lr=1.0), scene.real, scene.z)
    else:
        result = g_step(G, D, scene.loss, SGD(G.params, lr=1.0), scene.z)
    value, grads = right(player, scene)
    assert value == pytest.approx(result.loss, rel=1e-12)
    moved = {"G": G, "D": D}[player]
    for key, g in grads.items():
        np.testing.assert_allclose(before.params[key] - moved.params[key], g, atol=1e-12)


@pytest.mark.parametrize("player, slips", [("D", d_slips), ("G", g_slips)])
def test_every_slip_is_wrong_has_a_name_and_a_hint(scene, player, slips):
    expected = flat(right(player, scene)[1])
    seen = []
    for cause, what, *parts in slips(scene):
        gradient = sum(flat(part) for part in parts)
        assert np.linalg.norm(gradient - expected) > 1e-3 * np.linalg.norm(expected), what
        assert GAME[cause].hint and what
        for other_cause, other in seen:  # two slips that do the same must have the same name
            assert cause == other_cause or np.linalg.norm(gradient - other) > 1e-6 * np.linalg.norm(other), what
        seen.append((cause, gradient))
    assert len(seen) > 15


def test_nothing_of_the_scene_is_changed(scene):
    before = copy.deepcopy(scene)
    for slips in (d_slips, g_slips):
        list(slips(scene))
    for network, old in zip(scene[:3], before[:3], strict=True):
        for kind in ("params", "state"):
            assert all(np.array_equal(a, getattr(old, kind)[key]) for key, a in getattr(network, kind).items())
