"""--conditional from the settings to a run: what trains, what resumes bit for bit, what is refused with the way out."""

import numpy as np
import pytest
from PIL import Image

from minigan.layers import AtLabel, BatchNorm, ConditionalBatchNorm, SpectralNorm, VirtualBatchNorm
from minigan.losses import AuxiliaryClassifier
from minigan.recipes import Settings, load_generator, train
from minigan.recipes.setup import load_samples, make_trainer, without_samples

WAYS = ("concat", "auxiliary", "projection")
RECIPES = ("cgan", "ac-gan", "projection", "sagan", "biggan")
SMALL = dict(data="digits-8x8", image_size=8, batch_size=8, sample_every=1000)
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def made(**options):
    """A Trainer at step 0."""
    settings = Settings(**SMALL | {"preset": "quick", "recipe": "gan", "steps": 4} | options).resolved()
    dataset, samples = load_samples(settings)
    return make_trainer(settings, samples, dataset.labels)


def run(out, **options):
    """A run -> its folder, and what it said."""
    said, more = [], {key: options.pop(key) for key in ("resume", "given", "source") if key in options}
    path, _ = train(Settings(**options), out=out, progress=False, say=said.append, **more)
    return path, said


def arrays(path):
    with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
        return {k: file[k] for k in file if k != "header"}


def leaves(network, kind):
    return {name for name, layer in network.leaves() if type(layer) is kind}


# --- What trains -----------------------------------------------------------------------------------------------------


BESIDES = {
    "r1": dict(penalty=("r1:0.1",)),
    "wgan-gp": dict(recipe="wgan-gp", k=2),
    "r3gan": dict(recipe="r3gan"),
    "hinge, spectral norms": dict(loss="hinge", spectral_norm=True, g_spectral_norm=True),
    "infogan": dict(recipe="infogan"),
    "minibatch": dict(minibatch=True),
    "batch norm in D": dict(d_norm="batch"),
    "feature matching": dict(term=("feature-matching:1",)),
    "pull-away": dict(term=("pull-away:1",)),
    "DiffAugment": dict(diff_augment="cutout"),
    "ADA": dict(ada=0.6),
    "attention": dict(attention=4),
    "orthogonal": dict(orthogonal=1e-4, historical=0.1),
    "average, noise": dict(ema=0.9, instance_noise=0.1, dropout=0.1),
    "few labels": dict(labels=20),
}


@every_way
@pytest.mark.parametrize("besides", BESIDES)
def test_it_goes_with(way, besides):
    trainer = made(conditional=way, **BESIDES[besides])
    before = {key: array.copy() for key, array in trainer.objective.G.params.items()}
    numbers = [trainer.step() for _ in range(2)]
    assert all(np.isfinite([row["d_loss"], row["g_loss"]]).all() and 0 <= row["d_real"] <= 1 for row in numbers)
    told = {"concat": "label.w", "auxiliary": "gamma", "projection": "gamma"}[way]
    moved = [key for key, array in trainer.objective.G.params.items() if not np.array_equal(array, before[key])]
    assert any(key.endswith(told) for key in moved), "what G knows of the classes is learnt"
    assert isinstance(trainer.objective.loss, AuxiliaryClassifier) == (way == "auxiliary")


@pytest.mark.parametrize("preset", ["dcgan", "mlp", "resnet-small"])
@every_way
def test_on_every_preset(way, preset):
    trainer = made(conditional=way, preset=preset, batch_size=4)
    assert np.isfinite(trainer.step()["g_loss"])


def test_where_the_layers_go():
    """D's batch norm is of the layers that it had before; spectral norm comes last, around the class scores too;
    virtual batch norm takes the place of the norms that no class has."""
    D = made(conditional="projection", d_norm="batch").objective.D
    assert leaves(D, BatchNorm) and not [name for name in leaves(D, BatchNorm) if "logit" in name]
    assert leaves(D, AtLabel) == {"logit.class.own"}
    D = made(conditional="projection", spectral_norm=True).objective.D
    assert {"logit.real", "logit.class.scores"} <= leaves(D, SpectralNorm)
    G = made(conditional="projection", g_spectral_norm=True).objective.G
    assert leaves(G, ConditionalBatchNorm) and not leaves(G, BatchNorm) and leaves(G, SpectralNorm)
    G = made(conditional="concat", virtual_batch_norm=True).objective.G
    assert leaves(G, VirtualBatchNorm) and not leaves(G, BatchNorm)


def test_the_features_of_a_term_are_those_before_the_label_is_told():
    trainer = made(conditional="projection", term=("feature-matching:1",))
    features = trainer.objective.D.split("logit")[0]
    assert not leaves(features, AtLabel) and np.isfinite(trainer.step()["g_loss"])


def test_attention_with_packs():
    assert np.isfinite(made(attention=4, pac=2).step()["g_loss"])


