"""Array files as people have them: what minigan says of each, and what it trains. The table of minigan/data/README.md
is made of these rows, so that what stands there is what is said."""

import gzip
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from minigan import data
from minigan.cli.main import run
from minigan.data import load, mnist

README = (Path(data.__file__).parent / "README.md").read_text()
N = 200
RNG = np.random.default_rng(0)
DIGITS = RNG.integers(0, 256, (N, 28, 28), dtype=np.uint8)
CLASSES = np.arange(N) // 20
ROWS = RNG.standard_normal((N, 4))


class Row(NamedTuple):
    """A kind of data. files: {name: arrays for np.savez, an array for np.save, or bytes}. flags: after `--data`. shape:
    of all samples of the train split. said: the report, or the refusal. trains: whether a test trains on it."""

    kind: str
    files: dict
    flags: str
    shape: tuple
    said: str
    trains: bool = False


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    return header + array.astype(np.uint8).tobytes()


def with_holes(x):
    x = x.copy()
    x[5, 1], x[7, 0], x[:, 3] = np.nan, np.inf, 7.0
    return x


KERAS = {"x_train": DIGITS, "y_train": CLASSES, "x_test": DIGITS[:50, ::-1], "y_test": CLASSES[:50]}
DOTS = {"train-images.idx3-ubyte": idx(DIGITS), "train-labels.idx1-ubyte": idx(CLASSES)}
LETTERS = {"emnist-letters-train-images-idx3-ubyte.gz": gzip.compress(idx(np.tile(DIGITS, (2, 1, 1))[:390])),
           "emnist-letters-train-labels-idx1-ubyte.gz": gzip.compress(idx(np.arange(390) % 26 + 1))}  # fmt: skip
UNITS = "samples.npz is in the units of the file"
COLUMNS = f"each column is brought to mean 0 and deviation 1; {UNITS}"
CHANNELS = f"each channel is brought to mean 0 and deviation 1; {UNITS}"
ALL = "200 images: all kept"

