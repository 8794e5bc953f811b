"""Wrong second derivatives: double_backward of a Dense layer, a convolution, an activation, each with one mistake."""

import numpy as np

from minigan import kernels
from minigan.gradcheck.layers.second import check_double_backward
from minigan.layers import Conv2D, Dense, LeakyReLU
from minigan.lessons.clinic.zoo import mutant


def square(kind):
    """A Dense layer from 4 numbers to 4, so that no shape gives a mistake away."""
    return check_double_backward(kind(4, 4, rng=np.random.default_rng(0)), input_shape=(3, 4))


def image(kind):
    return check_double_backward(kind(2, 2, 3, rng=np.random.default_rng(0)), input_shape=(3, 5, 4, 2))


@mutant("second-bias-forward", kind="double-backward", cause="bias-forward", check=square,
        mistake="ddx is sent through forward with the bias added, but dx does not contain the bias")  # fmt: skip
class BiasForward(Dense):
    def double_backward(self, ddx, dy, cache):
        ddy = ddx @ self.params["w"] + self.params["b"]
        return ddy, {"w": ddx.T @ dy, "b": np.zeros(self.n_out)}


@mutant("second-not-transposed", kind="double-backward", cause="backward-for-forward", check=square,
        mistake="ddx is multiplied by w^T, as in backward, where forward's w belongs")  # fmt: skip
class NotTransposed(Dense):
    def double_backward(self, ddx, dy, cache):
        return ddx @ self.params["w"].T, {"w": ddx.T @ dy, "b": np.zeros(self.n_out)}


@mutant("second-dw-with-x", kind="double-backward", cause="x-for-ddx", check=square,
        mistake="dP/dw is computed with x in place of ddx: it is the first gradient once more")  # fmt: skip
class WeightGradientWithX(Dense):
    def double_backward(self, ddx, dy, cache):
        x, _ = self.unseal(cache)
        return ddx @ self.params["w"], {"w": x.T @ dy, "b": np.zeros(self.n_out)}


@mutant("second-dw-transposed", kind="double-backward", cause="transposed", check=square,
        mistake="dP/dw is dy^T ddx where it should be ddx^T dy: transposed, which a square layer hides")  # fmt: skip
class WeightGradientTransposed(Dense):
    def double_backward(self, ddx, dy, cache):
        return ddx @ self.params["w"], {"w": dy.T @ ddx, "b": np.zeros(self.n_out)}


@mutant("second-bias-gradient", kind="double-backward", cause="bias-counted", check=square,
        mistake="the bias gets the gradient of the first backward pass; dx does not depend on it")  # fmt: skip
class BiasGradient(Dense):
    def double_backward(self, ddx, dy, cache):
        return ddx @ self.params["w"], {"w": ddx.T @ dy, "b": dy.sum(axis=0)}


@mutant("second-dx-returned", kind="double-backward", cause="dx-returned", check=square,
        mistake="the dx of the first backward pass is returned in place of dP/d(dy)")  # fmt: skip
class DxReturned(Dense):
    def double_backward(self, ddx, dy, cache):
        return dy @ self.params["w"].T, {"w": ddx.T @ dy, "b": np.zeros(self.n_out)}


@mutant("second-slope-squared", kind="double-backward", cause="slope-twice",
        mistake="the slope is applied to ddx twice",
        check=lambda kind: check_double_backward(kind(0.3), input_shape=(4, 5)))  # fmt: skip
class SlopeSquared(LeakyReLU):
    def double_backward(self, ddx, dy, cache):
        (x,) = self.unseal(cache)
        slope = np.where(x > 0, 1.0, self.slope)
        return slope * (slope * ddx), {}


@mutant("second-slope-forgotten", kind="double-backward", cause="slope-forgotten",
        mistake="ddx is passed on as it is, without the slope",
        check=lambda kind: check_double_backward(kind(0.3), input_shape=(4, 5)))  # fmt: skip
class SlopeForgotten(LeakyReLU):
    def double_backward(self, ddx, dy, cache):
        return ddx, {}


@mutant("second-sign-from-ddx", kind="double-backward", cause="slope-from-ddx",
        mistake="the slope is chosen by the sign of ddx where that of x decides",
        check=lambda kind: check_double_backward(kind(0.3), input_shape=(4, 5)))  # fmt: skip
class SignFromDdx(LeakyReLU):
    def double_backward(self, ddx, dy, cache):
        return np.where(ddx > 0, ddx, self.slope * ddx), {}


@mutant("second-conv-no-flip", kind="double-backward", cause="backward-for-forward", check=image,
        mistake="ddx is sent through the transposed convolution, as in backward")  # fmt: skip
class TransposedForForward(Conv2D):
    def double_backward(self, ddx, dy, cache):
        x, pads, _ = self.unseal(cache)
        ddy = kernels.conv2d_input_grad(ddx, self.params["w"], x.shape, self.stride, pads)
        dw = kernels.conv2d_weight_grad(ddx, dy, self.params["w"].shape, self.stride, pads)
        return ddy, {"w": dw, "b": np.zeros(self.c_out)}
