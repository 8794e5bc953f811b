"""MNIST's files: found, or downloaded once from a server (here: on this machine), or a clear error."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from minigan.data import mnist
from minigan.data.mnist import FILES, SHA256, read_mnist


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    """No data folder, no network and an empty cache, whatever the machine has."""
    monkeypatch.delenv("MINIGAN_DATA", raising=False)
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    monkeypatch.setattr(mnist, "default_cache", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache"


@pytest.fixture
def served(server, write_mnist, monkeypatch):
    """The server offers small files under mnist/, and their hashes stand in the table."""
    hashes = {}
    for part in ("train", "test"):
        write_mnist(server.folder / "mnist", part, count=5 if part == "train" else 3)
        for file in FILES[part]:
            hashes[file] = hashlib.sha256((server.folder / "mnist" / f"{file}.gz").read_bytes()).hexdigest()
    monkeypatch.setitem(SHA256, "mnist", hashes)
    monkeypatch.setenv("MINIGAN_MIRROR", server.url)
    return server


def left_in(cache):
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("below", ["", "mnist"])
@pytest.mark.parametrize("by", ["argument", "environment"])
def test_files_are_found(tmp_path, monkeypatch, write_mnist, noise, suffix, below, by):
    write_mnist(tmp_path / "data" / below, "test", suffix=suffix)
    if by == "environment":
        monkeypatch.setenv("MINIGAN_DATA", str(tmp_path / "data"))
    images, labels = read_mnist("mnist", "test", tmp_path / "data" if by == "argument" else None)
    np.testing.assert_array_equal(images, noise(5, 28, 28)[..., None])
    assert labels.tolist() == [0, 1, 2, 3, 4]


def test_all_is_train_then_test(tmp_path, write_mnist):
    write_mnist(tmp_path, "train", count=6)
    write_mnist(tmp_path, "test", count=2)
    images, labels = read_mnist("mnist", "all", tmp_path)
    assert len(images) == 8 and labels.tolist() == [0, 1, 2, 3, 4, 5, 0, 1]
    assert len(read_mnist("mnist", "train", tmp_path)[0]) == 6


def test_the_folder_with_the_name_comes_first(tmp_path, write_mnist):
    write_mnist(tmp_path, "test", count=4)
    write_mnist(tmp_path / "fashion-mnist", "test", count=7)
    assert len(read_mnist("fashion-mnist", "test", tmp_path)[0]) == 7
    assert len(read_mnist("mnist", "test", tmp_path)[0]) == 4


def test_the_other_split_is_pointed_out(tmp_path, write_mnist, one_line_error):
    write_mnist(tmp_path / "mnist", "test")
    words = ["train-images-idx3-ubyte and train-labels-idx1-ubyte", str(tmp_path / "mnist"), "switched off"]
    for split in ("train", "all"):
        with one_line_error(*words, "the test split is there: --split test", "--data-dir"):
            read_mnist("mnist", split, tmp_path)
    with one_line_error("the train split needs") as caught:
        read_mnist("mnist", "train")
    assert "is there" not in caught.message


def test_images_without_labels_are_not_enough(tmp_path, write_mnist, one_line_error):
    write_mnist(tmp_path, "test")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with one_line_error("t10k-labels-idx1-ubyte"):
        read_mnist("mnist", "test", tmp_path)


def test_unknown_split(one_line_error):
    with one_line_error("train, test, all", "'valid'"):
        read_mnist("mnist", "valid")


def test_the_files_of_the_other_set_are_recognised(tmp_path, write_mnist, monkeypatch, one_line_error):
    write_mnist(tmp_path, "test")
    content = (tmp_path / "t10k-images-idx3-ubyte.gz").read_bytes()
    monkeypatch.setitem(SHA256["mnist"], "t10k-images-idx3-ubyte", hashlib.sha256(content).hexdigest())
    with one_line_error("expected a file of fashion-mnist, found that of mnist", "--data mnist"):
        read_mnist("fashion-mnist", "test", tmp_path)


def test_download_once_and_only_what_is_needed(served, nothing_around, monkeypatch, capsys):
    images, labels = read_mnist("mnist", "test")
    assert len(images) == 3 and labels.tolist() == [0, 1, 2]
    assert sorted(served.requested) == [f"/mnist/{file}.gz" for file in FILES["test"]]
    assert left_in(nothing_around) == [f"{file}.gz" for file in FILES["test"]]
    assert "100%" in capsys.readouterr().err  # the progress bar
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    assert len(read_mnist("mnist", "test")[0]) == 3
    assert len(served.requested) == 2


def test_files_at_hand_are_not_downloaded(served, tmp_path, write_mnist):
    write_mnist(tmp_path / "mine", "test", count=9)
    assert len(read_mnist("mnist", "test", tmp_path / "mine")[0]) == 9
    assert served.requested == []


def test_base_url_beats_the_environment(served, monkeypatch, nothing_around):
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    assert len(read_mnist("mnist", "train", base_url=served.url + "/")[0]) == 5


def test_the_second_address_is_tried(served, monkeypatch):
    monkeypatch.delenv("MINIGAN_MIRROR")
    monkeypatch.setitem(mnist.BASE_URLS, "mnist", (f"{served.url}/gone", f"{served.url}/mnist"))
    assert len(read_mnist("mnist", "test")[0]) == 3


def test_wrong_bytes_are_refused_and_not_kept(served, nothing_around, write_mnist, one_line_error):
    write_mnist(served.folder / "mnist", "train", count=6)
    with one_line_error("SHA-256 is not that of the original", served.url, "--data-dir"):
        read_mnist("mnist", "train")
    assert left_in(nothing_around) == []


def test_a_cut_download_is_refused_and_not_kept(served, nothing_around, one_line_error):
    served.truncate = True
    with one_line_error("the download failed", served.url):
        read_mnist("mnist", "train")
    assert left_in(nothing_around) == []


def test_a_damaged_file_in_the_cache_is_downloaded_again(served, nothing_around):
    read_mnist("mnist", "test")
    file = nothing_around / "mnist" / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:100])
    assert len(read_mnist("mnist", "test")[0]) == 3
    assert len(served.requested) == 3


def test_no_server_and_missing_file(served, nothing_around, monkeypatch, one_line_error):
    (served.folder / "mnist" / "train-images-idx3-ubyte.gz").unlink()
    with one_line_error("HTTP 404", "train-images-idx3-ubyte.gz"):
        read_mnist("mnist", "train")
    read_mnist("mnist", "test")
    monkeypatch.setenv("MINIGAN_MIRROR", "http://127.0.0.1:9")  # nobody listens there
    with one_line_error("the download failed", "ConnectionError", "the test split is there", "MINIGAN_DATA=FOLDER"):
        read_mnist("mnist", "train")


def test_a_cache_that_cannot_be_written(served, tmp_path, one_line_error):
    (tmp_path / "file").write_text("in the way")
    with one_line_error("the download failed", "fix:"):
        read_mnist("mnist", "train", cache=tmp_path / "file" / "mnist")


def test_a_truncated_gz(tmp_path, write_mnist, one_line_error):
    write_mnist(tmp_path, "test")
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with one_line_error(str(path), "partial download"):
        read_mnist("mnist", "test", tmp_path)


def test_the_tables_are_complete():
    for name, hashes in SHA256.items():
        assert sorted(hashes) == sorted([*FILES["train"], *FILES["test"]])
        assert all(len(bytes.fromhex(digest)) == 32 for digest in hashes.values())
        assert mnist.BASE_URLS[name]


REAL = Path(os.environ.get("MINIGAN_DATA", "/nonexistent")) / "mnist"


@pytest.mark.skipif(not (REAL / "t10k-images-idx3-ubyte.gz").is_file(), reason="needs MNIST under $MINIGAN_DATA")
def test_the_real_test_files():
    for file in FILES["test"]:
        assert hashlib.sha256((REAL / f"{file}.gz").read_bytes()).hexdigest() == SHA256["mnist"][file]
    images, labels = read_mnist("mnist", "test", REAL)
    assert images.shape == (10_000, 28, 28, 1)
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert gzip.open(REAL / "t10k-labels-idx1-ubyte.gz").read()[8:] == labels.tobytes()
