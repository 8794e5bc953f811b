"""Right layers of any configuration pass: shapes, strides, paddings, kernels, constants, networks, all at random."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    Tanh,
    UpSampling2D,
)
from minigan.lessons.clinic.zoo import plain
from minigan.lessons.clinic.zoo.images import RIGHT

sizes, few = st.integers(1, 6), st.integers(1, 3)
pairs = st.tuples(few, few)
slopes = st.one_of(st.floats(-1, 2, allow_subnormal=False), st.sampled_from([0.0, 0.01, 0.2, 1.0]))
paddings = st.one_of(st.sampled_from(["same", "valid"]), st.integers(0, 2), st.tuples(st.tuples(few, few), pairs))


@st.composite
def convolutions(draw, c_in):
    kind = draw(st.sampled_from([Conv2D, Conv2DTranspose]))
    return kind(c_in, draw(few), draw(st.one_of(few, pairs)), stride=draw(st.one_of(few, pairs)),
                padding=draw(paddings), bias=draw(st.booleans()), rng=draw(generators()))  # fmt: skip


@st.composite
def generators(draw):
    return np.random.default_rng(draw(st.integers(0, 2**32)))


@st.composite
def batchnorms(draw, channels):
    momentum = draw(st.floats(0, 0.999, allow_subnormal=False))
    slope = draw(st.one_of(st.none(), slopes))
    return BatchNorm(channels, momentum=momentum, eps=10 ** draw(st.floats(-7, -1)), slope=slope)


@st.composite
def pointwise(draw):
    kind = draw(st.sampled_from([LeakyReLU, ReLU, Tanh, Sigmoid, Dropout]))
    if kind is LeakyReLU:
        return kind(draw(slopes))
    return kind(draw(st.floats(0, 0.9)), rng=draw(generators())) if kind is Dropout else kind()


@st.composite
def images(draw):
    return draw(st.integers(1, 4)), draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(few)


@st.composite
def single(draw):
    """One layer, and the shape of an input for it."""
    shape = draw(images())
    kind = draw(st.sampled_from(["dense", "convolution", "norm", "pointwise", "shape"]))
    if kind == "dense":
        n_in = draw(sizes)
        return Dense(n_in, draw(sizes), bias=draw(st.booleans()), rng=draw(generators())), (shape[0], n_in)
    if kind == "convolution":
        return draw(convolutions(shape[-1])), shape
    if kind == "norm":
        shape = draw(st.sampled_from([shape, (shape[0], shape[3]), (*shape[:2], shape[3])]))
        return draw(batchnorms(shape[-1])), shape
    if kind == "pointwise":
        return draw(pointwise()), draw(st.sampled_from([shape, shape[:2], shape[:3]]))
    flat = int(np.prod(shape[1:]))
    return draw(st.sampled_from([(Flatten(), shape), (Reshape(*shape[1:]), (shape[0], flat)),
                                 (UpSampling2D(draw(pairs)), shape)]))  # fmt: skip


@st.composite
def networks(draw):
    """A small network for images: convolution, perhaps a norm, an activation, perhaps a dense layer on top."""
    N, H, W, C = draw(images())
    layers = [draw(convolutions(C))]
    if draw(st.booleans()):
        layers.append(draw(batchnorms(layers[0].c_out)))
    layers.append(draw(pointwise()))
    if draw(st.booleans()):
        try:
            size = int(np.prod(layers[0].output_shape((H, W, C))))
        except ValueError:
            assume(False)
        layers += [Flatten(), Dense(size, draw(few), rng=draw(generators()))]
    return Sequential(*layers), (N, H, W, C)


def is_not_called_wrong(layer, shape, seed):
    """Whatever can run in both modes is right, or too kinked to be judged; it is never wrong."""
    rng = np.random.default_rng(seed)
    try:
        for training in (True, False):
            layer.forward(rng.standard_normal(shape), training=training)
    except ValueError:
        assume(False)
    report = check_layer(layer, input_shape=shape, rng=rng)
    assert report.verdict != "WRONG", f"{layer}, {vars(layer)}, {shape}\n{report}"


cases = st.one_of(single(), single(), networks())
seeds = st.integers(0, 2**32)


@pytest.mark.long
@settings(max_examples=150)
@given(case=cases, seed=seeds)
def test_right_layers_are_never_called_wrong(case, seed):
    is_not_called_wrong(*case, seed)


@pytest.mark.slow
@settings(max_examples=2000)
@given(case=cases, seed=seeds)
def test_two_thousand_right_layers_are_never_called_wrong(case, seed):
    is_not_called_wrong(*case, seed)


@pytest.mark.parametrize("kind, args, shape", [*plain.RIGHT, *RIGHT], ids=lambda v: getattr(v, "__name__", ""))
def test_the_layers_that_the_zoo_is_bred_from_pass(kind, args, shape):
    for seed in range(5):
        report = check_layer(kind(*args), input_shape=shape, rng=np.random.default_rng(seed))
        assert report.ok, report
