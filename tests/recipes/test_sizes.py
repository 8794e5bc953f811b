"""Pictures of any height and width, tables and signals, through trainings, samples, scores and resumed runs."""

import json

import numpy as np
import pytest

from minigan.metrics import LeNet
from minigan.penalties import check_discriminator
from minigan.recipes import Settings, train
from minigan.recipes.evaluate import evaluate_run
from minigan.recipes.inspect import summary
from minigan.recipes.reference import Reference, at_size
from minigan.recipes.rules import sides
from minigan.recipes.sample_run import sample_run
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.setup import load_samples, make_trainer

QUIET = {"progress": False, "say": lambda text: None}
SHORT = {"batch_size": 8, "steps": 1, "sample_every": 100}


@pytest.fixture
def array_file(tmp_path, rng):
    """Function (x) -> the --data of a file that holds it."""

    def write(x):
        np.savez(tmp_path / "a.npz", x=x)
        return f"npz:{tmp_path / 'a.npz'}"

    return write


@pytest.mark.parametrize("given, kept, size", [
    (32, 32, (32, 32)), ("32", 32, (32, 32)), ("32x48", "32x48", (32, 48)), ("32X48", "32x48", (32, 48)),
    ((32, 48), "32x48", (32, 48)), ([7, 7], 7, (7, 7)), ("032x48", "32x48", (32, 48)),
])  # fmt: skip
def test_a_size_in_settings_and_json(given, kept, size):
    settings = Settings(image_size=given)
    assert settings.image_size == kept and sides(kept) == size
    assert Settings(**json.loads(json.dumps(settings.as_dict()))) == settings


@pytest.mark.parametrize("wrong", ["0", "x", "32x", "3.5", "-4", "32x48x3", 0, -4, 2.5, True, "4x0", (1, 2, 3)])
def test_what_is_no_size(wrong):
    with pytest.raises(
        ValueError, match="--image-size must be a whole number of pixels .* HEIGHTxWIDTH, such as 32x48"
    ):
        Settings(image_size=wrong).resolved()


@pytest.mark.parametrize("size", ["9x14", pytest.param(7, marks=pytest.mark.long)])
def test_a_training_at_any_size(tmp_path, size):
    settings = Settings(data="digits-8x8", image_size=size, **SHORT)
    path, _ = train(settings, out=tmp_path / "run", **QUIET)
    H, W = sides(size)
    with np.load(path / "samples.npz") as file:
        assert file["images"].shape == (1000, H, W, 1)
    assert json.loads((path / "config.json").read_text())["data"]["sample_shape"] == [H, W, 1]
    G, config = load_generator(path)
    assert config["settings"]["image_size"] == Settings(image_size=size).image_size
    assert sample(G, np.zeros((2, config["settings"]["z_dim"]), np.float32)).shape == (2, H, W, 1)
    with pytest.raises(ValueError, match=f"made with --image-size {size}, got 12; a run cannot change"):
        train(Settings(image_size=12), out=path, resume=True, given=["image_size"], **QUIET)
    train(Settings(image_size=size, steps=2), out=path, resume=True, given=["image_size", "steps"], **QUIET)
    with pytest.raises(ValueError, match="--image-size must be at least 4 pixels"):
        train(settings.but(image_size="3x8"), out=tmp_path / "other", **QUIET)


@pytest.mark.parametrize("options", [
    {"diff_augment": "translation,cutout"}, {"pac": 2}, {"unroll": 2}, {"virtual_batch_norm": True},
    {"minibatch": True},
    {"penalty": ["r1:1", "dragan:1"]}, {"term": ["feature-matching:1"]}, {"spectral_norm": True, "loss": "hinge"},
    {"term": ["information:1"], "codes": 10}, {"flip": True, "rotate": 20.0, "shift": 2}, {"preset": "paper32"},
    {"preset": "mlp"}, {"labels": 10},
], ids=str)  # fmt: skip
def test_the_games_go_on_rectangles(options):
    settings = Settings(data="digits-8x8", recipe="gan", image_size="7x10", batch_size=8, **options).resolved()
    dataset, samples = load_samples(settings)
    trainer = make_trainer(settings, samples, dataset.labels)
    numbers = trainer.step()
    assert all(np.isfinite(value) for value in numbers.values())


def test_images_keep_their_shape_unless_a_size_is_said(array_file, rng):
    data = array_file(rng.integers(0, 256, (40, 6, 9, 3), dtype=np.uint8))
    assert load_samples(Settings(data=data, preset="mlp").resolved())[1].shape == (36, 6, 9, 3)
    assert load_samples(Settings(data=data, image_size="6x9").resolved())[1].shape == (36, 6, 9, 3)


def test_both_sides_reach_the_feature_network_alike(rng):
    """Pictures 12 x 20 that a run draws, and those of the data brought to its size, are squares to the network; the
    same picture is seen the same on either side."""
    images = rng.integers(0, 256, (30, 12, 20, 1), dtype=np.uint8)
    ref = Reference("mine", LeNet(32, 1, 4, rng), images, at_size(images, (12, 20, 1)), None)
    np.testing.assert_array_equal(ref.real, images)
    np.testing.assert_array_equal(ref.see(images).features, ref.see(ref.real).features)
    assert at_size(images, (6, 10, 1)).shape == (30, 6, 10, 1)


