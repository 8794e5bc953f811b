"""The demonstrations do what they say, with every seed. `circles` is in tests/models/test_dirac.py: it takes a second.

pytest -m slow -s tests/recipes/test_demonstrations.py      # some minutes; -s shows the numbers
"""

import numpy as np
import pytest

from minigan import data, metrics
from minigan.batch import Batch
from minigan.recipes import Settings, sample
from minigan.recipes.setup import load_samples, make_trainer
from minigan.training.looks import push

SEEDS = range(10)


def trained(recipe, seed, **choices):
    """A Trainer at the end of its steps, and what `push` was after its first step."""
    settings = Settings(recipe=recipe, seed=seed, **choices).resolved()
    dataset, samples = load_samples(settings)
    trainer = make_trainer(settings, samples, dataset.labels)
    numbers = [trainer.step()]
    first = push_of(trainer)
    numbers += [trainer.step() for _ in range(settings.steps - 1)]
    return trainer, numbers, first


def push_of(trainer):
    """The mean length of the gradient that each of 64 samples gets."""
    fake, _ = trainer.objective.G.forward(trainer.noise(64, np.random.default_rng(0)), training=False)
    return push(trainer.objective, trainer.data.chosen(np.arange(64)), Batch(fake))


def coverage(trainer):
    points = sample(trainer.shown, trainer.noise(2500, np.random.default_rng(0)))
    return metrics.mode_coverage(points, *data.known_modes("ring"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_collapse_keeps_one_mode_and_cured_all_eight(seed):
    found = {recipe: coverage(trained(recipe, seed)[0]) for recipe in ("collapse", "cured")}
    print({recipe: (float(score), round(score.parts["reverse_kl"].value, 3)) for recipe, score in found.items()})
    assert found["collapse"] == 1 and found["collapse"].parts["reverse_kl"].value > 2
    assert found["cured"] == 8 and found["cured"].parts["reverse_kl"].value < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_d_wins_and_the_gradient_vanishes(seed):
    trainer, numbers, first = trained("d-wins", seed)
    last = push_of(trainer)
    print(f"d_real {numbers[-1]['d_real']:.6f}, d_fake {numbers[-1]['d_fake']:.1e}, push {first:.1e} to {last:.1e}")
    assert all(step["d_real"] > 0.999 and step["d_fake"] < 1e-3 for step in numbers[100:])
    assert last < 1e-3 * first
    trainer, numbers, first = trained("d-wins", seed, loss="non-saturating")
    assert push_of(trainer) > 0.1 * first  # the usual loss has a gradient left


def test_d_wins_early():
    _, numbers, _ = trained("d-wins", 0, steps=60)
    assert min(step["d_real"] for step in numbers[50:]) > 0.99 and max(step["d_fake"] for step in numbers[50:]) < 0.01


@pytest.mark.long
def test_collapse_is_narrow_after_an_eighth_of_its_steps():
    trainer, _, _ = trained("collapse", 0, steps=1000)
    assert coverage(trainer).parts["reverse_kl"].value > 1.9
