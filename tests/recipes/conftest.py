"""Plugins as real files, and a run whose generator is told the class."""

import pytest

from minigan import register
from minigan.recipes import Settings, plugins, train

TOLD = """
import numpy as np
from minigan.batch import labels_of, memberships
from minigan.layers import BatchNorm, Dense, Flatten, Layer, Reshape, Sequential, Tanh

class Told(Layer):
    def __init__(self, features, classes, rng, whole=False):
        self.classes, self.whole = classes, whole
        self.params = {"table": rng.standard_normal((classes, features)).astype(np.float32)}
    def forward(self, x, training=True, given=None):
        if self.whole:
            m = np.eye(self.classes, dtype=x.dtype)[labels_of(given, len(x), self.classes, "Told")]
        else:
            m = memberships(given, len(x), self.classes, "Told", x.dtype)
        return x + m @ self.params["table"].astype(x.dtype), self.seal(m)
    def backward(self, dy, cache, param_grads=True):
        (m,) = self.unseal(cache, dy)
        return dy, {"table": m.T @ dy}

def networks(shape, z_dim, rng, classes, whole):
    size = int(np.prod(shape))
    G = Sequential(("dense", Dense(z_dim, size, rng=rng)), ("norm", BatchNorm(size)),
                   ("told", Told(size, classes, rng, whole)), ("shape", Reshape(*shape)), ("tanh", Tanh()))
    return G, Sequential(("flat", Flatten()), ("logit", Dense(size, 1, rng=rng)))

@register.network("told", z_dim=4, image_size=8)
def told(shape, *, z_dim, rng, classes):
    return networks(shape, z_dim, rng, classes, whole=False)

@register.network("told-whole", z_dim=4, image_size=8)
def told_whole(shape, *, z_dim, rng, classes):
    return networks(shape, z_dim, rng, classes, whole=True)
"""


@pytest.fixture
def plugin(tmp_path):
    """A function (text, name) -> the path of a plugin in tmp_path. What the plugins of a test register is taken back at
    its end."""
    written = []

    def write(text, name="my_game.py"):
        path = tmp_path / name
        path.write_text(f"from minigan import register\n{text}\n")
        written.append(str(path.resolve()))
        return path

    yield write
    for path in written:
        register.forget(path)
        plugins.LOADED.pop(path, None)
    plugins.GIVEN.clear()


@pytest.fixture(scope="module")
def told_runs(tmp_path_factory):
    """A folder with two short runs on ten classes of digits whose G is told the class: "mixed", whose layer takes
    mixtures of classes, and "whole", whose layer does not; both with a batch norm."""
    folder = tmp_path_factory.mktemp("told")
    path = folder / "told.py"
    path.write_text(f"from minigan import register\n{TOLD}\n")
    for name, preset in (("mixed", "told"), ("whole", "told-whole")):
        settings = Settings(plugin=[path], preset=preset, data="digits-8x8", batch_size=8, steps=2, sample_every=1000)
        train(settings, out=folder / name, progress=False, say=lambda text: None)
    yield folder
    register.forget(str(path.resolve()))
    plugins.LOADED.pop(str(path.resolve()), None)
