"""Modes and spectra of signals: known cases, real ones against themselves, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.data import SIGNAL_SETS, make_signals
from minigan.metrics import Templates, signal_mode_coverage, spectral_distance
from minigan.metrics.signals import FLOOR, band, log_power, spectrogram


def tone(cycles, T=256, phase=0.0, loud=1.0):
    """A sine of so many cycles, (1, T, 1)."""
    return (loud * np.sin(2 * np.pi * cycles * np.arange(T) / T + phase))[None, :, None]


def a_set(name, n=1200, seed=0):
    """Signals, labels, and the templates of the set."""
    x, labels = make_signals(name, n, np.random.default_rng(seed))
    return x, labels, Templates.of(x, labels, SIGNAL_SETS[name].window)


@pytest.mark.parametrize("name", SIGNAL_SETS)
def test_held_out_real_signals_find_every_mode(name):
    _, _, templates = a_set(name)
    x, labels = make_signals(name, 1000, np.random.default_rng(1))
    seen = spectrogram(x, templates.window)
    assert np.mean(templates.judge(seen).modes == labels) > 0.995
    score = signal_mode_coverage(seen, templates, replicates=5)
    assert score == templates.modes == len(SIGNAL_SETS[name].modes)
    assert score.high_quality > 0.96 and score.reverse_kl < 0.01
    assert score.counts == np.bincount(labels).tolist() or sum(score.counts) == 1000
    assert score.interval == (templates.modes, templates.modes)


@pytest.mark.parametrize("name", SIGNAL_SETS)
def test_one_mode_alone_is_one_mode(name):
    x, labels, templates = a_set(name)
    score = signal_mode_coverage(spectrogram(x[labels == 2], templates.window), templates)
    assert score == 1 and score.reverse_kl == pytest.approx(np.log(templates.modes), abs=0.05)


@pytest.mark.parametrize("name", SIGNAL_SETS)
def test_noise_and_mixtures_are_of_no_quality(name):
    x, _, templates = a_set(name)
    noise = np.random.default_rng(2).standard_normal(x.shape)
    for bad in (noise, x + 0.3 * noise, np.zeros_like(x)):
        score = signal_mode_coverage(spectrogram(bad, templates.window), templates)
        assert score.high_quality < 0.01 and score == 0
    mixed = (x + np.roll(x, 1, axis=0)) / 2
    assert signal_mode_coverage(spectrogram(mixed, templates.window), templates).high_quality < 0.35


@given(cycles=st.integers(5, 100), phase=st.floats(0, 6), loud=st.floats(0.01, 50))
def test_a_spectrogram_knows_neither_phase_nor_loudness(cycles, phase, loud):
    # windows of 64 steps hold a whole number of cycles only of every fourth: the rest differs a little with the phase
    whole = cycles // 4 * 4 + 4
    one, other = spectrogram(tone(whole), 64), spectrogram(tone(whole, phase=phase, loud=loud), 64)
    np.testing.assert_allclose(one, other, atol=0.02)
    assert one.shape == (1, 7 * 33) and one.max() == 1 and one.min() >= 0
    assert (one.reshape(7, 33).argmax(axis=1) == whole // 4).all()


def test_a_glide_and_its_mirror_differ_although_their_spectra_do_not():
    t = np.arange(512) / 512
    up = np.sin(2 * np.pi * (20 * t + 60 * t**2))[None, :, None]
    down = up[:, ::-1].copy()
    assert float(spectral_distance(log_power(up), log_power(down))) < 1e-6
    assert FLOOR * np.sqrt(np.mean((spectrogram(up, 64) - spectrogram(down, 64)) ** 2)) > 5


def test_half_as_loud_is_six_decibels_everywhere(rng):
    x = rng.standard_normal((40, 128, 2))
    assert float(spectral_distance(log_power(x), log_power(x))) == 0
    assert float(spectral_distance(log_power(x), log_power(x / 2))) == pytest.approx(20 * np.log10(2), abs=0.01)
    score = spectral_distance(log_power(x[:20]), log_power(x[20:]), replicates=50)
    low, high = score.interval
    assert low < score < high and high - low < score


def test_a_constant_one_has_zero_decibels_and_a_tone_its_place():
    assert log_power(np.ones((1, 64, 1)))[0, 0, 0] == pytest.approx(0, abs=1e-6)
    assert log_power(tone(30))[0, :, 0].argmax() == 30
    assert log_power(np.zeros((1, 64, 1))).max() == pytest.approx(-80), "silence is finite"


def test_the_band_holds_eight_of_ten(rng):
    spectra = log_power(rng.standard_normal((400, 64, 1)))
    found = band(spectra)
    inside = ((spectra[..., 0] >= found.low) & (spectra[..., 0] <= found.high)).mean()
    assert inside == pytest.approx(0.8, abs=0.01) and (found.low < found.mean).all() and (found.mean < found.high).all()


def test_what_is_refused(rng):
    x, labels, templates = a_set("beats", 50)
    with pytest.raises(ValueError, match=r"signals expected signals \(N, T, C\), got \(5, 64\); fix: x\[..., None\]"):
        spectrogram(np.zeros((5, 64)), 8)
    with pytest.raises(ValueError, match="at least as long as a window of 100 steps, got 64"):
        spectrogram(np.zeros((5, 64, 1)), 100)
    with pytest.raises(ValueError, match="window must be a whole number of at least 2"):
        spectrogram(np.zeros((5, 64, 1)), 1)
    with pytest.raises(ValueError, match="finite"):
        spectrogram(np.full((5, 64, 1), np.nan), 8)
    with pytest.raises(ValueError, match="a signal of each of 5 modes, got 50 labels of 4 modes"):
        Templates.of(x, np.where(labels == 1, 0, labels), 128)
    with pytest.raises(ValueError, match="as of the real signals"):
        templates.judge(spectrogram(x[:, :512], 128))
    with pytest.raises(ValueError, match="spectra of signals of one length"):
        spectral_distance(log_power(x), log_power(x[:, :512]))
