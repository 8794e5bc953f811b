"""The script that made the bundled file makes the same bytes again."""

import importlib.util
import zlib

import numpy as np
import pytest

from minigan.data.digits import read_digits
from minigan.files import bundled_folder


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("make_digits", bundled_folder("datasets") / "make_digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scale_is_exact_and_can_be_undone(script):
    levels = np.arange(17.0)
    pixels = script.scale(levels)
    assert pixels.dtype == np.uint8 and pixels[0] == 0 and pixels[8] == 128 and pixels[16] == 255
    np.testing.assert_array_equal((16 * pixels.astype(int) + 127) // 255, levels)


def test_same_arrays_give_the_same_file(script, tmp_path):
    images, labels = read_digits("all")
    for name in ("a.npz", "b.npz"):
        script.write_npz(tmp_path / name, images=images[..., 0], labels=labels)
    made = (tmp_path / "a.npz").read_bytes()
    assert made == (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]  # no temporary file left
    if zlib.ZLIB_RUNTIME_VERSION == "1.2.13":  # other versions may pack the same arrays differently
        assert made == (bundled_folder("datasets") / "digits.npz").read_bytes()
