"""The arrays of .npz and .npy files, read without trusting what the file says of itself.

An .npz is a zip of .npy files: each a short header with shape and dtype, then the bytes. The header and the zip
directory may be wrong, or made to do harm. They are compared with each other and with the size of the file before
memory is taken, and nothing is unpickled. Which array holds the samples, and what they are, is the matter of
`minigan.data.arrays`.
"""

import math
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from minigan.checks import naming

from .idx import MAX_BYTES, MAX_EXPANSION

ALONE = "the array"  # the key of what an .npy file holds
NPY = b"\x93NUMPY"


class Header(NamedTuple):
    """What a file says of one of its arrays."""

    shape: tuple[int, ...]
    dtype: np.dtype

    def __str__(self):
        return f"{self.dtype} {self.shape}"


def read_headers(path: str | Path) -> dict[str, Header]:
    """What an .npz or .npy file says of its arrays, by their keys; none is read. Raises ValueError for other files."""
    with _opened(path) as entries:
        return {key: Header(*_read_header(file, key)[::2]) for key, file, _, _ in entries(None)}


def read_arrays(path: str | Path, wanted: Collection | None = None, needed: Collection = ()) -> dict[str, np.ndarray]:
    """The arrays of an .npz or .npy file of plain numbers, by their keys; that of an .npy is `ALONE`.

    wanted: the keys to read where they are there; None: all. needed: those that must be there. Raises ValueError for
    anything but such a file, or sizes that do not agree with each other or with the file.
    """
    with _opened(path, needed) as entries:
        return {entry.key: _read_array(*entry) for entry in entries(wanted)}


class _Entry(NamedTuple):
    """One array in a file: its key, its bytes, how many there are, and how many there can be."""

    key: str
    file: BinaryIO
    size: int
    limit: int


@contextmanager
def _opened(path: str | Path, needed: Collection = ()) -> Iterator:
    """A function (wanted) -> _Entry after _Entry of the file. Errors of the file come as ValueErrors that name it."""
    path = Path(path).expanduser()
    with naming(path):
        if not path.is_file():
            found = "a folder" if path.is_dir() else "nothing"
            raise ValueError(f"expected an .npz file, found {found}; fix: check the path")
        try:
            with path.open("rb") as file:
                single = file.read(len(NPY)) == NPY
                file.seek(0)
                size = path.stat().st_size
                if single:
                    yield lambda wanted: iter([_Entry(ALONE, file, size, min(size, MAX_BYTES))])
                    return
                with zipfile.ZipFile(file) as archive:
                    keys = [entry.removesuffix(".npy") for entry in archive.namelist() if entry.endswith(".npy")]
                    for key in set(needed).difference(keys):
                        raise ValueError(f"expected the key '{key}', found {keys[:9]}; fix: np.savez(path, {key}=...)")
                    yield lambda wanted: _entries(archive, [k for k in keys if wanted is None or k in wanted], size)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, KeyError, zlib.error) as error:
            raise ValueError(f"not a whole .npz file ({error}); fix: write it again") from None


def _entries(archive, keys, zip_size):
    """The _Entry of each of these keys, while it is open."""
    for key in keys:
        entry = archive.getinfo(f"{key}.npy")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"expected '{key}' as np.savez writes it, found another compression")
        limit = min(min(entry.compress_size, zip_size) * MAX_EXPANSION, MAX_BYTES)
        with archive.open(entry) as file:
            yield _Entry(key, file, entry.file_size, limit)


def check_plain(key: str, header: Header) -> None:
    """ValueError unless an array of plain numbers is promised, and at least one."""
    shape, dtype = header
    if dtype.hasobject:
        raise ValueError(f"'{key}' holds pickled objects, never read; fix: save plain numbers")
    if dtype.kind not in "uifb" or min(shape, default=1) < 1:
        raise ValueError(f"'{key}' promises shape {shape} of {dtype}; expected at least one plain number; "
                         "fix: np.savez(path, images=...)")  # fmt: skip


def _read_array(key, file, size, limit):
    """One array, after its claims have been checked. `size` bytes are there, and at most `limit` can be."""
    shape, fortran, dtype = _read_header(file, key)
    check_plain(key, Header(shape, dtype))
    claimed, there = math.prod(shape) * dtype.itemsize, size - file.tell()  # Python integers: no overflow
    claim = f"'{key}' promises shape {shape} of {dtype}, {claimed:,} bytes"
    if claimed != there:
        raise ValueError(f"{claim}, the file holds {there:,}; fix: write it again")
    if claimed > limit:
        raise ValueError(f"{claim}, the limit for this file is {limit:,}; fix: write it again, or in smaller parts")
    array = np.frombuffer(bytearray(file.read()), dtype)
    if array.nbytes != claimed:
        raise ValueError(f"{claim}, the file gives {array.nbytes:,}; fix: write it again")
    return array.reshape(shape, order="F" if fortran else "C")


def _read_header(file, key):
    """(shape, fortran_order, dtype) of an .npy header."""
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(file)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(file)
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"cannot read the header of '{key}' ({reason}); fix: write it again") from None
    raise ValueError(f"expected .npy version 1 or 2 for '{key}', found {version}; fix: use np.savez")
