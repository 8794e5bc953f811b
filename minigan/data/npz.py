"""Images from an .npz file, the format in which `minigan sample` writes its own.

An .npz is a zip of .npy files: each a short header with shape and dtype, then the bytes. The header and the zip
directory may be wrong, or made to do harm. They are compared with each other and with the size of the file before
memory is taken, and nothing is unpickled.
"""

import math
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

import numpy as np

from minigan.checks import naming

from .cleaning import CleaningReport, clean_foreign
from .idx import MAX_BYTES, MAX_EXPANSION


def read_npz(path: str | Path) -> tuple[np.ndarray, np.ndarray | None, CleaningReport]:
    """Read and clean the images of an .npz file.

    Args:
        path: file with key "images", (N, H, W, C) or (N, H, W), C = 1 or 3, uint8 in 0..255 or float in
            [0, 1], and optionally "labels", class numbers (N,) in 0..9,999. Other keys are not read.

    Returns:
        (images uint8 (N, H, W, C), labels int64 (N,) or None, CleaningReport). Images with NaN or infinity
        are dropped and counted.

    Raises:
        ValueError: not such a file, sizes that do not agree, values out of range, or nothing usable.
    """
    arrays = read_arrays(path, wanted=("images", "labels"), needed=("images",))
    with naming(path):
        return clean_foreign(arrays["images"], arrays.get("labels"))


def read_arrays(path: str | Path, wanted: Collection | None = None, needed: Collection = ()) -> dict[str, np.ndarray]:
    """The arrays of an .npz file of plain numbers, by their keys.

    wanted: the keys to read where they are there; None: all. needed: those that must be there. Raises ValueError for
    anything but such a file, or sizes that do not agree with each other or with the file.
    """
    path = Path(path).expanduser()
    with naming(path):
        if not path.is_file():
            found = "a folder" if path.is_dir() else "nothing"
            raise ValueError(f"expected an .npz file, found {found}; fix: check the path")
        try:
            with zipfile.ZipFile(path) as archive:
                keys = [entry.removesuffix(".npy") for entry in archive.namelist() if entry.endswith(".npy")]
                for key in set(needed).difference(keys):
                    raise ValueError(f"expected the key '{key}', found {keys[:9]}; fix: np.savez(path, {key}=...)")
                chosen = [key for key in keys if wanted is None or key in wanted]
                return {key: _read_array(archive, key, path.stat().st_size) for key in chosen}
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, KeyError, zlib.error) as error:
            raise ValueError(f"not a whole .npz file ({error}); fix: write it again") from None


def _read_array(archive, key, zip_size):
    """One array of a zip of that many bytes, after its claims have been checked."""
    entry = archive.getinfo(f"{key}.npy")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"expected '{key}' as np.savez writes it, found another compression")
    limit = min(min(entry.compress_size, zip_size) * MAX_EXPANSION, MAX_BYTES)
    with archive.open(entry) as file:
        shape, fortran, dtype = _read_header(file, key)
        claim = f"'{key}' promises shape {shape} of {dtype}"
        if dtype.hasobject:
            raise ValueError(f"'{key}' holds pickled objects, never read; fix: save plain numbers")
        if dtype.kind not in "uif" or min(shape, default=1) < 1:
            raise ValueError(f"{claim}; expected at least one plain number; fix: np.savez(path, images=...)")
        size, there = math.prod(shape) * dtype.itemsize, entry.file_size - file.tell()  # Python integers: no overflow
        claim += f", {size:,} bytes"
        if size != there:
            raise ValueError(f"{claim}, the file holds {there:,}; fix: write it again")
        if size > limit:
            raise ValueError(f"{claim}, the limit for this file is {limit:,}; fix: write it again, or in smaller parts")
        array = np.frombuffer(bytearray(file.read()), dtype)
    if array.nbytes != size:
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
