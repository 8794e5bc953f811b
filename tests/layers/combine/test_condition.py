"""SharedCondition: against a forward pass by hand, its gradients, and what every tool makes of it."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.gradcheck import check_layer, check_network
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Embedding,
    LeakyReLU,
    ModulatedBatchNorm,
    ReLU,
    Reshape,
    Sequential,
    SharedCondition,
    StaleCacheError,
    Sum,
    Tanh,
    UpSampling2D,
    spectral_normalised,
    summary,
    total_flop,
)
from minigan.layers.spectral import SpectralNorm
from minigan.losses import Hinge
from minigan.models import Noise
from minigan.models.conditional import takes_labels
from minigan.objectives import Gan
from minigan.optim import Adam
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.training.ema import Average

number = st.integers
CLASSES, E, Z, FIRST = 3, 4, 7, 3  # the condition: 4 numbers of the class, 7 of the noise


def generator(rng, slope=0.2):
    """A small G of BigGAN's kind: two norms with columns that overlap in the class, one block with a skip."""
    block = Sum(
        ("body", Sequential(
            ("norm1", ModulatedBatchNorm(2, ((0, E), (E + 3, E + 5)), slope=slope, rng=rng)),
            ("up", UpSampling2D((1, 2))), ("conv", Conv2D(2, 2, (2, 3), bias=False, rng=rng)),
            ("norm2", ModulatedBatchNorm(2, ((0, E), (E + 5, E + 7)), slope=slope, rng=rng)),
        )),
        ("skip", Sequential(("conv", Conv2D(2, 2, 1, rng=rng)), ("up", UpSampling2D((1, 2))))),
    )  # fmt: skip
    body = Sequential(
        ("dense", Dense(FIRST, 12, rng=rng)), ("reshape", Reshape(3, 2, 2)), ("block", block),
        ("norm", BatchNorm(2, slope=slope)), ("image", Conv2DTranspose(2, 1, 3, rng=rng)), ("tanh", Tanh()),
    )  # fmt: skip
    return SharedCondition(Embedding(CLASSES, E, rng=rng), body, first=FIRST)


def told(N, kind="labels", seed=0):
    rng = np.random.default_rng(seed)
    shares = rng.random((N, CLASSES))
    return {"labels": shares / shares.sum(axis=1, keepdims=True) if kind == "mixtures" else rng.integers(2, size=N)}


@pytest.mark.long
@given(N=number(2, 4), kind=st.sampled_from(["labels", "mixtures"]), slope=st.sampled_from([0.2, 0.0, None]),
       training=st.booleans(), seed=number(0, 99))  # fmt: skip
def test_gradients_over_drawn_batches(N, kind, slope, training, seed):
    rng = np.random.default_rng(seed)
    facts = told(N, kind, seed)
    report = check_layer(generator(rng, slope), input_shape=(N, Z), rng=rng, training=training, given=facts)
    assert report.ok and not [key for key in report.errors if key.endswith("condition")], report


def test_gradients(rng):
    report = check_layer(generator(rng), input_shape=(3, Z), rng=rng, training=True, given=told(3))
    assert report.ok, report
    assert {"dx", "embedding.w", "body.block.body.norm1.gain", "body.block.body.norm2.shift"} <= report.errors.keys()


def test_gradients_with_spectral_norm_in_g(rng):
    G = spectral_normalised(generator(rng), rng=rng)
    assert isinstance(G, SharedCondition) and G.first == FIRST
    assert sum(isinstance(layer, SpectralNorm) for _, layer in G.leaves()) == 4
    assert check_layer(G, input_shape=(3, Z), rng=rng, training=False, given=told(3)).ok


def test_by_hand(rng):
    G, z, labels = generator(rng).astype(np.float64), rng.standard_normal((4, Z)), np.array([2, 0, 0, 1])
    for p in G.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    y, _ = G.forward(z, given={"labels": labels})
    e = G.layers["embedding"].params["w"][labels]
    condition = np.concatenate([e, z], axis=1)
    body = dict(G.layers["body"].layers)
    x, _ = body["dense"].forward(z[:, :FIRST])
    x, _ = body["reshape"].forward(x)
    inner, skip = (dict(layer.layers) for layer in body["block"].layers.values())
    h = by_hand(inner["norm1"], x, np.concatenate([e, z[:, 3:5]], axis=1))
    h, _ = inner["conv"].forward(inner["up"].forward(h)[0])
    h = by_hand(inner["norm2"], h, np.concatenate([e, z[:, 5:7]], axis=1))
    h = h + skip["up"].forward(skip["conv"].forward(x)[0])[0]
    for name in ("norm", "image", "tanh"):
        h, _ = body[name].forward(h)
    np.testing.assert_allclose(y, h, rtol=1e-10, atol=1e-12)
    assert condition.shape == (4, E + Z) and y.shape == (4, 3, 4, 1)


