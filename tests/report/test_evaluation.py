"""Tables say who is better only where the intervals allow it; pictures show what they are given."""

import numpy as np
import pytest

from minigan.metrics import Score
from minigan.recipes.evaluate import Evaluation
from minigan.recipes.scoring import Scores
from minigan.report.evaluation import ROWS, class_histogram, comparison, score_curves, table, who_is_better


def evaluation(fid, network="a" * 64, notes=()):
    values = {"fid": Score(fid, interval=(fid - 1, fid + 1)), "copying": Score(0.45, interval=(0.44, 0.46))}
    scores = Scores(values, {"fid": Score(2.0)}, {"fid": Score(7.0)}, (4, 180)).seen_by(network)
    return Evaluation("run", "digits-8x8", 2000, 360, scores, list(notes), network, 0.99, (np.full(2, 0.5),) * 2)


def test_a_table():
    lines = table(evaluation(5, notes=["beware"])).splitlines()
    assert lines[0] == "run: 2,000 samples against 360 real ones of digits-8x8"
    assert "feature network: aaaaaaaaaaaa, 99.0% of the real images right; FID and KID compare only" in lines[1]
    assert lines[-1] == "note: beware"
    (row,) = (line for line in lines if line.startswith("FID"))
    assert row.split() == ["FID", "lower", "5", "4", "..", "6", "7", "2"]
    (row,) = (line for line in lines if line.startswith("copying"))
    assert row.split() == ["copying", "0.5", "0.450", "0.440", "..", "0.460", "-", "-"]
    assert "classes drawn, in %: 0: 50.0  1: 50.0" in lines
    made = evaluation(5)
    made.clear = (0.5, 0.984)
    said = "read clearly (one class has more than 90%): 50.0% of the generated, 98.4% of the real images"
    assert said in table(made).splitlines() and made.as_dict()["clear"] == {"generated": 0.5, "real": 0.984}


def test_classes_with_names(rng):
    named = evaluation(5)
    named.class_names = ("cat", "dog")
    assert "classes drawn, in %: cat: 50.0  dog: 50.0" in table(named).splitlines()
    shares = np.full(3, 1 / 3)
    plain, with_names = class_histogram(shares, shares), class_histogram(shares, shares, ("cat", "dog", "a fox"))
    assert not np.array_equal(plain, with_names)
    np.testing.assert_array_equal(plain, class_histogram(shares, shares, ("0", "1", "2")))


def test_a_comparison_and_one_that_refuses():
    lines = comparison(evaluation(5), evaluation(9)).splitlines()
    (row,) = (line for line in lines if line.startswith("FID"))
    assert row.split()[-5:] == ["-4", "A", "7", "7", "2"]
    with pytest.raises(ValueError, match="different feature networks"):
        comparison(evaluation(5), evaluation(9, network="b" * 64))


def test_who_is_better():
    def score(value, half=1.0):
        return Score(value, interval=(value - half, value + half))

    assert who_is_better("fid", score(1), score(3)) == "A" and who_is_better("fid", score(3), score(1)) == "B"
    assert who_is_better("recall", score(1), score(3)) == "B"
    assert who_is_better("fid", score(1), score(2.4)) == ""  # sqrt(2) is the half-width of the difference
    assert who_is_better("fid", score(1), score(2.42)) == "A"
    assert who_is_better("fid", score(1), Score(9)) == ""
    assert who_is_better("copying", score(0.4, 0.01), score(0.7, 0.01)) == "A"  # nearer to 0.5


def test_pictures(rng):
    real, generated = np.full(10, 0.1), np.eye(10)[3]
    picture = class_histogram(generated, real)
    assert picture.ndim == 3 and picture.dtype == np.uint8 and len(np.unique(picture.reshape(-1, 3), axis=0)) > 3
    assert not np.array_equal(picture, class_histogram(real, generated))
    columns = {name: rng.random(4) for name in ROWS}
    one = score_curves([0, 10, 20, 30], {**columns, "unknown": [1, 2, 3, 4]})
    assert one.shape[0] > one.shape[1]
    with_floor = score_curves([0, 10], {"fid": [9.0, 2.0], "real_fid": [1.0, 1.0]})
    assert not np.array_equal(with_floor, score_curves([0, 10], {"fid": [9.0, 2.0]}))
    assert score_curves([0], {"fid": [1.0]}).ndim == 3


def test_what_scores_are_means_of():
    made = evaluation(5)
    made.scores.values["inception_score"] = Score(7.8, spread=0.07, parts={"splits": 10}, network="a" * 64)
    made.scores.values["kid"] = Score(0.01, spread=0.002, parts={"subsets": 100, "size": 360}, network="a" * 64)
    lines = table(made).splitlines()
    assert "Inception Score: mean 7.80 and deviation 0.07 over 10 splits of 200 images" in lines
    assert "KID: mean 0.01 and deviation 0.002 over 100 subsets of 360 samples of each side" in lines


def test_a_table_without_a_floor():
    scores = Scores({"fid": Score(5.0, interval=(4, 6))})
    made = Evaluation("folder:a", "stats:b.npz", 200, None, scores, [])
    text = table(made)
    assert "200 samples against mean and covariance in b.npz" in text and "real vs real" not in text
    made.n_real = 360
    assert "mean and covariance of 360 real ones in b.npz" in table(made)
