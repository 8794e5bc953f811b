"""The table notes each call, and leaves what the players do as it is."""

import copy

import numpy as np

from minigan.gradcheck.games.watch import Table, freeze, small_players
from minigan.layers import Dropout, Sequential
from minigan.losses import NonSaturating


def test_calls_are_noted_and_do_what_they_always_do(rng):
    G, D = small_players(rng)
    table = Table(G, D, NonSaturating())
    z = rng.standard_normal((4, 3))
    y, _ = table.G.forward(z, training=True)
    np.testing.assert_array_equal(y, copy.deepcopy(G).forward(z)[0])
    table.G.forward(z, False)
    assert [(e.who, e.method, e.training) for e in table.events] == [("G", "forward", True), ("G", "forward", False)]
    assert np.array_equal(table.events[0].first, z) and table.events[0].first is not z


def test_a_step_is_noted_with_the_players_before_it(rng):
    table = Table(*small_players(rng), NonSaturating())
    before = table.now()
    table.optimizers["D"].step({key: np.ones_like(p) for key, p in table.D.params.items()})
    (event,) = table.events
    assert event.who == "d_optimizer"
    kept = table.player("D", event.now)
    assert all(np.array_equal(kept.params[key], p) for key, p in before["D"][0].items())
    assert not np.array_equal(table.D.params["look.w"], kept.params["look.w"])


def test_a_state_that_changes_without_a_forward_pass_is_noted(rng):
    table = Table(*small_players(rng), NonSaturating())
    table.G.forward(rng.standard_normal((4, 3)))
    table.look_at_states()
    assert table.unexplained == []
    table.G.state["norm.mean"] += 1
    table.look_at_states()
    assert table.unexplained == ["G"]


def test_what_a_player_carries(rng):
    table = Table(*small_players(rng), NonSaturating())
    assert table.keepsakes("D") == {}
    table.D.grads = {"look.w": np.ones(3)}
    table.D.layers["norm"].db = np.zeros(2)
    assert set(table.keepsakes("D")) == {".grads['look.w']", ".norm.db"}


def test_dropout_draws_the_same_mask_in_each_pass(rng):
    network, x = Sequential(Dropout(0.5, rng=rng)), np.ones((5, 7))
    one, two = (freeze(network).forward(x)[0] for _ in range(2))
    assert np.array_equal(one, two) and np.array_equal(one[0], one[1])
    assert np.array_equal(freeze(copy.deepcopy(network)).forward(np.ones((9, 7)))[0][:5], one)
    assert not np.array_equal(one, network.forward(x)[0])
