"""Is it working: what a run says of itself, where, and that it goes on after a resume; the best state, snapshots."""

import csv

import numpy as np
import pytest
from PIL import Image

from minigan.recipes import Settings, load_generator, sample, score_log, train
from minigan.recipes.health import NO_SCORE, Watch
from minigan.recipes.setup import load_samples, make_trainer, noise_of, stream
from minigan.report.folder import RunFolder
from minigan.report.samples import MEANWHILE, PROJECTOR, draw
from minigan.training.checkpoint import read_header

CIRCLES = dict(recipe="circles", sample_every=100)
SMALL = dict(data="digits-8x8", image_size=8, batch_size=8, sample_every=100)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(score_log, "SAMPLES", 200)


def quiet(settings, **options):
    said = []
    path, _ = train(settings, progress=False, say=said.append, **options)
    return path, said


def table(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def test_a_sign_is_said_and_written_down():
    path, said = quiet(Settings(**CIRCLES), out="run")
    (sentence,) = [text for text in said if text.startswith("oscillates: ")]
    assert "Try --penalty r1:1" in sentence and sentence in (path / "signs.txt").read_text()
    assert any(text.startswith("no score was taken") for text in said)
    signs = [row["sign"] for row in table(path / "metrics.csv")]
    assert signs[0] == "early" and signs[-1] == "oscillates" and len(signs) == 600
    looks = table(path / "signs.csv")
    assert [row["step"] for row in looks] == [str(100 * k) for k in range(7)] and looks[-1]["sign"] == "oscillates"
    assert looks[-1].keys() == {"step", "spread", "alike", "moved", "push", "x", "y", "sign"}
    assert (path / "path.png").exists()


def test_a_good_run_says_so_in_one_sentence():
    path, said = quiet(Settings(**CIRCLES, penalty="r1:1"), out="run")
    (sentence,) = [text for text in said if text.startswith("no alarm: D has not won")]
    assert said.count(NO_SCORE) == 1
    assert (path / "signs.txt").read_text().splitlines()[:2] == ["after step 600", sentence]


def test_a_short_run_says_that_nothing_can_be_said():
    path, said = quiet(Settings(**SMALL, steps=3), out="run")
    assert "early: after 3 steps and 2 pictures nothing can be said yet." in said
    assert [row["step"] for row in table(path / "signs.csv")] == ["0", "3"] and not (path / "path.png").exists()


def test_a_resumed_run_remembers():
    straight, _ = quiet(Settings(**CIRCLES), out="straight")
    quiet(Settings(**CIRCLES, steps=500), out="halves")
    resumed, said = quiet(Settings(steps=600), out="halves", resume=True, given=["steps"])
    assert any(text.startswith("oscillates: over the last 300 steps") for text in said)
    one, two = (table(path / "signs.csv") for path in (straight, resumed))
    for row in (one[6], two[6]):
        del row["moved"]  # from a look that the resumed run has not seen
    assert one == two


def test_the_last_picture_is_of_the_noise_of_the_others():
    path, _ = quiet(Settings(**SMALL | dict(sample_every=2), steps=4), out="run")
    G, config = load_generator(path)
    samples = sample(G, noise_of(config["settings"]).sample(64, stream(0, "fixed noise")))
    for name, side in (("final.png", PROJECTOR), ("samples/step_000004.png", MEANWHILE)):
        with Image.open(path / name) as picture:
            np.testing.assert_array_equal(np.asarray(picture), draw(samples, side=side))


def test_the_best_state_is_kept():
    path, said = quiet(Settings(**SMALL, steps=6, every=2, keep_best=True), out="run")
    scores = {int(row["step"]): float(row["fid" if "fid" in row else "kid"]) for row in table(path / "scores.csv")}
    best = min(scores, key=scores.get)
    assert read_header(path / "best.npz")["step"] == best
    assert any(text.startswith(f"best score: at step {best}, ") for text in said)
    assert any(text.startswith("too few scores to say") for text in said)
    last, _ = load_generator(path)
    G, config = load_generator(path, best=True)
    same = all(np.array_equal(G.params[key], last.params[key]) for key in G.params)
    assert same == (best == 6) and config["settings"]["keep_best"]


def test_the_best_state_goes_on_after_a_resume():
    straight, _ = quiet(Settings(**SMALL, steps=6, every=2, keep_best=True), out="straight")
    quiet(Settings(**SMALL, steps=3, every=2, keep_best=True), out="halves")
    resumed, _ = quiet(Settings(steps=6), out="halves", resume=True, given=["steps"])
    one, two = (np.load(path / "best.npz") for path in (straight, resumed))
    with one, two:
        assert all(np.array_equal(one[key], two[key]) for key in one if key != "header")


def test_snapshots_and_their_limit():
    path, _ = quiet(Settings(**SMALL, steps=5, snapshot_every=2), out="run")
    assert sorted(file.name for file in (path / "snapshots").iterdir()) == ["step_000002.npz", "step_000004.npz"]
    assert read_header(path / "snapshots/step_000004.npz")["step"] == 4
    with pytest.raises(ValueError, match="--snapshot-every 2 would keep 500 files in 1,000 steps, more than 100; use "
                                         "--snapshot-every 10 or more"):  # fmt: skip
        Settings(steps=1000, snapshot_every=2).resolved()
    with pytest.raises(ValueError, match="--snapshot-every does not go with --minutes: how many"):
        Settings(minutes=1, snapshot_every=2).resolved()
    assert Settings(steps=1000, snapshot_every=10).resolved().snapshots == 100


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(
        ValueError, match="--keep-best keeps the state with the best score, and none is taken; give --every"
    ):
        Settings(keep_best=True).resolved()
    path, _ = quiet(Settings(**SMALL, steps=1), out="run")
    with pytest.raises(ValueError, match="has no best.npz; train with --every 200 --keep-best"):
        load_generator(path, best=True)


def test_the_word_is_in_the_progress_line(capsys):
    train(Settings(**CIRCLES, steps=420), out="run", progress=True, say=lambda text: None)
    assert capsys.readouterr().err.rstrip().endswith(("oscillates]", "no alarm]"))


def test_a_game_without_a_loss_is_watched_too(tmp_path):
    settings = Settings(**CIRCLES).resolved()
    trainer = make_trainer(settings, load_samples(settings)[1])
    trainer.objective.loss = None
    watch = Watch(RunFolder(tmp_path), trainer)
    watch.step({"step": 1, "kl": 0.5})
    watch.look(1, trainer.samples[:50])
    assert table(tmp_path / "signs.csv")[0]["push"] == "nan" and "nothing can be said yet" in watch.sentences()[0]
