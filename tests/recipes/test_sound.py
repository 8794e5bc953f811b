"""Runs that draw signals: trained, sampled as sound, evaluated and compared by their known modes."""

import json
import wave

import numpy as np
import pytest

from minigan import data
from minigan.recipes import Settings, train
from minigan.recipes.compare import scores
from minigan.recipes.evaluate import evaluate, write_and_print
from minigan.recipes.inspect import show_data
from minigan.recipes.numbered import Numbered
from minigan.recipes.reference import reference
from minigan.recipes.sample_run import sample_run
from minigan.report.folder import RunFolder


def trained(folder, **settings):
    return train(Settings(batch_size=4, steps=2, **settings), out=folder, progress=False, say=lambda text: None)[0]


@pytest.fixture(scope="module")
def beats(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "beats", recipe="wavegan", data="beats", k=1)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """{channels: a run on an .npz of signals of so many channels, in units of 1000}."""
    folder = tmp_path_factory.mktemp("foreign")
    for channels in (1, 2, 3):
        x = 1000 * np.random.default_rng(0).standard_normal((40, 64, channels)).astype(np.float32)
        np.savez(folder / f"{channels}.npz", signals=x)
        trained(folder / f"run{channels}", data=f"npz:{folder / f'{channels}.npz'}", preset="signals")
    return {channels: folder / f"run{channels}" for channels in (1, 2, 3)}


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(path):
    with wave.open(str(path)) as file:
        steps = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return steps, file.getframerate()


def test_the_rate_of_the_data_is_kept(beats):
    assert RunFolder(beats).read_config()["data"]["rate"] == 512 == data.rate_of("beats") == Numbered(beats).rate


def test_all_in_one_file(beats):
    assert str(sample_run(beats, "a.wav", n=3)) == "a.wav"
    steps, rate = read("a.wav")
    assert rate == 512 and len(steps) == 3 * 1024 + 2 * 51
    expected = Numbered(beats).samples([0, 1, 2])[1]
    np.testing.assert_allclose(steps[1024 + 51 :][:1024] / 32767, np.clip(expected, -1, 1), atol=2e-5)
    sample_run(beats, "b.wav", n=1, rate=8000)
    assert read("b.wav")[1] == 8000
    sample_run(beats, "c.wav", seed=1)
    assert len(read("c.wav")[0]) == 64 * 1024 + 63 * 51, "64 unless it is said"


def test_one_file_each(beats, tmp_path):
    sample_run(beats, "sounds/", numbers="3,70")
    assert sorted(path.name for path in (tmp_path / "sounds").iterdir()) == ["000003.wav", "000070.wav"]
    assert len(read("sounds/000070.wav")[0]) == 1024
    with pytest.raises(ValueError, match=r"sounds is not empty \(entries: 2\)"):
        sample_run(beats, "sounds", n=2)
    with pytest.raises(ValueError, match="names a sample twice"):
        sample_run(beats, "more/", numbers="3,3")


def test_signals_of_a_file_have_a_rate_by_flag_and_are_clipped_with_a_word(foreign, capsys):
    for channels in (1, 2):
        with pytest.raises(ValueError, match="does not say how many steps a second .*--rate 8000"):
            sample_run(foreign[channels], "a.wav", n=2)
        sample_run(foreign[channels], "a.wav", n=2, rate=100)
        steps, rate = read("a.wav")
        assert rate == 100 and steps.shape == (2 * 64 + 10, channels)
        said = capsys.readouterr().err
        loud = np.abs(Numbered(foreign[channels]).samples([0, 1])) > 1
        assert f"note: clipped {loud.sum():,} of {2 * 64 * channels} steps, in 2 of 2 signals" in said
    sample_run(foreign[1], "each/", n=3, rate=100)
    assert "in 3 of 3 signals" in capsys.readouterr().err


