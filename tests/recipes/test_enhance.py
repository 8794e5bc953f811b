"""The recipe enhance: trainings of an enhancer, resumed bit for bit, and what it is refused with."""

import numpy as np
import pytest

from minigan.models import Degraded
from minigan.recipes import Settings, train
from minigan.recipes.sampling import load_generator, load_players
from minigan.recipes.setup import load_samples, make_trainer
from minigan.training.checkpoint import read_header

SMALL = dict(recipe="enhance", data="digits-8x8", batch_size=8, sample_every=4, checkpoint_every=4)


def settings_of(**more):
    return Settings(**SMALL | more)


@pytest.mark.long
def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path):
    quiet = dict(progress=False, say=lambda text: None)
    train(settings_of(steps=6), out=tmp_path / "whole", **quiet)
    train(settings_of(steps=4), out=tmp_path / "parts", **quiet)
    train(settings_of(steps=6), out=tmp_path / "parts", resume=True, given=["steps"], **quiet)
    whole, parts = (np.load(tmp_path / name / "checkpoint.npz") for name in ("whole", "parts"))
    assert set(whole.files) == set(parts.files)
    for name in set(whole.files) - {"header"}:
        np.testing.assert_array_equal(whole[name], parts[name], err_msg=name)
    assert (
        read_header(tmp_path / "whole/checkpoint.npz")["rng"] == read_header(tmp_path / "parts/checkpoint.npz")["rng"]
    )


@pytest.mark.long
def test_a_run_gives_its_networks_and_refuses_to_draw(tmp_path):
    train(settings_of(steps=1), out=tmp_path / "run", progress=False, say=lambda text: None)
    players, config = load_players(tmp_path / "run")
    low = np.zeros((2, 4, 4, 1), np.float32)
    assert players["G"].apply(low, training=False)[0].shape == (2, 8, 8, 1)
    assert config["settings"]["enlarge"] == 2
    with pytest.raises(ValueError, match="is an enhancer, which draws nothing from noise.* minigan edit"):
        load_generator(tmp_path / "run")


def test_the_game_feeds_g_with_worse_copies_of_its_batch():
    settings = settings_of(grain=0.0, steps=1).resolved()
    dataset, samples = load_samples(settings)
    trainer = make_trainer(settings, samples, dataset.labels)
    assert isinstance(trainer.objective.noise, Degraded)
    batch = trainer.batch()
    fake = trainer.objective.draw(batch, trainer.rng)
    np.testing.assert_allclose(fake.z[:, 0, 0], batch.x[:, :2, :2].mean(axis=(1, 2)), atol=1e-6)
    assert fake.x.shape == batch.x.shape
    before = trainer.objective.players[0].network.params["picture.detail.first.w"].copy()
    trainer.step()
    assert not np.array_equal(before, trainer.objective.players[0].network.params["picture.detail.first.w"])


@pytest.mark.parametrize("more, text", [
    (dict(enlarge=1, grain=0.0), "nothing to do"),
    (dict(image_size="8x9"), "try --image-size 8x8"),
])  # fmt: skip
def test_refused_when_the_pictures_are_known(more, text):
    settings = settings_of(**more).resolved()
    dataset, samples = load_samples(settings)
    with pytest.raises(ValueError, match=text):
        make_trainer(settings, samples, dataset.labels)


@pytest.mark.parametrize("choices, text", [
    (SMALL | {"conditional": "projection"}, "its G has no noise"),
    (SMALL | {"truncation": 0.7}, "its G has no noise"),
    (SMALL | {"every": 10}, "its G has no noise"),
    (SMALL | {"preset": "dcgan"}, "other networks' is noise"),
    (SMALL | {"data": "ring"}, "holds points"),
    (SMALL | {"term": ("entropy:1",)}, "--term entropy recovers the noise .* G of --game enhance has none; leave it out"),
    (SMALL | {"term": ("information:1",), "codes": 10}, "--term information recovers the noise"),
    (SMALL | {"codes": 10}, "--codes does not go with --game enhance"),
    (SMALL | {"term": ("information:1",)}, "--term information recovers the noise"),
    ({"data": "digits-8x8", "preset": "enhancer", "recipe": "gan"}, "--recipe enhance and --preset enhancer go together"),
    ({"data": "digits-8x8", "enlarge": 2}, "what an enhancer learns to undo"),
    ({"data": "digits-8x8", "grain": 0.1}, "what an enhancer learns to undo"),
    ({"data": "digits-8x8", "term": ("content:10",)}, "--term content compares each picture"),
])  # fmt: skip
def test_refused_by_settings(choices, text):
    with pytest.raises(ValueError, match=text):
        Settings(**choices).resolved()