@pytest.mark.long
@pytest.mark.parametrize("shape, preset", [((3,), "mlp"), ((2,), "mlp"), ((20, 1), "signals"), ((9, 2), "mlp")])
def test_numbers_train_are_scored_and_sampled_in_their_units(array_file, rng, tmp_path, shape, preset):
    """The run goes on, is sampled without its data, and is scored by the data."""
    data = array_file(100 + 5 * rng.standard_normal((300, *shape)))
    kind = "signals" if len(shape) == 2 else "table" if shape == (3,) else "points"
    settings = Settings(data=data, preset=preset, every=1, data_as="signals" if len(shape) == 2 else None, **SHORT)
    path, _ = train(settings, out=tmp_path / "run", **QUIET)
    train(settings.but(steps=2), out=path, resume=True, given=["steps"], **QUIET)
    with np.load(path / "samples.npz") as file:
        assert file[kind].shape == (1000, *shape) and abs(file[kind].mean() - 100) < 15
    assert (path / "scores.png").exists() and (path / "samples.gif").exists()
    (evaluation,) = [evaluate_run(path, n=200, **QUIET)]
    assert {"fid", "kid", "precision", "recall"} <= evaluation.scores.values.keys() and evaluation.network is None
    (tmp_path / "a.npz").unlink()
    sample_run(path, tmp_path / "seven.npz", n=7)
    sample_run(path, tmp_path / "seven.png", n=7)
    with np.load(tmp_path / "seven.npz") as file:
        assert file[kind].shape == (7, *shape) and file[kind].dtype == np.float64
    config = json.loads((path / "config.json").read_text())
    assert config["settings"]["data_as"] == kind and len(config["data"]["scaling"]["mean"]) == shape[-1]


@pytest.mark.long
def test_where_fid_has_too_few_samples_a_sentence_says_so(array_file, rng, tmp_path):
    path, _ = train(Settings(data=array_file(rng.standard_normal((300, 40))), **SHORT), out=tmp_path / "run", **QUIET)
    evaluation = evaluate_run(path, n=100, **QUIET)
    assert "fid" not in evaluation.scores.values
    words = "no FID: features of width 40 need 41 samples on both sides"
    assert any(note.startswith(words) for note in evaluation.notes)


def test_noise_is_as_wide_as_the_table_at_most(array_file, rng):
    def z_dim(columns, **choices):
        return Settings(data=array_file(rng.standard_normal((30, columns))), **choices).resolved().z_dim

    assert [z_dim(columns) for columns in (1, 2, 5, 40)] == [2, 2, 5, 16]
    assert z_dim(5, z_dim=9) == 9 and z_dim(5, data_as="table") == 5 and z_dim(30, data_as="signals") == 32


def test_a_config_from_before_there_were_kinds(array_file, rng, tmp_path):
    """Array files held pictures then; the run is read though the file is gone."""
    data = array_file(rng.integers(0, 256, (40, 8, 8), dtype=np.uint8))
    path, _ = train(Settings(data=data, image_size=8, **SHORT), out=tmp_path / "run", **QUIET)
    config = json.loads((path / "config.json").read_text())
    del config["settings"]["data_as"], config["data"]["scaling"]
    (path / "config.json").write_text(json.dumps(config))
    (tmp_path / "a.npz").unlink()
    assert load_generator(path)[1]["settings"]["data_as"] == "pictures"


@pytest.mark.parametrize("choices, message", [
    (dict(data="digits-8x8", data_as="table"), "--data-as table is for npz:FILE, and 'digits-8x8' holds pictures"),
    (dict(data="ring", data_as="signals"), "--data-as signals is for npz:FILE, and 'ring' holds points"),
    (dict(data="npz:a.npz", data_as="sounds"), "unknown data-as 'sounds'; expected one of: pictures, signals"),
    (dict(data="npz:a.npz", data_as="table", z_dim=2, image_size=8), "'npz:a.npz' holds a table; leave it out"),
    (dict(data="npz:a.npz", data_as="table", z_dim=2, preset="quick"),
     "'quick' draws pictures, and 'npz:a.npz' holds a table; use --preset mlp"),
    (dict(data="digits-8x8", preset="signals"), "'signals' draws signals, and 'digits-8x8' holds pictures; use --pre"),
    (dict(data="npz:a.npz", data_as="signals", z_dim=2, channels=1), "--channels is for images"),
    (dict(data="npz:none.npz"), "none.npz: expected an .npz file, found nothing"),
])  # fmt: skip
def test_refused(choices, message):
    with pytest.raises(ValueError, match=message):
        Settings(**choices).resolved()


def test_a_discriminator_of_signals_takes_gradient_penalties(array_file, rng):
    settings = Settings(data=array_file(rng.standard_normal((60, 20, 2))), data_as="signals", batch_size=8,
                        penalty=["wgan-gp:10"], loss="wasserstein", pac=2).resolved()  # fmt: skip
    trainer = make_trainer(settings, load_samples(settings)[1])
    check_discriminator(trainer.objective.D)
    assert np.isfinite(trainer.step()["d_loss"])


def test_the_summary_of_rectangles_and_of_signals():
    assert "32 x 48 x 3" in summary("quick", "32x48", 3) and "8 x 12 x 96" in summary("quick", "32x48", 3)
    assert "discriminator, from 64 x 1" in summary("signals")
    with pytest.raises(ValueError, match="HEIGHTxWIDTH"):
        summary("quick", "32by48")