@pytest.mark.long
@pytest.mark.parametrize("recipe", RECIPES)
def test_each_recipe_trains_and_resumes_bit_for_bit(recipe):
    fit = {"attention": 4} if recipe in ("sagan", "biggan") else {}
    options = SMALL | fit | {"recipe": recipe, "ema": 0.9}
    straight, _ = run("straight", **options, steps=4)
    run("halves", **options, steps=2)
    resumed, _ = run("halves", steps=4, resume=True, given=["steps"])
    one, two = arrays(straight), arrays(resumed)
    assert one.keys() == two.keys() and any("average" in key for key in one)
    for key, array in one.items():
        np.testing.assert_array_equal(two[key], array, err_msg=key)
    assert (straight / "final.png").read_bytes() == (resumed / "final.png").read_bytes()
    assert load_generator(straight)[1]["data"]["classes"] == 10


@pytest.mark.long
@pytest.mark.parametrize("besides", [dict(diff_augment="cutout,translation"), dict(ada=0.6), dict(labels=20),
                                     dict(term=("feature-matching:1",), penalty=("r1:0.1:2",))])  # fmt: skip
@every_way
def test_a_run_resumes_bit_for_bit(way, besides):
    options = SMALL | {"recipe": "gan", "preset": "quick", "conditional": way} | besides
    straight, _ = run("straight", **options, steps=4)
    run("halves", **options, steps=3)
    resumed, _ = run("halves", steps=4, resume=True, given=["steps"])
    one, two = arrays(straight), arrays(resumed)
    assert one.keys() == two.keys() and all(np.array_equal(one[key], two[key]) for key in one)


# --- Which samples ---------------------------------------------------------------------------------------------------


def test_with_labels_it_trains_on_these_alone():
    settings = Settings(**SMALL, recipe="gan", conditional="concat", labels=50, steps=2, seed=3).resolved()
    dataset, samples = load_samples(settings)
    everything, _ = load_samples(Settings(**SMALL).resolved())
    assert np.bincount(dataset.labels).tolist() == [5] * 10 and samples.shape == (50, 8, 8, 1)
    for image, label in zip(dataset.x, dataset.labels, strict=True):
        (place,) = np.flatnonzero((everything.x == image).all(axis=(1, 2, 3)))
        assert everything.labels[place] == label
    assert "trained on 50 labelled ones alone, 5 of each class (--labels 0: on all)" in str(dataset.report)
    again, other = (load_samples(settings.but(seed=seed))[0].sha256 for seed in (3, 4))
    assert dataset.sha256 == again != other
    assert len(make_trainer(settings, samples, dataset.labels).samples) == 50
    semi_supervised = load_samples(settings.but(conditional="none"))[0]
    assert len(semi_supervised) == len(everything), "without --conditional, D sees the labels of these, G all samples"


def test_with_labels_the_run_says_so():
    _, said = run("run", **SMALL, recipe="gan", conditional="projection", labels=10, steps=1)
    assert (
        "data: digits-8x8 (10 of train), 1,437 images: all kept; trained on 10 labelled ones alone, 1 of each class"
        in (said[0])
    )


@pytest.mark.parametrize("labels", [15, 5, 1400])
def test_labels_that_are_no_multiple_of_the_classes_are_refused(labels):
    with pytest.raises(
        ValueError, match=f"--labels must be a multiple of the 10 classes, .* at most 1390; got {labels}"
    ):
        made(conditional="concat", labels=labels)


def npz(name, labels=None, n=40, channels=1, dtype=np.uint8):
    images = np.random.default_rng(0).integers(0, 256, (n, 8, 8, channels)).astype(dtype)
    given = {} if labels is None else {"labels": np.asarray(labels)}
    np.savez(name, images=images if dtype is np.uint8 else images / 255, **given)
    return f"npz:{name}"


def folder(*names):
    rng = np.random.default_rng(0)
    for k in range(24):
        path = names[k % len(names)]
        path.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8)).astype(np.uint8)).save(path / f"{k:02}.png")


@pytest.mark.parametrize("channels, dtype", [(1, np.uint8), (3, np.uint8), (1, np.float64)])
@every_way
def test_labelled_arrays(way, channels, dtype):
    trainer = made(conditional=way, data=npz("x.npz", np.arange(40) % 3, channels=channels, dtype=dtype))
    assert np.isfinite(trainer.step()["g_loss"]) and trainer.samples.dtype == np.float32


@every_way
def test_a_folder_with_a_subfolder_for_each_class(way, tmp_path):
    folder(tmp_path / "pets/cat", tmp_path / "pets/dog")
    assert np.isfinite(made(conditional=way, data="folder:pets", batch_size=4).step()["g_loss"])


