"""The truncation curve, and samples that are drawn within a truncation or with standing statistics."""

import json

import numpy as np
import pytest
from PIL import Image

from minigan.recipes import Settings, scoring, train
from minigan.recipes.evaluate import Drawn, evaluate, write_and_print
from minigan.recipes.numbered import Numbered
from minigan.recipes.sampling import load_generator
from minigan.recipes.setup import noise_of
from minigan.recipes.truncation_curve import LIMITS


def quiet(run=None, **options):
    return evaluate(run, progress=False, say=lambda text: None, **options)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The other scores without intervals, and halved once: they are not looked at here."""
    monkeypatch.setattr(scoring, "REPLICATES", 0)
    monkeypatch.setattr(scoring, "halvings", lambda n: 1)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    settings = Settings(data="ring", batch_size=8, steps=2)
    return train(settings, out=tmp_path_factory.mktemp("ring") / "run", progress=False, say=lambda text: None)[0]


def drawn(path):
    G, config = load_generator(path)
    return Drawn(path, G, config, noise_of(config["settings"]))


def test_a_conditional_run_has_one(told_runs, tmp_path):
    (result,), said = quiet(told_runs / "mixed", n=120), []
    assert [row["limit"] for row in result.curve] == list(LIMITS) and {row["samples"] for row in result.curve} == {120}
    free = result.curve[0]
    for name in ("precision", "recall", "fid", "label_accuracy"):
        assert free[name] == pytest.approx(result.scores.values[name].value), name  # the same noise
    write_and_print([result], tmp_path, as_json=False, out=said.append)
    assert json.loads((tmp_path / "scores.json").read_text())["truncation_curve"] == result.curve
    assert "fidelity against variety: 120 samples of each truncation" in said[0] and "none " in said[0]
    with Image.open(tmp_path / "truncation.png") as picture:
        assert picture.size[0] > 700
    assert quiet(told_runs / "mixed", n=50, truncation_curve=False)[0].curve is None


def test_others_have_one_if_it_is_asked_for(ring):
    assert quiet(ring, n=50)[0].curve is None
    (result,) = quiet(ring, n=50, truncation_curve=True)
    assert [row.keys() for row in result.curve] == 7 * [{"limit", "samples", "precision", "recall", "fid"}]
    assert quiet(ring, n=50)[0].scores.values["kid"] == result.scores.values["kid"]


def test_the_stronger_the_truncation_the_less_varied(told_runs):
    run = drawn(told_runs / "mixed")
    spreads = [run.truncated(limit).samples(300, 0).x.std(axis=0).mean() for limit in LIMITS]
    assert spreads == sorted(spreads, reverse=True) and spreads[-1] < spreads[0]
    z = run.truncated(0.5).noise.shown(100, np.random.default_rng(0))
    assert np.abs(z).max() <= 0.5


def test_scores_within_a_truncation(told_runs):
    (tight,) = quiet(told_runs / "mixed", n=120, truncation=0.5)
    row = tight.curve[LIMITS.index(0.5)]
    assert tight.scores.values["precision"] == pytest.approx(row["precision"])
    (free,) = quiet(told_runs / "mixed", n=120, truncation=0)
    assert free.scores.values["fid"] == pytest.approx(free.curve[0]["fid"])


def test_standing_statistics(told_runs):
    path = told_runs / "mixed"
    run = drawn(path)
    one, two, plain = Numbered(path, standing=4), Numbered(path, standing=4), Numbered(path)
    np.testing.assert_array_equal(one.samples([0, 1]), two.samples([0, 1]))
    assert not np.array_equal(one.samples([0, 1]), plain.samples([0, 1]))
    # After two steps the running statistics still hold most of what they began with; those of fresh batches nothing.
    state, tight = (Numbered(path, truncation=limit, standing=64).G.state for limit in (None, 0.3))
    features = run.noise.shown(4000, np.random.default_rng(9)) @ run.G.params["dense.w"] + run.G.params["dense.b"]
    assert np.abs(state["norm.var"] / features.var(axis=0) - 1).mean() < 0.2
    assert np.abs(plain.G.state["norm.var"] / features.var(axis=0) - 1).mean() > 1
    assert (tight["norm.var"] < state["norm.var"]).all()  # of truncated noise
    kid, without = (
        quiet(path, n=50, standing=standing, truncation_curve=False)[0].scores.values["kid"] for standing in (64, None)
    )
    assert kid != without


@pytest.mark.parametrize("options, message", [
    (dict(truncation=0.001), "the truncation must be a number of at least 0.02, got 0.001"),
    (dict(standing=0), "--standing must be at least 1 batch, got 0"),
])  # fmt: skip
def test_refusals(told_runs, options, message):
    with pytest.raises(ValueError, match=message):
        quiet(told_runs / "mixed", n=50, **options)


def test_what_goes_with_runs_only(ring):
    for name, value in (("truncation", 0.7), ("truncation_curve", True), ("standing", 16)):
        with pytest.raises(ValueError, match=f"--{name.replace('_', '-')} goes with RUN; leave it out"):
            quiet(images="folder:A", reference_name="digits-8x8", **{name: value})
    with pytest.raises(ValueError, match="statistics of batch norms anew, and the generator of .* has none"):
        Numbered(ring, standing=16)
