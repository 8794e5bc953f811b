"""From settings to a trainer: every choice arrives where it belongs."""

import re

import numpy as np
import pytest
from PIL import Image

from minigan.layers import DiffAugment, InstanceNoise, LogSumExp, Pack
from minigan.layers.spectral import SpectralNorm
from minigan.losses import Hinge
from minigan.objectives import TermsAlone
from minigan.optim import HistoricalAveraging
from minigan.penalties import R1, Supervised
from minigan.recipes import Settings
from minigan.recipes.setup import Networks, load_data, load_samples, make_trainer, stream, without
from minigan.terms import CodeInformation, FeatureMatching, VariationalEntropy


@pytest.fixture
def images(rng):
    return rng.uniform(-1, 1, (60, 8, 8, 1)).astype(np.float32)


def trainer(samples, kinds=None, **options):
    usual = {"image_size": 8} if samples.ndim == 4 else {"data": "ring"}
    usual |= {"recipe": "gan", "batch_size": 8, "steps": 4}
    return make_trainer(Settings(**usual | options).resolved(), samples, kinds)


def test_what_both_players_want(images):
    t = trainer(images, loss="hinge", penalty=("r1:2:3",), adversarial=False, term=("feature-matching:3", "entropy:2"))
    assert isinstance(t.objective, TermsAlone) and isinstance(t.objective.loss, Hinge)
    (r1,) = t.objective.penalties
    assert isinstance(r1, R1) and (r1.weight, r1.every) == (2, 3)
    matching, entropy = t.objective.terms
    assert isinstance(matching, FeatureMatching) and matching.weight == 3
    assert isinstance(entropy, VariationalEntropy) and entropy.weight == 2
    assert entropy.network.forward(images)[0].shape == (60, 2 * 8)
    assert entropy.optimizer.params is not t.objective.D.params


def test_a_subset_is_the_same_for_one_seed_and_another_for_the_next():
    def drawn(seed, data="digits-8x8"):
        return load_samples(Settings(data=data, subset=30, seed=seed).resolved())

    (dataset, samples), again, other = drawn(0), drawn(0), drawn(1)
    assert len(dataset.labels) == len(samples) == 30 and dataset.split == "30 of train"
    assert dataset.sha256 == again[0].sha256 != other[0].sha256 and np.array_equal(samples, again[1])
    assert drawn(0, "ring")[1].shape == (30, 2)
    with pytest.raises(ValueError, match="expected a subset of 1 to 1,437 samples, as many as digits-8x8 .train. has"):
        load_samples(Settings(data="digits-8x8", subset=1438).resolved())


@pytest.fixture
def photos(tmp_path):
    """The name of a folder of 12 pictures of two shapes."""
    for i in range(12):
        size = (90, 60) if i % 2 else (60, 120)
        Image.effect_noise(size, 60).convert("RGB" if i else "L").save(tmp_path / f"{i:02}.jpg")
    return f"folder:{tmp_path}"


def test_photos_are_read_at_the_size_that_is_trained(photos):
    dataset, samples = load_samples(Settings(data=photos, image_size=24).resolved())
    assert samples.shape == (11, 24, 24, 3) and dataset.x.shape == (11, 24, 24, 3)
    assert dataset.report.notes == (
        "60 x 90 to 120 x 60 (height x width), cropped to squares (--fit pad keeps all of each), brought to 24 x 24",
        "trained at 24 x 24, --image-size 48 for more",
        "1 grey and 11 in colour, all taken in colour (--channels 1 does otherwise)",
    )
    padded, _ = load_samples(Settings(data=photos, image_size=24, fit="pad", background="white").resolved())
    assert (padded.x[0, 0] == 255).all() or (padded.x[0, :, 0] == 255).all()
    settings = Settings(data=photos, preset="mlp").resolved()  # which has no size of its own
    assert load_samples(settings)[1].shape == (11, 32, 32, 3)


def test_a_change_of_size_is_said_of_all_images():
    def note(image_size, **options):
        return load_samples(Settings(data="digits-8x8", image_size=image_size, **options).resolved())[0].report.notes

    assert note(8) == () and note(16) == ("8 x 8, resized, trained at 16 x 16",)
    assert note(4) == ("8 x 8, resized, trained at 4 x 4, --image-size 8 for more",)
    assert note(9, preset="mlp") == ("8 x 8, padded, trained at 9 x 9",)


def test_the_order_of_what_is_put_into_d(images):
    D = trainer(images, pac=2, instance_noise=0.3, diff_augment="cutout", spectral_norm=True).objective.D
    names = ["augment", "noise", "pack", "down1", "down2", "down3", "flatten", "logit"]
    assert list(D.layers) == names
    kinds = (DiffAugment, InstanceNoise, Pack, SpectralNorm, SpectralNorm, SpectralNorm)
    assert all(isinstance(layer, kind) for layer, kind in zip(D.layers.values(), kinds, strict=False))
    assert D.layers["augment"].state["p"] == 1 and D.layers["noise"].state["sigma"] == np.float32(0.3)
    assert D.forward(images)[0].shape == (30, 1)


def test_two_learning_rates_on_one_schedule(images):
    t = trainer(images, g_lr=1e-3, d_lr=4e-3, lr_schedule="linear", term=("entropy",))
    t.step()
    t.step()
    assert (t.objective.g_optimizer.lr, t.objective.d_optimizer.lr) == pytest.approx((0.75e-3, 3e-3))
    assert t.objective.terms[0].optimizer.lr == pytest.approx(0.75e-3), "Q learns as G does"