@every_way
def test_a_thousand_classes(way):
    trainer = made(conditional=way, data=npz("x.npz", np.arange(2000) // 2, n=2000))
    assert np.isfinite(trainer.step()["g_loss"])
    assert any(1000 in p.shape for p in trainer.objective.G.params.values())


def test_classes_without_samples_are_told():
    _, said = run("run", **SMALL | {"data": npz("gap.npz", np.repeat([2, 9], 20))}, conditional="projection", steps=1)
    note = "note: 8 of 10 classes have no sample (0, 1, 3, 4, 5, ...); what G draws for these means nothing"
    assert note in said
    _, said = run("all", **SMALL, conditional="projection", steps=1)
    assert not [text for text in said if text.startswith("note")]
    assert without_samples(None) == [] and without_samples(np.array([0, 3, 1])) == [2]


@pytest.mark.parametrize(
    "labels, known", [(None, "no labels"), ([0] * 40, "one class only"), ([7] * 40, "one class only")]
)
@every_way
def test_data_without_classes_are_refused_with_the_way_out(way, labels, known):
    message = (
        rf"--conditional {way} needs labelled data of at least 2 classes, and 'npz:x.npz' has {known}; use digits, "
    )
    with pytest.raises(ValueError, match=message + r".*a subfolder for each class.*--conditional none"):
        made(conditional=way, data=npz("x.npz", labels))


def test_a_folder_without_classes_is_refused(tmp_path):
    folder(tmp_path / "flat")
    folder(tmp_path / "single/cat")
    for name, known in (("flat", "no labels"), ("single", "one class only")):
        with pytest.raises(ValueError, match=f"'folder:{name}' has {known}; use digits, mnist, or folder:PATH"):
            made(conditional="concat", data=f"folder:{name}")
    with pytest.raises(ValueError, match="--labels needs labelled data, and 'folder:flat' has no labels"):
        made(conditional="concat", data="folder:flat", labels=10)


@pytest.mark.parametrize("data", ["ring", "grid", "swiss-roll"])
def test_points_are_refused(data):
    with pytest.raises(ValueError, match=f"--conditional concat needs labelled data, and '{data}' has no labels; use "):
        made(conditional="concat", data=data, preset=None, image_size=None)


# --- What does not fit -----------------------------------------------------------------------------------------------


def test_a_run_of_another_way_cannot_be_begun_with_or_resumed():
    path, _ = run("one", **SMALL, recipe="gan", preset="quick", conditional="concat", steps=1)
    for way in ("projection", "none"):
        with pytest.raises(ValueError, match="are others than those asked for: G/params/"):
            run("two", conditional=way, steps=1, source=path)
    for options, message in (
        (dict(conditional="projection"), "made with --conditional concat, got projection; a run cannot change that"),
        (dict(labels=10), "made with --labels 0, got 10"),
    ):
        with pytest.raises(ValueError, match=message):
            run("one", **options, steps=2, resume=True, given=[*options, "steps"])
    _, said = run("three", steps=1, source=path)
    assert any(text.startswith("beginning with the networks of") for text in said)


@pytest.mark.parametrize("options, message", [
    (dict(attention=4, preset="mlp"), "--attention is for networks with maps inside, and these have none; use "),
    (dict(attention=3), r"the rows of a map inside the networks \(2, 4, 8\), got 3; try --attention 2, or 0 for none"),
    (dict(recipe="sagan", preset=None), r"\(2, 4, 8\), got 14; try --attention 4, or 0 for none"),
    (dict(preset="resnet-small", image_size="9x7"),
     "--image-size must be a multiple of 4 .* try 8x8, or --preset dcgan"),
    (dict(preset="resnet-small", conditional="concat", shared_embedding=4, skip_z=True, z_dim=2),
     "--z-dim must be at least 3 for --skip-z, one for each of 3 parts, got 2"),
    (dict(conditional="concat", shared_embedding=4), "--shared-embedding 4 reaches nothing"),
    (dict(conditional="concat", labels=10, batch_size=64), "between 2 and the number of samples, 10; got 64"),
    (dict(conditional="film"), "expected one of: none, concat, auxiliary, projection"),
])  # fmt: skip
def test_refused(options, message):
    with pytest.raises(ValueError, match=message):
        made(**options)


def test_the_networks_of_a_plugin_that_take_labels_stay_as_they_are(told_runs):
    """G of this plugin is told the class already; its D is changed as any other."""
    options = {"plugin": [told_runs / "told.py"], "preset": "told", "image_size": 8}
    plain, told = made(**options), made(**options, conditional="projection")
    assert {key: p.shape for key, p in plain.objective.G.params.items()} == {
        key: p.shape for key, p in told.objective.G.params.items()
    }
    assert leaves(told.objective.D, AtLabel) and not leaves(plain.objective.D, AtLabel)
    assert np.isfinite(told.step()["g_loss"])
