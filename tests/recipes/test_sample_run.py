"""`minigan sample`, as a function: pictures, arrays, folders, walks; where they go, and what is refused."""

import shutil

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
        ("s.gif", dict(walk=0), "walks through the samples of --numbers; give either"),
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
