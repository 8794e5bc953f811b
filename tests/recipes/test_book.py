"""Every recipe: found by itself, one readable file with its paper, trains, resumes bit for bit, and draws samples."""

import re

import numpy as np
import pytest

from minigan.recipes import Settings, book, load_generator, sample, train
from minigan.recipes.options import OPTIONS
from minigan.recipes.setup import load_samples, make_trainer
from minigan.training import load_checkpoint, run, save_checkpoint

CONDITIONAL = ("cgan", "ac-gan", "projection", "sagan", "biggan")
SIGNALS_ONLY = ("wavegan",)
IMAGES_ONLY = ("ada", "diff-augment", "semi-supervised", "virtual-batch-norm", *CONDITIONAL)
SMALL = {"digits": dict(data="digits-8x8", image_size=8, batch_size=8), "ring": dict(data="ring", batch_size=8),
         "beats": dict(data="beats", batch_size=8)}  # fmt: skip
EXPECTED = """gan minimax label-smoothing lsgan wgan wgan-gp hinge sn-gan dragan r1 relativistic r3gan r3gan-points
    feature-matching minibatch-discrimination historical-averaging virtual-batch-norm semi-supervised pull-away entropy
    infogan unrolled pacgan2 ttur ema instance-noise diff-augment ada lazy-r1 collapse cured d-wins
    cgan ac-gan projection sagan biggan vae""".split()
PLANE_ONLY = "circles"  # its networks are for --data dirac
DRAWS_NOTHING = "enhance"  # it makes given pictures better: see test_enhance.py
GROWING = ("progressive", "progressive-r1")  # with sizes of their own: tests/cli/test_progressive.py
CASES = [(name, "digits") for name in EXPECTED] + [(name, "ring") for name in EXPECTED if name not in IMAGES_ONLY]
CASES += [(name, "beats") for name in SIGNALS_ONLY]


@pytest.fixture(scope="module")
def loaded():
    """data -> (labels, samples), read once."""
    found = {}
    for data, small in SMALL.items():
        dataset, samples = load_samples(Settings(**small).resolved())
        found[data] = dataset.labels, samples
    return found


def test_they_are_found_by_themselves(tmp_path, monkeypatch):
    assert book.names() == sorted([*EXPECTED, *SIGNALS_ONLY, PLANE_ONLY, DRAWS_NOTHING, *GROWING])
    (tmp_path / "my_own_game.py").write_text('"""A test, arXiv:0000.00000."""\n\nSUMMARY = "mine"\nKIND = "own"\n'
                                             'CHOICES = {"loss": "hinge"}\n')  # fmt: skip
    monkeypatch.setattr(book, "__path__", [*book.__path__, str(tmp_path)])
    assert Settings(recipe="my-own-game").resolved().loss == "hinge"
    assert book.contents().splitlines()[-1].split() == ["my-own-game", "own", "mine"]


@pytest.mark.parametrize("name", [*EXPECTED, *SIGNALS_ONLY, PLANE_ONLY, DRAWS_NOTHING, *GROWING])
def test_each_file_says_what_it_is(name):
    module = book.recipe(name)
    assert re.search(r"arXiv:\d{4}\.\d{5}|arXiv:\d{4}\.\d{4}", module.__doc__), "no paper"
    assert "\n" not in module.SUMMARY and len(module.SUMMARY) < 80 and module.KIND in book.KINDS
    assert module.CHOICES and module.CHOICES.keys() <= OPTIONS.keys()
    resolved = Settings(recipe=name).resolved()
    assert all(getattr(resolved, key) == value for key, value in module.CHOICES.items())
    assert resolved.resolved() == resolved and Settings(**resolved.as_dict()).resolved() == resolved


def test_a_recipe_may_bring_its_data_and_flags_override_it():
    assert Settings(recipe="collapse").resolved().data == "ring"
    assert Settings(recipe="circles").resolved().z_dim == 2
    assert Settings(recipe="collapse", data="grid").resolved().data == "grid"
    assert Settings(recipe="gan").resolved().data == "digits"
    with pytest.raises(ValueError, match="preset 'quick' draws pictures, and 'ring' holds points"):
        Settings(recipe="collapse", preset="quick").resolved()


def test_cured_is_collapse_with_one_change():
    one, two = book.choices("collapse"), book.choices("cured")
    assert [key for key in two if one.get(key) != two[key]] == ["penalty"]


def trainer_of(name, data, loaded):
    labels, samples = loaded[data]
    attention = 4 if book.choices(name).get("attention") else None  # the maps of so small images have 8, 4, 2 rows
    return make_trainer(Settings(**SMALL[data], recipe=name, steps=4, attention=attention).resolved(), samples, labels)


@pytest.mark.parametrize("name, data", CASES)
def test_it_trains_and_resumes_bit_for_bit(name, data, loaded, tmp_path):
    straight, halves, resumed = (trainer_of(name, data, loaded) for _ in range(3))
    before = {key: array.copy() for key, array in straight.arrays().items()}
    run(straight, 4, progress=False)
    run(halves, 2, progress=False)
    save_checkpoint(tmp_path / "c.npz", halves, {})
    load_checkpoint(tmp_path / "c.npz", resumed)
    run(resumed, 4, progress=False)
    one, two = straight.arrays(), resumed.arrays()
    assert one.keys() == two.keys() and all(np.array_equal(one[key], two[key]) for key in one)
    for player in straight.objective.players[:2]:  # both have learnt
        moved = [
            key for key in one if key.startswith(f"{player.name}/params/") and not np.array_equal(one[key], before[key])
        ]
        assert len(moved) > 2
    assert all(np.isfinite(array).all() for array in one.values())


@pytest.mark.parametrize("name", ["ema", "virtual-batch-norm", "infogan", "pacgan2", "semi-supervised", "r3gan", "ada"])
def test_samples_of_a_run_are_those_that_were_shown(name, tmp_path):
    settings = Settings(**SMALL["digits"], recipe=name, steps=2)
    path, _ = train(settings, out=tmp_path / "run", progress=False, say=lambda text: None)
    G, config = load_generator(path)
    assert config["settings"]["recipe"] == name
    trainer = make_trainer(settings.resolved(), load_samples(settings.resolved())[1], np.arange(1437) % 10)
    rng = np.random.default_rng([0, 2, 3])  # of samples.npz
    with np.load(path / "samples.npz") as file:
        np.testing.assert_array_equal(file["images"], sample(G, trainer.noise(1000, rng)))


def test_the_default_folder_bears_the_recipes_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, _ = train(Settings(**SMALL["ring"], recipe="hinge", steps=1), progress=False, say=lambda text: None)
    assert str(path) == "runs/ring-hinge-1"
