"""Networks and data sets from a user's file, trained through the command line: residual, conditional, growing."""

import json

import numpy as np
import pytest

RESIDUAL = '''
from minigan import register
from minigan.layers import Conv2D, Dense, Flatten, Identity, LeakyReLU, Reshape, Sequential, Sum, Tanh, UpSampling2D


def block(channels, rng):
    body = Sequential(("relu", LeakyReLU(0.2)), ("conv", Conv2D(channels, channels, 3, rng=rng)))
    return Sum(("body", body), ("skip", Identity()))


@register.network("resnet", z_dim=4, image_size=8, batch_size=8, steps=4)
def resnet(sample_shape, *, z_dim, rng):
    """Residual networks."""
    S, _, C = sample_shape
    G = Sequential(("dense", Dense(z_dim, S // 2 * (S // 2) * 4, rng=rng)), ("reshape", Reshape(S // 2, S // 2, 4)),
                   ("up", UpSampling2D(2)), ("block", block(4, rng)), ("image", Conv2D(4, C, 3, rng=rng)),
                   ("tanh", Tanh()))
    D = Sequential(("first", Conv2D(C, 4, 3, stride=2, rng=rng)), ("block", block(4, rng)), ("flatten", Flatten()),
                   ("logit", Dense(S // 2 * (S // 2) * 4, 1, rng=rng)))
    return G, D
'''

CONDITIONAL = '''
import numpy as np

from minigan import register
from minigan.batch import labels_of
from minigan.layers import Dense, Flatten, Layer, Reshape, Sequential, Tanh


class LabelShift(Layer):
    """y[n] = x[n] + shifts[label[n]]."""

    per_sample = True

    def __init__(self, classes, n, rng):
        self.classes = classes
        self.params = {"shifts": rng.standard_normal((classes, n)).astype(np.float32)}

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), self.classes, "LabelShift")
        return x + self.params["shifts"][labels], self.seal(labels)

    def backward(self, dy, cache, param_grads=True):
        (labels,) = self.unseal(cache, dy)
        d_shifts = np.zeros_like(self.params["shifts"])
        np.add.at(d_shifts, labels, dy)
        return dy, {"shifts": d_shifts}

    def output_shape(self, input_shape):
        return input_shape


@register.network("conditional", z_dim=4, image_size=8, batch_size=8, steps=4)
def conditional(sample_shape, *, z_dim, rng, classes):
    """Dense networks that are told the labels."""
    n = int(np.prod(sample_shape))
    G = Sequential(("shift", LabelShift(classes, z_dim, rng)), ("dense", Dense(z_dim, n, rng=rng)), ("tanh", Tanh()),
                   ("reshape", Reshape(*sample_shape)))
    D = Sequential(("flatten", Flatten()), ("shift", LabelShift(classes, n, rng)), ("one", Dense(n, 8, rng=rng)),
                   ("logit", Dense(8, 1, rng=rng)))
    return G, D


def read(split, rng, n):
    labels = rng.integers(3, size=n or 60)
    return rng.integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8), labels


register.data("noise", read, "three kinds of noise")
'''

GROWING = '''
import os

from minigan import register
from minigan.layers import Conv2D, Dense, Flatten, Reshape, Sequential, Tanh, UpSampling2D


@register.network("grows", z_dim=4, batch_size=8, steps=6, stages=((0, 4), (0.5, 8)))
def grows(sample_shape, *, z_dim, rng, stage, previous):
    """4x4 images, and from half-way on 8x8 ones."""
    S, _, C = sample_shape
    if stage == 0:
        G = Sequential(("dense", Dense(z_dim, S * S * 2, rng=rng)), ("reshape", Reshape(S, S, 2)),
                       ("image", Conv2D(2, C, 3, rng=rng)), ("tanh", Tanh()))
        D = Sequential(("conv", Conv2D(C, 2, 3, rng=rng)), ("flatten", Flatten()),
                       ("logit", Dense(S * S * 2, 1, rng=rng)))
        return G, D
    old_G, old_D = previous
    old = old_G.layers
    G = Sequential(("dense", old["dense"]), ("reshape", old["reshape"]), ("up", UpSampling2D(2)),
                   ("more", Conv2D(2, 2, 3, rng=rng)), ("image", old["image"]), ("tanh", Tanh()))
    D = Sequential(("conv", old_D.layers["conv"]), ("more", Conv2D(2, 2, 3, stride=2, rng=rng)), ("flatten", Flatten()),
                   ("logit", old_D.layers["logit"]))
    return G, D


@register.schedule("may-stop")
def may_stop(t, steps):
    """1, always; but a test may stop the run, after t steps."""
    if os.environ.get("STOP_AFTER") == str(t):
        raise KeyboardInterrupt
    return 1.0
'''


