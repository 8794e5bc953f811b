"""Settings: filled in from the preset, checked, and kept through a resume."""

import pytest

from minigan.optim import Adam, RMSProp
from minigan.recipes.settings import Settings


def test_presets_fill_in_what_is_not_given():
    s = Settings(data="mnist", preset="paper32", lr=1e-3).resolved()
    assert (s.batch_size, s.lr, s.beta1, s.optimizer, s.loss) == (128, 1e-3, 0.5, "adam", "non-saturating")
    assert s.image_size == 32 and s.sample_every >= 1 and s.checkpoint_every >= 1
    assert Settings(data="ring").resolved().preset == "mlp" and Settings().resolved().preset == "quick"
    assert s.resolved() == s


def test_makers():
    s = Settings(smooth=0.9, optimizer="rmsprop", lr=0.5).resolved()
    assert s.make_loss().smooth == 0.9
    assert isinstance(s.make_optimizer({}), RMSProp) and s.make_optimizer({}).lr == 0.5
    adam = Settings(beta1=0.25).resolved().make_optimizer({})
    assert isinstance(adam, Adam) and adam.beta1 == 0.25


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(steps=-1), "--steps must be at least 1, got -1"),
        (dict(batch_size=0), "--batch-size must be at least 2, got 0"),
        (dict(lr=0.0), "--lr must be a finite number above 0"),
        (dict(lr=float("inf")), "--lr must be"),
        (dict(beta1=2.0), "--beta1 must be in"),
        (dict(smooth=float("nan")), "--smooth must be in"),
        (dict(data="ring", image_size=8), "--image-size is for images"),
        (dict(k=0), "--k must be"),
        (dict(seed=-1), "--seed must be"),
        (dict(dropout=1.0), "--dropout must be"),
        (dict(sample_every=0), "--sample-every must be"),
        (dict(loss="hing"), "unknown loss 'hing'; expected one of: minimax"),
        (dict(optimizer="adamm"), "unknown optimizer"),
        (dict(preset="quik"), "unknown preset 'quik'"),
        (dict(data="ring", preset="quick"), "use --preset mlp"),
    ],
)
def test_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Settings(**options).resolved()


def test_resume_keeps_what_a_run_cannot_change():
    saved = Settings(seed=3, steps=60).resolved().as_dict()
    after = Settings(steps=100).merged_for_resume(saved, ["steps"])
    assert after.steps == 100 and after.seed == 3
    with pytest.raises(ValueError, match="was made with --preset quick, got paper32"):
        Settings(preset="paper32").merged_for_resume(saved, ["preset"])
    with pytest.raises(ValueError, match="settings in the checkpoint are damaged"):
        Settings().merged_for_resume(saved | {"steps": "x"}, [])
    with pytest.raises(ValueError, match="was made with --lr"):
        Settings(lr=1.0).merged_for_resume(saved, ["lr"])
