"""An input that hides no mistakes, chosen without being told; and what a given one may hide."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.core.inputs import candidates, drawn, hiding, part_of, suggested_shape
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
    UpSampling2D,
)
from minigan.lessons.clinic.zoo import images, plain

BUILT_IN = [Dense(4, 6), Conv2D(6, 7, (3, 4)),
            Conv2D(2, 5, (3, 4), stride=(2, 1)), Conv2DTranspose(4, 2, 3, stride=2), BatchNorm(3), Tanh(),
            Dropout(0.3), Flatten(), Reshape(2, 3), UpSampling2D((2, 3)), LeakyReLU(),
            Sequential(Conv2D(2, 3, 3), Flatten()), Sequential(Flatten(), Dense(24, 3)),
            Sequential(Dense(4, 6), BatchNorm(6))]  # fmt: skip


@pytest.mark.parametrize("layer", BUILT_IN[:-2] + BUILT_IN[-1:], ids=lambda layer: type(layer).__name__)
def test_built_in_layers_tell_what_they_take(layer):
    shape = suggested_shape(layer)
    assert shape[0] >= 3
    if len(shape) == 4:
        used = {*getattr(layer, "kernel", ()), *getattr(layer, "stride", ()), shape[0], shape[3]}
        assert shape[1] != shape[2] and not used & {shape[1], shape[2]}
    assert check_layer(layer).ok


@pytest.mark.parametrize("layer", [Flatten(), LeakyReLU(), UpSampling2D((2, 3))])
def test_a_layer_that_takes_anything_gets_images(layer):
    assert suggested_shape(layer) == (3, 7, 6, 2)


def test_params_of_the_wrong_kind_do_not_stop_the_search():
    layer = Tanh()
    layer.params = [np.ones(3)]
    assert next(candidates(layer)) == (3, 7, 6, 2)


@pytest.mark.parametrize("kind, args, shape", [*plain.RIGHT, *images.RIGHT], ids=lambda v: getattr(v, "__name__", ""))
def test_so_do_most_layers_of_others(kind, args, shape):
    if kind.__name__ not in ("Embedding", "LayerNorm", "MaxPool"):  # whose attributes do not say what they need
        assert check_layer(kind(*args)).ok


def test_what_a_small_input_hides_is_noted():
    rng = np.random.default_rng(0)
    assert hiding(rng.standard_normal((5, 4))) == [] == hiding(rng.standard_normal((3, 5, 4, 2)))
    assert "1 sample:" in hiding(rng.standard_normal((1, 4)))[0]
    assert "swapped height and width" in hiding(rng.standard_normal((3, 5, 5, 2)))[0]
    report = check_layer(Tanh(), input_shape=(2, 4, 4, 1))
    assert report.ok and len(report.notes) == 2 and "note: x holds 2 samples" in str(report)


def test_drawn_inputs_hold_large_entries():
    x = drawn(np.random.default_rng(0), (40, 40))
    assert (np.abs(x) > 4).mean() > 0.1 and np.median(np.abs(x)) < 1


def test_a_piece_of_a_large_input():
    assert part_of(np.zeros((8, 32, 32, 3))).shape == (3, 7, 6, 3)
    assert part_of(np.zeros((64, 30))).shape == (5, 30)
    assert part_of(np.zeros((3, 7, 6, 3))) is None
