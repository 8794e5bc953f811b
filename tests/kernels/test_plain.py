"""`kernels.use`: training steps by the plain twins and by the fast kernels agree, and every kernel has its twin."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

from minigan import kernels, layers
from minigan.gan import d_step, g_step
from minigan.kernels import plain
from minigan.losses import NonSaturating
from minigan.models.dcgan import dcgan
from minigan.models.mlp import mlp
from minigan.models.variants import minibatch_discriminating
from minigan.optim import Adam
from minigan.penalties import R1

NO_TWIN = {"algorithm", "output_size", "output_sizes", "use"}


def of_dcgan(rng):
    return dcgan(8, z_dim=3, hidden=(4,), g_widths=(3, 2), d_widths=(2, 3), kernel=3, rng=rng)


def of_mlp(rng):
    return mlp((2,), z_dim=3, width=5, g_norm=True, rng=rng)


def of_more_layers(rng):
    """G with a LeakyReLU of its own, D with maxout, minibatch discrimination and spectral norm."""
    G, D = mlp((2,), z_dim=3, width=6, slope=None, d_width=5, pieces=3, rng=rng)
    *body, last = minibatch_discriminating(D, kernels=4, dims=2, rng=rng).layers.items()
    first = ("first", layers.SpectralNorm(layers.Dense(2, 2, rng=rng), rng=rng))
    return layers.Sequential(*G.layers.items(), ("leaky", layers.LeakyReLU(0.2))), layers.Sequential(first, *body, last)


NETWORKS = {
    "dcgan": (of_dcgan, (8, 8, 1), []),
    "mlp": (of_mlp, (2,), [R1(1.0)]),
    "more layers": (of_more_layers, (2,), []),
}


def trained(name):
    """All arrays of both networks after two steps of each, in float64."""
    build, shape, penalties = NETWORKS[name]
    rng = np.random.default_rng(0)
    G, D = (network.astype(np.float64) for network in build(rng))
    g_optimizer, d_optimizer = (Adam(network.params, 1e-2, beta1=0.5) for network in (G, D))
    for _ in range(2):
        d_step(G, D, NonSaturating(), d_optimizer, rng.standard_normal((4, *shape)), rng.standard_normal((4, 3)),
               penalties=penalties, rng=rng)  # fmt: skip
        g_step(G, D, NonSaturating(), g_optimizer, rng.standard_normal((4, 3)))
    return [*G.params.values(), *G.state.values(), *D.params.values(), *D.state.values()]


@pytest.mark.parametrize("name", NETWORKS)
def test_training_steps_agree(name, monkeypatch):
    fast = trained(name)
    for module in fast_modules():  # no twin may call a fast kernel
        for kernel in [*kernels.FAST, "split", "choose"]:
            if callable(vars(module).get(kernel)):
                monkeypatch.setattr(module, kernel, refuse)
    with kernels.use("plain"):
        twins = trained(name)
    for one, two in zip(fast, twins, strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-10)
    with pytest.raises(AssertionError, match="a fast kernel"):
        trained(name)


def refuse(*args, **kwargs):
    raise AssertionError("a fast kernel was called")


def fast_modules():
    names = [module.name for module in pkgutil.iter_modules(kernels.__path__, "minigan.kernels.")]
    return [importlib.import_module(name) for name in names if name != plain.__name__]


def test_every_kernel_has_a_twin_with_its_arguments():
    public = {name for name, thing in vars(kernels).items() if inspect.isfunction(thing) and not name.startswith("_")}
    assert public - NO_TWIN == kernels.PLAIN.keys() == kernels.FAST.keys()
    for name, twin in kernels.PLAIN.items():
        kernel = kernels.FAST[name]
        assert inspect.signature(kernel) == inspect.signature(twin), name
        assert kernel is not twin and twin.__doc__ and kernel.__doc__, name


def test_use_and_restore():
    fast = kernels.matmul
    kernels.use("plain")
    assert kernels.matmul is plain.matmul
    with kernels.use("fast"):
        assert kernels.matmul is fast
        with pytest.raises(ZeroDivisionError), kernels.use("plain"):
            1 / 0  # noqa: B018
        assert kernels.matmul is fast
    assert kernels.matmul is plain.matmul
    kernels.use("fast")
    assert kernels.matmul is fast
    with pytest.raises(ValueError, match="unknown kernels 'slow'; expected one of: fast, plain"):
        kernels.use("slow")
    assert kernels.matmul is fast
