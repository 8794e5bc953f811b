"""The PyTorch twin is numerically the same network: losses, gradients, and one step of Adam."""

import numpy as np
import pytest

from minigan import gan
from minigan.layers import Conv2D, Conv2DTranspose, Dropout, Sequential, UpSampling2D
from minigan.losses import NonSaturating
from minigan.models import dcgan, mlp
from minigan.optim import Adam
from minigan.report import torch_twin

BATCH, Z, SHAPES = 6, 5, {"g_widths": (6, 4), "d_widths": (4, 6)}
PAIRS = {
    "kernel 4": lambda rng: dcgan(8, kernel=4, z_dim=Z, **SHAPES, rng=rng),
    "kernel 5": lambda rng: dcgan(8, 3, kernel=5, z_dim=Z, hidden=(7,), **SHAPES, slope=0.3, init="glorot", rng=rng),
    "size 12, odd maps": lambda rng: dcgan(12, kernel=4, z_dim=Z, g_widths=(6, 4), d_widths=(4, 6, 5), rng=rng),
    "three maps": lambda rng: dcgan(12, kernel=5, last_kernel=7, z_dim=Z, g_widths=(6, 5, 4), d_widths=(4, 5), rng=rng),
    "dense, images": lambda rng: mlp((4, 4, 3), z_dim=Z, width=9, bounded=True, rng=rng),
    "dense, points": lambda rng: mlp((2,), z_dim=Z, width=9, rng=rng),
}  # fmt: skip
ADAM = {"lr": 1e-3, "beta1": 0.5, "beta2": 0.99, "eps": 1e-7}


class Recorder(Adam):
    """Adam that keeps the gradients it was given."""

    def step(self, grads):
        self.grads = {key: grad.copy() for key, grad in grads.items()}
        super().step(grads)


def in_twin_layout(network, shape, arrays):
    """Arrays by the keys of network.params -> by the twin's names, in its layout."""
    return {
        f"{name}.{twin_key}": to_twin(arrays[f"{name}.{key}"])
        for name, _, _, _, layouts in torch_twin.walk(network, shape)
        for key, (twin_key, to_twin) in layouts.items()
    }


def assert_close(ours, theirs, tolerance):
    """Each array's difference is small against its size."""
    assert ours.keys() == theirs.keys()
    for key in ours:
        difference = np.linalg.norm(ours[key] - theirs[key].detach().numpy())
        assert difference <= tolerance * np.linalg.norm(ours[key]), key


@pytest.mark.parametrize("mode", torch_twin.MODES)
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-4), (np.float64, 1e-9)])
@pytest.mark.parametrize("name", PAIRS)
def test_losses_gradients_and_one_step_are_the_same(name, dtype, tolerance, mode, rng, tmp_path):
    pytest.importorskip("torch")
    G, D = (network.astype(dtype) for network in PAIRS[name](rng))
    for network in (G, D):
        for array in (*network.params.values(), *network.state.values()):
            array += 0.1 * rng.uniform(0.5, 1, array.shape)  # off the initial values, so that no order is lost
    z = rng.standard_normal((BATCH, Z)).astype(dtype)
    shape = G.output_shape((Z,))
    real = rng.uniform(-1, 1, (BATCH, *shape)).astype(dtype)
    adam = {"lr": ADAM["lr"], "betas": (ADAM["beta1"], ADAM["beta2"]), "eps": ADAM["eps"]}
    described = torch_twin.describe(G, (Z,)), torch_twin.describe(D, shape)
    torch_twin.save(tmp_path / "twin.npz", *described, real, z, adam)
    twin = torch_twin.load(tmp_path / "twin.npz", mode)

    g_optimizer, d_optimizer = Recorder(G.params, **ADAM), Recorder(D.params, **ADAM)
    for step in ("D", "G"):
        if step == "D":
            seen = gan.d_step(G, D, NonSaturating(), d_optimizer, real, z)
            ours = seen.loss, twin.d_step()
            network, module, grads, size = D, twin.D, d_optimizer.grads, shape
        else:
            ours = gan.g_step(G, D, NonSaturating(), g_optimizer, z, seen.drawn).loss, twin.g_step()
            network, module, grads, size = G, twin.G, g_optimizer.grads, (Z,)
        assert ours[0] == pytest.approx(ours[1], rel=max(tolerance, 1e-9))
        parameters = dict(module.named_parameters())
        theirs = {key: parameter.grad for key, parameter in parameters.items()}
        assert_close(in_twin_layout(network, size, grads), theirs, tolerance)
        assert_close(in_twin_layout(network, size, network.params), parameters, tolerance)
    for network, module, size in ((G, twin.G, (Z,)), (D, twin.D, shape)):
        for part in torch_twin.describe(network, size):  # the running statistics, which describe reads anew
            buffers = {key: value for key, value in part["arrays"].items() if key.startswith("running")}
            theirs = {key: getattr(getattr(module, part["name"]), key) for key in buffers}
            assert_close(buffers, theirs, tolerance)


def test_the_twin_keeps_its_own_weights(rng):
    """Describing copies: the two are trained side by side."""
    G, _ = dcgan(8, z_dim=Z, **SHAPES, rng=rng)
    parts = torch_twin.describe(G, (Z,))
    for part in parts:
        for array in part["arrays"].values():
            assert not any(np.shares_memory(array, own) for own in (*G.params.values(), *G.state.values()))


@pytest.mark.parametrize(
    "layer, message",
    [
        (Dropout(0.5), "no PyTorch twin"),
        (UpSampling2D(2), "no PyTorch twin"),
        (Conv2D(1, 1, 3, stride=2, padding="valid"), "not symmetric"),  # the last row of 8 is in no window
        (Conv2D(1, 1, 3, padding=((1, 0), (0, 1))), "not symmetric"),
        (Conv2DTranspose(1, 1, 4, stride=1), "not symmetric"),
        (Conv2DTranspose(1, 1, 2, stride=3), "not symmetric"),
    ],
)
def test_what_has_no_twin_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        torch_twin.describe(Sequential(("layer", layer)), (8, 8, 1))