KINDS = [
    Row("`images` uint8 (N, 28, 28), `labels`", {"a.npz": {"images": DIGITS, "labels": CLASSES}}, "npz:a.npz",
        (180, 28, 28, 1), ALL),
    Row("Keras' `mnist.npz`, with its own test split", {"mnist.npz": KERAS}, "npz:mnist.npz", (200, 28, 28, 1),
        "250 images: all kept; samples from 'x_train', labels from 'y_train'", True),
    Row("the same in the data folder", {"there/mnist.npz": KERAS}, "mnist --data-dir there", (200, 28, 28, 1), ALL),
    Row("MNIST's IDX files, with dots", {f"there/{name}": file for name, file in DOTS.items()},
        "mnist --data-dir there", (200, 28, 28, 1), ALL),
    Row("what torchvision has left", {f"there/MNIST/raw/{name.replace('.', '-')}": file for name, file in DOTS.items()},
        "mnist --data-dir there", (200, 28, 28, 1), ALL),
    Row("EMNIST's letters", {f"there/{name}": file for name, file in LETTERS.items()},
        "emnist-letters --data-dir there", (200, 28, 28, 1), "390 images: 200 kept, 190 duplicate dropped"),
    Row("`X` float32 in [0, 1], `y`", {"a.npz": {"X": np.float32(DIGITS / 255), "y": CLASSES}}, "npz:a.npz",
        (180, 28, 28, 1), f"{ALL}; samples from 'X', labels from 'y'"),
    Row("floats in [-1, 1]", {"a.npz": {"x": DIGITS / 127.5 - 1}}, "npz:a.npz", (180, 28, 28, 1),
        f"{ALL}; samples from 'x'; float64 from -1 to 1: -1 is black, 1 is white"),
    Row("floats in 0..255", {"a.npz": {"x": DIGITS.astype(float)}}, "npz:a.npz", (180, 28, 28, 1),
        f"{ALL}; samples from 'x'; float64 from 0 to 255: 0 is black, 255 is white", True),
    Row("int64 in 0..255", {"a.npz": {"data": DIGITS.astype(int)[..., None]}}, "npz:a.npz", (180, 28, 28, 1),
        f"{ALL}; samples from 'data'; int64 from 0 to 255: 0 is black, 255 is white"),
    Row("floats in 0..16, as scikit-learn's digits", {"a.npz": {"images": DIGITS[:, :8, :8] // 16 * 1.0}}, "npz:a.npz",
        (180, 8, 8, 1),
        f"{ALL}; float64 from 0 to 15: 0 is black, 255 is white; the brightest is 15, so all are dark: scale them to "
        "0..255 if they should not be"),
    Row("bool", {"a.npz": {"images": DIGITS > 128}}, "npz:a.npz", (180, 28, 28, 1),
        f"{ALL}; bool: False is black, True is white"),
    Row("channels first, (N, 3, H, W)", {"a.npz": {"images": np.stack([DIGITS] * 3, axis=1)}}, "npz:a.npz",
        (180, 28, 28, 3), f"{ALL}; channels first, (200, 3, 28, 28): moved last"),
    Row("rectangles in colour", {"a.npz": {"images": RNG.integers(0, 256, (N, 12, 20, 3), dtype=np.uint8)}},
        "npz:a.npz --image-size 12x20", (180, 12, 20, 3), ALL, True),
    Row("flattened, (N, 784)", {"a.npz": {"x": DIGITS.reshape(N, -1), "y": CLASSES}}, "npz:a.npz --image-size 28",
        (180, 28, 28, 1),
        f"{ALL}; samples from 'x', labels from 'y'; 784 numbers each: taken as pictures of 28 x 28 x 1", True),
    Row("the same without a size", {"a.npz": {"x": DIGITS.reshape(N, -1)}}, "npz:a.npz", (180, 784),
        "200 rows: all kept; samples from 'x'; a table of 784 columns; for pictures of 28 x 28 say --image-size 28; "
        f"{COLUMNS}"),
    Row("pictures with NaN", {"a.npz": {"images": np.where(np.arange(N)[:, None, None] < 3, np.nan, DIGITS / 255)}},
        "npz:a.npz", (178, 28, 28, 1), "200 images: 197 kept, 3 non-finite dropped"),
    Row("signals (N, 64, 1), whatever they are called", {"a.npz": {"images": RNG.standard_normal((N, 64, 1))}},
        "npz:a.npz", (180, 64, 1),
        f"200 signals: all kept; taken as signals, 64 steps of 1 channel, for pictures have two sides; {CHANNELS}",
        True),
    Row("signals of several channels", {"a.npz": {"x": RNG.standard_normal((N, 128, 9))}}, "npz:a.npz", (180, 128, 9),
        "200 signals: all kept; samples from 'x'; taken as signals, 128 steps of 9 channels; --data-as pictures if "
        f"they are not; {CHANNELS}"),
    Row("signals (N, T)", {"a.npy": RNG.standard_normal((N, 30))}, "npz:a.npy --data-as signals", (180, 30, 1),
        f"200 signals: all kept; float64 (200, 30) taken as signals, 30 steps of 1 channel; {CHANNELS}", True),
    Row("(N, 16, 12), which could be either", {"a.npz": {"x": RNG.uniform(size=(N, 16, 12))}}, "npz:a.npz",
        (180, 16, 12, 1),
        f"{ALL}; samples from 'x'; float64 (16, 12) taken as pictures; --data-as signals if they are not"),
    Row("a table, with NaN and a constant column", {"a.npz": {"data": with_holes(ROWS), "target": CLASSES}},
        "npz:a.npz", (179, 4), "200 rows: 198 kept, 2 non-finite dropped; samples from 'data', labels from 'target'; "
        f"{COLUMNS}; columns that are always the same, and are kept so: 3", True),
    Row("two columns: points in the plane", {"a.npz": {"arr_0": ROWS[:, :2]}}, "npz:a.npz", (180, 2),
        f"200 points: all kept; samples from 'arr_0'; {COLUMNS}", True),
    Row("`.npy`, whole numbers", {"a.npy": np.arange(3 * N).reshape(N, 3)}, "npy:a.npy", (180, 3),
        f"200 rows: all kept; {COLUMNS}"),
    Row("one-hot labels", {"a.npz": {"x_train": DIGITS, "y_train": np.eye(10)[CLASSES]}}, "npz:a.npz",
        (180, 28, 28, 1),
        f"{ALL}; samples from 'x_train', labels from 'y_train'; 'y_train' is one-hot: class k has its 1 in column k"),
    Row("`y` that is no class", {"a.npz": {"X": ROWS, "y": ROWS[:, 0]}}, "npz:a.npz", (180, 4),
        "200 rows: all kept; samples from 'X', labels from 'y'; 'y' is left out: expected a class number 0..9,999 for "
        f"each of 200 samples, found float64 (200,); {COLUMNS}"),
    Row("Python objects", {"a.npz": {"images": np.array([{}, None], object)}}, "npz:a.npz", (),
        "a.npz: 'images' holds pickled objects, never read; fix: save plain numbers"),
    Row("values slightly above 1", {"a.npz": {"images": DIGITS / 250}}, "npz:a.npz", (),
        "a.npz: expected values in [0, 1], [-1, 1] or 0..255, got float64 from 0 to 1.02 (3,139 outside [0, 1]); fix: "
        "bring them to one of these, such as images / images.max() or np.clip(images, 0, 1)"),
    Row("16-bit numbers", {"a.npz": {"images": DIGITS.astype(np.uint16) * 257}}, "npz:a.npz", (),
        "a.npz: expected values in [0, 1], [-1, 1] or 0..255, got uint16 from 0 to 6.554e+04 (156,168 outside [0, 1]); "
        "fix: bring them to one of these, such as images / images.max() or np.clip(images, 0, 1)"),
    Row("several arrays of unknown names", {"a.npz": {"left": ROWS, "right": ROWS}}, "npz:a.npz", (),
        "a.npz: expected the key 'images' (or x_train, X, data, arr_0), or a single array, found ['left float64 (200, "
        "4)', 'right float64 (200, 4)']; fix: np.savez(path, images=...)"),
]  # fmt: skip
IDS = [row.kind for row in KINDS]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in, and no data anywhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIGAN_DATA", raising=False)
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    monkeypatch.setattr(mnist, "default_cache", lambda name: tmp_path / "cache" / name)
    return tmp_path


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, dict):
            np.savez(path, **content)
        else:
            np.save(path, content)


def options(flags):
    """The arguments of `load` that the flags stand for."""
    spec, *rest = flags.split()
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    size = given.get("--image-size")
    return spec, {
        "data_dir": given.get("--data-dir"),
        "kind": given.get("--data-as"),
        "size": size and tuple(int(side) for side in (size.split("x") * 2)[:2]),
    }


def trained(row):
    """What the networks draw, in words."""
    if not row.shape:
        return "refused"
    what = {4: "pictures", 3: "signals", 2: "table"}[len(row.shape)]
    count, *sample = row.shape
    what = "points" if sample == [2] else what
    return f"{count}: {what} {' x '.join(map(str, sample))}"


def in_readme(row):
    said = re.sub(r"\|", "/", row.said)
    return f"| {row.kind} | `--data {row.flags}` | {said} | {trained(row)} |"


@pytest.mark.parametrize("row", KINDS, ids=IDS)
def test_what_is_said_and_loaded(row, here):
    write(here, row.files)
    spec, given = options(row.flags)
    if not row.shape:
        with pytest.raises(ValueError) as refusal:
            load(spec, **given)
        assert str(refusal.value) == row.said
        return
    dataset = load(spec, **given)
    assert dataset.x.shape == row.shape and str(dataset.report) == row.said
    if dataset.is_images:
        assert dataset.x.dtype == np.uint8
    else:
        assert dataset.x.dtype == np.float32
        np.testing.assert_allclose(dataset.x.reshape(-1, row.shape[-1]).mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("row", KINDS, ids=IDS)
def test_the_readme_has_it(row):
    assert in_readme(row) in README.splitlines()


@pytest.mark.long
@pytest.mark.parametrize("row", [row for row in KINDS if row.trains], ids=[row.kind for row in KINDS if row.trains])
def test_two_steps_by_the_command_line(row, here, capfd):
    write(here, row.files)
    size = [] if "--image-size" in row.flags or len(row.shape) < 4 else ["--image-size", "8"]
    flags = ["--data", *row.flags.split(), *size, "--batch-size", "8", "--out", "out", "--quiet"]
    assert run(["train", *flags, "--steps", "2"]) == 0
    said = capfd.readouterr().err  # with the size that is trained among it
    assert all(part in said for part in row.said.split("; "))
    key = {4: "images", 3: "signals", 2: "points" if row.shape[-1] == 2 else "table"}[len(row.shape)]
    with np.load("out/samples.npz") as file:
        drawn = file[key]
    if not size:
        assert drawn.shape[1:] == row.shape[1:]
    for folder in row.files:
        Path(folder).unlink()  # a run is sampled without its data
    assert run(["sample", "out", "-n", "5", "--out", "five.npz"]) == 0
    assert run(["sample", "out", "-n", "5", "--out", "five.png"]) == 0
    with np.load("five.npz") as file:
        assert file[key].shape == (5, *drawn.shape[1:])
    write(here, row.files)
    assert run(["train", *flags, "--resume", "--steps", "3"]) == 0


def test_samples_come_back_in_the_units_of_the_file(here):
    """Years and euros: what is drawn has the file's means, and columns that were always the same still are."""
    table = np.stack([2000.5 + 0.1 * ROWS[:, 0], 1e6 * ROWS[:, 1], np.full(N, 12.0)], axis=1)
    np.savez("a.npz", x=table)
    dataset = load("npz:a.npz", split="all")
    np.testing.assert_allclose(dataset.scaling.undo(dataset.x), table, rtol=1e-6)
    assert (dataset.scaling.undo(dataset.x)[:, 2] == 12).all() and (dataset.x[:, 2] == 0).all()


def test_the_scale_is_that_of_the_train_split(here):
    np.savez("a.npz", x_train=ROWS, x_test=ROWS + 100)
    train, test = load("npz:a.npz"), load("npz:a.npz", split="test")
    np.testing.assert_allclose(train.x.mean(axis=0), 0, atol=1e-6)
    assert (test.x.mean(axis=0) > 50).all() and len(test) == N


def test_units_are_part_of_the_hash(here):
    np.savez("a.npz", x=ROWS)
    np.savez("b.npz", x=ROWS * 2)
    assert load("npz:a.npz").sha256 != load("npz:b.npz").sha256


def test_the_test_split_of_the_file_is_its_own(here):
    write(here, {"mnist.npz": KERAS})
    test = load("npz:mnist.npz", split="test")
    np.testing.assert_array_equal(test.x[..., 0], KERAS["x_test"])
    np.testing.assert_array_equal(load("mnist", split="all", data_dir=".").x[:N], load("npz:mnist.npz").x)


def test_letters_are_upright_and_numbered_from_0(here):
    write(here, {f"emnist/{name}": file for name, file in LETTERS.items()})
    letters = load("emnist-letters", data_dir=".")
    np.testing.assert_array_equal(letters.x[:, :, :, 0], DIGITS.transpose(0, 2, 1))
    assert letters.classes[:3] == ("A", "B", "C") and letters.labels[:3].tolist() == [0, 1, 2]


def test_where_emnist_is_to_be_put(one_line_error):
    with one_line_error("emnist-balanced: the train split needs emnist-balanced-train-images-idx3-ubyte", "gzip.zip",
                        "nist.gov", "FOLDER/emnist/", "--data-dir"):  # fmt: skip
        load("emnist-balanced", data_dir="nowhere")


@pytest.mark.parametrize("kind, x, words", [
    ("table", RNG.uniform(size=(N, 6, 5)), ["taken as a table of 30 columns"]),
    ("pictures", DIGITS.reshape(N, -1) * 1.0, ["784 numbers each: taken as pictures of 28 x 28 x 1"]),
    ("pictures", RNG.uniform(size=(N, 40, 3)), ["taken as pictures"]),
])  # fmt: skip
def test_what_is_asked_for_is_taken(here, kind, x, words):
    np.savez("a.npz", x=x)
    said = str(load("npz:a.npz", kind=kind).report)
    assert all(word in said for word in words)


@pytest.mark.parametrize("kind, x, words", [
    ("signals", RNG.uniform(size=(9, 8, 8, 1)), ["expected signals", "float64 (9, 8, 8, 1)", "--data-as pictures"]),
    ("points", ROWS, ["expected points", "--data-as table"]),
    ("pictures", ROWS[:, :3], ["expected images", "--image-size HEIGHTxWIDTH"]),
    ("sounds", ROWS, ["expected a kind out of pictures, signals, table, points, got 'sounds'"]),
    (None, np.zeros((2, 3, 4, 5, 6)), ["1 to 3 axes", "with 4"]),
    (None, ROWS + 1j, ["complex128", "plain number"]),
    (None, np.where(ROWS > 3, 1e300, ROWS * 1e200), ["whose deviation is a number", "other units"]),
])  # fmt: skip
def test_what_cannot_be(here, one_line_error, kind, x, words):
    np.savez("a.npz", x=x)
    with one_line_error(*words):
        load("npz:a.npz", kind=kind)


def test_what_is_no_array_file_is_what_it_is(one_line_error):
    with one_line_error("--data-as is for npz:FILE", "'table'"):
        load("digits-8x8", kind="table")
