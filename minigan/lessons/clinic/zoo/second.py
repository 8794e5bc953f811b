"""Wrong second derivatives: double_backward of a Dense layer, a convolution, an activation, each with one mistake."""

from functools import partial

import numpy as np

from minigan import kernels
from minigan.gradcheck.layers.second import check_double_backward
from minigan.layers import Conv2D, Dense, LeakyReLU
from minigan.lessons.clinic.zoo import mutant, wrong


class SecondDense(Dense):
    """dx = dy w^T: so ddy = ddx w, and dP/dw = ddx^T dy."""

    def double_backward(self, ddx, dy, cache):
        return ddx @ self.params["w"], {"w": ddx.T @ dy, "b": np.zeros(self.n_out)}


class SecondLeaky(LeakyReLU):
    """dx = slope dy: so ddy = slope ddx, with the slope that the sign of x decides."""

    def double_backward(self, ddx, dy, cache):
        (x,) = self.unseal(cache)
        slope = np.where(x > 0, 1.0, self.slope)
        return slope * ddx, {}


def square(kind):
    """A Dense layer from 4 numbers to 4, so that no shape gives a mistake away."""
    return check_double_backward(kind(4, 4, rng=np.random.default_rng(0)), input_shape=(3, 4))


def image(kind):
    return check_double_backward(kind(2, 2, 3, rng=np.random.default_rng(0)), input_shape=(3, 5, 4, 2))


def rows(kind):
    return check_double_backward(kind(0.3), input_shape=(4, 5))


# fmt: off
dense = partial(wrong, SecondDense, check=square, kind="double-backward")
leaky = partial(wrong, SecondLeaky, check=rows, kind="double-backward")
DDY, DW, DB = 'ddx @ self.params["w"]', "ddx.T @ dy", "np.zeros(self.n_out)"

dense("second-bias-forward", "bias-forward",
      "ddx is sent through forward with the bias added, but dx does not contain the bias",
      {DDY: f'{DDY} + self.params["b"]'})
dense("second-not-transposed", "backward-for-forward",
      "ddx is multiplied by w^T, as in backward, where forward's w belongs", {DDY: f"{DDY}.T"})
dense("second-dw-with-x", "x-for-ddx", "dP/dw is computed with x in place of ddx: it is the first gradient once more",
      {"return ddx": "x, _ = self.unseal(cache)\nreturn ddx", DW: "x.T @ dy"})
dense("second-dw-transposed", "transposed",
      "dP/dw is dy^T ddx where it should be ddx^T dy: transposed, which a square layer hides", {DW: "dy.T @ ddx"})
dense("second-bias-gradient", "bias-counted",
      "the bias gets the gradient of the first backward pass; dx does not depend on it", {DB: "dy.sum(axis=0)"})
dense("second-dx-returned", "dx-returned", "the dx of the first backward pass is returned in place of dP/d(dy)",
      {DDY: 'dy @ self.params["w"].T'})

leaky("second-slope-squared", "slope-twice", "the slope is applied to ddx twice", {"slope * ddx": "slope**2 * ddx"})
leaky("second-slope-forgotten", "slope-forgotten", "ddx is passed on as it is, without the slope",
      {"slope * ddx": "ddx"})
leaky("second-sign-from-ddx", "slope-from-ddx", "the slope is chosen by the sign of ddx where that of x decides",
      {"x > 0": "ddx > 0"})
# fmt: on


@mutant("second-conv-no-flip", kind="double-backward", cause="backward-for-forward", check=image,
        mistake="ddx is sent through the transposed convolution, as in backward")  # fmt: skip
class TransposedForForward(Conv2D):
    def double_backward(self, ddx, dy, cache):
        x, pads, _ = self.unseal(cache)
        ddy = kernels.conv2d_input_grad(ddx, self.params["w"], x.shape, self.stride, pads)
        dw = kernels.conv2d_weight_grad(ddx, dy, self.params["w"].shape, self.stride, pads)
        return ddy, {"w": dw, "b": np.zeros(self.c_out)}
