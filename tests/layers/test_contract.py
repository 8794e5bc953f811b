"""What every layer promises: explicit caches, the dtype of the input, nothing else changed, clear errors."""

import copy

import numpy as np
import pytest

from minigan.layers import (
    AveragePool2D,
    BatchNorm,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Equalised,
    Fade,
    Flatten,
    Gain,
    Layer,
    LeakyReLU,
    Maxout,
    MaxoutDense,
    MaxPool2D,
    MinibatchStdDev,
    PhaseShuffle,
    PixelNorm,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    SpectralNorm,
    StaleCacheError,
    SumPool,
    Tanh,
    UpSampling2D,
)


def all_layers():
    rng = np.random.default_rng(1)
    return [
        (Dense(4, 3, rng=rng), (5, 4)),
        (Conv2D(2, 3, (3, 2), stride=(2, 3), rng=rng), (3, 7, 5, 2)),
        (Conv2DTranspose(2, 3, (3, 2), stride=(2, 3), rng=rng), (3, 4, 3, 2)),
        (Conv1D(2, 3, 3, stride=2, rng=rng), (3, 7, 2)),
        (Conv1DTranspose(2, 3, 3, stride=2, rng=rng), (3, 4, 2)),
        (PhaseShuffle(2, rng=rng), (3, 4, 2)),
        (BatchNorm(3), (4, 2, 3, 3)),
        (SpectralNorm(Conv2DTranspose(2, 3, (3, 2), stride=(2, 3), rng=rng), rng=rng), (3, 4, 3, 2)),
        (Maxout(2), (3, 4)),
        (MaxoutDense(4, 3, 2, rng=rng), (5, 4)),
        (LeakyReLU(), (3, 4)),
        (ReLU(), (3, 4)),
        (Tanh(), (3, 4)),
        (Sigmoid(), (3, 4)),
        (Dropout(0.5, rng=rng), (3, 4)),
        (Flatten(), (3, 2, 4, 1)),
        (Reshape(4, 2), (3, 8)),
        (UpSampling2D((2, 3)), (3, 2, 4, 1)),
        (AveragePool2D((2, 3)), (3, 5, 4, 2)),
        (MaxPool2D((2, 3)), (3, 5, 4, 2)),
        (SumPool(), (3, 2, 4, 2)),
        (Gain(), (3, 2, 4, 2)),
        (PixelNorm(), (3, 2, 4, 2)),
        (Equalised(Conv2D(2, 3, (3, 2), rng=rng)), (3, 4, 3, 2)),
        (MinibatchStdDev(2), (3, 2, 4, 2)),
        (Fade(), (3, 2, 4, 2)),
        (
            Sequential(Conv2D(1, 2, 3, rng=rng), BatchNorm(2), LeakyReLU(), Flatten(), Dense(16, 1, rng=rng)),
            (3, 2, 4, 1),
        ),
    ]


EVERY = pytest.mark.parametrize(
    "layer, shape", all_layers(), ids=lambda v: type(v).__name__ if isinstance(v, Layer) else ""
)


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_of_the_input_is_kept(layer, shape, dtype, rng):
    layer = copy.deepcopy(layer).astype(dtype)
    x = rng.standard_normal(shape).astype(dtype)
    for training in (True, False):
        y, cache = layer.forward(x, training=training)
        dx, grads = layer.backward(np.ones_like(y), cache)
        assert y.dtype == dx.dtype == dtype
        assert all(g.dtype == dtype and g.shape == layer.params[k].shape for k, g in grads.items())


@EVERY
def test_inputs_are_left_alone_and_each_pass_keeps_its_own_cache(layer, shape, rng):
    layer = copy.deepcopy(layer)
    one, two = (rng.standard_normal(shape).astype(np.float32) for _ in range(2))
    kept = one.copy()
    y, cache = layer.forward(one)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    kept_dy = dy.copy()
    expected, _ = layer.backward(dy, cache)
    layer.forward(two)  # a second application must not disturb the first one's cache
    again, grads = layer.backward(dy, cache)
    np.testing.assert_array_equal(again, expected)
    np.testing.assert_array_equal(one, kept)
    np.testing.assert_array_equal(dy, kept_dy)
    repeated = layer.backward(dy, cache)[1]
    assert all(np.array_equal(grads[k], repeated[k]) for k in grads), "backward must not accumulate"


@EVERY
def test_param_grads_can_be_left_out(layer, shape, rng):
    layer = copy.deepcopy(layer)
    y, cache = layer.forward(rng.standard_normal(shape).astype(np.float32))
    full, _ = layer.pull_back(np.ones_like(y), cache)
    dx, grads = layer.pull_back(np.ones_like(y), cache, param_grads=False)
    assert grads == {}
    np.testing.assert_array_equal(dx, full)


