"""The scripts that made the bundled files make the same bytes again, and can be loaded at all."""

import importlib.util
import zlib

import numpy as np
import pytest

from minigan.data.digits import read_digits
from minigan.files import bundled_folder

SCRIPTS = {"digits": "make_digits", "digits-8x8": "make_digits_8x8"}


@pytest.fixture
def script(monkeypatch):
    """Function (name) -> that script of datasets/, loaded as a module."""
    monkeypatch.syspath_prepend(bundled_folder("datasets"))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, bundled_folder("datasets") / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_scale_is_exact_and_can_be_undone(script):
    levels = np.arange(17.0)
    pixels = script("make_digits_8x8").scale(levels)
    assert pixels.dtype == np.uint8 and pixels[0] == 0 and pixels[8] == 128 and pixels[16] == 255
    np.testing.assert_array_equal((16 * pixels.astype(int) + 127) // 255, levels)


@pytest.mark.parametrize("name", SCRIPTS)
def test_same_arrays_give_the_same_file(script, tmp_path, name):
    images, labels = read_digits(name, "all")
    write_npz = script(SCRIPTS[name]).write_npz
    for file in ("a.npz", "b.npz"):
        write_npz(tmp_path / file, images=images[..., 0], labels=labels)
    made = (tmp_path / "a.npz").read_bytes()
    assert made == (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]  # no temporary file left
    if zlib.ZLIB_RUNTIME_VERSION == "1.2.13":  # other versions may pack the same arrays differently
        assert made == (bundled_folder("datasets") / f"{name}.npz").read_bytes()


def test_the_script_that_trains_the_networks_knows_each_bundled_set(script):
    assert script("make_lenet").STEPS.keys() == SCRIPTS.keys()
