"""Running statistics: moved, by the right share, and used where they should be."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.statistics import one_share
from minigan.layers import BatchNorm as BuiltIn
from minigan.lessons.clinic.zoo.plain import BatchNorm


def tracking(track):
    class Wrong(BatchNorm):
        pass

    Wrong.track = track
    return Wrong


class AsAttributes:
    """A batch norm with its running statistics as attributes, and PyTorch's convention: momentum is the new share."""

    def __init__(self, momentum=0.1, update=True):
        self.running_mean, self.running_var = np.zeros(3, np.float32), np.ones(3, np.float32)
        self.momentum, self.update = momentum, update

    def forward(self, x, training=True):
        mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (self.running_mean, self.running_var)
        if training and self.update:
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        std = np.sqrt(var + 1e-5)
        return (x - mean) / std, ((x - mean) / std, std, training)

    def backward(self, dy, cache):
        xhat, std, training = cache
        through = dy.mean(axis=0) + xhat * (dy * xhat).mean(axis=0) if training else 0
        return (dy - through) / std, {}


def causes(layer, shape=(5, 3)):
    return [finding.cause for finding in check_layer(layer, input_shape=shape).findings]


def test_the_right_ones_pass():
    for momentum in (0.0, 0.1, 0.5, 0.9):
        assert causes(BatchNorm(3, momentum=momentum)) == [] == causes(BuiltIn(3, momentum=momentum))
    assert causes(AsAttributes()) == []


def stay(self, mean, var):
    pass


def swap(self, mean, var):
    m = self.momentum
    self.state["mean"], self.state["var"] = (
        (1 - m) * self.state["mean"] + m * mean,
        (1 - m) * self.state["var"] + m * var,
    )


def last(self, mean, var):
    self.state["mean"], self.state["var"] = mean, var


def std_for_var(self, mean, var):
    BatchNorm.track(self, mean, np.sqrt(var))


def mixed_up(self, mean, var):
    BatchNorm.track(self, var, mean**2)


@pytest.mark.parametrize(
    "track, cause, said",
    [(stay, "running-statistics", "as it was"), (swap, "momentum-swapped", "0.9 of the way"),
     (last, "running-statistics", "last batch alone"), (std_for_var, "running-statistics", "'var' does not move"),
     (mixed_up, "running-statistics", "'mean' does not move")],
)  # fmt: skip
def test_wrong_updates(track, cause, said):
    findings = check_layer(tracking(track)(3), input_shape=(5, 3)).findings
    assert findings[0].cause == cause and said in findings[0].message, findings


def test_statistics_kept_as_attributes_are_seen_too():
    assert causes(AsAttributes(update=False)) == ["running-statistics"]


def test_evaluation_must_not_look_at_the_batch():
    class Peeks(AsAttributes):
        def forward(self, x, training=True):
            y, (xhat, std, _) = super().forward(x, training=True)
            return y, (xhat, std, True)

    assert "batch-in-evaluation" in causes(Peeks())


def test_one_share():
    old, batch = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    assert one_share(old, 0.75 * old + 0.25 * batch, batch) == pytest.approx(0.25)
    assert one_share(old, np.array([2.0, 2.0]), batch) is None


class Counts(AsAttributes):
    """Keeps a running mean that it does not subtract: no normalisation, so none that is taken for each pixel."""

    def __init__(self):
        self.params, self.state, self.momentum = {"scale": np.ones(3)}, {"mean": np.zeros(3)}, 0.9

    def forward(self, x, training=True):
        if training:
            self.state["mean"] = 0.9 * self.state["mean"] + 0.1 * x.mean(axis=(0, 1, 2))
        return x * self.params["scale"], x

    def backward(self, dy, x):
        return dy * self.params["scale"], {"scale": (dy * x).sum(axis=(0, 1, 2))}


def test_a_layer_that_normalises_nothing_is_left_alone():
    assert causes(Counts(), (4, 5, 3, 3)) == []


def test_a_setting_that_evaluation_does_not_use_is_no_running_average():
    """The strength of a noise lies in the state too, for a checkpoint; training does not move it."""

    class Louder(Counts):
        def forward(self, x, training=True):
            return (x * self.params["scale"] + self.state["mean"] * training), x

    assert causes(Louder(), (4, 5, 3, 3)) == []