def by_hand(norm, x, c):
    """What a ModulatedBatchNorm gives in training, for its own columns c of the condition."""
    xhat = (x - x.mean(axis=(0, 1, 2))) / np.sqrt(x.var(axis=(0, 1, 2)) + norm.eps)
    gain, shift = 1 + c @ norm.params["gain"], c @ norm.params["shift"]
    z = gain[:, None, None] * xhat + shift[:, None, None]
    return np.where(z > 0, z, norm.slope * z)


def test_walk_goes_the_way_of_forward(rng):
    G, z = generator(rng), rng.standard_normal((4, Z), dtype=np.float32)
    visits, walk = [], G.walk(z, given=told(4))
    try:
        while True:
            visits.append(next(walk))
    except StopIteration as stop:
        y = stop.value
    np.testing.assert_array_equal(y, G.forward(z, training=False, given=told(4))[0])
    assert [visit.name for visit in visits] == [name for name, _ in G.leaves()]
    assert visits[0].name == "embedding" and visits[0].y.shape == (4, E)
    assert visits[1].name == "body.dense" and visits[1].x.shape == (4, FIRST)


def test_what_tools_say_of_it(rng):
    G = generator(rng)
    text = summary(G, (Z,), told(1))
    for word in ("embedding", "body.block.body.norm1", "body.image"):
        assert word in text
    parameters = sum(p.size for p in G.params.values())
    assert f"{parameters:,}" in text and total_flop(G, (Z,), told(1)) > 0
    assert takes_labels(G) and not G.per_sample and not G.parameter_free
    assert [name for name, _ in G.parts()] == ["network"]
    assert set(G.state) == {f"body.{name}.{key}" for name in ("block.body.norm1", "block.body.norm2", "norm")
                            for key in ("mean", "var")}  # fmt: skip
    assert {layer.params["w"].dtype for _, layer in generator(rng).astype(np.float64).leaves()
            if "w" in layer.params} == {np.dtype(np.float64)}  # fmt: skip


def test_rebuilt_with_other_layers(rng):
    G = generator(rng)
    other = G.rebuilt(lambda name, layer: [("a", layer), ("b", ReLU())] if name == "body.norm" else layer)
    assert isinstance(other, SharedCondition) and other.first == FIRST and "body.b" in dict(other.leaves())
    assert other.params["embedding.w"] is G.params["embedding.w"]
    z = rng.standard_normal((3, Z), dtype=np.float32)
    same = G.rebuilt(lambda name, layer: layer)
    np.testing.assert_array_equal(same.forward(z, False, told(3))[0], G.forward(z, False, told(3))[0])


def test_only_what_is_asked_for_comes_back(rng):
    G = generator(rng)
    z = rng.standard_normal((3, Z), dtype=np.float32)
    y, cache = G.forward(z, given=told(3))
    dx, grads = G.backward(np.ones_like(y), cache)
    assert dx.shape == z.shape and dx.dtype == np.float32 and grads.keys() == G.params.keys()
    only, none = G.backward(np.ones_like(y), cache, param_grads=False)
    assert none == {} and np.array_equal(only, dx)
    assert G.param_grads(np.ones_like(y), cache).keys() == grads.keys()
    with kernels.use("plain"):
        y, cache = G.forward(z, given=told(3))
        dx_plain, grads_plain = G.backward(np.ones_like(y), cache)
    np.testing.assert_allclose(dx_plain, dx, rtol=1e-4, atol=1e-5)
    for key, grad in grads.items():
        np.testing.assert_allclose(grads_plain[key], grad, rtol=1e-4, atol=1e-4, err_msg=key)


def test_a_body_without_norms_that_listen(rng):
    """Then the embedding has no gradient but 0."""
    G = SharedCondition(Embedding(2, 3, rng=rng), Sequential(Dense(2, 3, rng=rng), LeakyReLU(0.2)), first=2)
    report = check_layer(G, input_shape=(3, 4), rng=rng, given={"labels": np.array([0, 1, 1])})
    assert report.ok, report
    y, cache = G.forward(np.ones((2, 4), np.float32), given={"labels": np.array([0, 1])})
    dx, grads = G.backward(y, cache)
    assert not grads["embedding.w"].any() and not dx[:, 2:].any() and dx[:, :2].any()


