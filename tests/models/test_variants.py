"""Networks changed after they are built: what is added is there, what was there keeps its name and its arrays."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    LogSumExp,
    Sequential,
    SpectralNorm,
    VirtualBatchNorm,
    spectral_normalised,
)
from minigan.models import build, dcgan, mlp, variants

SHAPES = {"quick": (16, 16, 1), "paper32": (16, 16, 3), "mlp": (2,), "points": (2,)}


def built(name, **options):
    return build(name, SHAPES[name], rng=np.random.default_rng(0), **options)


def batch(shape, rng, n=6):
    return rng.standard_normal((n, *shape), dtype=np.float32)


def test_the_networks_of_the_published_point_tables():
    G, D = built("points")
    shapes = [p.shape for key, p in G.params.items() if key.endswith(".w")]
    assert shapes == [(2, 400), (400, 400), (400, 400), (400, 400), (400, 2)] and "hidden1.b" not in G.params
    shapes = [p.shape for key, p in D.params.items() if key.endswith(".w")]
    assert shapes == [(2, 1000), (200, 1000), (200, 1000), (200, 1)] and D.layers["hidden1"].pieces == 5
    assert isinstance(G.layers["norm1"], BatchNorm) and G.layers["norm1"].slope == 0


@pytest.mark.parametrize("name", SHAPES)
def test_packed(name, rng):
    _, D = built(name, pac=2)
    one, x = variants.packed(D, 2, SHAPES[name]), batch(SHAPES[name], rng)
    assert one.forward(x)[0].shape == (3, 1) and list(one.layers)[1:] == list(D.layers)
    _, plain = built(name)
    with pytest.raises(ValueError, match=r"not built for packs of 2 samples.*write build\(..., pac=2\)"):
        variants.packed(plain, 2, SHAPES[name])
    with pytest.raises(ValueError, match="not built for packs of 3"):
        variants.packed(D, 3, SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
def test_spectrally_normalised_networks_keep_their_names(name, rng):
    _, D = built(name)
    one = spectral_normalised(D, rng=rng)
    assert list(one.params) == list(D.params) and all(one.params[key] is D.params[key] for key in D.params)
    wrapped = [key for key, layer in one.layers.items() if isinstance(layer, SpectralNorm)]
    assert wrapped == [key for key, layer in D.layers.items() if isinstance(layer, (Dense, Conv2D))]


def test_batch_norm_is_neither_in_the_first_layer_nor_at_the_logit(rng):
    _, D = built("paper32", dropout=0.1)
    one = variants.batch_normalised(D)
    norms = [name for name, layer in one.layers.items() if isinstance(layer, BatchNorm)]
    assert norms == ["down2_norm", "down3_norm"] and [name for name in one.layers if name not in norms] == list(
        D.layers
    )
    assert one.layers["down2_norm"].slope == 0.3 and one.layers["down2"].slope == 1 and "down2.b" not in one.params
    assert one.layers["down1"].slope == 0.3 and "down1.b" in one.params
    assert D.layers["down2"].slope == 0.3 and "down2.b" in D.params, "the one it was made from is as it was"
    assert one.params["down2.w"] is D.params["down2.w"]
    _, D = mlp((2,), width=7, depth=3, rng=rng)
    one = variants.batch_normalised(D)
    assert list(one.layers) == "flatten hidden1 hidden2 hidden2_norm hidden3 hidden3_norm logit".split()
    assert one.layers["hidden2_norm"].slope == 0.2 and one.layers["hidden2"].slope == 1
    with pytest.raises(ValueError, match="between the first and the last"):
        variants.batch_normalised(mlp((2,), width=7, depth=1, rng=rng)[1])


def test_batch_norm_comes_before_the_activation(rng):
    """z = conv(x) without bias; batch norm; leaky: as written out."""
    _, D = dcgan(8, 1, d_widths=(3, 4), slope=0.25, rng=rng)
    one, x = variants.batch_normalised(D), batch((8, 8, 1), rng)
    h = D.layers["down1"].forward(x)[0]
    plain = Conv2D(3, 4, 4, stride=2, bias=False, rng=rng)
    plain.params["w"] = D.params["down2.w"]
    z = plain.forward(h)[0]
    z = (z - z.mean(axis=(0, 1, 2))) / np.sqrt(z.var(axis=(0, 1, 2)) + 1e-5)
    expected = D.layers["logit"].forward(np.where(z > 0, z, 0.25 * z).reshape(len(x), -1))[0]
    np.testing.assert_allclose(one.forward(x)[0], expected, atol=2e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_minibatch_discrimination_stands_before_the_logit(name, rng):
    _, D = built(name)
    one = variants.minibatch_discriminating(D, kernels=4, dims=3, rng=rng)
    n = D.layers["logit"].n_in
    assert list(one.layers) == [*list(D.layers)[:-1], "minibatch", "logit"]
    assert one.params["minibatch.t"].shape == (n, 3, 4) and one.params["logit.w"].shape == (n + 4, 1)
    assert one.forward(batch(SHAPES[name], rng))[0].shape == (6, 1) and not one.per_sample


@pytest.mark.parametrize("name", SHAPES)
def test_a_classifier_ends_in_scores_and_their_log_sum_exp(name, rng):
    _, D = built(name)
    one, x = variants.classifying(D, 5, rng=rng), batch(SHAPES[name], rng)
    assert list(one.layers)[-2:] == ["classes", "logit"] and isinstance(one.layers["logit"], LogSumExp)
    scores = one.split("logit")[0].forward(x)[0]
    assert scores.shape == (6, 5)
    np.testing.assert_allclose(one.forward(x)[0][:, 0], np.log(np.exp(scores).sum(axis=1)), rtol=1e-5)
    with pytest.raises(ValueError, match="classes must be a whole number of at least 2"):
        variants.classifying(D, 1)
    with pytest.raises(ValueError, match="ends in a Dense layer, got one that ends in 'logit', LogSumExp"):
        variants.minibatch_discriminating(one)


@pytest.mark.parametrize("name", ["quick", "paper32", "points"])
def test_virtual_batch_norm_takes_every_place_of_batch_norm(name, rng):
    G, _ = built(name)
    z_dim = next(iter(G.layers.values())).n_in
    one = variants.virtually_normalised(G, batch((z_dim,), rng, 8))
    assert list(one.layers) == ["reference", *G.layers, "examples"] and list(one.params) == list(G.params)
    assert not any(isinstance(layer, BatchNorm) for layer in one.layers.values())
    norms = {key: layer for key, layer in one.layers.items() if isinstance(layer, VirtualBatchNorm)}
    assert all(norm.slope == G.layers[key].slope for key, norm in norms.items()) and len(norms) >= 3
    z = batch((z_dim,), rng)
    np.testing.assert_allclose(one.forward(z)[0][:1], one.forward(z[:1])[0], atol=1e-5)  # each for itself
    with pytest.raises(ValueError, match="this G has none"):
        variants.virtually_normalised(mlp((2,), rng=rng)[0], batch((2,), rng))


def test_views_stand_in_front(rng):
    _, D = built("mlp")
    one = variants.seen_through(D, ("first", Dense(2, 2, rng=rng)))
    assert list(one.layers) == ["first", *D.layers] and one.layers["logit"] is D.layers["logit"]


def test_gradients_of_changed_networks(rng):
    _, D = dcgan(4, 1, d_widths=(2, 3), kernel=3, pac=2, rng=rng)
    D = variants.packed(variants.batch_normalised(D), 2, (4, 4, 1))
    assert (report := check_layer(D, input_shape=(6, 4, 4, 1))).ok, report
    G, D = dcgan(4, 1, z_dim=3, g_widths=(3, 2), d_widths=(2, 3), kernel=3, rng=rng)
    D = variants.classifying(D, 3, rng=rng)
    G = variants.virtually_normalised(G, rng.standard_normal((4, 3)))
    for net, shape in ((D, (3, 4, 4, 1)), (G, (3, 3)), (Sequential(*G.layers.items(), *D.layers.items()), (3, 3))):
        assert (report := check_layer(net, input_shape=shape)).ok, report
