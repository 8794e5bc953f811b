"""What the twin plays by, in words; what has no twin is refused."""

import json

import numpy as np
import pytest

from minigan.bench import ours as our_bench
from minigan.bench.torch import exchange
from minigan.bench.torch import rules as torch_rules
from minigan.bench.torch.twin import describe
from minigan.layers import Dense, LeakyReLU, LogSumExp, Sequential, Sum
from minigan.losses import Loss, NonSaturating
from minigan.models import mlp, variants
from minigan.models.noise import Noise
from minigan.objectives import Gan, TermsAlone
from minigan.optim import SGD, Adam, Clipped, HistoricalAveraging, RMSProp
from minigan.penalties import R1, WGANGP, Penalty, Supervised
from minigan.terms import FeatureMatching, PullAway, Term, VariationalEntropy
from minigan.training import Trainer
from minigan.unrolled import Unrolled


def trainer(kind=Gan, **changes):
    rng = np.random.default_rng(1)
    G, D = mlp((2,), width=3, rng=rng)
    parts = {"loss": NonSaturating(0.9), "g_optimizer": Adam(G.params, lr=3e-4, beta1=0.5),
             "d_optimizer": RMSProp(D.params, lr=5e-5, rho=0.99), "penalties": [WGANGP(target=0.5), R1(2.0, every=4)],
             "k": 5}  # fmt: skip
    game = kind(G, D, noise=Noise(2), **parts | changes)
    return Trainer(game, np.zeros((4, 2), np.float32), batch_size=4, rng=rng)


def test_rules_are_words_and_numbers():
    rules = torch_rules.rules(trainer())
    assert json.loads(json.dumps(rules)) == rules
    assert rules == {
        "loss": {"kind": "NonSaturating", "options": {"smooth": 0.9}},
        "adversarial": True,
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
        "d_optimizer": {"kind": "RMSProp", "options": {"lr": 5e-5, "rho": 0.99, "eps": 1e-8}, "clip": None},
        "k": 5,
        "unroll": 0,
        "fresh_noise": False,
        "ema": None,
    }


class Mine(SGD):
    pass


Mine.__name__ = "Adam"  # a twin is known by the class, not by its name


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"loss": Loss()}, "the loss Loss has no PyTorch twin here; there are twins of NonSat"),
        ({"penalties": [R1(1.0), Penalty()]}, "the penalty Penalty has no PyTorch twin"),
        ({"d_optimizer": Mine({}, 0.1)}, "the optimizer Adam has no PyTorch twin"),
        ({"terms": [Term()]}, "the term Term has no PyTorch twin here; there are twins of Feat"),
    ],
)
def test_what_has_no_twin_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        torch_rules.rules(trainer(**changes))


def test_what_is_saved_is_loaded(tmp_path, rng):
    t = trainer()
    game, Q = t.objective, mlp((2,), width=4, rng=rng)[1]
    game.D = variants.classifying(game.D, 2, rng=rng)
    game.penalties += (Supervised(np.ones((3, 2), np.float32), np.array([0, 1, 1]), 2),)
    game.terms = (PullAway(0.3, "logit"), VariationalEntropy(Q, SGD(Q.params)))
    real, z = rng.standard_normal((2, 4, 2))
    torch_rules.save(tmp_path / "t.npz", t, real, z)
    found = exchange.load(tmp_path / "t.npz")
    assert found["rules"] == json.loads(json.dumps(torch_rules.rules(t)))
    assert np.array_equal(found["real"], real) and np.array_equal(found["z"], z)
    assert found["players"].keys() == {"G", "D", "Q2"} and found["arrays"].keys() == {"penalty3"}
    np.testing.assert_array_equal(found["arrays"]["penalty3"]["labels"], [0, 1, 1])
    for name, network in (("G", game.G), ("D", game.D), ("Q2", Q)):
        for ours, theirs in zip(describe(network, (2,)), found["players"][name], strict=True):
            arrays, loaded = ours.pop("arrays"), theirs.pop("arrays")
            assert theirs == json.loads(json.dumps(ours)) and loaded.keys() == arrays.keys()
            for key, array in arrays.items():
                np.testing.assert_array_equal(loaded[key], array)


def test_terms_alone_and_optimizers_that_hold_others():
    t = trainer(TermsAlone, terms=[FeatureMatching(2.0)])
    game = t.objective
    game.d_optimizer = HistoricalAveraging(Clipped(game.d_optimizer, 0.1), 0.01)
    rules = torch_rules.rules(t)
    assert rules["adversarial"] is False and rules["loss"] == {"kind": "NonSaturating", "options": {"smooth": 0.9}}
    assert rules["terms"] == [{"kind": "FeatureMatching", "options": {"weight": 2.0, "layer": "logit"}}]
    assert rules["d_optimizer"]["options"] == {"weight": 0.01}
    assert rules["d_optimizer"]["optimizer"]["kind"] == "RMSProp" and rules["d_optimizer"]["clip"] == 0.1
    game.d_optimizer = Clipped(game.d_optimizer, 0.01)
    assert torch_rules.rules(t)["d_optimizer"] == rules["d_optimizer"] | {"clip": 0.01}
    game.d_optimizer.limit = 1.0
    assert torch_rules.rules(t)["d_optimizer"]["clip"] == 0.1, "the smaller of two limits"


