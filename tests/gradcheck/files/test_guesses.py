"""Layers of many spellings are made and fed without a word from the student."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.files.guesses import labels_for, tried_layer
from minigan.layers import BatchNorm, Conv2D, Conv2DTranspose, Dense, Dropout, Flatten, LeakyReLU, UpSampling2D


class TorchNames(Conv2D):
    def __init__(self, in_channels, out_channels, kernel_size, stride, padding):
        super().__init__(in_channels, out_channels, kernel_size, stride=stride, padding=padding)


class SquareKernels(Conv2D):
    """Takes a number alone for its kernel."""

    def __init__(self, c_in, c_out, kernel):
        super().__init__(c_in, c_out, (kernel + 0, kernel + 0))


class LateRefusal(Conv2D):
    """Takes a pair, and cannot use it."""

    def forward(self, x, training=True):
        assert self.kernel[0] == self.kernel[1]
        return super().forward(x, training)


class FixedRows(Dense):
    def __init__(self):
        super().__init__(6, 2)


class FixedWeight:
    def __init__(self):
        self.params = {"w": np.ones((8, 2))}

    def forward(self, x):
        return x @ self.params["w"], x

    def backward(self, dy, cache):
        return dy @ self.params["w"].T, {"w": cache.T @ dy}


class FixedImages(FixedWeight):
    def __init__(self):
        self.layer = Conv2D(5, 2, 3)
        self.params = self.layer.params

    def forward(self, x):
        return self.layer.forward(x)

    def backward(self, dy, cache):
        return self.layer.backward(dy, cache)


class RowsOnly(LeakyReLU):
    """No sizes, no weights; rows alone will do."""

    def forward(self, x, training=True):
        N, C = x.shape
        return super().forward(x, training)


@pytest.mark.parametrize(
    "cls, shape",
    [(Dense, (5, 4)), (Conv2D, (3, 7, 6, 2)), (Conv2DTranspose, (3, 7, 6, 2)), (BatchNorm, (3, 7, 6, 2)),
     (Dropout, (3, 7, 6, 2)), (Flatten, (3, 7, 6, 2)), (UpSampling2D, (3, 7, 6, 2)), (TorchNames, (3, 7, 6, 2)),
     (SquareKernels, (3, 7, 6, 2)), (LateRefusal, (3, 7, 6, 2)), (FixedRows, (5, 6)), (FixedWeight, (5, 8)),
     (FixedImages, (3, 7, 6, 5)), (RowsOnly, (5, 4))],
)  # fmt: skip
def test_a_layer_of_any_spelling(cls, shape):
    layer, kwargs, found = tried_layer(cls, {}, None, np.random.default_rng(0))
    assert found == shape and "rng" not in kwargs
    assert check_layer(layer, input_shape=found).ok


def test_kernels_of_two_sizes_where_the_layer_takes_them():
    assert tried_layer(Conv2D, {}, None, np.random.default_rng(0))[1]["kernel"] == (4, 3)
    assert tried_layer(SquareKernels, {}, None, np.random.default_rng(0))[1]["kernel"] == 3
    assert tried_layer(LateRefusal, {}, None, np.random.default_rng(0))[1]["kernel"] == 3


class ShiftOfLabel(Dense):
    """y = x w + b + the sample's label. Without labels there is no y."""

    def forward(self, x, training=True, given=None):
        assert given["labels"].max() < getattr(self, "classes", 2)
        y, cache = super().forward(x)
        return y + given["labels"][:, None], cache


@pytest.mark.parametrize("classes, labels", [(None, [0, 1, 0, 1, 0]), (3, [0, 1, 2, 0, 1]), (9, [0, 1, 2, 3, 4])])
def test_a_layer_that_takes_facts_is_given_labels(classes, labels, monkeypatch):
    if classes:
        monkeypatch.setattr(ShiftOfLabel, "classes", classes, raising=False)
    layer, _, shape = tried_layer(ShiftOfLabel, {}, None, np.random.default_rng(0))
    given = labels_for(layer, len(np.zeros(shape)))
    assert shape == (5, 4) and given["labels"].tolist() == labels
    assert check_layer(layer, input_shape=shape, given=given).ok
    assert labels_for(Dense(2, 3), 5) is None


def test_what_is_given_is_kept():
    _, kwargs, shape = tried_layer(Conv2D, {"kernel": 5, "stride": 2}, (4, 9, 8, 6), np.random.default_rng(0))
    assert kwargs == {"c_in": 6, "c_out": 5, "kernel": 5, "stride": 2} and shape == (4, 9, 8, 6)


def test_a_layer_whose_forward_never_works_is_handed_on_to_the_check():
    class Never(LeakyReLU):
        def forward(self, x, training=True):
            raise KeyError("w")

    layer, _, shape = tried_layer(Never, {}, None, np.random.default_rng(0))
    (finding,) = check_layer(layer, input_shape=shape).findings
    assert finding.cause == "raises"
