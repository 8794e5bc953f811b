"""The IDX reader: right files are read, and no lie of a header is believed."""

import gzip
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minigan.data.idx import read_idx, read_pair

FOUR_BILLION = 2**32 - 1


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_reads_back_what_was_written(tmp_path, write_idx, noise, suffix):
    images = noise(3, 5, 4)
    out, labels = read_pair(
        write_idx(tmp_path / f"images{suffix}", images), write_idx(tmp_path / f"labels{suffix}", [0, 9, 5])
    )
    np.testing.assert_array_equal(out, images[..., None])
    assert out.dtype == np.uint8 and labels.tolist() == [0, 9, 5]


def test_the_content_decides_not_the_name(tmp_path, write_idx, noise):
    path = write_idx(tmp_path / "images", noise(3, 5, 4))
    path = path.rename(tmp_path / "images.gz")  # browsers unpack and keep the name
    np.testing.assert_array_equal(read_idx(path, 3), noise(3, 5, 4))


def test_more_than_one_chunk(tmp_path, write_idx, noise, monkeypatch):
    monkeypatch.setattr("minigan.data.idx.CHUNK", 7)
    for suffix in ("", ".gz"):
        path = write_idx(tmp_path / f"images{suffix}", noise(3, 5, 4))
        np.testing.assert_array_equal(read_idx(path, 3), noise(3, 5, 4))


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("shape", [(FOUR_BILLION, 28, 28), (2**22, 28, 28), (FOUR_BILLION,) * 3])
def test_four_billion_images_are_refused_without_memory(tmp_path, write_idx, noise, one_line_error, suffix, shape):
    path = write_idx(tmp_path / f"images{suffix}", noise(2, 28, 28), shape=shape)
    tracemalloc.start()
    with one_line_error(str(path), "promises", "fix:"):
        read_idx(path, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_gz_claim_beyond_any_compression_is_refused_before_reading(tmp_path, write_idx, noise, one_line_error):
    path = write_idx(tmp_path / "images.gz", noise(2, 28, 28), shape=(10_000, 28, 28))
    with one_line_error("more than a .gz of this size can hold"):
        read_idx(path, 3)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 28, 28)])
def test_too_many_or_too_few_bytes(tmp_path, write_idx, noise, one_line_error, suffix, shape):
    path = write_idx(tmp_path / f"images{suffix}", noise(2, 28, 28), shape=shape)
    with one_line_error(str(path), f"{shape[0]} x 28 x 28", "fix:"):
        read_idx(path, 3)


def test_a_plain_file_of_another_size_is_refused_before_reading(tmp_path, write_idx, noise, one_line_error):
    for count in (1, 3):
        path = write_idx(tmp_path / "images", noise(2, 28, 28), shape=(count, 28, 28))
        with one_line_error(f"promises {count} x 28 x 28 = {count * 784:,} bytes, the file holds 1,568"):
            read_idx(path, 3)


def test_more_than_the_limit_is_refused_even_if_the_file_holds_it(
    tmp_path, write_idx, noise, one_line_error, monkeypatch
):
    monkeypatch.setattr("minigan.data.idx.MAX_BYTES", 1_000)
    for suffix in ("", ".gz"):
        with one_line_error("= 1,568 bytes, the limit is 1,000"):
            read_idx(write_idx(tmp_path / f"images{suffix}", noise(2, 28, 28)), 3)


def test_a_truncated_gz(tmp_path, write_idx, noise, one_line_error):
    path = write_idx(tmp_path / "images.gz", noise(20, 28, 28))
    content = path.read_bytes()
    for length in (1, 5, 12, 15, 30, len(content) // 2, len(content) - 9, len(content) - 1):
        path.write_bytes(content[:length])
        with one_line_error(str(path), "fix:"):
            read_idx(path, 3)


def test_a_gz_with_a_flipped_bit(tmp_path, write_idx, noise, one_line_error):
    path = write_idx(tmp_path / "images.gz", noise(20, 28, 28))
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with one_line_error(str(path), "get the file again"):
        read_idx(path, 3)


def test_wrong_magic_type_axes_and_sizes(tmp_path, write_idx, noise, one_line_error):
    text = tmp_path / "text"
    text.write_text("hello, world")
    with one_line_error("two zero bytes", "b'hell'"):
        read_idx(text, 3)
    with one_line_error("type 8", "found 13"):
        read_idx(write_idx(tmp_path / "floats", noise(2, 2, 2), kind=13), 3)
    with one_line_error("expected 3 axes, found 1", "swapped"):
        read_idx(write_idx(tmp_path / "labels", [1, 2]), 3)
    with one_line_error("sizes of at least 1"):
        read_idx(write_idx(tmp_path / "none", noise(0, 28, 28)), 3)
    with one_line_error("nothing", "cannot be read"):
        read_idx(tmp_path / "nothing", 3)
    (tmp_path / "short").write_bytes(b"\0\0\x08\x03\0\0")
    with one_line_error("header of 16 bytes", "found 6"):
        read_idx(tmp_path / "short", 3)
    (tmp_path / "empty").write_bytes(b"")
    with one_line_error("two zero bytes"):
        read_idx(tmp_path / "empty", 3)


def test_images_and_labels_must_match(tmp_path, write_idx, noise, one_line_error):
    images = write_idx(tmp_path / "images", noise(3, 4, 4))
    with one_line_error("expected 3 labels", "found 2"):
        read_pair(images, write_idx(tmp_path / "few", [1, 2]))
    with one_line_error("labels 0..9", "found 10 at position 1"):
        read_pair(images, write_idx(tmp_path / "high", [1, 10, 2]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    content=st.binary(max_size=60),
    start=st.sampled_from([b"", b"\0\0\x08\x03", b"\x1f\x8b\x08\0", b"\0\0\x08\x01"]),
)
def test_any_bytes_give_an_array_or_a_value_error(tmp_path, content, start):
    path = tmp_path / "anything"
    path.write_bytes(start + content)
    for ndim in (1, 3):
        try:
            assert read_idx(path, ndim).ndim == ndim
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error)


def test_bytes_after_the_promised_ones_are_not_unpacked(tmp_path, one_line_error):
    """A small .gz that unpacks to 100 MB behind an honest-looking header of 4 labels."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x04" + bytes(10**8)))
    tracemalloc.start()
    with one_line_error("more bytes follow"):
        read_idx(path, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21
