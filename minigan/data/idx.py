"""The IDX format of the MNIST files, read without trusting the header.

An IDX file is a header and then the numbers, all big-endian: two zero bytes, one byte for the type of the
numbers (8 is uint8), one byte for the number of axes, then four bytes for the length of each axis
(http://yann.lecun.com/exdb/mnist/, "The IDX file format").

The header says how large the array is. Before any memory is taken, this is compared with the size of the file. A
compressed file is read in pieces, and never beyond the size in the header.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from minigan.checks import naming

UINT8 = 8
MAX_BYTES = 2**32  # 4 GiB for one array: 70 times all of MNIST
CHUNK = 2**20

# DEFLATE spends at least one bit on 258/2 bytes: it cannot shrink below 1/1032 (zlib.net/zlib_tech.html,
# "Maximum Compression Factor"). So the size of a .gz bounds what can be in it, before one byte is unpacked.
MAX_EXPANSION = 1032


def read_idx(path: str | Path, ndim: int) -> np.ndarray:
    """Read an IDX file of uint8, plain or gzip (told apart by the first bytes, not by the name).

    Args:
        path: the file.
        ndim: expected number of axes, 3 for images (N, H, W), 1 for labels (N,).

    Returns:
        uint8 array with ndim axes.

    Raises:
        ValueError: one line that names the file, what was expected, what was found and the fix.
    """
    path = Path(path)
    with naming(path):
        try:
            with path.open("rb") as file:
                zipped, size = file.read(2) == b"\x1f\x8b", path.stat().st_size
                file.seek(0)
                if not zipped:
                    return _read(file, ndim, size, exact=True)
                with gzip.open(file) as unzipped:
                    return _read(unzipped, ndim, size * MAX_EXPANSION, exact=False)
        except EOFError:
            raise ValueError("the .gz ends too early (a partial download?); fix: get it again") from None
        except (OSError, zlib.error) as error:
            raise ValueError(f"cannot be read ({error}); fix: get the file again") from None


def read_pair(images_path: str | Path, labels_path: str | Path, classes: int = 10,
              first: int = 0) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Read images and their labels and check that they belong together.

    classes: how many there are. first: the label of the first of them, which becomes 0.

    Returns:
        (images uint8 (N, H, W, 1), labels uint8 (N,)).

    Raises:
        ValueError: as read_idx, and for counts that differ or a label outside first..first+classes-1.
    """
    labels, images = read_idx(labels_path, ndim=1), read_idx(images_path, ndim=3)
    with naming(labels_path):
        if len(images) != len(labels):
            raise ValueError(f"expected {len(images)} labels, one for each image of {Path(images_path).name}, found "
                             f"{len(labels)}; fix: take both files from the same data set")  # fmt: skip
        wrong = (labels < first) | (labels >= first + classes)
        if wrong.any():
            k = int(np.argmax(wrong))
            raise ValueError(f"expected labels {first}..{first + classes - 1}, found {labels[k]} at position {k}; "
                             "fix: get it again")  # fmt: skip
    return images[..., None], labels - np.uint8(first)


def _read(file, ndim, most, exact):
    """Header, claim against the real size, numbers. `most` bytes can be there, exactly so many if `exact`."""
    shape, header_size = _read_header(file, ndim)
    count = math.prod(shape)  # Python integers: 4294967295 * 28 * 28 does not overflow
    claim = f"the header promises {' x '.join(map(str, shape))} = {count:,} bytes"
    if count > MAX_BYTES:
        raise ValueError(f"{claim}, the limit is {MAX_BYTES:,}; fix: get the file again")
    if exact and header_size + count != most:
        raise ValueError(f"{claim}, the file holds {most - header_size:,}; fix: get the file again")
    if header_size + count > most:
        raise ValueError(f"{claim}, more than a .gz of this size can hold; fix: get the file again")
    numbers = bytearray()
    while len(numbers) < count:
        piece = file.read(min(CHUNK, count - len(numbers)))
        if not piece:
            raise ValueError(f"{claim}, the file holds {len(numbers):,}; fix: get the file again")
        numbers += piece
    if file.read(1):  # also makes gzip verify its checksum
        raise ValueError(f"{claim}, but more bytes follow; fix: get the file again")
    return np.frombuffer(numbers, np.uint8).reshape(shape)


def _read_header(file, ndim):
    """Check the magic bytes and return (shape, size of the header in bytes)."""
    size = 4 + 4 * ndim
    header = file.read(4)
    if len(header) < 4 or header[:2] != b"\0\0":
        raise ValueError(f"expected an IDX file (two zero bytes first), found {header!r}; fix: check the path")
    if header[2] != UINT8:
        raise ValueError(f"expected numbers of type 8 (uint8), found {header[2]}; fix: store uint8")
    if header[3] != ndim:
        raise ValueError(f"expected {ndim} axes, found {header[3]}; fix: check that images and labels are not swapped")
    header += file.read(size - 4)
    if len(header) < size:
        raise ValueError(f"expected a header of {size} bytes, found {len(header)}; fix: get the file again")
    shape = tuple(int.from_bytes(header[i : i + 4], "big") for i in range(4, size, 4))
    if 0 in shape:
        raise ValueError(f"expected sizes of at least 1, found {shape}; fix: get the file again")
    return shape, size
