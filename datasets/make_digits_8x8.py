"""Makes digits-8x8.npz from scikit-learn's copy of the UCI digits.

    python -m venv /tmp/digits && /tmp/digits/bin/pip install scikit-learn
    /tmp/digits/bin/python datasets/make_digits_8x8.py

Run again, it writes the same file, byte for byte: the zip entries carry a fixed date. (The compressed bytes
also depend on the zlib in use: the bundled file was made with zlib 1.2.13. The arrays never differ.)
"""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent / "digits-8x8.npz"


def scale(levels):
    """The 17 levels 0..16 spread over 0..255: level v becomes (255 v + 8) // 16, i.e. 255 v / 16 rounded.

    Levels 0 and 16 become 0 and 255; (16 p + 127) // 255 leads back exactly. Returns uint8.
    """
    return ((levels.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)


def write_npz(path, **arrays):
    """Write an .npz that is the same on every run: sorted keys, a fixed date, fixed attributes, no pickle."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    with zipfile.ZipFile(temporary, "w") as archive:
        for key in sorted(arrays):
            entry = zipfile.ZipInfo(key + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            npy = io.BytesIO()
            array = np.ascontiguousarray(arrays[key])
            np.lib.format.write_array(npy, array, version=(1, 0), allow_pickle=False)
            archive.writestr(entry, npy.getvalue(), compresslevel=9)
    os.replace(temporary, path)


def main():
    from sklearn.datasets import load_digits

    digits = load_digits()
    if digits.images.shape != (1797, 8, 8) or set(np.unique(digits.images)) != set(range(17)):
        raise SystemExit(f"expected 1,797 images of 8 x 8 with levels 0..16, got {digits.images.shape}")
    write_npz(TARGET, images=scale(digits.images), labels=digits.target.astype(np.uint8))
    content = TARGET.read_bytes()
    print(f"{TARGET}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
