"""Going on: resumed runs of all kinds, runs that begin with the networks of another one, runs that go by the clock."""

import json
import os
import shutil
import signal

import numpy as np
import pytest
from PIL import Image

from minigan.kernels import costs
from minigan.kernels.machine import processor
from minigan.recipes import Settings, train
from minigan.recipes.setup import choose_as_before
from minigan.training import TimeLimit, Trainer
from minigan.training.checkpoint import read_header

SMALL = dict(data="digits-8x8", image_size=8, batch_size=8, sample_every=2, checkpoint_every=3)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def quiet(settings=None, **options):
    """Train -> the folder, and what was said."""
    said = []
    path, finished = train(settings, progress=False, say=said.append, **options)
    assert finished
    return path, "\n".join(said)


def arrays(path):
    with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file if name != "header"}


def same(one, two):
    one, two = arrays(one), arrays(two)
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def files(path):
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


# A run that is resumed.


def test_a_finished_run_gets_its_pictures_again(tmp_path):
    path, _ = quiet(Settings(**SMALL, steps=5, every=3), out="run")
    before = files(path)
    for name in ("final.png", "samples.npz", "samples.gif", "loss.png", "scores.png"):
        (path / name).unlink()
    _, said = quiet(out="run", resume=True)
    assert "made again: final.png, samples.npz, samples.gif, loss.png, scores.png" in said
    assert files(path).keys() == before.keys()
    differ = {name for name, content in files(path).items() if content != before[name]}
    assert differ <= {"samples.npz"}  # a zip holds the time it was made at


