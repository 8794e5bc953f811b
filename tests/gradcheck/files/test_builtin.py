"""Everything that minigan exports can be checked by its name, and is right."""

import numpy as np
import pytest

from minigan import layers, losses, optim
from minigan.cli.gradcheck import cases
from minigan.gradcheck.files.builtin import CASES, check_builtin


@pytest.mark.parametrize("name", CASES)
def test_each_is_right(name):
    report = check_builtin(name)
    assert report.ok and report.checked > 20 and report.name == name, report


@pytest.mark.parametrize("name", ["embedding", "atlabel"])
def test_so_is_the_double_backward_of_what_is_told_the_class(name):
    report = check_builtin(name, cases=cases(double=True))
    assert report.ok and report.checked >= 9, report


def test_what_takes_labels_is_given_them():
    report = check_builtin("conditionalbatchnorm")
    assert report.checked == 2 * (3 * 7 * 6 * 2 + 6 + 6), "in training and in evaluation"
    assert check_builtin("embedding", {"classes": 7}, (4, 3)).checked == 4 * 3 + 7 * 4
    assert {"condition", "gain", "shift", "dx"} == check_builtin("modulatedbatchnorm").errors.keys()
    assert "embedding.w" in check_builtin("sharedcondition").errors


@pytest.mark.parametrize("name", ["identity", "sum", "concat"])
def test_so_is_the_double_backward_of_branches(name):
    report = check_builtin(name, cases=cases(double=True))
    assert report.ok and report.checked > 20, report


def test_nothing_is_left_out():
    made = {case.make for case in CASES.values()}
    networks = (
        layers.Layer,
        layers.Composite,
        layers.Sequential,
        layers.WithReference,
        layers.SharedCondition,
    )  # bases, or made by a function
    for name in vars(layers):
        kind = getattr(layers, name)
        if isinstance(kind, type) and issubclass(kind, layers.Layer) and kind not in networks:
            assert kind in made, f"{name} has no line in CASES"
    optimizers = {kind for kind in vars(optim).values() if isinstance(kind, type) and kind.__base__ is optim.Optimizer}
    assert optimizers - {optim.Wrapper} <= made and {*losses.LOSSES.values()} <= made
    assert any(case.kind == "network" for case in CASES.values())


def test_kwargs_and_input():
    report = check_builtin("conv2d", {"stride": 1, "padding": "valid", "kernel": 2, "c_in": 1})
    assert report.ok and report.checked == 3 * 7 * 6 + 4 * 5 + 5
    assert check_builtin("conv2d", {"c_in": 4}).ok, "the input follows the layer's own sizes"
    assert check_builtin("dense", None, (2, 4)).checked == 8 + 12 + 3
    assert check_builtin("adam", {"beta1": 0.5}).ok and check_builtin("nonsaturating", {"smooth": 1.0}).ok


def test_seed_and_tolerance_reach_the_check(monkeypatch):
    class Noisy(layers.Dense):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            return dx * (1 + 1e-5), grads

    monkeypatch.setitem(CASES, "noisy", CASES["dense"].__class__("layer", Noisy, {"n_in": 4, "n_out": 3},
                                                                 CASES["dense"].shape))  # fmt: skip
    first, second = (check_builtin("noisy", seed=seed).findings[0].worst for seed in (1, 2))
    assert first != second and first == check_builtin("noisy", seed=1).findings[0].worst
    assert not check_builtin("noisy").ok and check_builtin("noisy", tolerance=1e-4).ok


def test_what_does_not_fit_is_one_sentence():
    for name, kwargs, shape, words in [
        ("conv", None, None, "no part of minigan is called 'conv'.*did you mean conv2d"),
        ("zzz", None, None, "my_layers.py::MyLayer"),
        ("conv2d", {"strid": 2}, None, "Conv2D has no argument 'strid'; did you mean stride"),
        ("adam", None, (3, 4), "optimizer takes no input"),
        ("minimax", None, (3, 4), "loss takes no input"),
        ("adam", {"lr": -1}, None, "Adam.*could not be made.*learning rate"),
        ("sequential", {"size": 2}, None, "small_network has no argument 'size'"),
    ]:
        with pytest.raises(ValueError, match=words):
            check_builtin(name, kwargs, shape)


def test_a_wrong_one_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr(layers.Tanh, "backward", lambda self, dy, cache: (dy * np.ones_like(dy), {}))
    assert not check_builtin("tanh").ok
