"""PyTorch's side of `bench --kernels`: each pass computes the gradients that it is named after."""

import pytest

torch = pytest.importorskip("torch")

from minigan.bench import worker  # noqa: E402
from minigan.bench.cases import LayerCase, cases_of  # noqa: E402
from minigan.bench.kernels import twins_of, write  # noqa: E402
from minigan.bench.stopwatch import checked  # noqa: E402
from minigan.bench.torch.alone import Answers, passes  # noqa: E402
from minigan.bench.torch.game import build  # noqa: E402
from minigan.layers import BatchNorm, Dense, Embedding  # noqa: E402


def test_each_pass_computes_what_its_name_says():
    twin = LayerCase(Dense(3, 2, slope=0.2), (4, 3), (4, 2), {}).twin()
    calls = passes(build(twin["modules"]), twin["x_shape"], "contiguous")
    assert calls["forward"]().shape == (4, 2)
    assert [g.shape for g in calls["input gradient"]()] == [(4, 3)]
    assert sorted(tuple(g.shape) for g in calls["weight gradient"]()) == [(2,), (2, 3)]
    twin = LayerCase(BatchNorm(3), (4, 5, 5, 3), (4, 5, 5, 3), {}).twin()
    calls = passes(build(twin["modules"]), twin["x_shape"], "channels_last")
    assert [tuple(g.shape) for g in calls["both gradients"]()] == [(4, 3, 5, 5), (3,), (3,)]
    assert calls["forward"]().is_contiguous(memory_format=torch.channels_last)


def test_layers_that_are_told_labels_get_some():
    twin = LayerCase(Embedding(10, 3), (4, 2), (4, 3), {}).twin()
    assert passes(build(twin["modules"]), twin["x_shape"], "contiguous")["forward"]().shape == (4, 3)


@pytest.mark.parametrize("recipe", [None, "sagan", "wgan", "virtual-batch-norm", "pacgan2"])
def test_all_cases_of_a_recipe_are_timed(recipe, tmp_path, monkeypatch):
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(worker, name, 1)
    preset = "resnet-small" if recipe == "sagan" else "quick"
    choices = ({"recipe": recipe} if recipe else {}) | ({"attention": 4} if recipe == "sagan" else {})
    config = checked(preset, batch_size=4, image_size=8, threads=1, choices=choices)
    cases = dict(enumerate(cases_of([config])))
    twins, without = twins_of(cases)
    answers = Answers()
    answers.build(write(tmp_path / "twins.npz", twins), 1)
    for i in twins:
        for found in answers.time(i).values():
            assert list(found) == list(cases[i].passes) and all(seconds > 0 for seconds in found.values())
    assert all("optimizer Clipped" in reason for reason in without.values())
