"""Terms of the sum that are missing, overwritten or too many."""

from types import SimpleNamespace

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.contributions import edges_of, grouped, overwritten
from minigan.lessons.clinic.zoo.images import UpSampling
from minigan.lessons.clinic.zoo.plain import Softmax


def test_edges_in_words():
    mask = np.zeros((3, 5, 6, 2), bool)
    mask[:, -1] = True
    assert edges_of(mask) == "the last row"
    mask[:, -2] = True
    assert edges_of(mask) == "the last 2 rows"
    mask[:, 1] = True
    assert edges_of(mask) == ""
    both = np.zeros((3, 5, 6, 2), bool)
    both[:, :, 0, 0] = both[:, 1, -1] = True
    assert edges_of(both, whole=False) == "the first and the last column" and edges_of(both) == ""


def test_grouped_counts_places():
    pairs = np.zeros((6, 1), bool)  # y is (2, 3)
    pairs[[0, 1, 5]] = True
    assert grouped(pairs, (2, 3), (0,))[0, 0] == 2 and grouped(pairs, (2, 3), (1,))[0, 0] == 3


def test_overwritten_means_that_one_place_is_left():
    case = SimpleNamespace(y=np.zeros(4))
    there = np.ones((4, 3), bool)
    kept = np.zeros((4, 3), bool)
    kept[3] = True
    assert next(overwritten(case, there, kept, ""))["cause"] == "overwritten"
    kept[2, 0] = True  # one entry has two terms: they were added
    assert not list(overwritten(case, there, kept, ""))


class Elsewhere(UpSampling):
    """Takes the blocks for tiles."""

    def backward(self, dy, shape):
        N, H, W, C = shape
        return dy.reshape(N, self.size, H, self.size, W, C).sum(axis=(1, 3)), {}


class OneRowShort(UpSampling):
    def backward(self, dy, shape):
        dy = dy.copy()
        dy[:, -1] = 0
        return super().backward(dy, shape)


class Diagonal(Softmax):
    def backward(self, dy, y):
        return y * (1 - y) * dy, {}


class Everywhere(UpSampling):
    def backward(self, dy, shape):
        dx, _ = super().backward(dy, shape)
        return dx + np.roll(dx, 1, axis=1), {}


@pytest.mark.parametrize(
    "kind, shape, cause, said",
    [(Elsewhere, (3, 3, 4, 2), "order", "another than the one"), (OneRowShort, (3, 3, 4, 2), "border", "the last row"),
     (Diagonal, (4, 5), "term-missing", "other inputs"), (Everywhere, (3, 3, 4, 2), "terms-extra", "do not depend")],
)  # fmt: skip
def test_terms_lost_or_found(kind, shape, cause, said):
    (finding,) = check_layer(kind(), input_shape=shape).findings
    assert finding.cause == cause and said in finding.hint, finding


class Padding:
    """One row of zeros above, two below; backward takes them for two and one."""

    def forward(self, x):
        return np.pad(x, ((0, 0), (1, 2), (0, 0), (0, 0))), x.shape[1]

    def backward(self, dy, H):
        return dy[:, 2 : H + 2].copy(), {}


def test_outputs_are_followed_to_where_they_send_dy():
    (finding,) = check_layer(Padding(), input_shape=(3, 4, 5, 2)).findings
    assert finding.cause == "shifted" and "-1 along axis 1" in finding.hint, finding
