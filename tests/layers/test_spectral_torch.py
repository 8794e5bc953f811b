"""Spectral normalisation of each kind of layer, against PyTorch's: values, both orders of gradients, and the path of u
and v through a training."""

import numpy as np
import pytest

from minigan.layers import Conv2D, Conv2DTranspose, Dense, SpectralNorm
from minigan.optim import SGD

torch = pytest.importorskip("torch")


def torch_twin(layer, normalised):
    """PyTorch's module with our weights, u and v, and functions to its layout of images and of kernels."""
    normalise = torch.nn.utils.parametrizations.spectral_norm
    w, (_, u, v) = layer.params["w"], normalised.sigma()
    if isinstance(layer, Dense):
        module, images, to_twin = torch.nn.Linear(*w.shape), np.copy, np.transpose
    else:
        kind = torch.nn.Conv2d if isinstance(layer, Conv2D) else torch.nn.ConvTranspose2d
        module = kind(layer.c_in, layer.c_out, layer.kernel, stride=layer.stride)
        images = lambda x: np.ascontiguousarray(x.transpose(0, 3, 1, 2))  # noqa: E731
        to_twin = lambda w: w.transpose(3, 2, 0, 1)  # noqa: E731
        v = v.reshape(*layer.kernel, layer.c_in).transpose(2, 0, 1).reshape(-1)
    module = normalise(module.double()).eval()
    with torch.no_grad():
        module.parametrizations.weight.original.copy_(torch.tensor(to_twin(w).copy()))
        module.bias.copy_(torch.tensor(layer.params["b"]))
        module.parametrizations.weight[0]._u.copy_(torch.tensor(u))
        module.parametrizations.weight[0]._v.copy_(torch.tensor(v))
    return module, images, to_twin


LAYERS = {  # and a shape for the input of each
    "dense": (lambda rng: Dense(4, 3, rng=rng), (4, 4)),
    "conv": (lambda rng: Conv2D(2, 3, (3, 2), stride=(2, 1), padding="valid", rng=rng), (2, 5, 4, 2)),
    "transpose": (lambda rng: Conv2DTranspose(2, 3, (3, 2), stride=(2, 1), padding="valid", rng=rng), (2, 5, 4, 2)),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_pytorchs_numbers_to_second_order(kind, rng):
    make, shape = LAYERS[kind]
    layer = make(rng)
    normalised = SpectralNorm(layer.astype(np.float64), rng=rng)
    for array in layer.params.values():
        array += rng.standard_normal(array.shape)  # u and v are those of another w
    module, images, to_twin = torch_twin(layer, normalised)
    x = rng.standard_normal(shape)
    y, cache = normalised.forward(x, training=False)
    dy, ddx = rng.standard_normal(y.shape), rng.standard_normal(shape)
    dx, grads = normalised.backward(dy, cache)
    ddy, second = normalised.double_backward(ddx, dy, cache)

    x_twin, dy_twin = (torch.tensor(images(a), requires_grad=True) for a in (x, dy))
    w_twin = module.parametrizations.weight.original
    y_twin = module(x_twin)
    given = torch.autograd.grad(y_twin, (x_twin, w_twin, module.bias), dy_twin, create_graph=True)
    of_penalty = torch.autograd.grad((given[0] * torch.tensor(images(ddx))).sum(), (dy_twin, w_twin))
    for ours, theirs in [
        (images(y), y_twin), (images(dx), given[0]), (to_twin(grads["w"]), given[1]), (grads["b"], given[2]),
        (images(ddy), of_penalty[0]), (to_twin(second["w"]), of_penalty[1]),
    ]:  # fmt: skip
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-10, atol=1e-11)
    assert (second["b"] == 0).all()


def test_pytorchs_path_of_u_and_v(rng):
    """PyTorch makes u of v first, then v of u. On the transposed matrix (dim=1), where u and v change places, that is
    algorithm 1, and five steps of training go the same way."""
    layer = Dense(5, 3, rng=rng).astype(np.float64)
    normalised = SpectralNorm(layer, rng=rng)
    module = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(5, 3).double(), dim=1)
    inside, w_twin = module.parametrizations.weight[0], module.parametrizations.weight.original
    with torch.no_grad():
        w_twin.copy_(torch.tensor(layer.params["w"].T.copy()))
        module.bias.copy_(torch.tensor(layer.params["b"]))
        inside._v.copy_(torch.tensor(normalised.state["u"]))
    x, ours = rng.standard_normal((4, 5)), SGD(normalised.params, lr=0.3)
    theirs = torch.optim.SGD(module.parameters(), lr=0.3)
    for _ in range(5):  # PyTorch iterates at every forward, we where w has changed
        dy = rng.standard_normal((4, 3))
        layer.params["w"] += 0.01
        with torch.no_grad():
            w_twin += 0.01
        y, cache = normalised.forward(x)
        y_twin = module(torch.tensor(x))
        np.testing.assert_allclose(y, y_twin.detach().numpy(), rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(normalised.state["u"], inside._v.numpy(), rtol=1e-10)
        np.testing.assert_allclose(normalised.state["v"], inside._u.numpy(), rtol=1e-10)
        ours.step(normalised.backward(dy, cache)[1])
        theirs.zero_grad()
        y_twin.backward(torch.tensor(dy))
        theirs.step()
    np.testing.assert_allclose(layer.params["w"].T, w_twin.detach().numpy(), rtol=1e-10)
