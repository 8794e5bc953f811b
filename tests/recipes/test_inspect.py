"""Data before a training: what is said of them, and the picture of ten."""

import numpy as np
import pytest
from PIL import Image

from minigan.models.presets import PRESETS
from minigan.recipes import inspect
from minigan.recipes.inspect import as_it_comes, show_data
from minigan.recipes.settings import Settings
from minigan.recipes.setup import load_samples


@pytest.fixture
def photos(tmp_path):
    """A folder of 14 pictures in several shapes, one wide grey of 16 bits, one transparent, one that is broken."""
    folder = tmp_path / "my pictures"
    folder.mkdir()
    for i in range(12):
        Image.effect_noise(((40, 60) if i % 2 else (90, 50)), 60).convert("RGB").save(folder / f"{i:02}.webp")
    Image.fromarray(np.arange(5000, dtype=np.uint16).reshape(50, 100) % 4096).save(folder / "12.png")
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(folder / "13.png")
    (folder / "14.png").write_text("text")
    return folder


def test_the_same_is_said_as_before_a_training(photos, tmp_path):
    text = show_data(f"folder:{photos}", "train", image_size=24, background="white", out=str(tmp_path / "x.png"))
    first = text.splitlines()[0]
    settings = Settings(data=f"folder:{photos}", image_size=24, background="white").resolved()
    assert first == f"folder:{photos} (train): {load_samples(settings)[0].report}"
    assert "trained at 24 x 24, --image-size 48 for more" in first and "unreadable: 14.png" in first
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size[0] > 500


def test_as_it_comes_is_the_whole_of_each_file(photos):
    dataset, _ = load_samples(Settings(data=f"folder:{photos}", image_size=24).resolved())
    shown, title = as_it_comes(dataset, np.arange(len(dataset)))
    assert title == "the whole of each file" and shown.shape == (len(dataset), 128, 128, 3)
    row = dataset.names.index("12.png")  # twice as wide as high, from black to white
    grey = np.float32(128 / 255)
    assert (shown[row, :32] == grey).all() and (shown[row, 96:] == grey).all()
    assert shown[row, 32:96].min() < 0.1 and shown[row, 32:96].max() > 0.9
    digits, _ = load_samples(Settings(data="digits-8x8", image_size=16).resolved())
    shown, title = as_it_comes(digits, np.array([3]))
    assert title == "8x8, 0..255" and np.array_equal(shown[0], digits.x[3].astype(np.float32) / 255)


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_has_a_summary_where_there_are_no_data(name):
    assert f"preset {name}: " in (text := inspect.summary(name)) and text.count("total") == 2


@pytest.mark.parametrize("recipe", ["cgan", "ac-gan", "projection", "sagan", "biggan"])
def test_conditional_networks_have_a_summary(recipe):
    preset = Settings(recipe=recipe).resolved().preset
    text = inspect.summary(preset, recipe=recipe)
    assert f"recipe {recipe}: " in text and ("Embedding" in text or "ConditionalBatchNorm" in text)
