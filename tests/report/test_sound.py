"""Sound files: what the wave module reads back, silences, clipping, and what is refused."""

import wave

import numpy as np
import pytest

from minigan.report import sound
from minigan.report.sound import beyond, in_a_row, save_wav, to_pcm


def read(path):
    """(steps (n, channels) int16, steps a second)."""
    with wave.open(str(path), "rb") as file:
        assert file.getsampwidth() == 2
        steps = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return steps, file.getframerate()


@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_written_is_read_back(channels, tmp_path, rng):
    x = rng.uniform(-1, 1, (3, 50, channels))
    save_wav(tmp_path / "a.wav", x, 1000, silence=0.02)
    steps, rate = read(tmp_path / "a.wav")
    assert rate == 1000 and steps.shape == (3 * 50 + 2 * 20, channels)
    for n in range(3):
        part = steps[n * 70 :][:50]
        assert np.abs(part / 32767 - x[n]).max() <= 0.5 / 32767 + 1e-12
        assert (steps[n * 70 + 50 : (n + 1) * 70] == 0).all(), "silence"
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_one_signal_has_no_silence_around_it(tmp_path):
    save_wav(tmp_path / "a.wav", np.full((1, 9, 1), 0.5), 8000)
    assert read(tmp_path / "a.wav")[0].ravel().tolist() == [16384] * 9
    assert in_a_row(np.ones((2, 2, 1)), 3).ravel().tolist() == [1, 1, 0, 0, 0, 1, 1]
    assert in_a_row(np.ones((2, 2, 1)), 0).ravel().tolist() == [1, 1, 1, 1]


def test_what_is_beyond_one_is_clipped_and_counted():
    x = np.array([[[0.0], [1.0], [-1.0]], [[1.5], [-7.0], [0.25]]])
    assert to_pcm(x).ravel().tolist() == [0, 32767, -32767, 32767, -32767, 8192]
    assert beyond(x) == (2, 1)


def test_it_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    save_wav(tmp_path / "a.wav", np.zeros((1, 4, 1)), 8000)
    before = (tmp_path / "a.wav").read_bytes()

    class Full(wave.Wave_write):
        def writeframes(self, data):
            super().writeframes(data[:4])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sound.wave, "open", lambda file, mode: Full(file))
    with pytest.raises(OSError, match="No space left"):
        save_wav(tmp_path / "a.wav", np.ones((1, 4, 1)), 8000)
    assert (tmp_path / "a.wav").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"signals \(N, T, 1 or 2\) for a .wav, got \(2, 5, 3\)"):
        save_wav(tmp_path / "a.wav", np.zeros((2, 5, 3)), 8000)
    with pytest.raises(ValueError, match="finite signals"):
        save_wav(tmp_path / "a.wav", np.full((2, 5, 1), np.nan), 8000)
    with pytest.raises(ValueError, match="the rate, in steps a second, must be a whole number of at least 1, got 0"):
        save_wav(tmp_path / "a.wav", np.zeros((2, 5, 1)), 0)
    with pytest.raises(ValueError, match="the rate must be at most 384,000 steps a second, got 1,000,000"):
        save_wav(tmp_path / "a.wav", np.zeros((2, 5, 1)), 1_000_000)
    assert not list(tmp_path.iterdir())
