"""AuxiliaryClassifier: gradients for each loss inside, what the paper's two sums are, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.losses import LOSSES, AuxiliaryClassifier, Hinge, NonSaturating, RelativisticPaired

number = st.integers
every = pytest.mark.parametrize("name", LOSSES)


def played(loss, real, fake):
    """-> D's value, d_real, d_fake, then G's value, d_fake."""
    given_to_g = (fake, real) if loss.paired else (fake,)
    return *loss.discriminator(real, fake), *loss.generator(*given_to_g)


@every
@settings(max_examples=8)
@given(N=number(1, 5), classes=number(2, 5), weight=st.sampled_from([0.0, 0.3, 1.0]), seed=number(0, 99))
def test_gradients(name, N, classes, weight, seed):
    rng = np.random.default_rng(seed)
    loss = AuxiliaryClassifier(LOSSES[name](), classes, weight).about({"labels": rng.integers(classes, size=N)})
    real, fake = 2 * rng.standard_normal((2, N, 1 + classes))
    _, d_real, d_fake, _, g_fake = played(loss, real, fake)
    for array, analytic, which in ((real, d_real, 0), (fake, d_fake, 0), (fake, g_fake, 3)):
        numeric = numeric_gradient(lambda which=which: played(loss, real, fake)[which], array)
        assert analytic.shape == array.shape and analytic.dtype == np.float64
        assert relative_error(analytic, numeric.gradient)[numeric.smooth].max(initial=0) <= 1e-6


@every
def test_it_is_the_game_inside_and_the_cross_entropy_of_both_batches(name, rng):
    inner, labels = LOSSES[name](), np.array([2, 0, 2, 1])
    loss = AuxiliaryClassifier(inner, 3, weight=0.5).about({"labels": labels})
    real, fake = rng.standard_normal((2, 4, 4))
    value, d_real, d_fake, g_value, g_fake = played(loss, real, fake)
    expected = played(inner, real[:, :1], fake[:, :1])

    def ce(outputs):
        p = np.exp(outputs[:, 1:]) / np.exp(outputs[:, 1:]).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(4), labels]).mean(), (p - np.eye(3)[labels]) / 4

    assert value == pytest.approx(expected[0] + 0.5 * (ce(real)[0] + ce(fake)[0]), rel=1e-12)
    assert g_value == pytest.approx(expected[3] + 0.5 * ce(fake)[0], rel=1e-12), "G is paid for its own alone"
    for got, logits, outputs in ((d_real, expected[1], real), (d_fake, expected[2], fake), (g_fake, expected[4], fake)):
        np.testing.assert_array_equal(got[:, :1], logits)
        np.testing.assert_allclose(got[:, 1:], 0.5 * ce(outputs)[1], rtol=1e-10, atol=1e-15)
    assert loss.paired == inner.paired


@every
def test_float32_stays_and_nothing_overflows(name):
    loss = AuxiliaryClassifier(LOSSES[name](), 2).about({"labels": np.array([0, 1, 1])})
    outputs = np.array([[-1e4, 1e4, 0], [1e4, 0, 1e4], [0, -1e4, 1e4]], np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        results = played(loss, outputs, outputs[::-1].copy())
    for k, result in enumerate(results):
        assert np.isfinite(result).all()
        assert type(result) is float if k in (0, 3) else result.dtype == np.float32 and result.shape == (3, 3)


def test_about_binds_a_copy_to_the_labels_of_a_batch(rng):
    loss = AuxiliaryClassifier(Hinge(), 3)
    one, two = (loss.about({"labels": np.full(4, k)}) for k in (0, 2))
    outputs = rng.standard_normal((4, 4))
    assert one.generator(outputs)[0] != two.generator(outputs)[0] and one.loss is loss.loss
    assert one.about({"labels": np.full(4, 2)}).generator(outputs)[0] == two.generator(outputs)[0]
    with pytest.raises(ValueError, match=r'needs the labels of the batch; write loss.about\({"labels": labels}\)'):
        loss.generator(outputs)
    np.testing.assert_array_equal(loss.logits(outputs), outputs[:, :1])


def test_the_logits_of_a_loss_without_classes_are_all_outputs(rng):
    outputs = rng.standard_normal((4, 1))
    assert NonSaturating().logits(outputs) is outputs


def test_refused(rng):
    for make, message in [
        (lambda: AuxiliaryClassifier(Hinge(), 1), "classes must be a whole number of at least 2, got 1"),
        (lambda: AuxiliaryClassifier(Hinge(), 3, -1), "weight, the factor of the classes' cross entropy, must be"),
        (lambda: AuxiliaryClassifier(Hinge(), 3, np.nan), "weight, the factor of the classes' cross entropy, must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    bare = AuxiliaryClassifier(RelativisticPaired(), 3)
    loss, good = bare.about({"labels": np.array([0, 1, 2, 0])}), rng.standard_normal((4, 4))
    for outputs, shape in ((good[:, :1], r"\(4, 1\)"), (rng.standard_normal((4, 5)), r"\(4, 5\)"),
                           (good[:, 0], r"\(4,\)"), (good[:, None], r"\(4, 1, 4\)")):  # fmt: skip
        message = rf"AuxiliaryClassifier expected a logit and 3 class scores for each sample, \(N, 4\), got {shape}"
        for name, play in (
            ("real", lambda o: loss.discriminator(o, good)),
            ("fake", lambda o: loss.discriminator(good, o)),
            ("fake", lambda o: loss.generator(o, good)),
            ("outputs", lambda o: loss.generator(good, o)),
            ("outputs", loss.logits),
        ):
            with pytest.raises(ValueError, match=f"{name}: {message}"):
                play(outputs)
    for labels, message in [
        (np.array([0, 3, 1, 1]), "AuxiliaryClassifier knows 3 classes, got labels from 0 to 3"),
        (np.array([0, -1, 1, 1]), "got labels from -1 to 1"),
        (np.array([0, 1, 1]), r"expected labels \(4,\) of whole numbers, got int64 \(3,\)"),
        (np.full((4, 3), 1 / 3), r"expected labels \(4,\) of whole numbers, got float64 \(4, 3\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            bare.about({"labels": labels}).generator(good, good)
    with pytest.raises(ValueError, match="expected float32 or float64, got int64"):
        loss.discriminator(good.astype(int), good.astype(int))
    with pytest.raises(ValueError, match="a paired loss compares each fake image with one real one"):
        loss.discriminator(good, good[:3])
