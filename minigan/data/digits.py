"""The bundled data set: 1,797 real handwritten digits of 8 x 8 pixels, so the first run needs no network.

They are the test part of Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits" (UCI Machine
Learning Repository, doi:10.24432/C50P49, CC BY 4.0), in scikit-learn's copy. datasets/digits.md is the card.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from minigan.files import bundled_folder

from .dataset import check_split

DIGITS_SHA256 = "213caa3ce337cab3c06ebb0f6effee0a4012bffd7bd4c8769b91e33cc025e1dc"


def read_digits(split: str = "train", folder: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read the bundled digits and check that they are the ones that were bundled.

    Args:
        split: "train" (1,437), "test" (360) or "all" (1,797); see `held_out`.
        folder: where digits.npz lies, by default the bundled one.

    Returns:
        (images uint8 (N, 8, 8, 1), labels uint8 (N,)).

    Raises:
        ValueError: unknown split, file missing, or file not the bundled one (SHA-256).
    """
    check_split(split)
    path = (bundled_folder("datasets") if folder is None else Path(folder)) / "digits.npz"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); fix: install minigan again") from None
    found = hashlib.sha256(content).hexdigest()
    if found != DIGITS_SHA256:
        raise ValueError(f"{path}: expected SHA-256 {DIGITS_SHA256[:12]}..., found {found[:12]}...: the file is "
                         "damaged; fix: git checkout datasets/digits.npz, or install minigan again")  # fmt: skip
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        images, labels = file["images"][..., None], file["labels"]
    if split == "all":
        return images, labels
    keep = held_out(labels) if split == "test" else ~held_out(labels)
    return images[keep], labels[keep]


def held_out(labels: np.ndarray) -> np.ndarray:
    """Which digits are held out: bool (N,), every fifth of each class.

    The i-th image of class c (i counts from 0 within the class) is held out when (i + c) % 5 == 0. That is
    stratified, needs no random numbers (whose stream may change between NumPy versions), and shifts the
    phase from class to class, because the file runs through 0, 1, ..., 9 in the hand of one writer after
    another.
    """
    position = np.empty(len(labels), np.int64)
    for digit in range(10):
        where = np.flatnonzero(labels == digit)
        position[where] = np.arange(len(where))
    return (position + labels) % 5 == 0
