"""The same numbers as the published implementations, on the same arrays, to a relative 1e-6."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from minigan.metrics import density_coverage, fid, inception_score, kid, precision_recall
from minigan.metrics.kid import mmd2
from minigan.metrics.lenet import softmax

HERE = Path(__file__).parent
VALUES = json.loads((HERE / "reference_values.json").read_text())
spec = importlib.util.spec_from_file_location("reference_arrays", HERE / "reference_arrays.py")
arrays = importlib.util.module_from_spec(spec)
spec.loader.exec_module(arrays)
PAIRS, LOGITS = arrays.pairs(), arrays.logits()


def equal(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_fid(name):
    mine = fid(*PAIRS[name]).value
    equal(mine, VALUES["features"][name]["torch-fidelity"]["frechet_inception_distance"])
    equal(mine, VALUES["features"][name]["pytorch-fid"])


@pytest.mark.parametrize("name", PAIRS)
def test_kid(name):
    """On the subsets that torch-fidelity draws, with the estimate of `kid`."""
    real, fake = PAIRS[name]
    theirs = VALUES["features"][name]["torch-fidelity"]
    rng = np.random.RandomState(2020)
    scores = []
    for _ in range(10):
        x, y = (a[rng.choice(len(a), 200, replace=False)] for a in (real, fake))
        scores.append(mmd2(x, y))
        equal(kid(x, y, subsets=1).value, scores[-1])  # one subset of everything: the public function's number
    equal(np.mean(scores), theirs["kernel_inception_distance_mean"])
    equal(np.std(scores), theirs["kernel_inception_distance_std"])


@pytest.mark.parametrize("name", PAIRS)
def test_precision_and_recall(name):
    mine = precision_recall(*PAIRS[name], k=3)
    theirs = VALUES["features"][name]["torch-fidelity"]
    equal([mine.precision.value, mine.recall.value], [theirs["precision"], theirs["recall"]])
    equal(mine.value, theirs["f_score"])


@pytest.mark.parametrize("name", PAIRS)
def test_density_coverage_and_precision_recall_by_prdc(name):
    theirs = VALUES["features"][name]["prdc"]
    mine = density_coverage(*PAIRS[name], k=5)
    equal([mine.density.value, mine.coverage.value], [theirs["density"], theirs["coverage"]])
    mine = precision_recall(*PAIRS[name], k=5)
    equal([mine.precision.value, mine.recall.value], [theirs["precision"], theirs["recall"]])


@pytest.mark.parametrize("name", LOGITS)
def test_inception_score(name):
    mine = inception_score(softmax(LOGITS[name]), splits=10)
    theirs = VALUES["probabilities"][name]
    equal([mine.value, mine.spread], [theirs["inception_score_mean"], theirs["inception_score_std"]])
