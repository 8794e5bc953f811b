"""What the twin plays by, in words; what has no twin is refused."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from minigan.losses import NonSaturating
from minigan.models import mlp
from minigan.optim import SGD, Adam, RMSProp
from minigan.penalties import R1, WGANGP
from minigan.report import torch_rules
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
        ({"terms": [SimpleNamespace()]}, "terms of G's objective have no PyTorch twin here, got SimpleNamespace"),
    ],
)
def test_what_has_no_twin_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        torch_rules.rules(trainer(**changes))


def test_what_is_saved_is_loaded(tmp_path, rng):
    t = trainer()
    part = {"name": "a", "kind": "Linear", "options": {"bias": False}, "arrays": {"weight": np.ones((2, 3))},
            "spectral_norm": True}  # fmt: skip
    real, z = rng.standard_normal((2, 4, 2))
    torch_rules.save(tmp_path / "t.npz", [part], [part], real, z, torch_rules.rules(t))
    G, D, real_again, z_again, rules = torch_rules.load(tmp_path / "t.npz")
    assert rules == torch_rules.rules(t) and np.array_equal(real, real_again) and np.array_equal(z, z_again)
    for (found,) in (G, D):
        assert found.keys() == part.keys() and found["spectral_norm"] is True
        np.testing.assert_array_equal(found["arrays"]["weight"], part["arrays"]["weight"])
