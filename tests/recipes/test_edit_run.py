"""`minigan edit` as a function: what each verb writes, and what is refused before any work."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minigan.edit.average import average
from minigan.edit.tasks import Task
from minigan.models import Noise
from minigan.recipes import Settings, train
from minigan.recipes.edit_explore import legs
from minigan.recipes.edit_run import VERBS, Wish, edit_run
from minigan.recipes.edit_subject import Subject
from minigan.recipes.walk import spherical

SMALL = dict(data="digits-8x8", image_size=8, batch_size=32, steps=3, seed=0)
FEW = dict(starts=10, steps=3)


def trained(path, **options):
    train(Settings(**SMALL | options), out=path, progress=False, say=lambda text: None)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("edit") / "run")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("edit") / "told", recipe="projection")


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("edit") / "without", without_class="7")


def edited(run, verb, out, **wish):
    said = []
    made = edit_run(run, verb, out=out, progress=False, say=said.append, **wish)
    return made, said


@pytest.mark.parametrize("verb, more", [("find", {}), ("repair", {"mask": "box"}), ("denoise", {}),
                                        ("enlarge", {"factor": 2})])  # fmt: skip
def test_held_out_pictures_have_a_table(told, tmp_path, verb, more):
    (made,), _ = edited(told, verb, tmp_path / "out", held_out=6, **FEW, **more)
    names = list(made.scores)
    assert names[0] == "one picture: G(z)" and names[-1] == "the real pictures themselves"
    table = json.loads((tmp_path / "out/table.json").read_text())
    assert table["pictures"] == 6 and list(table["scores"]) == names
    *made_of_it, real = table["scores"].values()
    assert all(np.isfinite(score["error"]) for score in made_of_it)
    assert real["error"] is None and real["psnr"] is None and 0 <= real["read_as_true_class"] <= 1
    assert re.search(r"the real pictures themselves +- +- +\d+\.\d%", made.text())
    with np.load(tmp_path / "out/found.npz") as file:
        assert file["images"].shape == file["mean"].shape == file["given"].shape == (6, 8, 8, 1)
        assert file["z"].shape[0] == 6 and file["labels"].shape == (6,) and file["history"].shape == (6, 3)
        assert 0 <= file["images"].min() and file["images"].max() <= 1
    picture = np.asarray(Image.open(tmp_path / "out/picture.png"))
    assert picture.ndim == 3 and "PSNR" in made.text()


def test_one_picture_has_no_standard_error(run, tmp_path):
    (made,), _ = edited(run, "find", tmp_path / "out", held_out=1, **FEW)
    table = json.loads((tmp_path / "out/table.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    score = table["scores"]["one picture: G(z)"]
    assert score["psnr_se"] is None and score["error_se"] is None and score["psnr"] > 0
    assert "nan" not in made.text() and " ± - " in made.text()


def test_the_mean_is_of_the_objective_that_is_searched(run, tmp_path, monkeypatch):
    asked = []

    def spy(objective, found, *args, **more):
        asked.append((objective.error, objective.realism, objective.D is not None))
        return average(objective, found, *args, **more)

    monkeypatch.setattr("minigan.recipes.edit_restore.average", spy)
    edited(run, "find", tmp_path / "out", held_out=2, error="absolute", realism=0.5, **FEW)
    assert asked == [("absolute", 0.5, True)]


def test_seeds_choose_other_pictures_and_one_seed_the_same(run, tmp_path):
    def given(seed):
        (made,), _ = edited(run, "find", tmp_path / str(seed), seed=seed, held_out=5, **FEW)
        return made.came.x, made.content["z"]

    (x, z), (again, z_again), (other, _) = given(0), given(0), given(1)
    assert (x == again).all() and (z == z_again).all() and not (x == other).all()


def test_your_pictures(run, tmp_path):
    for k, size in enumerate([(8, 8), (20, 20)]):
        (tmp_path / "mine").mkdir(exist_ok=True)
        Image.fromarray(np.full((*size, 3), 250, np.uint8)).save(tmp_path / f"mine/{k}.png")
    files = [str(tmp_path / f"mine/{k}.png") for k in range(2)]
    (made,), said = edited(run, "repair", tmp_path / "out", pictures=files, **FEW)
    assert made.came.names == ("0", "1") and not made.scores and "nobody knows" in made.text()
    assert any("8 x 8 to 20 x 20" in note for note in said) and any("grey" in note for note in said)
    assert any("--invert" in note for note in said)
    (dark,), said = edited(run, "repair", tmp_path / "b", pictures=files[:1], invert=True, **FEW)
    assert dark.came.x.max() < -0.9 and not any("--invert" in note for note in said)
    (small,), _ = edited(run, "enlarge", tmp_path / "c", pictures=[str(tmp_path / "mine")], factor=2, **FEW)
    assert small.came.x.shape == (2, 4, 4, 1)
    (whole,), _ = edited(run, "find", tmp_path / "d", pictures=files, **FEW)  # nobody has hidden anything of these
    assert list(whole.scores)[0] == "one picture: G(z)"
    with np.load(tmp_path / "c/found.npz") as file:
        assert file["images"].shape == (2, 8, 8, 1)


def test_walk(told, tmp_path):
    (made,), _ = edited(told, "walk", tmp_path / "out", held_out=3, frames=4, **FEW)
    ways = made.content["ways"].tolist()
    assert ways == ["spherical"] * 2 + ["straight"] * 2 + ["pixels"] * 2
    x = made.content["images"]
    assert x.shape == (6, 4, 8, 8, 1) and np.allclose(x[0, 0], x[2, 0], atol=1e-4)  # both ways begin at the same noise
    assert set(made.numbers["sure"]) == {"spherical", "straight", "pixels"}
    with pytest.raises(ValueError, match="a walk needs 2 to 20 pictures, got 1"):
        edited(told, "walk", tmp_path / "out", held_out=1, **FEW)


def test_directions(run, told, tmp_path):
    (made,), _ = edited(run, "directions", tmp_path / "a", count=3)
    assert made.content["directions"].shape[0] == 3 and made.content["images"].shape[:2] == (3, 7)
    assert made.content["class_means"].shape[0] == 10
    (one,), _ = edited(told, "directions", tmp_path / "b", count=2, classes="4")
    assert "class_means" not in one.content


def test_directions_say_what_there_is_not(run, tmp_path, monkeypatch):
    def reads_threes_and_fives(self, x):
        return np.where(np.arange(len(x)) % 2, 3, 5), np.ones(len(x))

    monkeypatch.setattr(Subject, "read", reads_threes_and_fives)
    (made,), _ = edited(run, "directions", tmp_path / "a", count=1000)
    there = len(made.content["shares"])
    assert there < 1000 and "--count 1000: there are no more" in made.text()
    assert "left out, as the judge reads none of 4,000 pictures as it: 0, 1, 2, 4, 6, 7, 8, 9" in made.text()
    assert list(made.numbers["read_after_move"]) == ["3", "5"]
    (fewer,), _ = edited(run, "directions", tmp_path / "b", count=2)
    assert "--count" not in fewer.text()


def test_codes_do_not_bend_the_way(tmp_path):
    drawn = []

    class Coded:
        noise, classes, path = Noise(2, codes=3), 0, "run"

        class G:
            @staticmethod
            def apply(z, training, given):
                drawn.append(z)
                return z, None

    z = np.array([[1, 0, 0, 1, 0], [0, 1, 0, 1, 0]], np.float32)
    legs(Coded, z, None, spherical, np.array([0, 0.5, 1]))
    half = np.sqrt(0.5)  # the arc of the numbers alone
    assert np.allclose(drawn[0], [[1, 0, 0, 1, 0], [half, half, 0, 1, 0], [0, 1, 0, 1, 0]])


def test_walk_and_odd_begin_with_the_encoder_of_a_vae(tmp_path, monkeypatch):
    run, starts = trained(tmp_path / "vae", recipe="vae", without_class="7"), []
    search = Subject.search_for

    def spy(self, *args, start=None, **more):
        starts.append(start)
        return search(self, *args, start=start, **more)

    monkeypatch.setattr(Subject, "search_for", spy)
    edited(run, "walk", tmp_path / "walk", held_out=2, frames=2, **FEW)
    edited(run, "odd", tmp_path / "odd", held_out=60, **FEW)
    assert len(starts) == 2 and None not in starts


def test_odd(without, run, tmp_path):
    (made,), _ = edited(without, "odd", tmp_path / "out", held_out=60, **FEW)
    areas = made.numbers["auc"]
    assert len(areas) == 4 and all(a["low"] <= a["value"] <= a["high"] for a in areas.values())
    assert made.content["odd"].sum() == made.numbers["odd"] and made.numbers["class"] == "7"
    with pytest.raises(ValueError, match="has seen all of its data; fix: minigan train --without-class 7"):
        edited(run, "odd", tmp_path / "no", held_out=20, **FEW)
    with pytest.raises(ValueError, match="was trained without class 7, and has seen 3"):
        edited(without, "odd", tmp_path / "no", classes="3")
    assert not (tmp_path / "no").exists()


def test_benchmark(run, tmp_path):
    made, _ = edited(run, "benchmark", tmp_path / "out", held_out=4, **FEW)
    titles = [part.title for part in made]
    assert titles == ["repair right", "repair top", "denoise 0.5", "denoise 0.3", "enlarge 4x", "enlarge 2x"]
    assert len({part.came.x.tobytes() for part in made}) == 1
    assert len(json.loads((tmp_path / "out/table.json").read_text())) == 6
    assert (tmp_path / "out/repair-right-picture.png").exists() and (tmp_path / "out/enlarge-2x-found.npz").exists()


@pytest.mark.parametrize("verb, wish, said", [
    ("mend", {}, "unknown verb 'mend'; expected one of: find, repair"),
    ("find", {"mask": "left"}, "--mask is not for edit find, but for repair"),
    ("directions", {"pictures": ["a.png"]}, "a list of PICTURES is not for edit directions"),
    ("find", {"pictures": ["a.png"], "held_out": 3}, "two choices; leave one of the two out"),
    ("find", {"invert": True}, "are for pictures of yours, and none is given"),
    ("walk", {"frames": 0}, "--frames must be a whole number of at least 2, got 0"),
    ("walk", {"frames": 1}, "--frames must be a whole number of at least 2, got 1"),
    ("find", {"frames": 0}, "--frames is not for edit find, but for walk; leave it out"),
    ("find", {"sigma": 0.0}, "--sigma is not for edit find, but for denoise"),
    ("odd", {"realism": 0.0}, "--realism is not for edit odd"),
    ("repair", {"mask": ""}, "unknown --mask ''"),
    ("repair", {"blend": ""}, "unknown --blend ''"),
    ("find", {"fit": ""}, "--fit, --background and --invert are for pictures of yours"),
    ("find", {"starts": 0}, "--starts must be a whole number of at least 1"),
    ("find", {"error": "cubic"}, "unknown --error 'cubic'"),
    ("find", {"realism": -1.0}, "--realism must be a finite number of at least 0"),
    ("find", {"prior": 0.0}, "--prior must be a finite number above 0, got 0.0"),
    ("denoise", {"sigma": float("nan")}, "--sigma"),
    ("denoise", {"pictures": ["a.png"]}, "how noisy are your pictures"),
    ("enlarge", {"factor": 3}, "--factor must divide the sides of G's pictures, 8 x 8, got 3; try 2 or 4"),
    ("repair", {"mask": "middle"}, "unknown --mask 'middle'"),
    ("find", {"held_out": 10**6}, "--held-out must be in 1.."),
    ("find", {"classes": "3"}, "--class is for a generator that is told what to draw"),
    ("find", {"pictures": ["missing.png"]}, "missing.png: expected a picture or a folder of pictures, found nothing"),
])  # fmt: skip
def test_refused(run, tmp_path, verb, wish, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        edited(run, verb, tmp_path / "out", **FEW | wish if verb != "directions" else wish)
    assert not (tmp_path / "out").exists()


def test_too_few_starts_for_the_classes(told, tmp_path):
    with pytest.raises(ValueError, match="10 classes need at least as many starts"):
        edited(told, "find", tmp_path / "out", held_out=2, starts=4, steps=3)


def test_places_that_cannot_be(run, tmp_path):
    with pytest.raises(ValueError, match="--out is a folder, for picture.png"):
        edited(run, "find", tmp_path / "a.png", **FEW)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="--out is a folder"):
        edited(run, "find", tmp_path / "file", **FEW)


@pytest.mark.parametrize("place", ["shut/out", "file/out"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(run, tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    real = Path.mkdir

    def mkdir(self, *args, **more):
        if self.name == "shut":  # a folder without rights stops nobody who is root
            raise PermissionError(13, "Permission denied", str(self))
        real(self, *args, **more)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(Subject, "search_for", lambda *args, **more: pytest.fail("searched"))
    with pytest.raises(ValueError, match="cannot write to .*out: .*; choose another place with --out"):
        edited(run, "find", tmp_path / place, held_out=2, **FEW)


def test_a_full_or_shut_place_is_seen_by_writing(run, tmp_path, monkeypatch):
    def shut(path):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr("minigan.recipes.edit_run.replacing", shut)
    monkeypatch.setattr(Subject, "search_for", lambda *args, **more: pytest.fail("searched"))
    with pytest.raises(ValueError, match="Read-only file system; choose another place"):
        edited(run, "find", tmp_path / "new/out", held_out=2, **FEW)
    assert not (tmp_path / "new").exists()


def of_few(path, **options):
    """A run of a folder of 20 pictures, of which 2 are held out."""
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (path / "data" / name).mkdir(parents=True)
        for k in range(10):
            Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(path / f"data/{name}/{k}.png")
    return trained(path / "run", data=f"folder:{path / 'data'}", batch_size=4, **options)


@pytest.mark.parametrize("verb", ["find", "benchmark", "walk"])
def test_a_default_takes_what_there_is(tmp_path, verb):
    run = of_few(tmp_path)
    there = len(Subject(run, say=lambda text: None).held_out().x)
    assert there < 4
    made, said = edited(run, verb, tmp_path / "out", **FEW)
    assert made[0].as_dict()["pictures"] == there
    assert any(f"has {there} pictures; all are taken" in note for note in said)
    with pytest.raises(ValueError, match=rf"--held-out must be in 1..{there}, .* got 9; try --held-out {there}"):
        edited(run, verb, tmp_path / "no", held_out=9, **FEW)


def test_odd_without_an_odd_picture_is_refused_before_the_search(without, tmp_path, monkeypatch):
    monkeypatch.setattr(Subject, "search_for", lambda *args, **more: pytest.fail("searched"))
    drawn = {seed: Subject(without, seed=seed).held_out(2).labels for seed in range(3)}
    seed = next(seed for seed, labels in drawn.items() if 7 not in labels)
    with pytest.raises(ValueError, match="tells class 7, .* none of the 2 held-out pictures is of it; fix: a larger"):
        edited(without, "odd", tmp_path / "no", held_out=2, seed=seed, **FEW)


def test_runs_that_draw_no_pictures(tmp_path):
    train(Settings(data="ring", steps=2), out=tmp_path / "ring", progress=False, say=lambda text: None)
    with pytest.raises(ValueError, match="edit is for pictures, and the run .* draws points"):
        edited(tmp_path / "ring", "find", tmp_path / "out")


def test_realism_of_a_d_that_judges_several_together(tmp_path):
    trained(tmp_path / "pac", pac=2)
    with pytest.raises(ValueError, match="judges several pictures together .--pac.; leave it out"):
        edited(tmp_path / "pac", "find", tmp_path / "out", realism=0.1, held_out=2, **FEW)
    edited(tmp_path / "pac", "find", tmp_path / "out", held_out=2, **FEW)


def test_every_field_of_a_wish_is_for_some_verb():
    taken = set().union(*(verb.takes for verb in VERBS.values()))
    assert taken == set(Wish.__dataclass_fields__)


def test_the_encoder_of_a_vae_gives_the_first_start(tmp_path):
    run = trained(tmp_path / "vae", recipe="vae")
    (made,), _ = edited(run, "find", tmp_path / "out", held_out=3, starts=1, steps=1)
    assert len(made.content["z"]) == 3
    with pytest.raises(ValueError, match="--realism asks D about each picture, and .* has no D; leave it out"):
        edited(run, "find", tmp_path / "out", held_out=3, realism=1.0, **FEW)
    task, subject = Task(), Subject(run)
    y = subject.held_out(4).x
    start = subject.start(task)(y)
    assert start.shape == (4, subject.noise.z_dim) and not np.allclose(start[0], start[1])


def test_enhancer(run, tmp_path):
    path = trained(tmp_path / "enhancer", recipe="enhance", enlarge=2, grain=0.1)
    (made,), _ = edited(path, "enhance", tmp_path / "out", held_out=5)
    assert list(made.scores)[:3] == ["the enhancer", "bicubic", "bicubic and Gaussian filter"]
    with np.load(tmp_path / "out/found.npz") as file:
        assert file["images"].shape == file["given"].shape == (5, 8, 8, 1)
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "small.png")
    (mine,), said = edited(path, "enhance", tmp_path / "mine", pictures=[str(tmp_path / "small.png")])
    assert not mine.scores and not said and mine.came.x.shape == (1, 4, 4, 1)
    with pytest.raises(ValueError, match="edit repair searches the noise of pictures, and .* is an enhancer"):
        edited(path, "repair", tmp_path / "no", **FEW)
    with pytest.raises(ValueError, match="edit enhance is for an enhancer, and the G of .* draws from noise"):
        edited(run, "enhance", tmp_path / "no")


def test_your_pictures_need_no_data_of_the_run(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for k in range(40):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(folder / f"{k}.png")
    run = trained(tmp_path / "run", data=f"folder:{folder}")
    mine = tmp_path / "mine.png"
    (folder / "3.png").rename(mine)
    shutil.rmtree(folder)
    (made,), _ = edited(run, "repair", tmp_path / "out", pictures=[str(mine)], **FEW)
    assert len(made.content["z"]) == 1
    with pytest.raises(ValueError, match="data"):
        edited(run, "repair", tmp_path / "no", **FEW)
    assert not (tmp_path / "no").exists()


def test_a_d_that_judges_several_together_has_no_features_of_one(tmp_path):
    run = trained(tmp_path / "run", pac=2, without_class="7")
    (made,), said = edited(run, "odd", tmp_path / "out", held_out=60, **FEW)
    assert len(made.numbers["auc"]) == 2 and any("no scores by features of D" in note for note in said)


def test_a_strong_prior_keeps_the_noise_near_the_middle(run, tmp_path):
    def lengths(prior):
        (made,), _ = edited(run, "find", tmp_path / str(prior), held_out=5, starts=3, steps=40, prior=prior)
        return np.linalg.norm(made.content["z"], axis=1)

    assert (lengths(1e4) < 0.5 * lengths(1e-3)).all()
