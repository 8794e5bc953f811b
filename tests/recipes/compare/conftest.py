"""Comparisons in small."""

import numpy as np
import pytest

from minigan.recipes.compare.plan import plan

SMALL = dict(data="ring", batch_size=8, sample_every=1)


@pytest.fixture
def jobs(tmp_path):
    """A function (recipes, seeds, **options) -> the Jobs of a small comparison in tmp_path."""
    return lambda recipes, seeds=1, **options: plan(recipes, seeds=seeds, **{"out": tmp_path} | SMALL | options)


@pytest.fixture
def arrays():
    """A function (path of a run) -> the arrays of its checkpoint, by name."""

    def read(path):
        with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
            return {name: file[name] for name in file if name != "header"}

    return read