@pytest.mark.long
def test_a_mistake_in_it_is_found_where_it_is(rng):
    class Forgetful(ModulatedBatchNorm):
        def condition_grads(self, dgain, dshift, kept):
            grads = super().condition_grads(dgain, dshift, kept)
            return grads | {"condition": 0.5 * grads["condition"]}

    G = generator(rng)
    wrong = G.rebuilt(lambda name, layer: forgetting(Forgetful, layer) if name.endswith("norm2") else layer)
    report = check_network(wrong, input_shape=(3, Z), given=told(3), training=True)
    assert [finding.where for finding in report.findings] == ["body: block: body: norm2: condition"], report


def forgetting(kind, layer):
    other = copy.copy(layer)
    other.__class__ = kind
    return other


def game(rng, decay=0.9):
    """A training of G against a small D, with an average of G."""
    G = generator(np.random.default_rng(1))
    D = Sequential(Conv2D(1, 2, 3, stride=2, slope=0.2, rng=np.random.default_rng(2)), Reshape(8),
                   Dense(8, 1, rng=np.random.default_rng(3)))  # fmt: skip
    images = np.random.default_rng(4).uniform(-1, 1, (12, 3, 4, 1)).astype(np.float32)
    objective = Gan(G, D, Hinge(), Adam(G.params, lr=1e-2), Adam(D.params, lr=1e-2), Noise(Z))
    return Trainer(objective, images, batch_size=4, rng=np.random.default_rng(5),
                   given={"labels": np.arange(12) % CLASSES}, ema=Average(G, decay))  # fmt: skip


def test_a_training_with_an_average_goes_on_bit_for_bit(tmp_path, rng):
    through, half = game(rng), game(rng)
    for _ in range(4):
        through.step()
    for _ in range(2):
        half.step()
    assert not np.array_equal(half.ema.network.params["embedding.w"], half.objective.G.params["embedding.w"])
    save_checkpoint(tmp_path / "half.npz", half, {})
    again = game(rng)
    load_checkpoint(tmp_path / "half.npz", again)
    for _ in range(2):
        again.step()
    arrays = through.arrays()
    assert arrays.keys() == again.arrays().keys() and any("embedding.w" in key for key in arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(again.arrays()[key], array, err_msg=key)


def test_a_nan_is_reported_with_the_name_of_its_layer(rng):
    training = game(rng)
    training.objective.G.params["body.block.body.norm1.gain"][0, 0] = np.nan
    with pytest.raises(Exception, match="body.block.body.norm1"):
        training.step()


def test_refused(rng):
    G = generator(rng)
    z = np.ones((3, Z), np.float32)
    for x, facts, message in [
        (np.ones((3, 2), np.float32), told(3), "SharedCondition expected at least 3 numbers of noise, got 2"),
        (np.ones((3, 1, Z), np.float32), told(3), r"SharedCondition expected \(N, features\), got shape \(3, 1, 7\)"),
        (z, None, "layer 'embedding': Embedding needs labels"),
        (z, {"labels": np.array([0, 3, 1])}, "layer 'embedding': Embedding knows 3 classes, got labels from 0 to 3"),
        (np.ones((3, FIRST), np.float32), told(3),
         "layer 'body': layer 'block': layer 'body': layer 'norm1': ModulatedBatchNorm was made for a condition of"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            G.forward(x, given=facts)
    y, cache = G.forward(z + rng.standard_normal(z.shape, np.float32), given=told(3))
    with pytest.raises(ValueError, match="SharedCondition.backward expected the cache that its forward returned"):
        G.backward(y, None)
    with pytest.raises(ValueError, match="layer 'body': layer 'tanh': .* expected dy with the shape of y"):
        G.backward(y[:2], cache)
    with pytest.raises(NotImplementedError, match="SharedCondition has no double_backward"):
        G.double_backward(z, y, cache)
    G.params["embedding.w"][...] += 1
    with pytest.raises(StaleCacheError, match="layer 'embedding'"):
        G.backward(y, cache)
    for first in (0, -1, 1.5):
        with pytest.raises(ValueError, match="first.* must be a whole number of at least 1"):
            SharedCondition(Embedding(3, 2, rng=rng), Dense(2, 2, rng=rng), first)