@EVERY
def test_the_bare_call_without_parameter_gradients_works_too(layer, shape, rng):
    y, cache = copy.deepcopy(layer).forward(rng.standard_normal(shape).astype(np.float32))
    dx, grads = layer.backward(np.ones_like(y), cache, param_grads=False)
    assert dx.shape == shape and not grads


@EVERY
def test_only_training_changes_state(layer, shape, rng):
    layer = copy.deepcopy(layer)
    before = {k: v.copy() for k, v in layer.state.items()}
    layer.forward(rng.standard_normal(shape).astype(np.float32), training=False)
    assert all(np.array_equal(before[k], layer.state[k]) for k in before)


@EVERY
def test_a_gradient_of_the_wrong_shape_is_refused(layer, shape, rng):
    layer = copy.deepcopy(layer)
    y, cache = layer.forward(rng.standard_normal(shape).astype(np.float32))
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        layer.backward(np.ones((*y.shape, 1), np.float32), cache)


@EVERY
def test_a_stale_cache_is_refused(layer, shape, rng):
    layer = copy.deepcopy(layer)
    y, cache = layer.forward(rng.standard_normal(shape).astype(np.float32))
    for key in layer.params:
        changed = layer.params[key].reshape(-1)
        kept = changed[-1]
        changed[-1] += 0.5  # a single entry is enough
        with pytest.raises(StaleCacheError, match="stepped the optimizer between forward and backward"):
            layer.backward(np.ones_like(y), cache)
        changed[-1] = kept
        order = changed.copy()
        changed[:] = order[::-1]  # and so are swapped ones
        if not np.array_equal(changed, order):
            with pytest.raises(StaleCacheError):
                layer.backward(np.ones_like(y), cache)
        changed[:] = order
    layer.backward(np.ones_like(y), cache)  # and put back, it is fresh again


@EVERY
def test_integers_are_refused(layer, shape):
    with pytest.raises(ValueError, match="float32 or float64"):
        layer.forward(np.ones(shape, np.int64))


@EVERY
def test_output_shape_is_the_shape_of_the_output(layer, shape):
    y, _ = copy.deepcopy(layer).forward(np.ones(shape, np.float32))
    assert (shape[0], *layer.output_shape(shape[1:])) == y.shape


class Square(Layer):
    """A student's layer: two methods, no optional arguments, no __init__."""

    def forward(self, x):
        return x * x, x

    def backward(self, dy, cache):
        return 2 * cache * dy, {}


def test_a_students_layer_works_in_a_network(rng):
    net = Sequential(Dense(3, 4, rng=rng), Square(), Dense(4, 1, rng=rng))
    y, cache = net.forward(rng.standard_normal((5, 3)))
    dx, grads = net.backward(np.ones_like(y), cache, param_grads=False)
    assert dx.shape == (5, 3) and grads == {}
    assert net.layers["square1"].params == {} and net.output_shape((3,)) == (1,)


def test_a_layer_without_methods_says_what_to_write():
    with pytest.raises(NotImplementedError, match="must write forward"):
        Layer().forward(np.zeros(1))
    with pytest.raises(NotImplementedError, match="must write backward"):
        Layer().backward(np.zeros(1), None)


def test_double_backward_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="Square has no double_backward; gradient penalties need"):
        Square().double_backward(None, None, None)


def test_whole_number_gradients_are_refused():
    y, cache = LeakyReLU().forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match="float32 or float64 dy, got int64"):
        LeakyReLU().backward(np.ones((2, 3), np.int64), cache)


def test_something_else_than_a_cache_is_refused():
    with pytest.raises(ValueError, match="expected the cache"):
        Dense(2, 2).backward(np.zeros((1, 2)), np.zeros((1, 2)))


def test_a_layer_looks_at_each_sample_for_itself_only_if_it_says_so():
    """A subclass that writes another forward does not inherit the promise: it may well mix the samples."""

    class Centred(Dense):
        def forward(self, x, training=True):
            return super().forward(x - x.mean(axis=0), training)

    class Renamed(Dense):
        pass

    class Centring:
        def forward(self, x, training=True):
            return super().forward(x - x.mean(axis=0), training)

    class MixedIn(Centring, Dense):
        pass

    assert Dense(2, 3).per_sample and Renamed(2, 3).per_sample and not Centred(2, 3).per_sample
    assert not MixedIn(2, 3).per_sample
    assert Sequential(Dense(2, 3), LeakyReLU()).per_sample
    assert not Sequential(Dense(2, 3), Centred(3, 2)).per_sample
    assert not Sequential(Dense(2, 3), BatchNorm(3)).per_sample
    for layer in (
        Conv2D(1, 2, 3),
        Conv2DTranspose(1, 2, 3),
        Flatten(),
        Reshape(2),
        ReLU(),
        Tanh(),
        Sigmoid(),
        Dropout(0.5),
        AveragePool2D(),
        MaxPool2D(),
        SumPool(),
        Gain(),
    ):
        assert layer.per_sample, layer