def arrays(path):
    with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file if name != "header"}


def images(path):
    with np.load(path) as file:
        return file["images"]


@pytest.mark.long
def test_residual_networks_with_spectral_norm_and_r1(terminal, tmp_path):
    (tmp_path / "mine.py").write_text(RESIDUAL)
    terminal.ok("train --plugin mine.py --preset resnet --spectral-norm --penalty r1:1 --ema 0.9 --quiet --out run")
    assert "D/params/block.body.conv.w" in arrays(tmp_path / "run")
    terminal.ok("sample run -n 4 --out s.npz")
    assert images(tmp_path / "s.npz").shape == (4, 8, 8, 1)
    assert "block.body.conv" in terminal.ok("summary resnet --plugin mine.py").stdout


@pytest.mark.long
def test_conditional_networks_and_a_data_set(terminal, tmp_path):
    (tmp_path / "mine.py").write_text(CONDITIONAL)
    terminal.ok("train --plugin mine.py --preset conditional --data noise --quiet --out run")
    assert json.loads((tmp_path / "run/config.json").read_text())["data"]["classes"] == 3
    assert arrays(tmp_path / "run")["G/params/shift.shifts"].shape == (3, 4)
    terminal.ok("train --resume --out run --steps 6 --quiet")
    terminal.ok("sample run -n 7 --out s.npz")
    assert images(tmp_path / "s.npz").shape == (7, 8, 8, 1)
    terminal.ok("train --plugin mine.py --preset conditional --data digits-8x8 --quiet --out digits")
    assert arrays(tmp_path / "digits")["G/params/shift.shifts"].shape == (10, 4)
    terminal.ok("data noise --plugin mine.py --out n.png")
    terminal.refused("data nois --plugin mine.py", "did you mean noise?")


@pytest.mark.long
def test_a_network_that_grows_is_resumed_bit_for_bit(terminal, tmp_path):
    (tmp_path / "mine.py").write_text(GROWING)
    run = "train --plugin mine.py --preset grows --quiet --checkpoint-every 1 --ema 0.9 --lr-schedule may-stop"
    terminal.ok(f"{run} --out straight")
    straight = arrays(tmp_path / "straight")
    assert "D/params/more.w" in straight
    for stop in (2, 4):  # before it grows, and after
        stopped = terminal.minigan(f"{run} --out halves{stop}", env={"STOP_AFTER": str(stop)})
        assert stopped.returncode == 130 and "interrupted" in stopped.stderr
        assert ("D/params/more.w" in arrays(tmp_path / f"halves{stop}")) == (stop == 4)
        terminal.ok(f"sample halves{stop} -n 3 --out s.npz")
        assert images(tmp_path / "s.npz").shape == (3, 2 * stop, 2 * stop, 1)
        terminal.ok(f"train --resume --out halves{stop} --quiet")
        two = arrays(tmp_path / f"halves{stop}")
        assert straight.keys() == two.keys() and all(np.array_equal(straight[key], two[key]) for key in two)
    terminal.ok("sample straight -n 3 --out s.npz")
    assert images(tmp_path / "s.npz").shape == (3, 8, 8, 1)
    terminal.refused("train --resume --out straight --steps 9 --quiet", "--preset grows, which grows, was laid out")
    terminal.refused(f"{run} --image-size 16 --out new", "grows to images of 8 by itself, got --image-size 16")
    terminal.refused(f"{run} --d-norm batch --out new", "--preset grows grows, and the layers of --d-norm batch would")
    terminal.refused(f"{run} --term entropy --out new", "the network of --term entropy cannot go on")


@pytest.mark.long
def test_comparing_conditional_networks_on_a_data_set_of_ones_own(terminal, tmp_path):
    (tmp_path / "mine.py").write_text(CONDITIONAL.replace("n or 60", "n or 300"))
    command = "compare gan lsgan --plugin mine.py --data noise --preset conditional --seeds 1 --steps 2 --json"
    result = json.loads(terminal.ok(command).stdout)
    assert all(run["result"]["outcome"] == "finished" and "modes" in run["result"]["scores"] for run in result["runs"])
