"""An .npz of a user: good ones are read, and claims that do not hold are refused."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minigan.data import arrays
from minigan.data.npz import read_arrays


def read_npz(path):
    """All the samples of a file, with what is said of them."""
    x, labels, report, *_ = arrays.read(path, "all")
    return x, labels, report


def npy_bytes(header, data=b""):
    """An .npy file with any text as its header."""
    padded = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode() + data


def write_zip(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, content in entries.items():
            archive.writestr(f"{key}.npy", content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_uint8_and_labels(tmp_path, noise, save):
    save(tmp_path / "a.npz", images=noise(5, 4, 3, 3), labels=np.arange(5), other=np.ones(3))
    images, labels, report = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(images, noise(5, 4, 3, 3))
    assert labels.tolist() == [0, 1, 2, 3, 4] and labels.dtype == np.int64
    assert str(report) == "5 images: all kept"


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8"])
def test_floats_without_channel_axis(tmp_path, noise, dtype):
    np.savez(tmp_path / "a.npz", images=(noise(5, 4, 3) / 255).astype(dtype))
    images, labels, _ = read_npz(tmp_path / "a.npz")
    assert images.shape == (5, 4, 3, 1) and images.dtype == np.uint8 and labels is None
    np.testing.assert_array_equal(images[..., 0], noise(5, 4, 3))


def test_fortran_order(tmp_path, noise):
    np.savez(tmp_path / "a.npz", images=np.asfortranarray(noise(5, 4, 3, 1)))
    np.testing.assert_array_equal(read_npz(tmp_path / "a.npz")[0], noise(5, 4, 3, 1))


def test_nan_and_constant_images_are_dropped_with_their_labels_and_named(tmp_path, noise):
    images = noise(10, 4, 4, 1) / 255
    images[2, 1, 1] = np.nan
    images[5] = np.inf
    images[7] = 0.25
    images[9] = images[0]
    np.savez(tmp_path / "a.npz", images=images, labels=np.arange(10))
    out, labels, report = read_npz(tmp_path / "a.npz")
    assert labels.tolist() == [0, 1, 3, 4, 6, 8]
    assert len(out) == 6
    assert report.examples == {"non-finite": [2, 5], "constant": [7], "duplicate": [9]}
    assert str(report) == "10 images: 6 kept, 2 non-finite, 1 constant, 1 duplicate dropped"


def test_all_nan(tmp_path, one_line_error):
    np.savez(tmp_path / "a.npz", images=np.full((4, 2, 2, 1), np.nan))
    with one_line_error("a.npz", "first non-finite: 0", "fix:"):
        read_npz(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"one": np.zeros((2, 2)), "two": np.zeros((2, 2))}, ["'images'", "x_train", "one float64 (2, 2)", "two"]),
        ({"images": np.zeros((2, 2))}, ["(N, H, W, C)", "(2, 2)", "--image-size", "--data-as table"]),
        ({"images": np.zeros((2, 2, 2, 4), np.uint8)}, ["C = 1 or 3", "(2, 2, 2, 4)", "alpha"]),
        ({"images": np.arange(512).reshape(2, 16, 16)}, ["0..255", "int64 from 0 to 511", "fix:"]),
        ({"images": np.zeros((2, 2, 2, 1), complex)}, ["complex128"]),
        ({"images": np.zeros((0, 2, 2, 1), np.uint8)}, ["(0, 2, 2, 1)"]),
        ({"images": np.array(["a", "b"])}, ["<U1"]),
        ({"images": np.array([{}, []], dtype=object)}, ["pickled", "never read"]),
        (
            {"images": np.linspace(-1, 1.5, 32).reshape(2, 4, 4, 1)},
            ["[0, 1]", "outside [0, 1]", "from -1 to 1.5", "fix:"],
        ),
        ({"images": np.linspace(0, 1.1, 32).reshape(2, 4, 4, 1)}, ["[0, 1]", "0 to 1.1", "np.clip(images, 0, 1)"]),
        ({"images": np.eye(4, dtype=np.uint8)[None], "labels": np.arange(2)}, ["labels", "(1,)", "(2,)"]),
        ({"images": np.eye(4, dtype=np.uint8)[None], "labels": np.ones(1)}, ["integer labels", "float64"]),
        ({"images": np.eye(4, dtype=np.uint8)[None], "labels": -np.ones(1, int)}, ["0..9,999", "return_inverse"]),
    ],
)
def test_wrong_contents(tmp_path, one_line_error, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with one_line_error("a.npz", *words):
        read_npz(tmp_path / "a.npz")


def test_not_an_npz(tmp_path, one_line_error):
    with one_line_error("a.npz", "nothing"):
        read_npz(tmp_path / "a.npz")
    with one_line_error("a folder"):
        read_npz(tmp_path)
    (tmp_path / "a.npz").write_text("hello")
    with one_line_error("a.npz", "not a whole .npz file", "fix:"):
        read_npz(tmp_path / "a.npz")


def test_a_header_that_promises_more_than_the_zip_holds_takes_no_memory(tmp_path, one_line_error):
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967295, 28, 28, 1), }"
    path = write_zip(tmp_path / "a.npz", images=npy_bytes(header, bytes(1000)))
    tracemalloc.start()
    with one_line_error("3,367,254,359,280 bytes", "holds 1,000"):
        read_npz(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_zip_directory_that_lies_too_takes_no_memory(tmp_path, one_line_error):
    """Header and directory agree on 2 GB; the 1,000 real bytes cannot unpack to that."""
    shape = (2**31 // 784, 28, 28, 1)
    content = npy_bytes(f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}", bytes(1000))
    path = write_zip(tmp_path / "a.npz", images=content)
    claimed = len(content) - 1000 + int(np.prod(shape))
    raw = path.read_bytes().replace(len(content).to_bytes(4, "little"), claimed.to_bytes(4, "little"))
    path.write_bytes(raw)
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].file_size == claimed
    tracemalloc.start()
    with one_line_error("a.npz", "the limit for this file"):
        read_npz(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("shape", ["(-2, -2, 4, 1)", "(True, 2, 2)", "'x'", "()", "(2, 2, 2, 0)"])
def test_odd_shapes_in_the_header(tmp_path, one_line_error, shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    with one_line_error("a.npz"):
        read_npz(write_zip(tmp_path / "a.npz", images=npy_bytes(header, bytes(16))))


def test_a_wrong_checksum(tmp_path, noise, one_line_error):
    np.savez(tmp_path / "a.npz", images=noise(5, 4, 3, 1))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[220] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with one_line_error("a.npz", "CRC"):
        read_npz(tmp_path / "a.npz")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_gives_an_array_or_a_one_line_error(tmp_path, data):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=np.arange(96, dtype=np.uint8).reshape(6, 4, 4, 1), labels=np.arange(6))
    content = bytearray(buffer.getvalue())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    path = tmp_path / "a.npz"
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        read_npz(path)
    except ValueError as error:
        assert str(path) in str(error) and "\n" not in str(error)


def test_all_arrays_or_the_wanted_ones(tmp_path, one_line_error):
    path = tmp_path / "a.npz"
    np.savez(path, one=np.arange(3), two=np.float16([[1.5]]), text=np.zeros(3, bool))
    assert read_arrays(path)["text"].dtype == bool
    arrays = read_arrays(path, wanted=("one", "two", "three"))
    assert arrays.keys() == {"one", "two"} and arrays["two"].dtype == np.float16 and arrays["two"] == 1.5
    with one_line_error("expected the key 'three'", "one"):
        read_arrays(path, wanted=("one",), needed=("three",))