def test_instance_noise_falls(images):
    t = trainer(images, instance_noise=0.4)
    sigmas = []
    for _ in range(3):
        t.step()
        sigmas.append(float(t.objective.D.layers["noise"].state["sigma"]))
    assert sigmas == pytest.approx([0.4, 0.3, 0.2])


def test_augmentation_follows_the_overfitting(images):
    t = trainer(images, ada=0.6)
    augment = t.objective.D.layers["augment"]
    assert augment.state["p"] == 0
    t.objective.after_d[0].target = -0.99  # D is always surer than this
    for _ in range(4):
        t.step()
    assert augment.state["p"] == pytest.approx(4 * 8 / 20_000)


def test_clipping_is_of_d_alone_and_historical_averaging_of_both(images):
    t = trainer(images, clip=0.02, loss="wasserstein")
    t.step()
    assert max(np.abs(p).max() for p in t.objective.D.params.values()) <= np.float32(0.02)
    assert max(np.abs(p).max() for p in t.objective.G.params.values()) > 0.5
    t = trainer(images, historical=0.5)
    for optimizer in (t.objective.g_optimizer, t.objective.d_optimizer):
        assert isinstance(optimizer, HistoricalAveraging) and optimizer.weight == 0.5


def test_codes(images):
    t = trainer(images, codes=5, term=("information:1",))
    assert isinstance(t.objective.terms[0], CodeInformation) and t.objective.terms[0].codes == 5
    z = t.noise(7)
    assert z.shape == (7, 8 + 5) and t.objective.G.forward(z)[0].shape == (7, 8, 8, 1)


def test_the_average_and_the_steps_ahead(images):
    t = trainer(images, ema=0.9, unroll=2)
    assert t.ema.decay == 0.9 and t.shown is t.ema.network and t.objective.steps == 2


def test_labelled_samples_as_many_of_each_class(images):
    labels = np.arange(60) % 3 + 4  # classes need not begin with 0
    t = trainer(images, labels, labels=6)
    (supervised,) = t.objective.penalties
    assert isinstance(supervised, Supervised) and np.bincount(supervised.labels).tolist() == [2, 2, 2]
    assert isinstance(t.objective.D.layers["logit"], LogSumExp) and t.objective.D.params["classes.w"].shape[1] == 3
    for image, label in zip(supervised.images, supervised.labels, strict=True):
        (place,) = np.flatnonzero((images == image).all(axis=(1, 2, 3)))
        assert labels[place] == label + 4
    for count, message in ((7, "multiple of the 3 classes.*at most 60; got 7"), (63, "at most 60; got 63")):
        with pytest.raises(ValueError, match=message):
            trainer(images, labels, labels=count)
    with pytest.raises(ValueError, match="has no labels; use digits, mnist, or folder:PATH"):
        trainer(images, labels=6)


def test_a_generator_is_the_same_with_and_without_its_discriminator():
    """Samples of a run are drawn without its data: G must not depend on what D is told of them."""
    s = Settings(recipe="gan", virtual_batch_norm=True, labels=100, minibatch=True, diff_augment="cutout").resolved()
    one, _ = Networks(s, (8, 8, 1), stream(0, "training"), classes=10).build()
    two, _ = Networks(s, (8, 8, 1), stream(0, "training"), classes=10, told_apart=0).build()
    for arrays in ("params", "state"):
        first, second = getattr(one, arrays), getattr(two, arrays)
        assert list(first) == list(second) and all(np.array_equal(first[key], second[key]) for key in first)


def test_saturation_is_for_colours(rng, images):
    with pytest.raises(ValueError, match="--diff-augment saturation changes colours, and the samples are grey"):
        trainer(images, diff_augment="cutout,saturation")
    coloured = trainer(np.repeat(images, 3, axis=3), diff_augment="cutout,saturation")
    assert next(iter(coloured.objective.D.layers.values())).policy == ("cutout", "saturation")


def test_augmentation_of_points_is_refused(rng):
    points = rng.standard_normal((60, 2), dtype=np.float32)
    with pytest.raises(ValueError, match="--shift, --rotate and --flip are for images"):
        trainer(points, shift=1)


def test_a_class_is_left_out_and_said():
    whole, part = (load_data(Settings(data="digits-8x8", without_class=name).resolved()) for name in ("", "7"))
    out = int(np.sum(whole.labels == 7))
    assert len(part) == len(whole) - out and not (part.labels == 7).any() and part.sha256 != whole.sha256
    assert f"trained without class 7, {out} of {len(whole):,} left out (--without-class)" in str(part.report)
    test = load_data(Settings(data="digits-8x8", without_class="7", split="test").resolved())
    assert not (test.labels == 7).any()


@pytest.mark.parametrize("options, said", [
    (dict(data="digits-8x8", without_class="12"), "unknown class '12'; expected one of: 0, 1"),
    (dict(data="swiss-roll", without_class="1"), "'swiss-roll' has no labels; use digits"),
])  # fmt: skip
def test_a_class_that_cannot_be_left_out(options, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        load_data(Settings(**options).resolved())


def test_leaving_out_the_only_class():
    dataset = load_data(Settings(data="digits-8x8").resolved())
    alone = dataset.part(np.flatnonzero(dataset.labels == 3), "threes")
    with pytest.raises(ValueError, match="--without-class 3: this class is all that there is"):
        without(alone, "3")
    with pytest.raises(ValueError, match="--without-class 2: this class has no samples"):
        without(alone, "2")
