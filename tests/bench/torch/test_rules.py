"""What the twin plays by, in words; what has no twin is refused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from minigan.bench.torch import rules as torch_rules
from minigan.bench.torch.twin import describe
from minigan.losses import NonSaturating, OnlyDiscriminator
from minigan.models import mlp
from minigan.optim import SGD, Adam, Clipped, HistoricalAveraging, RMSProp
from minigan.penalties import R1, WGANGP, Supervised
from minigan.terms import FeatureMatching, PullAway, VariationalEntropy
from minigan.training import Trainer


def trainer(**changes):
    rng = np.random.default_rng(1)
    G, D = mlp((2,), width=3, rng=rng)
    parts = {"loss": NonSaturating(0.9), "g_optimizer": Adam(G.params, lr=3e-4, beta1=0.5),
             "d_optimizer": RMSProp(D.params, lr=5e-5, rho=0.99), "penalties": [WGANGP(target=0.5), R1(2.0, every=4)],
             "k": 5}  # fmt: skip
    return Trainer(G, D, np.zeros((4, 2), np.float32), batch_size=4, z_dim=2, rng=rng, **parts | changes)


def test_rules_are_words_and_numbers():
    rules = torch_rules.rules(trainer())
    assert json.loads(json.dumps(rules)) == rules
    assert rules == {
        "loss": {"kind": "NonSaturating", "options": {"smooth": 0.9}},
        "terms": [],
        "penalties": [
            {"kind": "WGANGP", "options": {"weight": 10.0, "every": 1, "target": 0.5}},
            {"kind": "R1", "options": {"weight": 2.0, "every": 4}},
        ],
        "g_optimizer": {
            "kind": "Adam",
            "options": {"lr": 3e-4, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8},
            "clip": None,
        },
        "d_optimizer": {"kind": "RMSProp", "options": {"lr": 5e-5, "alpha": 0.99, "eps": 1e-8}, "clip": None},
        "k": 5,
        "unroll": 0,
        "fresh_noise": False,
        "ema": None,
    }


class Mine(SGD):
    pass


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"loss": SimpleNamespace()}, "the loss SimpleNamespace has no PyTorch twin here; there are twins of NonSat"),
        ({"penalties": [R1(1.0), print]}, "the penalty builtin_function_or_method has no PyTorch twin"),
        ({"d_optimizer": Mine({}, 0.1)}, "the optimizer Mine has no PyTorch twin"),
        ({"terms": [SimpleNamespace()]}, "the term SimpleNamespace has no PyTorch twin here; there are twins of Feat"),
    ],
)
def test_what_has_no_twin_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        torch_rules.rules(trainer(**changes))


def test_what_is_saved_is_loaded(tmp_path, rng):
    t = trainer()
    t.penalties += (Supervised(np.ones((3, 2), np.float32), np.array([0, 1, 1]), 2),)
    Q = mlp((2,), width=4, rng=rng)[1]
    t.terms = (PullAway(0.3, "logit"), VariationalEntropy(Q, SGD(Q.params)))
    real, z = rng.standard_normal((2, 4, 2))
    torch_rules.save(tmp_path / "t.npz", t, real, z)
    found = torch_rules.load(tmp_path / "t.npz")
    assert found["rules"] == json.loads(json.dumps(torch_rules.rules(t)))
    assert np.array_equal(found["real"], real) and np.array_equal(found["z"], z)
    assert found["players"].keys() == {"G", "D", "Q2"} and found["arrays"].keys() == {"penalty3"}
    np.testing.assert_array_equal(found["arrays"]["penalty3"]["labels"], [0, 1, 1])
    for name, network in (("G", t.G), ("D", t.D), ("Q2", Q)):
        for ours, theirs in zip(describe(network, (2,)), found["players"][name], strict=True):
            arrays, loaded = ours.pop("arrays"), theirs.pop("arrays")
            assert theirs == json.loads(json.dumps(ours)) and loaded.keys() == arrays.keys()
            for key, array in arrays.items():
                np.testing.assert_array_equal(loaded[key], array)


def test_terms_losses_and_optimizers_that_hold_others():
    t = trainer(loss=OnlyDiscriminator(NonSaturating(0.9)), terms=[FeatureMatching(2.0)])
    t.d_optimizer = HistoricalAveraging(Clipped(t.d_optimizer, 0.1), 0.01)
    rules = torch_rules.rules(t)
    assert rules["loss"] == {"kind": "OnlyDiscriminator", "loss": {"kind": "NonSaturating", "options": {"smooth": 0.9}}}
    assert rules["terms"] == [{"kind": "FeatureMatching", "options": {"weight": 2.0, "layer": "logit"}}]
    assert rules["d_optimizer"]["options"] == {"weight": 0.01}
    assert rules["d_optimizer"]["optimizer"]["kind"] == "RMSProp" and rules["d_optimizer"]["clip"] == 0.1
    t.d_optimizer = Clipped(t.d_optimizer, 0.01)
    assert torch_rules.rules(t)["d_optimizer"] == rules["d_optimizer"] | {"clip": 0.01}
    t.d_optimizer.limit = 1.0
    assert torch_rules.rules(t)["d_optimizer"]["clip"] == 0.1, "the smaller of two limits"


def test_the_unrolled_game_with_terms_is_refused():
    with pytest.raises(ValueError, match="the unrolled game with terms has no PyTorch twin"):
        torch_rules.rules(SimpleNamespace(unroll=2, terms=[FeatureMatching()]))
