"""Files are there as a whole or not at all."""

import errno
import os

import pytest

from minigan.files import replacing, write_text


def test_written(tmp_path):
    with replacing(tmp_path / "a") as file:
        file.write(b"one")
    assert (tmp_path / "a").read_bytes() == b"one" and os.listdir(tmp_path) == ["a"]


def test_a_failure_keeps_what_was_there(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OSError) as caught:
        with replacing(tmp_path / "a") as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


def test_other_errors_pass_through_and_leave_nothing(tmp_path):
    with pytest.raises(KeyError):
        with replacing(tmp_path / "a"):
            raise KeyError("x")
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OSError) as caught:
        with replacing(tmp_path / "no" / "a"):
            pass
    assert caught.value.filename == str(tmp_path / "no" / "a")


def test_text_is_written_in_utf_8(tmp_path):
    write_text(tmp_path / "a", "Sønderby\n")
    assert (tmp_path / "a").read_bytes() == b"S\xc3\xb8nderby\n" and os.listdir(tmp_path) == ["a"]