def test_what_is_no_sound_is_refused(beats, foreign, tmp_path, tmp_path_factory):
    with pytest.raises(ValueError, match="a .wav has one channel or two, and .*run3 draws signals of 3; .*npz"):
        sample_run(foreign[3], "a.wav", n=2, rate=8000)
    with pytest.raises(ValueError, match="has one channel or two"):
        sample_run(foreign[3], "each/", n=2, rate=8000)
    points = trained(tmp_path_factory.mktemp("runs") / "points", data="ring")
    with pytest.raises(ValueError, match="a .wav is sound, and .* draws points"):
        sample_run(points, "a.wav", n=2)
    for out in ("a.png", "a.npz"):
        with pytest.raises(ValueError, match=f"--rate is for sound, .* and {out} is none"):
            sample_run(beats, out, n=2, rate=8000)
    with pytest.raises(ValueError, match="the rate, in steps a second, must be a whole number of at least 1, got 0"):
        sample_run(beats, "a.wav", n=2, rate=0)
    with pytest.raises(ValueError, match="--out must end in .png .* or .wav .*got a.mp3"):
        sample_run(beats, "a.mp3")
    assert not any(tmp_path.iterdir()), "nothing is written"


def test_a_reference_of_made_signals_counts_their_modes():
    ref = reference("beats", seed=0)
    real = ref.see(ref.real)
    assert ref.modes(real) == 5 and ref.classes == data.SIGNAL_SETS["beats"].modes and ref.unit == "signals"
    assert ref.more["spectral_distance"](real, ref.see(ref.train[:1000])) < 0.5
    halved = ref.more["spectral_distance"](real, ref.see(ref.train[:1000] / 2))
    assert 3 < halved < 6.1, "6 dB, less where only the noise of 80 dB below 1 is left"


def test_minigan_data_of_made_signals(tmp_path):
    said = show_data("plucks", "train", out="a.wav")
    assert "4,000 signals: all kept; 1024 steps of 1 channel, 8,000 a second" in said and "sound of 64 signals" in said
    steps, rate = read("a.wav")
    assert rate == 8000 and len(steps) == 64 * 1024 + 63 * 800 and np.abs(steps).max() > 10_000
    show_data("plucks", "test", out="a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    for name in ("ring", "digits-8x8"):
        with pytest.raises(ValueError, match=f"a .wav is for signals .*chirps, plucks, beats.*, got {name}"):
            show_data(name, "train", out="b.wav")


@pytest.mark.long
def test_evaluate(beats, tmp_path):
    (made,) = evaluate(beats, n=150, progress=False, say=lambda text: None)
    names = list(made.scores.values)
    assert names[:4] == ["modes", "high_quality", "reverse_kl", "spectral_distance"]
    assert made.scores.values["modes"] == 0 and made.scores.floor["modes"] == 5, "two steps teach nothing"
    assert made.scores.values["spectral_distance"] > 5 > 1 > made.scores.floor["spectral_distance"]
    assert made.accuracy > 0.99 and made.classes[0].sum() == pytest.approx(1)
    assert any("right for 100.0% of 1,000 held-out real ones" in note for note in made.notes)
    said = []
    write_and_print([made], tmp_path / "out", as_json=False, out=said.append)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"spectra.png", "classes.png", "samples.png", "scores.json"} <= written
    assert "spectral distance, dB" in said[0] and "no P wave: " in said[0]
    assert json.loads((tmp_path / "out/scores.json").read_text())["scores"]["spectral_distance"]["value"] > 5


@pytest.mark.long
def test_compare_scores_it(beats):
    found = scores.score(beats)
    assert found.of == 5 and found.samples == 2500 and list(found.scores) == [
        "modes", "high_quality", "reverse_kl", "spectral_distance"]  # fmt: skip
    assert "of 5 modes" in found.in_words() and "dB apart" in found.in_words()


@pytest.mark.long
def test_a_run_that_is_told_the_kind(tmp_path):
    """A class can be asked for, by name, and what is heard is held against it; --every scores on the way."""
    path = trained(tmp_path / "told", recipe="wavegan", data="beats", conditional="projection", every=1)
    assert "spectral_distance" in (path / "scores.csv").read_text().splitlines()[0]
    sample_run(path, "wide.wav", n=2, classes="wide")
    sample_run(path, "all.wav", n=2, classes="all")
    assert len(read("all.wav")[0]) == 10 * 1024 + 9 * 51
    sample_run(path, "all/", n=2, classes="all")
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == sorted(
        ["normal", "premature", "no P wave", "wide", "T turned over"]
    )
    (made,) = evaluate(path, n=100, progress=False, say=lambda text: None, truncation_curve=False)
    assert any("are heard as the kind that they were drawn for" in note for note in made.notes)
