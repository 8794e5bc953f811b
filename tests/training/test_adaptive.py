"""AdaptiveAugmentation: p goes up while D is too sure of the real images, and down again, by the stated share."""

import numpy as np
import pytest

from minigan.gan import DStep
from minigan.layers import Dense, DiffAugment, Flatten, Sequential, Tanh
from minigan.layers.shape import Reshape
from minigan.losses import NonSaturating
from minigan.models import Noise
from minigan.objectives import Gan
from minigan.optim import Adam
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.training.adaptive import AdaptiveAugmentation


def step(*real_logits):
    real = np.array(real_logits, np.float32)[:, None]
    return DStep(0.0, real, -real)


@pytest.fixture
def layer(rng):
    return DiffAugment("cutout", p=0.0, rng=rng)


def test_from_0_to_1_in_the_stated_number_of_images(layer):
    hook = AdaptiveAugmentation(layer, every=2, images=40)
    seen = []
    for _ in range(12):
        hook(step(3, 1, 2, 0.1))  # four images, all on the right side
        seen.append(float(layer.state["p"]))
    np.testing.assert_allclose(seen, [0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8, 1, 1, 1], atol=1e-6)
    hook(step(-1, 1, 1, 1)), hook(step(1, 1, 1, 1))  # r = 0.75, still above
    assert layer.state["p"] == 1
    for _ in range(2):
        hook(step(-5, 1, 1, 1))  # r = 0.5, below
    np.testing.assert_allclose(layer.state["p"], 0.8, atol=1e-6)


def test_it_is_the_sign_that_counts_and_the_mean_of_all_the_batches(layer):
    hook = AdaptiveAugmentation(layer, target=0.0, every=3, images=10)
    for logits in ((100.0,), (-0.01,), (-0.01,)):  # mean logit far above 0, r = -1/3
        hook(step(*logits))
    assert layer.state["p"] == 0, "and never below 0"
    for logits in ((0.01, 0.01, 0.01), (-100.0,), (-100.0,)):  # r = 1/5: three of five images
        hook(step(*logits))
    np.testing.assert_allclose(layer.state["p"], 0.5, atol=1e-6)


def test_just_at_the_target_nothing_moves(layer):
    layer.state["p"][...] = 0.5
    hook = AdaptiveAugmentation(layer, target=0.5, every=1, images=10)
    hook(step(1, 1, 1, -1))
    assert layer.state["p"] == 0.5


def trainer(rng):
    layer = DiffAugment("translation,brightness", p=0.0, rng=rng)
    D = Sequential(("changes", layer), Flatten(), Dense(16, 1, rng=rng))
    G = Sequential(Dense(2, 16, rng=rng), Tanh(), Reshape(4, 4, 1))
    samples = np.full((20, 4, 4, 1), 0.5, np.float32)
    hooks = [AdaptiveAugmentation(layer, target=-0.5, every=3, images=60)]
    game = Gan(G, D, NonSaturating(), Adam(G.params), Adam(D.params, lr=0.02), Noise(2), after_d=hooks)
    return Trainer(game, samples, batch_size=4, rng=rng)


def test_a_resumed_training_goes_on_as_if_uninterrupted(tmp_path):
    """Interrupted in the middle of a count of three batches."""
    whole = trainer(np.random.default_rng(3))
    for t in range(17):
        if t == 10:
            save_checkpoint(tmp_path / "c.npz", whole, {})
            assert whole.objective.D.state["changes.batches"] == 1
        whole.step()
    resumed = trainer(np.random.default_rng(99))
    load_checkpoint(tmp_path / "c.npz", resumed)
    for _ in range(7):
        resumed.step()
    assert 0 < whole.objective.D.state["changes.p"] < 1
    for key, array in whole.arrays().items():
        np.testing.assert_array_equal(array, resumed.arrays()[key], err_msg=key)


def test_what_does_not_fit_is_refused(layer):
    with pytest.raises(ValueError, match="moves the p of a DiffAugment layer, got Dense"):
        AdaptiveAugmentation(Dense(1, 1))
    for target in (-1, 1, 2, np.nan, None):
        with pytest.raises(ValueError, match="target, of the mean sign of D's logits"):
            AdaptiveAugmentation(layer, target)
    for wrong in (0, 1.5):
        with pytest.raises(ValueError, match="every, the number of minibatches"):
            AdaptiveAugmentation(layer, every=wrong)
        with pytest.raises(ValueError, match="images, after which p may have gone"):
            AdaptiveAugmentation(layer, images=wrong)
