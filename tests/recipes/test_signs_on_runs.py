"""The signs on trainings of which the state is known: the table in minigan/recipes/README.md.

pytest -m slow -s tests/recipes/test_signs_on_runs.py      # about ten minutes; -s shows the table
"""

import numpy as np
import pytest

from minigan.recipes import Settings, sample
from minigan.recipes.health import Watch
from minigan.recipes.setup import load_samples, make_trainer, stream
from minigan.report.folder import RunFolder
from minigan.report.samples import kind_of

RING = dict(data="ring", batch_size=64, steps=1500)
DIGITS = dict(data="digits-8x8", image_size=8, batch_size=32, steps=500)
GOOD = ("gan", "hinge", "lsgan", "sn-gan", "wgan-gp", "r3gan")
SEEDS = range(10)
STATES = {  # the state -> the word that must be said at the end, and the trainings
    "good, ring": ("no alarm", [RING | dict(recipe=recipe, seed=seed) for recipe in GOOD for seed in (0, 1)]),
    "good, digits": ("no alarm", [DIGITS | dict(recipe=recipe, seed=seed) for recipe in GOOD for seed in (0, 1)]),
    "D has won": ("D has won", [dict(recipe="d-wins", seed=seed) for seed in SEEDS]),
    "all alike, ring": ("all alike", [dict(recipe="collapse", steps=1500, seed=seed) for seed in SEEDS]),
    "all alike, digits": ("all alike", [DIGITS | dict(recipe="gan", g_lr=0.02, seed=seed) for seed in SEEDS]),
    "G stands still": ("G stands still", [DIGITS | dict(recipe="gan", g_lr=1e-9, seed=seed) for seed in SEEDS]),
    "oscillates": ("oscillates", [dict(recipe="circles", seed=seed) for seed in SEEDS]),
}
SAID = {}  # state -> what was said at the end of each training


def watched(path, **choices):
    """Train and look, as a run does, without the pictures -> the Watch, and all that it said meanwhile."""
    settings = Settings(**choices).resolved()
    dataset, samples = load_samples(settings)
    trainer = make_trainer(settings, samples, dataset.labels)
    z = trainer.noise(kind_of(samples.shape[1:]).many, stream(settings.seed, "fixed noise"))
    path.mkdir()
    watch = Watch(RunFolder(path), trainer)
    watch.look(0, sample(trainer.shown, z))
    said = set()
    while trainer.t < settings.steps:
        with np.errstate(over="ignore", invalid="ignore"):
            watch.step(trainer.step())
        if trainer.t % settings.sample_every == 0:
            watch.look(trainer.t, sample(trainer.shown, z))
            said.add(watch.word)
    watch.finish(sample(trainer.shown, z))
    return watch, said


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_what_is_said_is_what_is_known(state, tmp_path):
    word, runs = STATES[state]
    SAID[state] = []
    for k, choices in enumerate(runs):
        watch, meanwhile = watched(tmp_path / str(k), **choices)
        SAID[state].append((watch.word, meanwhile))
        print(f"\n{state}: {choices}: {watch.word}; meanwhile {sorted(meanwhile)}")
    words = sorted({last for last, _ in SAID[state]})
    print(
        "\n" + f"{state}, {len(runs)} runs: " + ", ".join(f"{[w for w, _ in SAID[state]].count(w)} {w}" for w in words)
    )
    assert all(word in last for last, _ in SAID[state])
    if word == "no alarm":
        assert all(meanwhile <= {"early", "no alarm"} for _, meanwhile in SAID[state])
