"""`minigan sample`, as a function: pictures, arrays, folders, walks; where they go, and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minigan.recipes import Settings, train
from minigan.recipes.numbered import Numbered
from minigan.recipes.sample_run import sample_run


def trained(folder, **settings):
    return train(Settings(**settings), out=folder, progress=False, say=lambda text: None)[0]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "run", data="digits-8x8", image_size=8, batch_size=8, steps=2)


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "points", data="ring", batch_size=16, steps=3)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def size(path):
    with Image.open(path) as file:
        return file.size


def test_arrays(path):
    assert str(sample_run(path, "s.npz", n=9, seed=1)) == "s.npz"
    with np.load("s.npz") as file:
        np.testing.assert_array_equal(file["images"], Numbered(path, 1).samples(list(range(9))))


def test_a_picture_for_a_projector_or_of_any_size(path, tmp_path):
    sample_run(path, "deep/in/a.png")
    assert 850 <= size("deep/in/a.png")[0] <= 1150  # 64 of them
    sample_run(path, "b.png", n=9, zoom=2)
    assert size("b.png") == (3 * 18 + 2, 3 * 18 + 2)
    sample_run(path, "c.png", n=9, zoom=2, numbered=True)
    assert size("c.png")[1] > size("b.png")[1]
    sample_run(path, "d.png", numbers="0-8", zoom=2)
    assert (tmp_path / "d.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_folder_of_single_pictures(path, tmp_path):
    sample_run(path, "pictures/", numbers="3,70")
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == ["000003.png", "000070.png"]
    expected = np.round(255 * np.clip(Numbered(path).samples([70])[0, :, :, 0], 0, 1))
    with Image.open("pictures/000070.png") as file:
        np.testing.assert_array_equal(np.asarray(file.convert("L")), expected)
    kept = (tmp_path / "pictures/000070.png").read_bytes()
    with pytest.raises(ValueError, match=r"pictures is not empty \(entries: 2\).*--force"):
        sample_run(path, "pictures", numbers="1")
    sample_run(path, "pictures", numbers="1", zoom=3, force=True)
    assert size("pictures/000001.png") == (24, 24) and (tmp_path / "pictures/000070.png").read_bytes() == kept


def test_without_a_place_it_goes_into_the_run(path, tmp_path):
    wishes = {}, dict(n=9), dict(numbers="1,2"), dict(truncation=0.7), dict(seed=3)
    made = [sample_run(path, **wish) for wish in wishes]
    assert len(set(made)) == 5 and all(file.parent == path / "drawn" and file.exists() for file in made)
    assert sample_run(path, walk=2, frames=2, n=1).suffix == ".gif"
    assert list(tmp_path.iterdir()) == []


def test_every_class_from_the_same_noises(told_runs):
    path, run = told_runs / "mixed", Numbered(told_runs / "mixed")
    sample_run(path, "all.npz", classes="all", n=3)
    sample_run(path, "across.npz", classes="across", n=3)
    with np.load("all.npz") as rows, np.load("across.npz") as columns:
        assert rows["labels"].tolist() == [k for k in range(10) for _ in range(3)]
        assert columns["labels"].tolist() == 3 * list(range(10))
        np.testing.assert_array_equal(rows["images"][21:24], run.of_class(7).samples([0, 1, 2]))
        np.testing.assert_array_equal(columns["images"][17], rows["images"][22])  # noise 1, class 7
    sample_run(path, "some.npz", classes="7,3", numbers="40,5")
    with np.load("some.npz") as file:
        assert file["labels"].tolist() == [7, 7, 3, 3]
    sample_run(path, "single/", classes="7,3", numbers="40,5")
    assert sorted(str(p) for p in Path("single").rglob("*.png")) == [
        f"single/{k}/0000{n}.png" for k in "37" for n in ("05", "40")
    ]


def test_a_picture_of_every_class(told_runs):
    path = told_runs / "mixed"
    sample_run(path, "all.png", classes="all", n=3, zoom=4)
    sample_run(path, "across.png", classes="across", n=3, zoom=4)
    (w, h), (W, H) = size("all.png"), size("across.png")
    assert h == 10 * 34 + 2 and W == 10 * 34 + 2  # the names stand beside the rows, above the columns
    assert 3 * 34 + 2 + 10 <= w < 3 * 34 + 60 and 3 * 34 + 2 + 10 <= H < 3 * 34 + 60
    sample_run(path, "numbered.png", classes="all", n=3, zoom=4, numbered=True)
    assert size("numbered.png")[1] > h
    for kind in ("all", "across"):
        assert 850 <= max(size(sample_run(path, f"{kind}-8.png", classes=kind))) <= 1150
    with Image.open("all.png") as picture:
        strip = np.asarray(picture)[:, : w - 3 * 34 - 2]
    assert all((strip[2 + 34 * k : 34 * (k + 1)] > 128).any() for k in range(10))  # a name beside each row


def test_from_class_to_class(told_runs):
    out = sample_run(told_runs / "mixed", walk=0, classes="3,7,1", frames=2, n=4, zoom=2)
    assert out.name == "walk-seed-0-n-4-class-3,7,1.gif"
    with Image.open(out) as file:
        assert file.n_frames == 6
    sample_run(told_runs / "mixed", "one.gif", walk=2, classes="7", frames=2, n=1)
    sample_run(told_runs / "mixed", "chosen.gif", walk=0, classes="all", numbers="5,9", frames=1)
    with Image.open("chosen.gif") as file:
        assert file.n_frames == 10


@pytest.mark.parametrize(
    "wish, message",
    [
        (dict(classes="12"), "unknown class '12'; expected one of: 0, 1"),
        (dict(classes="3,3"), "--class 3,3 names a class twice"),
        (dict(walk=0, classes="7"), "or through several classes, such as --class 3,7,1, got --class 7"),
        (
            dict(walk=3, classes="3,7"),
            "--walk 3 walks through noises, and --class 3,7 through classes; write",
        ),
        (dict(walk=0, classes="across"), "--class across is for a still picture; to walk .* --class all"),
        (dict(walk=0, classes="3,7", way="straight"), "--path is for a walk through noises"),
        (dict(walk=0, classes="3,7", out="s.npz"), "with --walk, --out must end in"),
        (dict(classes="all", n=2000, zoom=3, out="s.png"), "a picture of 20,000 samples would be 48,000 pixels wide"),
    ],
)
def test_classes_that_are_refused(told_runs, tmp_path, wish, message):
    with pytest.raises(ValueError, match=message):
        sample_run(told_runs / "mixed", **wish)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".gif", ".png"])
def test_a_walk(path, ending):
    sample_run(path, f"walk{ending}", walk=3, frames=4, n=4, zoom=1)
    with Image.open(f"walk{ending}") as file:
        assert file.n_frames == 12 and file.size == (22, 22)
    sample_run(path, f"chosen{ending}", walk=0, numbers="3,1,3", frames=2, zoom=1)
    with Image.open(f"chosen{ending}") as file:
        assert file.size == (12, 12)


def test_points(points):
    sample_run(points, "p.png")
    assert size("p.png") == (1000, 1000)
    sample_run(points, "w.gif", walk=2, frames=2, n=50)
    with Image.open("w.gif") as file:
        assert file.n_frames == 4
    for out, wish, message in [
        ("p/", {}, "one of points makes no picture"),
        ("p.png", dict(zoom=2), "--zoom enlarges images"),
        ("p.png", dict(numbered=True), "--numbered writes the numbers below images"),
    ]:
        with pytest.raises(ValueError, match=message):
            sample_run(points, out, **wish)


@pytest.mark.parametrize(
    "out, wish, message",
    [
        ("s.jpg", {}, r"--out must end in .png .* or be a folder .*, such as s/, got s.jpg$"),
        ("s.gif", {}, "for a walk through the noise, give --walk"),
        ("s.npz", dict(walk=3), "with --walk, --out must end in .gif, .png, .webp, got s.npz"),
        ("s.png", dict(n=0), "-n must be at least 1, got 0"),
        ("s.png", dict(n=3, numbers="1"), "leave one of the two out"),
        ("s.png", dict(zoom=0), "--zoom must be at least 1, got 0"),
        ("s.gif", dict(walk=0), "walks through the samples of --numbers, or through the classes .*; give either"),
        ("s.gif", dict(walk=3, numbers="1,2"), "--walk 3 and 2 --numbers to walk through do not agree"),
        ("s.gif", dict(walk=3, numbered=True), "--numbered is for a still picture"),
        ("s.npz", dict(numbered=True), "--numbered writes the numbers below images of a .png"),
        ("s.png", dict(numbers="0-9999999"), "pixels wide .*take fewer, a smaller --zoom, or a folder"),
        ("new/", dict(numbers="1,2,1"), "names a sample twice"),
        ("file", {}, "--out file is a file, and should be a folder"),
        ("file/s.png", {}, "cannot write file/s.png: .*choose another place with --out"),
    ],
)
def test_refusals_leave_nothing_behind(path, tmp_path, out, wish, message):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=message):
        sample_run(path, out, **wish)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_no_run(tmp_path):
    with pytest.raises(ValueError, match="not the folder of a run"):
        sample_run(tmp_path, "s.png")


def test_a_generator_that_draws_nans(path, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(path, broken)
    with np.load(broken / "checkpoint.npz") as file:
        arrays = {name: file[name] for name in file}
    arrays |= {name: np.full_like(arrays[name], np.nan) for name in arrays if "/params/" in name}
    np.savez(broken / "checkpoint.npz", **arrays)
    with pytest.raises(ValueError, match="draws NaNs or infinities"):
        sample_run(broken, "s.png")
    (broken / "config.json").unlink()
    with pytest.raises(ValueError, match="no readable config.json"):
        sample_run(broken, "s.png")
