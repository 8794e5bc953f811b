"""What holds for every baseline."""

from functools import partial

import numpy as np
import pytest

from minigan.baselines import BASELINES, PCA, FactorMixture, GaussianMixture, KernelDensity, SelfOrganisingMap

every = pytest.mark.parametrize("name", BASELINES)


def rng_of(seed=0):
    return np.random.default_rng(seed)


@every
@pytest.mark.parametrize("shape", [(3,), (7, 2), (4, 4, 1), (3, 4, 3)])
def test_samples_come_back_in_the_shape_of_the_data(name, shape):
    x = rng_of().standard_normal((60, *shape)).astype(np.float32)
    model = BASELINES[name]()
    assert model.fit(x, rng_of()) is model
    samples = model.sample(5, rng_of())
    assert samples.shape == (5, *shape) and samples.dtype == np.float64 and np.isfinite(samples).all()
    assert np.isfinite(model.score(x)) and model.score(x[:1]) == pytest.approx(model.score_rows(model.rows_of(x))[0])


@every
def test_one_seed_gives_one_model_and_one_sample(name, ring):
    one, two = (BASELINES[name]().fit(ring[:300], rng_of(3)) for _ in range(2))
    assert np.array_equal(one.sample(9, rng_of(1)), two.sample(9, rng_of(1)))
    assert not np.array_equal(one.sample(9, rng_of(1)), one.sample(9, rng_of(2)))


@every
def test_the_data_are_not_changed(name, ring):
    x = ring[:200].astype(np.float64)
    before = x.copy()
    BASELINES[name]().fit(x, rng_of()).sample(3, rng_of())
    assert np.array_equal(x, before)


@every
@pytest.mark.parametrize(
    "x, message",
    [
        (np.zeros(5), "expected samples .* got float64 .5,."),
        (np.zeros((0, 3)), "expected samples"),
        (np.zeros((5, 0)), "expected samples"),
        (np.ones((5, 3), complex), "real numbers"),
        (np.array([["a", "b"]]), "real numbers"),
        (np.array([[1.0, np.nan], [0.0, 1.0], [1.0, np.inf]]), "2 of 3 samples with NaN or infinity"),
        (np.ones((9, 3)), "all 9 samples are the same"),
    ],
)
def test_wrong_data_are_refused(name, x, message):
    model = BASELINES[name]()
    with pytest.raises(ValueError, match=message):
        model.fit(x, rng_of())
    assert model.shape is None


@every
def test_what_is_asked_too_early_or_wrongly(name, ring):
    model = BASELINES[name]()
    for ask in (lambda: model.sample(1, rng_of()), lambda: model.score(ring)):
        with pytest.raises(ValueError, match="is not fitted; fix: call fit"):
            ask()
    model.fit(ring[:100], rng_of())
    for n in (0, -1, 1.5, True, "3"):
        with pytest.raises(ValueError, match="n, the number of samples, must be a whole number of at least 1"):
            model.sample(n, rng_of())
    for rng in (None, 0, np.random):
        with pytest.raises(ValueError, match="rng must be a numpy Generator"):
            model.sample(3, rng)
    with pytest.raises(ValueError, match=r"expected samples of shape \(2,\).* got \(3,\)"):
        model.score(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="1 of 2 samples with NaN"):
        model.score(np.array([[0, 0], [0, np.nan]]))


@pytest.mark.parametrize(
    "make, x, message",
    [
        (lambda: PCA(0), None, "latent must be a whole number of at least 1"),
        (lambda: PCA(2), "ring", "from 1 to 1, got 2"),
        (lambda: PCA(), np.arange(9.0)[:, None], "from 1 to 0"),
        (lambda: PCA(3), np.eye(4)[:3], "at least 4 samples, one more than latent numbers, got 3"),
        (lambda: PCA(noise=-1), None, "noise must be a finite number of at least 0"),
        (lambda: GaussianMixture(0), None, "components must be a whole number"),
        (lambda: GaussianMixture(4), np.eye(3), "at least 4 samples, one for each component, got 3"),
        (lambda: GaussianMixture(floor=0), None, "floor must be a finite number above 0"),
        (lambda: GaussianMixture(tolerance=-1), None, "tolerance"),
        (lambda: GaussianMixture(most=0), None, "most, the number of steps"),
        (lambda: FactorMixture(factors=2), "ring", "factors must be from 1 to 1 .* got 2"),
        (lambda: FactorMixture(), np.arange(9.0)[:, None], "factors must be from 1 to 0"),
        (lambda: SelfOrganisingMap(0), None, "size must be a whole number"),
        (lambda: SelfOrganisingMap((2, 3, 4)), None, "size must be one whole number or a pair"),
        (lambda: SelfOrganisingMap(last_width=0), None, "last_width"),
        (lambda: SelfOrganisingMap(epochs=0), None, "epochs"),
        (lambda: KernelDensity(0), None, "bandwidth must be a finite number above 0"),
        (lambda: KernelDensity(), np.eye(3)[:1], "KernelDensity needs at least 2 samples, got 1"),
    ],
)
def test_sizes_out_of_range(make, x, message, ring):
    with pytest.raises(ValueError, match=message):
        make().fit(ring if isinstance(x, str) else x, rng_of())


@pytest.mark.parametrize("name", ["mixture", "factor-mixture"])
def test_a_start_at_random_needs_a_generator(name, ring):
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        BASELINES[name]().fit(ring)


@every
def test_two_samples_are_enough_and_large_numbers_are_no_trouble(name):
    model = BASELINES[name]().fit(np.array([[0.0, 1.0], [2.0, 5.0]]), rng_of())
    assert np.isfinite(model.sample(4, rng_of())).all() and np.isfinite(model.score(np.zeros((1, 2))))
    x = 1e6 + rng_of().standard_normal((200, 2))
    near, far = (BASELINES[name]().fit(rows, rng_of()).score(rows) for rows in (x - 1e6, x))
    assert near == pytest.approx(far, abs=1e-4)


@pytest.mark.parametrize("make", [partial(PCA, 4), partial(FactorMixture, 2, 3)])
def test_images_are_shown_without_noise_and_numbers_with_it(make, digits):
    images = make().fit(digits[:400], rng_of())
    rows = make().fit(digits[:400].reshape(400, -1), rng_of())
    assert (images.noise_shown, rows.noise_shown) == (0, 1)
    loud = make(noise=1.0).fit(digits[:400], rng_of())
    assert (
        np.abs(np.diff(loud.sample(200, rng_of()), axis=2)).mean()
        > 1.05 * np.abs(np.diff(images.sample(200, rng_of()), axis=2)).mean()
    )


def test_portraits(digits, ring):
    few = digits[:500]
    assert PCA(latent=3).fit(few).portrait().samples.shape == (3, 5, 8, 8, 1)
    made = GaussianMixture(13).fit(few, rng_of())
    grid = made.portrait().samples
    assert grid.shape == (2, 7, 8, 8, 1) and np.array_equal(grid[0, 0].ravel(), made.parts[made.weights.argmax()].mean)
    net = SelfOrganisingMap((3, 4)).fit(ring).portrait()
    assert net.linked and net.samples.shape == (3, 4, 2) and KernelDensity().fit(few).portrait() is None