class OtherGame(Gan):
    pass


def playing(kind, **changes):
    """A trainer whose game is another one."""
    t = trainer(penalties=[])
    game = t.objective
    t.objective = kind(game.G, game.D, game.loss, game.g_optimizer, SGD(game.D.params), game.noise, **changes)
    return t


@pytest.mark.parametrize(
    "kind, changes, message",
    [
        (Unrolled, {"steps": 2, "terms": [FeatureMatching()]}, "the unrolled game with terms has no PyTorch twin"),
        (Unrolled, {"steps": 2, "second_order": False}, "the unrolled game without its second term has no PyTorch"),
        (OtherGame, {}, "the game OtherGame has no PyTorch twin here; there are twins of Gan, TermsAlone, Unrolled"),
    ],
)
def test_a_game_without_a_twin_is_refused(kind, changes, message):
    with pytest.raises(ValueError, match=message):
        torch_rules.rules(playing(kind, **changes))


def test_the_unrolled_game():
    assert torch_rules.rules(playing(Unrolled, steps=3))["unroll"] == 3


def classifier(*end):
    """A D whose class scores are deep inside, under names that say nothing."""
    lower = Sequential(("one", Dense(2, 5)), ("two", LeakyReLU()))
    return Sequential(("below", lower), ("above", Sequential(("three", Dense(5, 3)), *end)))


@pytest.mark.parametrize(
    "D, layer",
    [
        (classifier(("four", LogSumExp())), "above.four"),
        (variants.classifying(mlp((2,), width=3)[1], 3), "logit"),
        (Sequential(*classifier().layers.items(), ("end", LogSumExp())), "end"),
    ],
)
def test_class_scores_are_what_goes_into_the_log_sum_exp(D, layer):
    t = trainer(penalties=[Supervised(np.ones((3, 2), np.float32), np.array([0, 1, 2]), 2)])
    t.objective.D = D
    assert torch_rules.rules(t)["penalties"][0]["options"]["layer"] == layer


def test_no_class_scores():
    t = trainer(penalties=[Supervised(np.ones((3, 2), np.float32), np.array([0, 1, 2]), 2)])
    with pytest.raises(ValueError, match="a semi-supervised discriminator ends in its class scores and LogSumExp"):
        torch_rules.rules(t)


def test_features_are_cut_where_the_network_is_cut():
    """Before a layer in a chain; before the whole of a Sum that the layer is a part of."""
    body = Sequential(("one", Dense(4, 4)), ("two", Dense(4, 4)))
    D = Sequential(
        ("first", Dense(2, 4)), ("chain", Sequential(("a", Dense(4, 4)), ("b", Dense(4, 4)))),
        ("block", Sum(("body", body), ("skip", Dense(4, 4)))), ("logit", Dense(4, 1)),
    )  # fmt: skip
    for name, place in {"logit": "logit", "chain.b": "chain.b", "block.body.two": "block", "block": "block"}.items():
        assert torch_rules.cut(D, name) == place
        assert len(list(D.split(name)[0].leaves())) == {"logit": 6, "chain.b": 2, "block": 3}[place]


@pytest.mark.parametrize("recipe", ["cgan", "ac-gan", "projection", "sagan", "biggan"])
def test_every_part_of_a_conditional_recipe_has_a_twin(recipe, tmp_path):
    """The networks and rules that `minigan bench --recipe NAME --against torch` hands over; its images have labels."""
    preset = our_bench.settings_of(recipe=recipe).preset
    t = our_bench.make_trainer(preset, 4, None, our_bench.own_width(preset), choices={"recipe": recipe})
    game = our_bench.Game(t)
    torch_rules.save(tmp_path / "t.npz", t, game.real.x, game.z, game.real.given["labels"])
    found = exchange.load(tmp_path / "t.npz")
    assert found["labels"].tolist() == [0, 1, 2, 3] and found["players"].keys() == {"G", "D"}
    kinds = {part["kind"] for part in found["players"]["G"] + found["players"]["D"]}
    told = {"cgan": {"OfLabel"}, "ac-gan": {"ConditionalBatchNorm"}, "biggan": {"OfLabel", "SharedCondition", "Attend"}}
    assert kinds >= told.get(recipe, {"ConditionalBatchNorm", "AtLabel"})
    assert (found["rules"]["loss"]["kind"] == "AuxiliaryClassifier") == (recipe == "ac-gan")
    assert (found["rules"]["g_optimizer"]["kind"] == "Orthogonal") == (recipe == "biggan")