def test_pictures_that_cannot_come_again_are_kept(tmp_path):
    path, _ = quiet(Settings(**SMALL, steps=5), out="run")
    film = (path / "samples.gif").read_bytes()
    shutil.rmtree(path / "samples")
    (path / "metrics.csv").unlink()
    _, said = quiet(out="run", resume=True)
    assert "made again: final.png, samples.npz. For more" in said and (path / "samples.gif").read_bytes() == film
    (path / "samples.gif").unlink()
    _, said = quiet(out="run", resume=True)
    assert "samples.gif" in said
    with Image.open(path / "samples.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 1  # the last one alone
    _, said = quiet(Settings(steps=7), out="run", resume=True, given=["steps"])
    assert "holds 0 of 5 steps" in said


def test_samples_that_were_deleted_are_told(tmp_path):
    path, _ = quiet(Settings(**SMALL, steps=4), out="run")
    shutil.rmtree(path / "samples")
    _, said = quiet(Settings(steps=6), out="run", resume=True, given=["steps"])
    assert "samples holds no pictures of earlier steps; samples.gif will begin with the next one" in said
    assert [p.name for p in (path / "samples").iterdir()] == ["step_000006.png"]


def test_fewer_steps_than_done_are_refused_and_change_nothing():
    path, _ = quiet(Settings(**SMALL, steps=4), out="run")
    before = files(path)
    with pytest.raises(ValueError, match="run has 4 steps already, got --steps 3; ask for more, or leave --steps out"):
        quiet(Settings(steps=3), out="run", resume=True, given=["steps"])
    assert files(path) == before


def test_a_run_without_its_config_writes_it_again():
    for content in (None, b'{"half', b"[]"):
        path, _ = quiet(Settings(**SMALL, steps=2), out=f"run-{content}")
        config = (path / "config.json").read_bytes()
        (path / "config.json").unlink() if content is None else (path / "config.json").write_bytes(content)
        quiet(out=path, resume=True)
        assert (path / "config.json").read_bytes() == config


@pytest.mark.parametrize("before", [None, {"model": "another", "vector_bits": 128, "fma": False, "threads": 64}])
def test_a_run_goes_on_on_another_processor(before, tmp_path):
    """Or after a version of minigan that did not write the processor down."""
    path, _ = quiet(Settings(**SMALL, steps=2), out="run")
    config = json.loads((path / "config.json").read_text())
    here = config.pop("processor")
    (path / "config.json").write_text(json.dumps(config | ({"processor": before} if before else {})))
    quiet(Settings(steps=4), out="run", resume=True, given=["steps"])
    assert json.loads((path / "config.json").read_text())["processor"] == here


NS = costs.BUILT_IN._replace(transform=0.5)._asdict()  # other costs than those in use here


@pytest.mark.parametrize(
    "change",
    [lambda here: here | {"model": "another"}, lambda here: here | {"costs": ["ns"]}, lambda here: "AMD",
     lambda here: None, lambda here: here | {"costs": {"ns": NS | {"transform": -1}}}],
)  # fmt: skip
def test_a_run_goes_on_with_its_costs_on_the_same_processor_only(change):
    here = processor.describe() | {"costs": {"ns": NS}}
    try:
        choose_as_before({"processor": change(here)})
        assert costs.in_use() != costs.Costs(**NS)
        choose_as_before({"processor": here})
        assert costs.in_use() == costs.Costs(**NS)
    finally:
        costs.use(None)


def test_a_run_that_convolves_writes_its_costs_down():
    path, _ = quiet(Settings(data="digits-8x8", preset="dcgan", steps=1, batch_size=4), out="run")
    assert json.loads((path / "config.json").read_text())["processor"]["costs"]["ns"] == costs.in_use()._asdict()


def stopped_before_its_first_checkpoint(path):
    for child in path.iterdir():
        if child.name not in ("config.json", "samples"):
            child.unlink()


def test_a_run_that_was_stopped_before_its_first_checkpoint_begins_again():
    straight, _ = quiet(Settings(**SMALL, steps=5), out="straight")
    path = shutil.copytree(straight, "stopped")
    stopped_before_its_first_checkpoint(straight.parent / path)
    again, said = quiet(out="stopped", resume=True)
    assert "stopped has settings and no checkpoint: it was stopped before the first one, and begins again" in said
    assert same(straight, again) and (again / "final.png").read_bytes() == (straight / "final.png").read_bytes()


def test_a_checkpoint_that_is_gone_is_no_reason_to_overwrite_a_run(tmp_path):
    path, _ = quiet(Settings(**SMALL, steps=3), out="run")
    (path / "checkpoint.npz").unlink()
    before = files(path)
    with pytest.raises(ValueError, match="run was trained for 3 steps, and its checkpoint.npz is gone; put it back"):
        quiet(out="run", resume=True)
    assert files(path) == before
    (tmp_path / "empty").mkdir()
    for name, why in [("empty", "nothing of a run is there"), ("none", "there is no such folder")]:
        with pytest.raises(ValueError, match=f"there is no checkpoint {name}/checkpoint.npz: {why}; to begin a run"):
            quiet(out=name, resume=True)
    stopped_before_its_first_checkpoint(path)
    for content in ("{}", "[]", '{"settings": 3, "data": {"sha256": ""}}', "{"):
        (path / "config.json").write_text(content)
        with pytest.raises(ValueError, match=r"is not a config of this minigan|is not the folder of a run"):
            quiet(out="run", resume=True)


def test_a_run_that_was_moved_goes_on_from_anywhere(tmp_path, rng, monkeypatch):
    np.savez("mine.npz", images=rng.uniform(0, 1, (20, 8, 8, 1)).astype(np.float32))
    settings = {**SMALL, "data": "npz:mine.npz"}
    straight, _ = quiet(Settings(**settings, steps=6), out="straight")
    quiet(Settings(**settings, steps=3), out="run")
    (tmp_path / "elsewhere").mkdir()
    moved = (tmp_path / "run").rename(tmp_path / "elsewhere" / "moved")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="mine.npz.*say where: --data npz:PATH"):
        quiet(Settings(steps=6), out="moved", resume=True, given=["steps"])
    quiet(Settings(steps=6, data="npz:../mine.npz"), out="moved", resume=True, given=["steps", "data"])
    assert same(tmp_path / "straight", moved)
    np.savez("other.npz", images=rng.uniform(0, 1, (20, 8, 8, 1)).astype(np.float32))
    with pytest.raises(ValueError, match="the data have changed"):
        quiet(Settings(steps=8, data="npz:other.npz"), out="moved", resume=True, given=["steps", "data"])
    with pytest.raises(ValueError, match="made with --data npz:../mine.npz, got ring"):
        quiet(Settings(data="ring"), out="moved", resume=True, given=["data"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only():
    path, _ = quiet(Settings(**SMALL, steps=2), out="run")
    path.chmod(0o500)
    try:
        with pytest.raises(ValueError, match="cannot write.*copy the run to a place that can be written"):
            quiet(out="run", resume=True)
    finally:
        path.chmod(0o700)


# A run that begins with the networks of another one.


@pytest.fixture
def old():
    """A run with an average, of 5 steps."""
    return quiet(Settings(**SMALL, steps=5, ema=0.9, z_dim=3, recipe="hinge"), out="old")[0]


def test_it_begins_with_all_networks_and_says_so(old):
    path, said = quiet(Settings(steps=1, lr=1e-30), out="new", source="old")
    assert "beginning with the networks of" in said and "old after step 5: G and D, and their average; the" in said
    assert "optimizers begin anew" in said
    before, now = arrays(old), arrays(path)
    weights = [name for name in before if "/params/" in name]
    assert before.keys() == now.keys() and {name.split("/")[0] for name in weights} == {"G", "D", "average"}
    for name in weights:
        np.testing.assert_allclose(now[name], before[name], atol=2e-2 if name.startswith("average") else 1e-20)
    assert all(now[name] == 1 for name in now if "/optimizer/t/" in name)
    config = json.loads((path / "config.json").read_text())
    assert config["origin"]["path"] == str(old.resolve()) and config["origin"]["step"] == 5
    assert len(config["origin"]["sha256"]) == 64 and read_header(path / "checkpoint.npz")["origin"] == config["origin"]


def test_what_is_not_given_is_as_it_was(old):
    path, _ = quiet(Settings(data="digits", lr=1e-4, steps=1), out="new", source="old")
    now = json.loads((path / "config.json").read_text())["settings"]
    assert (now["data"], now["g_lr"], now["d_lr"], now["steps"]) == ("digits", 1e-4, 1e-4, 1)
    assert (now["image_size"], now["channels"], now["z_dim"], now["ema"], now["loss"]) == (8, 1, 3, 0.9, "hinge")
    assert now["batch_size"] == 8 and now["sample_every"] == 1
    path, _ = quiet(Settings(recipe="lsgan", steps=1), out="other", source="old")
    now = json.loads((path / "config.json").read_text())["settings"]
    assert (now["loss"], now["z_dim"], now["image_size"], now["ema"]) == ("least-squares", 3, 8, 0.9)
    assert (now["batch_size"], now["data"]) == (64, "digits")  # of the preset, and the default


def test_both_learning_rates_keep_their_proportion(tmp_path):
    quiet(Settings(**SMALL, steps=1, recipe="ttur"), out="old")
    path, _ = quiet(Settings(steps=1, lr=1e-3), out="new", source="old")
    now = json.loads((path / "config.json").read_text())["settings"]
    assert (now["g_lr"], now["d_lr"]) == (2.5e-4, 1e-3)
    path, _ = quiet(Settings(steps=1, optimizer="sgd"), out="sgd", source="old")
    assert json.loads((path / "config.json").read_text())["settings"]["beta2"] is None


def test_resume_goes_on_bit_for_bit_without_the_old_run(old):
    straight, _ = quiet(Settings(steps=8), out="straight", source="old")
    quiet(Settings(steps=3, sample_every=1, checkpoint_every=1), out="halves", source="old")
    shutil.rmtree(old)
    resumed, _ = quiet(Settings(steps=8), out="halves", resume=True, given=["steps"])
    assert same(straight, resumed)
    assert json.loads((resumed / "config.json").read_text())["origin"]["step"] == 5


def test_stopped_before_the_first_checkpoint_it_needs_the_old_run(old, tmp_path):
    straight, _ = quiet(Settings(steps=2), out="straight", source="old")
    path = shutil.copytree(straight, tmp_path / "stopped")
    stopped_before_its_first_checkpoint(path)
    again, said = quiet(out="stopped", resume=True)
    assert same(straight, again) and "beginning with the networks of" in said
    stopped_before_its_first_checkpoint(path)
    (old / "checkpoint.npz").write_bytes(b"another one")
    with pytest.raises(ValueError, match="old/checkpoint.npz, which is gone or has changed; put it back"):
        quiet(out="stopped", resume=True)


def test_the_average_goes_on_where_it_was(old):
    """Early in a training the decay is small; for an average of many steps that would forget them."""
    path, _ = quiet(Settings(steps=1, lr=1e-30), out="new", source="old")
    name = next(name for name in arrays(old) if name.startswith("average/params"))
    before, now, G = arrays(old)[name], arrays(path)[name], arrays(path)[name.replace("average", "G")]
    decay = (1 + 6) / (10 + 6)  # the sixth step of the average
    np.testing.assert_allclose(now, decay * before + (1 - decay) * G, rtol=1e-4, atol=1e-7)


def test_an_average_that_is_new_begins_as_a_copy_and_one_that_is_not_wanted_is_told(old, tmp_path):
    plain, said = quiet(Settings(steps=1, ema=0), out="plain", source="old")
    assert "G and D, not their average (--ema is 0)" in said
    assert not any(name.startswith("average") for name in arrays(plain))
    path, said = quiet(Settings(steps=1, ema=0.999, lr=1e-30), out="new", source="plain")
    assert "after step 1: G and D; the optimizers" in said
    both = arrays(path)
    for name in (name for name in both if name.startswith("average/params")):
        np.testing.assert_allclose(both[name], both[name.replace("average", "G")], atol=1e-6)


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(z_dim=5), r"G/params/\S+ is 3 x \d+ there and 5 x \d+ here, average/.*; leave out the flags"),
        (dict(spectral_norm=True), r"D/state/\S+ is none there and \d+.* here"),
        (dict(image_size=12), "there and .*and [0-9]+ more"),
        (dict(data="ring"), "the run old draws pictures, and 'ring' holds none; choose data of the same kind"),
    ],
)
def test_other_networks_are_refused_before_anything_is_written(old, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        quiet(Settings(**settings, steps=1), out="new", source="old")
    assert not (tmp_path / "new").exists()


def test_what_d_sees_may_change(old):
    path, _ = quiet(Settings(steps=2, diff_augment="translation", instance_noise=0.1), out="new", source="old")
    assert arrays(path)["D/state/noise.sigma"] != 0


def test_wrong_places(old, tmp_path):
    with pytest.raises(ValueError, match="--resume goes on with the run in --out, and --from begins another"):
        quiet(out="old", source="old", resume=True)
    with pytest.raises(ValueError, match="already holds a run"):
        quiet(Settings(steps=2), out="old", source="old")
    with pytest.raises(ValueError, match="there is no checkpoint nowhere/checkpoint.npz"):
        quiet(Settings(steps=2), out="new", source="nowhere")
    assert not (tmp_path / "new").exists()


def test_pictures_that_are_no_squares_keep_their_size():
    quiet(Settings(**SMALL | {"image_size": "8x12"}, steps=1), out="old")
    path, _ = quiet(Settings(data="digits", steps=1), out="new", source="old")
    assert json.loads((path / "config.json").read_text())["settings"]["image_size"] == "8x12"


def test_points_go_on_as_points():
    quiet(Settings(data="ring", batch_size=16, steps=2), out="old")
    path, _ = quiet(Settings(data="grid", steps=2), out="new", source="old")
    assert json.loads((path / "config.json").read_text())["settings"]["data"] == "grid"


# A run that goes by the clock.


@pytest.fixture
def clock(monkeypatch):
    """Let each look at the clock take so many seconds: TimeLimit looks once when it is made, and once for a step."""

    class Slow(TimeLimit):
        def __init__(self, minutes, spent=0.0):
            self.looks = 0
            super().__init__(minutes, spent, self.look)

        def look(self):
            self.looks += 1
            return 10.0 * (self.looks - 1)

    monkeypatch.setattr("minigan.recipes.run.TimeLimit", Slow)


def test_minutes(clock):
    path, said = quiet(Settings(**SMALL, minutes=2.0), out="run")
    steps = read_header(path / "checkpoint.npz")["step"]
    assert 2 <= steps <= 11 and f"the time is over after step {steps}; --steps {steps} makes the same run again" in said
    straight, _ = quiet(Settings(**SMALL, steps=steps), out="straight")
    assert same(path, straight)  # the clock decides when it ends, and nothing else
    _, said = quiet(out="run", resume=True)
    assert f"all of its {steps} steps are done; made again" in said
    quiet(Settings(minutes=1.0), out="run", resume=True, given=["minutes"])
    more = read_header(path / "checkpoint.npz")
    assert more["step"] > steps and more["settings"]["minutes"] == 1.0 and more["seconds"] >= 60
    path, _ = quiet(Settings(steps=more["step"] + 1), out="run", resume=True, given=["steps"])
    header = read_header(path / "checkpoint.npz")
    assert header["settings"]["minutes"] is None and header["step"] == more["step"] + 1 and "seconds" not in header


def test_a_run_of_minutes_that_was_interrupted_has_the_rest_of_them(clock, monkeypatch):
    step = Trainer.step
    whole, _ = quiet(Settings(**SMALL, minutes=3.0), out="whole")

    def stopping(trainer):
        numbers = step(trainer)
        if trainer.t == 3:
            signal.raise_signal(signal.SIGINT)
        return numbers

    monkeypatch.setattr(Trainer, "step", stopping)
    path, finished = train(Settings(**SMALL, minutes=3.0), out="run", progress=False, say=lambda text: None)
    spent = read_header(path / "checkpoint.npz")["seconds"]
    assert not finished and 30 <= spent < 180
    monkeypatch.setattr(Trainer, "step", step)
    quiet(out="run", resume=True)
    header = read_header(path / "checkpoint.npz")
    assert 3 < header["step"] <= read_header(whole / "checkpoint.npz")["step"] and header["seconds"] >= 180


def test_minutes_have_the_pictures_of_the_usual_number_of_steps():
    full = Settings(minutes=1.0).resolved()
    usual = Settings().resolved()
    assert full.steps is None and usual.minutes is None
    assert (full.sample_every, full.checkpoint_every) == (usual.sample_every, usual.checkpoint_every)
    long = dict(recipe="r3gan-points", data="ring", lr_schedule="constant", lr_last=0.0, penalty_fade=1.0)
    full, usual = Settings(**long, minutes=1.0).resolved(), Settings(**long).resolved()
    assert full.steps is None and usual.steps == 70_000 and full.sample_every == usual.sample_every
    assert full.resolved() == full


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(steps=3), "--minutes does not go with --steps: each says how long the training goes"),
        (dict(lr_schedule="cosine"), "--lr-schedule cosine is laid out over all steps, and with --minutes .*--steps"),
        (dict(instance_noise=0.1), "--instance-noise 0.1 is laid out over all steps"),
        (dict(penalty=["r1:1"], penalty_fade=0.1), "--penalty-fade 0.1 is laid out over all steps"),
        (dict(recipe="r3gan-points", data="ring"), "is the recipe's, and --penalty-fade 1 takes it out"),
    ],
)
def test_what_needs_a_number_of_steps_does_not_go_with_minutes(settings, message):
    with pytest.raises(ValueError, match=message):
        Settings(minutes=1.0, **settings).resolved()


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan"), float("inf")])
def test_minutes_out_of_range(minutes):
    with pytest.raises(ValueError, match="--minutes must be a finite number above 0, got"):
        Settings(minutes=minutes).resolved()
