"""The networks of the preset wavegan: sizes for any length, phase shuffle where there is room, gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import BatchNorm, Conv1D, PhaseShuffle, spectral_normalised
from minigan.models import build
from minigan.models.wavegan import not_shuffled, wavegan
from minigan.penalties import check_discriminator

SMALL = {"z_dim": 3, "widths": (4, 5, 6), "kernel": 7}


@given(T=st.integers(1, 300), C=st.integers(1, 3), stride=st.integers(2, 4), g_norm=st.booleans())
def test_every_length(T, C, stride, g_norm):
    G, D = wavegan((T, C), stride=stride, g_norm=g_norm, **SMALL)
    assert G.output_shape((3,)) == (T, C) and D.output_shape((T, C)) == (1,)
    check_discriminator(D)


def test_the_papers_shape():
    """1,024 steps, a quarter in each layer, and the shuffle between D's layers."""
    G, D = wavegan((1024, 1), z_dim=3, widths=(4, 5, 6))
    x, maps = np.zeros((1, 1024, 1), np.float32), []
    for visit in D.walk(x):
        maps += [visit.y.shape[1:]] if isinstance(visit.layer, Conv1D) else []
    assert maps == [(256, 4), (64, 5), (16, 6)]
    assert [name for name, layer in D.leaves() if isinstance(layer, PhaseShuffle)] == ["shuffle1", "shuffle2"]
    assert D.layers["down1"].kernel[1] == 25
    assert not any(isinstance(layer, BatchNorm) for _, layer in G.leaves())
    for options in ({"phase_shuffle": 0}, {"kernel": 3}):
        _, D = wavegan((1024, 1), z_dim=3, widths=(4, 5, 6), **options)
        assert ("shuffle1" in D.layers) == (options.get("phase_shuffle") != 0)


def test_maps_too_short_to_shift_are_left_alone():
    _, D = wavegan((34, 1), phase_shuffle=10, stride=2, **SMALL)  # maps of 17, 9 and 5 steps
    assert "shuffle1" in D.layers and "shuffle2" not in D.layers and "down3" in D.layers
    D.forward(np.zeros((2, 34, 1), np.float32))


def test_it_says_where_nothing_is_shifted():
    assert not_shuffled(wavegan((34, 1), phase_shuffle=10, stride=2, **SMALL)[1]) == ["down2"]
    assert not_shuffled(wavegan((34, 1), phase_shuffle=2, stride=2, **SMALL)[1]) == []
    assert not_shuffled(wavegan((9, 1), z_dim=4)[1]) == ["down1"], "there is one layer"
    assert not_shuffled(spectral_normalised(wavegan((34, 1), phase_shuffle=10, stride=2, **SMALL)[1])) == ["down2"]


def test_a_shuffle_too_long_for_every_map_is_refused_with_the_longest_that_fits():
    with pytest.raises(ValueError, match="the longest has 17 steps of signals of 34; got 17; use at most 16"):
        wavegan((34, 1), phase_shuffle=17, stride=2, **SMALL)
    _, D = wavegan((34, 1), phase_shuffle=16, stride=2, **SMALL)
    assert "shuffle1" in D.layers


@pytest.mark.parametrize("g_norm", [False, True])
def test_gradients_of_both(g_norm, rng):
    for network, shape in zip(wavegan((21, 2), g_norm=g_norm, rng=rng, **SMALL), ((4, 3), (3, 21, 2)), strict=True):
        report = check_layer(network, input_shape=shape, rng=np.random.default_rng(1))
        assert report.ok and report.checked > 100, report


def test_the_same_seed_the_same_networks():
    one, two = (wavegan((64, 1), rng=np.random.default_rng(3), **SMALL) for _ in range(2))
    for mine, yours in zip(one, two, strict=True):
        assert all(np.array_equal(p, yours.params[key]) for key, p in mine.params.items())


def test_build_and_refusals():
    G, D = build("wavegan", (64, 2))
    assert G.output_shape((32,)) == (64, 2)
    _, D = build("wavegan", (64, 2), pac=3)
    assert D.layers["down1"].c_in == 6
    with pytest.raises(ValueError, match="preset 'wavegan' draws signals, got samples of shape"):
        build("wavegan", (8, 8, 1))
    with pytest.raises(ValueError, match="each size of sample_shape must be a whole number"):
        wavegan((0, 1))
