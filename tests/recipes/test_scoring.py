"""All scores at once, and the floor; and whether they order what they should."""

from functools import partial

import numpy as np
import pytest

from minigan.metrics import Score, Seen, copying, mode_coverage, nearest_neighbours
from minigan.recipes.scoring import halvings, score_all, score_with_floor


@pytest.fixture
def seen(rng):
    """seen(n, shift=0): n feature vectors of width 8, and probabilities of 3 classes."""

    def make(n, shift=0.0):
        probs = rng.dirichlet(np.ones(3), n)
        return Seen(rng.standard_normal((n, 8)) + shift, probs)

    return make


def mode_coverage_of(seen, centres, **options):
    return mode_coverage(seen.features, centres, 0.5, **options)


def test_every_score_with_an_interval(seen):
    real, fake, train = seen(80), seen(90), seen(100)
    near = [nearest_neighbours(x.features, train.features) for x in (real, fake)]
    scores = score_all(real, fake, neighbours=near, replicates=20)
    assert list(scores) == ["fid", "kid", "precision", "recall", "density", "coverage", "inception_score", "copying"]
    assert all(isinstance(score, Score) and score.interval for score in scores.values())
    assert scores["copying"].value == copying(train.features, real.features, fake.features).value
    modes = partial(mode_coverage_of, centres=np.eye(8))
    points = score_all(seen(80), Seen(seen(90).features, None), modes=modes, replicates=0)
    assert list(points)[:3] == ["modes", "high_quality", "reverse_kl"] and "inception_score" not in points
    assert "inception_score" not in score_all(seen(80), seen(90), classes=False, replicates=0)


def test_too_few_for_fid_leaves_it_out(seen):
    assert "fid" not in score_all(seen(80), seen(8), classes=False, replicates=0)
    assert "fid" in score_all(seen(80), seen(9), classes=False, replicates=0)
    for real, fake, match in ((19, 10, "20 real samples, got 19"), (20, 9, "10 generated samples, got 9")):
        with pytest.raises(ValueError, match=match):
            score_with_floor(seen(real), seen(fake))


def test_the_floor_is_of_halves_and_matched_is_of_as_many(seen):
    real, fake = seen(60), seen(500)
    scores = score_with_floor(real, fake, replicates=0)
    assert scores.halves == (20, 30) and scores.values.keys() == scores.floor.keys() == scores.matched.keys()
    # The same distribution: beside as few samples, generated ones score as real ones do; beside 500, better.
    assert abs(scores.matched["fid"] - scores.floor["fid"]) < 0.25 * scores.floor["fid"]
    assert scores.values["fid"] < 0.7 * scores.floor["fid"]
    worse = score_with_floor(real, seen(500, shift=1.0), replicates=0)
    assert worse.matched["fid"] > 2 * worse.floor["fid"]
    few = score_with_floor(real, seen(12), replicates=0)
    assert few.halves[1] == 12  # not more real ones than generated ones


def test_a_seed_repeats_and_hashes_reach_every_score(seen):
    real, fake = seen(60), seen(70)
    plain = score_with_floor(real, fake, replicates=10, rng=5)
    tagged = score_with_floor(real, fake, replicates=10, rng=5).seen_by("a" * 64)
    for column in ("values", "floor", "matched"):
        for name, score in getattr(plain, column).items():
            other = getattr(tagged, column)[name]
            assert (score.value, score.interval) == (other.value, other.interval)
            assert score.network is None and other.network == "a" * 64


def test_many_real_samples_need_few_halvings():
    assert [halvings(n) for n in (100, 1000, 2000, 10_000, 60_000)] == [20, 20, 10, 2, 2]


def test_the_floor_of_copying_is_of_the_same_halves(seen):
    real, fake, train = seen(60), seen(200), seen(300).features
    copies = Seen(train[:200] + 0.01, fake.probs)
    near = [nearest_neighbours(x.features, train) for x in (real, copies)]
    scores = score_with_floor(real, copies, neighbours=near, replicates=0)
    assert 0.4 < scores.floor["copying"] < 0.6 and scores.matched["copying"] > 0.95 < scores.values["copying"]


def test_progress_is_told(seen):
    told = []
    score_with_floor(seen(60), seen(60), replicates=0, tick=told.append)
    assert told[0] == "FID" and told[-1] == "floor, halving 20 of 20"


ORDERED = ("recall", "coverage")  # by these, all five
BEFORE_COLLAPSE = ("fid", "kid")  # by these, the first three, and both failures far behind


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_they_order_what_they_should(seed, tmp_path):
    """Real halves < trained < barely trained (a tenth of the steps) < one class only < noise, all of 180 samples.

    FID and KID do not tell a collapse from noise: the one class may be as far from the mean of all as noise is.
    Precision and density prefer a collapse to a good class to a varied generator; the Inception Score prefers noise
    to a collapse; copying measures something else. They are printed.
    """
    from minigan.data import to_uint8
    from minigan.recipes import Settings, load_generator, sample, train
    from minigan.recipes.reference import reference

    ref = reference("digits-8x8", shape=(16, 16, 1))
    real, train_features = ref.see(ref.real), ref.see(ref.train).features
    drawn = {}
    for name, steps, resume in (("barely trained", 150, False), ("trained", 1500, True)):
        settings = Settings(data="digits-8x8", preset="quick", seed=seed, steps=steps)
        path, _ = train(settings, out=tmp_path / "run", resume=resume, given=["steps"], progress=False)
        G, config = load_generator(path)
        z = np.random.default_rng(seed).standard_normal((12_000, config["settings"]["z_dim"]), dtype=np.float32)
        drawn[name] = to_uint8(sample(G, z))
    kinds = ref.see(drawn["trained"]).probs.argmax(axis=1)
    drawn["one class"] = drawn["trained"][kinds == seed]
    drawn["noise"] = np.random.default_rng(seed).integers(0, 256, (2000, 16, 16, 1)).astype(np.uint8)
    columns = {}
    for name in ("trained", "barely trained", "one class", "noise"):
        fake = ref.see(drawn[name][:2000])
        near = [nearest_neighbours(seen.features, train_features) for seen in (real, fake)]
        columns[name] = score_with_floor(real, fake, neighbours=near, replicates=0)
    table = {}
    for score in columns["trained"].values:
        floor = np.mean([column.floor[score] for column in columns.values()])
        table[score] = [floor, *(column.matched[score].value for column in columns.values())]
        print(f"seed {seed}  {score:16s}" + "".join(f"{value:10.4g}" for value in table[score]))
    for score in ORDERED:
        assert table[score] == sorted(table[score], reverse=True) and len(set(table[score])) == 5
    for score in BEFORE_COLLAPSE:
        floor, trained, barely, collapse, noise = table[score]
        assert floor < trained < barely < min(collapse, noise)
