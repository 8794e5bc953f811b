"""Made signals: their formulas, their modes, one seed one set, and how `load` and `minigan data` know them."""

import numpy as np
import pytest

from minigan import data
from minigan.data import SIGNAL_SETS, make_signals
from minigan.data.signals import BEAT_RATE, BEATS, CHIRP_RATE, GLIDES, PERIODS, PLUCK_RATE, T, pitch


@pytest.mark.parametrize("name", SIGNAL_SETS)
def test_what_a_set_is(name):
    x, which = make_signals(name, 900, np.random.default_rng(3))
    again, _ = make_signals(name, 900, np.random.default_rng(3))
    assert x.shape == (900, T, 1) and x.dtype == np.float32 and which.dtype == np.int64
    np.testing.assert_array_equal(x, again)
    assert np.abs(x).max() < 1, "nothing is clipped"
    assert 0.1 < x.std() < 0.5
    counts = np.bincount(which, minlength=len(SIGNAL_SETS[name].modes))
    assert counts.min() > 0.7 * 900 / len(counts), "every mode about as often"
    assert len(np.unique(x.reshape(900, -1), axis=0)) == 900


def test_a_pluck_is_the_average_of_two_steps_a_period_before():
    """Karplus & Strong's rule, step by step, on the noiseless string."""
    which = np.arange(len(PERIODS))
    x = SIGNAL_SETS["plucks"].draw(which, np.random.default_rng(0))
    for row, p in zip(x, PERIODS, strict=True):
        for t in range(p + 1, T):
            assert row[t] == pytest.approx((row[t - p] + row[t - p - 1]) / 2, abs=1e-12)


@pytest.mark.parametrize("k", range(len(PERIODS)))
def test_a_plucks_pitch_is_where_its_name_says(k):
    """The autocorrelation of the second half is largest at the period, p + 1/2 steps."""
    x = SIGNAL_SETS["plucks"].draw(np.full(20, k), np.random.default_rng(1))[:, T // 2 :]
    spectrum = np.abs(np.fft.rfft(x * np.hanning(T // 2), n=16 * T, axis=1)).mean(axis=0)
    found = spectrum[: int(1.5 * pitch(PERIODS[k]) * 16 * T / PLUCK_RATE)].argmax() * PLUCK_RATE / (16 * T)
    assert found == pytest.approx(pitch(PERIODS[k]), rel=0.02)
    assert SIGNAL_SETS["plucks"].modes[k] == f"{pitch(PERIODS[k]):.0f} Hz"


@pytest.mark.parametrize("k", range(len(GLIDES)))
def test_a_chirp_goes_from_its_first_frequency_to_its_last(k):
    """By the steps between zero crossings near both ends."""
    x = SIGNAL_SETS["chirps"].draw(np.full(30, k), np.random.default_rng(2))
    ends = []
    for part in (slice(40, 240), slice(T - 240, T - 40)):
        crossings = np.count_nonzero(np.diff(np.signbit(x[:, part]), axis=1), axis=1).mean()
        ends.append(crossings / 2 / (200 / CHIRP_RATE))
    f0, f1 = GLIDES[k]
    middles = [f0 + (f1 - f0) * middle / T for middle in (140, T - 140)]
    assert ends == pytest.approx(middles, rel=0.04)


def beats_of(kind, n=60):
    """Noiseless beats of one kind, (n, T), and where R is in seconds, (n, 3): the three highest peaks, in order."""
    x = SIGNAL_SETS["beats"].draw(np.full(n, BEATS.index(kind)), np.random.default_rng(4))
    peaks = (x[:, 1:-1] > x[:, :-2]) & (x[:, 1:-1] > x[:, 2:]) & (x[:, 1:-1] > 0.33)
    return x, [(np.flatnonzero(row) + 1) / BEAT_RATE for row in peaks]


def test_kinds_of_beats_differ_in_what_they_are_named_after():
    at = {kind: beats_of(kind)[1] for kind in BEATS}
    assert all(len(row) == 3 for kind in BEATS for row in at[kind]), "three R waves"
    gaps = {kind: np.mean([np.diff(row) for row in at[kind]], axis=0) for kind in BEATS}
    assert gaps["normal"] == pytest.approx([0.75, 0.75], abs=0.02)
    assert gaps["premature"] == pytest.approx([0.45, 1.05], abs=0.02)

    def around(kind, seconds, which=1):
        """The mean height so many seconds from the R of a beat."""
        x, rs = beats_of(kind)
        return np.mean([row[round((r[which] + seconds) * BEAT_RATE)] for row, r in zip(x, rs, strict=True)])

    assert around("normal", -0.125) > 0.1 and around("no P wave", -0.125) < 0.03
    assert around("normal", 0.19) > 0.2 and around("T turned over", 0.19) < -0.2 and around("wide", 0.19) < -0.15
    assert around("normal", 0.025) < 0.1 < around("wide", 0.025), "wide is still up where normal is down"
    assert around("wide", 0.19, which=0) > 0.2, "only the second beat is odd"


@pytest.mark.parametrize("name", SIGNAL_SETS)
def test_load(name):
    train = data.load(name, n=40, rng=np.random.default_rng(0))
    test = data.load(name, split="test", n=40, rng=np.random.default_rng(0))
    both = data.load(name, split="all", n=40, rng=np.random.default_rng(0))
    assert train.x.shape == (40, T, 1) and not train.is_images and not train.scaling
    assert train.classes == SIGNAL_SETS[name].modes and train.labels.shape == (40,)
    np.testing.assert_array_equal(both.x, np.concatenate([train.x, test.x]))
    assert not (train.x == test.x).all(axis=(1, 2)).any(), "independent draws"
    assert train.sha256 == data.load(name, n=40, rng=np.random.default_rng(0)).sha256 != test.sha256
    rate = SIGNAL_SETS[name].rate
    assert str(train.report) == f"40 signals: all kept; 1024 steps of 1 channel, {rate:,} a second"
    assert data.kind_of(name) == "signals" and data.rate_of(name) == rate and name in data.DESCRIPTIONS
    some = data.subset(train, 10, np.random.default_rng(1))
    assert some.x.shape == (10, T, 1) and len(some.labels) == 10 and some.classes == train.classes


def test_other_sets_have_no_rate():
    assert data.rate_of("digits") == data.rate_of("ring") == data.rate_of("npz:mine.npz") == 0


def test_what_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="a set of signals out of chirps, plucks, beats, got 'drums'"):
        make_signals("drums", 3, rng)
    with pytest.raises(ValueError, match="number of signals, must be a whole number of at least 1"):
        make_signals("plucks", 0, rng)
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        make_signals("plucks", 3, None)
    with pytest.raises(ValueError, match="rng must be a numpy Generator, got NoneType"):
        data.load("plucks")
    with pytest.raises(ValueError, match="channels are 1 or 3, of images"):
        data.load("plucks", rng=rng, channels=3)
    with pytest.raises(ValueError, match="--data-as is for npz:FILE, and plucks is what it is"):
        data.load("plucks", rng=rng, kind="table")
    with pytest.raises(ValueError, match="did you mean plucks"):
        data.load("pluck", rng=rng)
