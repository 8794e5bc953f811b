"""The looks: what their numbers are, and that they change nothing."""

import numpy as np
import pytest

from minigan.batch import Batch
from minigan.recipes import Settings, book, sample
from minigan.recipes.setup import load_samples, make_trainer
from minigan.training.looks import look, pairs, push


def trainer_of(recipe="gan", **choices):
    settings = Settings(**dict(data="ring", batch_size=8, steps=10) | choices, recipe=recipe).resolved()
    dataset, samples = load_samples(settings)
    return make_trainer(settings, samples, dataset.labels)


def test_pairs_are_the_distances(rng):
    x = rng.standard_normal((6, 2, 3))
    expected = [np.linalg.norm(x[i] - x[j]) for i in range(6) for j in range(i + 1, 6)]
    np.testing.assert_allclose(pairs(x), expected, rtol=1e-6)


def test_real_samples_are_spread_as_real_ones_and_one_sample_is_not():
    trainer = trainer_of()
    real = trainer.samples[np.random.default_rng(1).choice(50_000, 200, replace=False)]
    numbers = look(trainer, real)
    assert numbers["spread"] == pytest.approx(1, abs=0.1) and numbers["alike"] < 0.03
    assert np.isnan(numbers["moved"])
    one_mode = real[np.linalg.norm(real - [1, 0], axis=1) < 0.1]
    numbers = look(trainer, one_mode)
    assert numbers["spread"] < 0.05 and numbers["alike"] > 0.05
    numbers = look(trainer, np.repeat(real[:1], 50, axis=0))
    assert numbers["spread"] == 0 and numbers["alike"] == 1


def test_moved_is_a_share_of_the_distance_of_real_samples():
    trainer = trainer_of()
    real = trainer.samples[:100]
    unit = pairs(trainer.samples[np.linspace(0, 49_999, 100).astype(int)]).mean()
    assert look(trainer, real + np.float32([0.3, 0.4]), real)["moved"] == pytest.approx(0.5 / unit, rel=1e-4)
    assert np.isnan(look(trainer, real, np.zeros((100, 8, 8, 1)))["moved"])  # a network that grew


def test_push_is_the_mean_gradient_of_each_sample():
    trainer = trainer_of("circles", data="dirac")
    theta, psi = trainer.objective.G.params["shift.b"], trainer.objective.D.params["slope.w"][:, 0]
    fake = sample(trainer.shown, np.zeros((4, 2), np.float32))
    expected = np.linalg.norm(psi) / (1 + np.exp(-(theta @ psi)))  # minimax: sigmoid(psi theta) psi
    assert push(trainer.objective, trainer.data.chosen(np.arange(4)), Batch(fake)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("way", ["concat", "auxiliary", "projection"])
def test_d_is_told_the_classes_that_the_samples_were_drawn_for(way):
    trainer = trainer_of(conditional=way, data="digits-8x8", image_size=8, preset="quick")
    trainer.step()
    fake = 2 * sample(trainer.shown, trainer.noise(20, np.random.default_rng(0)), classes=10) - 1
    labels = np.arange(20) % 10  # as `sample` draws them
    told, wrong = (look(trainer, fake, labels=shown)["push"] for shown in (labels, (labels + 5) % 10))
    D, loss = trainer.objective.D, trainer.objective.loss.about({"labels": labels})
    outputs, cache = D.apply(fake, training=False, given={"labels": labels})
    d_images = D.input_grad(loss.generator(outputs)[1], cache)
    expected = 20 * np.linalg.norm(d_images.reshape(20, -1), axis=1).mean()
    assert told == pytest.approx(expected, rel=1e-5) and told != pytest.approx(wrong, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in book.names() if name not in ("circles", "wavegan")])
def test_a_look_changes_nothing(name):
    small = dict(data="digits-8x8", image_size=8)
    small |= {"attention": 4} if "attention" in book.choices(name) else {}
    watched, alone = (trainer_of(name, **small) for _ in range(2))
    before = None
    for _ in range(2):
        fake = 2 * sample(watched.shown, watched.noise(9, np.random.default_rng(0)), classes=10) - 1
        numbers, before = look(watched, fake, before), fake
        assert numbers["spread"] > 0 and (numbers["push"] > 0 or np.isnan(numbers["push"]) and name == "vae")
        assert {key: v for key, v in watched.step().items() if key != "seconds"} == {
            key: v for key, v in alone.step().items() if key != "seconds"
        }
    one, two = watched.arrays(), alone.arrays()
    assert all(np.array_equal(one[key], two[key]) for key in one)
    assert watched.rng.bit_generator.state == alone.rng.bit_generator.state
