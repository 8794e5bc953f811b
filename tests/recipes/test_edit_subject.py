"""What `minigan edit` works on: which D has an opinion of a single picture."""

import numpy as np
import pytest

from minigan.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    LeakyReLU,
    MinibatchDiscrimination,
    MinibatchStdDev,
    Sequential,
)
from minigan.recipes import Settings, train
from minigan.recipes.edit_run import edit_run
from minigan.recipes.edit_subject import judges_by_neighbours

SHAPE = (8, 8, 1)


def D_with(rng, *extra, channels=2):
    return Sequential(Conv2D(1, 2, 3, padding=1, rng=rng), LeakyReLU(0.2), *extra,
                      Flatten(), Dense(64 * channels, 1, rng=rng))  # fmt: skip


def minibatch(rng):
    return Sequential(Flatten(), Dense(64, 16, rng=rng), MinibatchDiscrimination(16, 4, 3, rng=rng),
                      Dense(20, 1, rng=rng))  # fmt: skip


@pytest.mark.parametrize("D, said", [
    (lambda rng: D_with(rng), False),
    (lambda rng: D_with(rng, BatchNorm(2)), False),
    (lambda rng: D_with(rng, MinibatchStdDev(4), channels=3), True),
    (lambda rng: D_with(rng, BatchNorm(2), MinibatchStdDev(4), channels=3), True),
    (minibatch, True),
], ids=["plain", "batch norm", "group", "both", "discrimination"])  # fmt: skip
def test_judges_by_neighbours(rng, D, said):
    assert judges_by_neighbours(D(rng), SHAPE, rng) is said


def test_a_run_with_minibatch_has_no_realism_and_no_features(tmp_path):
    small = dict(data="digits-8x8", image_size=8, batch_size=32, steps=2, seed=0, without_class="7")
    quiet = dict(progress=False, say=lambda text: None)
    train(Settings(**small, minibatch=True, penalty="none"), out=tmp_path / "run", **quiet)
    few = dict(starts=3, steps=2, progress=False, out=tmp_path / "out")
    with pytest.raises(
        ValueError, match="judges pictures by their neighbours .--minibatch, preset progressive.; leave"
    ):
        edit_run(tmp_path / "run", "find", realism=0.1, held_out=2, say=print, **few)
    said = []
    (made,) = edit_run(tmp_path / "run", "odd", held_out=60, say=said.append, **few)
    assert len(made.numbers["auc"]) == 2 and any("by their neighbours" in note for note in said)
    assert np.isfinite(made.content["scores"]).all()
