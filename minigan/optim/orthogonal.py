"""Orthogonal regularisation: a player also pays for filters that are not orthogonal to each other.

Brock et al. 2019, "Large scale GAN training for high fidelity natural image synthesis" (BigGAN), arXiv:1809.11096,
section 3.1, eq. 3: the player adds to its objective, for each weight W,

    R = weight * ||W W^T * (1 - I)||_F^2 = weight * sum over pairs a != b of (w_a . w_b)^2

where w_a, a row of W, is filter a: all numbers that output a is made of. (The paper writes W^T W, with the filters as
columns; its code has them as rows.) 1 - I takes out the diagonal: a filter's length costs nothing, where the older
||W W^T - I||_F^2 (Brock et al. 2017, arXiv:1609.07093) also pulls it to 1, which the paper finds too strict.

The gradient. Filter a is in the pairs (a, b) and (b, a):

    dR/dw_a = weight * 4 sum over b != a of (w_a . w_b) w_b        that is        dR/dW = 4 weight (W W^T * (1 - I)) W

The authors' published code adds 2 in place of 4: its 1e-4 is a weight of 5e-5 here.
"""

from collections.abc import Mapping

import numpy as np

from minigan import kernels
from minigan.checks import at_least_0, whole
from minigan.optim.base import Optimizer, Wrapper


class Orthogonal(Wrapper):
    """Another optimizer: before each of its steps, the gradient of the term above is added to the gradients.

        Orthogonal(Adam(G.params), 1e-4, output_axes(G))        # output_axes: of minigan.layers

    optimizer: takes the steps. weight: of the term, at least 0. axes: {name of a parameter: the axis that counts its
    outputs}, for the weights that the term is about. Raises ValueError for a name that is no parameter's, or an axis
    that it has not.

    After `carry_over` to a network that has grown, the term is also about its new weights, if `axes` has been told of
    them before; ValueError if not.
    """

    def __init__(self, optimizer: Optimizer, weight: float, axes: Mapping[str, int]):
        super().__init__(optimizer)
        self.weight, self.axes = at_least_0("weight, of the orthogonal regularisation,", weight), dict(axes)
        params = dict(self.params)
        unknown = sorted(self.axes.keys() - params.keys())
        if unknown or not self.axes:
            raise ValueError(f"axes must name parameters of this optimizer, got {unknown or 'none'} beside "
                             f"{sorted(params)}; write output_axes(network), of its own network")  # fmt: skip
        for key, axis in self.axes.items():
            if whole(f"the axis of {key}", axis, least=0) >= params[key].ndim or params[key].ndim < 2:
                raise ValueError(f"the axis of {key} must be one of a weight with at least 2, got {axis} for a "
                                 f"parameter of shape {params[key].shape}")  # fmt: skip

    def value(self) -> float:
        """The term for the parameters as they are now."""
        return self.weight * sum(overlap(self.params[key], axis) for key, axis in self.axes.items())

    def step(self, grads: dict[str, np.ndarray]) -> None:
        self.check_gradients(grads)
        pulls = {key: overlap_grad(self.params[key], axis) for key, axis in self.axes.items()}
        self.optimizer.step(grads | {key: grads[key] + self.weight * pull for key, pull in pulls.items()})

    def fresh(self, params: dict[str, np.ndarray]) -> "Orthogonal":
        new = super().fresh(params)
        new.axes = {key: axis for key, axis in self.axes.items() if key in params}
        untold = sorted(key for key, p in params.items() if p.ndim > 1 and key not in self.params.keys() | self.axes)
        if untold:
            raise ValueError(f"the orthogonal regularisation does not know which axis of {untold} counts the outputs; "
                             "tell it before: optimizer.axes.update(output_axes(network))")  # fmt: skip
        return new


def filters(w: np.ndarray, axis: int) -> np.ndarray:
    """w as the matrix W: a row for each filter, which `axis` counts, of all numbers that it is made of."""
    return np.ascontiguousarray(np.moveaxis(w, axis, 0)).reshape(w.shape[axis], -1)


def overlap(w: np.ndarray, axis: int) -> float:
    """||W W^T * (1 - I)||_F^2."""
    W = filters(w, axis)
    products = kernels.matmul(W, W.T).astype(np.float64)  # w_a . w_b
    np.fill_diagonal(products, 0)
    return float((products**2).sum())


def overlap_grad(w: np.ndarray, axis: int) -> np.ndarray:
    """The gradient of `overlap` with respect to w, of w's shape: 4 (W W^T * (1 - I)) W.

    With more filters than numbers in each, W W^T is larger than W^T W. W W^T * (1 - I) is W W^T - D, with |w_a|^2 on
    the diagonal of D, and (W W^T - D) W = W (W^T W) - D W: the smaller product is enough.
    """
    W = filters(w, axis)
    if len(W) <= W.shape[1]:
        products = kernels.matmul(W, W.T)
        np.fill_diagonal(products, 0)
        gradient = kernels.matmul(products, W)
    else:
        gradient = kernels.matmul(W, kernels.matmul(W.T, W)) - (W * W).sum(axis=1, keepdims=True) * W
    return np.moveaxis((4 * gradient).reshape(np.moveaxis(w, axis, 0).shape), 0, axis)
