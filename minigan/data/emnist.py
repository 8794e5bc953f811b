"""EMNIST: handwritten letters and digits of the NIST forms, cut as MNIST's are. Cohen, Afshar, Tapson and van Schaik
2017, "EMNIST: an extension of MNIST to handwritten letters" (arXiv:1702.05373), table II.

The files are MNIST's IDX files with other names. Three things differ: each picture is stored column by column, and so
lies on its side, mirrored; the labels of the letters begin at 1; and classes that look the same in both cases, such as
c and C, are one class in all sets but `byclass`. minigan does not download them: it is one archive of all sets.
"""

import string
from pathlib import Path

import numpy as np

from .dataset import check_split
from .idx import read_pair
from .mnist import found_file, search_folders

DIGITS, UPPER, LOWER = string.digits, string.ascii_uppercase, string.ascii_lowercase
BOTH_CASES = "abdefghnqrt"  # lower case letters that do not look like their capitals: classes of their own
CLASSES = {
    "letters": tuple(UPPER),
    "balanced": tuple(DIGITS + UPPER + BOTH_CASES),
    "bymerge": tuple(DIGITS + UPPER + BOTH_CASES),
    "byclass": tuple(DIGITS + UPPER + LOWER),
    "digits": tuple(DIGITS),
    "mnist": tuple(DIGITS),
}
SOURCE = "https://www.nist.gov/itl/products-and-services/emnist-dataset"


def read_emnist(name: str, split: str = "train", data_dir: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read one of the EMNIST sets.

    Args:
        name: "emnist-letters", "emnist-balanced", ...; those of CLASSES.
        split: "train", "test" or "all" (train, then test).
        data_dir: looked through first, itself and its emnist/, emnist/raw/ and EMNIST/raw/; then $MINIGAN_DATA.

    Returns:
        (images uint8 (N, 28, 28, 1), upright, labels uint8 (N,) from 0).

    Raises:
        ValueError: files that are not there, with where to get them; or damaged ones (see minigan.data.idx).
    """
    check_split(split)
    kind = name.removeprefix("emnist-")
    first = 1 if kind == "letters" else 0  # the label of the first class
    parts = []
    for part in ("train", "test") if split == "all" else (split,):
        images, labels = read_pair(*_find(name, part, data_dir), classes=len(CLASSES[kind]), first=first)
        parts.append((images.transpose(0, 2, 1, 3), labels))
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def _find(name, part, data_dir):
    """Paths of the images and the labels of "train" or "test". Raises ValueError if they are not there."""
    files = [f"{name}-{part}-images-idx3-ubyte", f"{name}-{part}-labels-idx1-ubyte"]
    folders = search_folders("emnist", data_dir)
    for folder in folders:
        pair = [found_file(folder, file) for file in files]
        if None not in pair:
            return pair
    looked = ", ".join(map(str, folders)) or "no folder, for none was named"
    raise ValueError(f"{name}: the {part} split needs {' and '.join(files)} (plain or .gz), looked for in {looked}; "
                     f"fix: take them out of gzip.zip of {SOURCE}, put them into FOLDER/emnist/, and say --data-dir "
                     "FOLDER or MINIGAN_DATA=FOLDER")  # fmt: skip
