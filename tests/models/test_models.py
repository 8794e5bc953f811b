"""The networks: shapes of the paper's preset, any size, whole gradients, refused sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import total_flop
from minigan.layers.summary import visits
from minigan.models import PRESETS, build, dcgan, mlp, preset, signals


def test_paper32_is_the_network_of_its_description():
    G, D = build("paper32", (32, 32, 1), rng=np.random.default_rng(0))
    shapes = {key: p.shape for key, p in G.params.items() if key.endswith(".w")}
    assert shapes == {
        "dense.w": (100, 8 * 8 * 128), "up1.w": (5, 5, 128, 128), "up2.w": (5, 5, 64, 128), "image.w": (7, 7, 1, 64),
    }  # fmt: skip
    shapes = {key: p.shape for key, p in D.params.items() if key.endswith(".w")}
    assert shapes == {
        "down1.w": (5, 5, 1, 64), "down2.w": (5, 5, 64, 128), "down3.w": (5, 5, 128, 128), "logit.w": (2048, 1),
    }  # fmt: skip
    assert "dense.b" not in G.params and "logit.b" not in D.params
    assert G.layers["norm1"].slope == D.layers["down1"].slope == 0.3
    assert preset("paper32").batch_size == 128
    # One D and one G step are about 104 GFLOP: G forward 2, G backward 2, D forward 3, D backward about 2 + 2 + 1.
    assert 160e6 < total_flop(G, (100,)) < 170e6 and 38e6 < total_flop(D, (32, 32, 1)) < 42e6


@given(
    size=st.tuples(st.integers(4, 37), st.integers(4, 37)), channels=st.sampled_from([1, 3]),
    name=st.sampled_from(["quick", "paper32"]),
)  # fmt: skip
def test_any_height_and_width(size, channels, name):
    G, D = build(name, (*size, channels), rng=np.random.default_rng(0))
    z = PRESETS[name].z_dim
    assert G.output_shape((z,)) == (*size, channels) and D.output_shape((*size, channels)) == (1,)


def test_of_25_rows_the_maps_have_7_and_13():
    G, _ = build("paper32", (25, 28, 1), rng=np.random.default_rng(0))
    shapes = {name: y.shape[1:3] for name, _, _, y in visits(G, (100,))}
    assert (shapes["reshape"], shapes["up1"], shapes["up2"]) == ((7, 7), (13, 14), (25, 28))


@given(T=st.integers(1, 70), C=st.integers(1, 3), pac=st.sampled_from([1, 2]))
def test_signals_of_any_length(T, C, pac):
    G, D = build("signals", (T, C), rng=np.random.default_rng(0), pac=pac)
    assert G.output_shape((32,)) == (T, C) and D.output_shape((T, C * pac)) == (1,)
    assert [type(layer).__name__ for layer in G.layers.values()].count("Conv2DTranspose") == (
        3 if T > 24 else 2 if T > 12 else 1
    )


def test_images_are_in_range_and_logits_are_one_each(rng):
    G, D = dcgan(12, 3, g_widths=(8, 6), d_widths=(4, 5), dropout=0.3, rng=rng)
    x, _ = G.forward(rng.standard_normal((5, 64), dtype=np.float32))
    assert x.shape == (5, 12, 12, 3) and x.dtype == np.float32 and np.abs(x).max() <= 1
    assert D.forward(x)[0].shape == (5, 1) and "dropout2" in D.layers


def test_gradients_of_whole_networks(rng):
    G, D = dcgan((5, 4), 1, z_dim=3, g_widths=(3, 2), d_widths=(2, 3), kernel=3, rng=rng)
    for net, shape in (
        (G, (3, 3)),
        (D, (3, 5, 4, 1)),
        *zip(signals((9, 2), z_dim=3, widths=(2, 3), kernel=3, rng=rng), ((3, 3), (3, 9, 2)), strict=True),
        *zip(mlp((2,), z_dim=3, width=4, rng=rng), ((3, 3), (3, 2)), strict=True),
    ):
        report = check_layer(net, input_shape=shape)
        assert report.ok, report


def test_mlp_for_points_and_flat_images(rng):
    G, D = build("mlp", (2,), rng=rng)
    assert G.output_shape((16,)) == (2,) and D.output_shape((2,)) == (1,) and "tanh" not in G.layers
    G, D = build("mlp", (8, 7, 1), rng=rng)
    assert G.output_shape((16,)) == (8, 7, 1) and "tanh" in G.layers


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: build("quik", (16, 16, 1)), "unknown preset 'quik'; expected one of: dcgan, quick"),
        (lambda: build("quick", (3, 18, 1)), "--image-size must be at least 4 pixels .* got 3x18; try 4x18"),
        (lambda: build("quick", (16, 16, 2)), "1 \\(grey\\) or 3 \\(colour\\), got 2"),
        (lambda: build("quick", (2,)), "'quick' draws pictures, got samples of shape .2,.; .* preset 'mlp' draws all"),
        (lambda: build("signals", (8, 8, 1)), "'signals' draws signals, got samples of shape .8, 8, 1."),
        (lambda: signals((0, 1)), "each size of sample_shape"),
        (lambda: build("mlp", (2,), dropout=0.5), "dropout is for"),
        (lambda: mlp((2,), width=0), "width must be a whole number"),
    ],
)  # fmt: skip
def test_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
