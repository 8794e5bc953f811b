"""Conv1D and Conv1DTranspose: convolutions along the time, of signals (N, T, C).

A signal is a picture 1 high and T wide. Write x[n, t, c] as X[n, 0, t, c], and the kernel w[p, c, f] as W[0, p, c, f].
The convolution of the picture, with stride (1, s), zeros left and right and none above and below, is

    Y[n, j, i, f] = sum over q, p, c of X[n, j + q, i s + p - before, c] W[q, p, c, f].

The kernel is 1 high and so is the picture: q and j can only be 0. What is left is the convolution of the signal,

    y[n, i, f] = sum over p, c of x[n, i s + p - before, c] w[p, c, f].

It is the same sum of the same products, so its derivatives are the picture's, too: dx = dX[:, 0], dw = dW[0]. The three
kernels of `minigan/kernels/conv.py` compute all of it. No number is moved: only the shapes change. (T high and 1 wide
would do as well; but a window of a wide picture is one run of memory, and is read faster.)
"""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import whole
from minigan.layers.base import expect, param
from minigan.layers.conv import Convolution, conv_pads


def picture(x: np.ndarray) -> np.ndarray:
    """Signals (N, T, C) as pictures (N, 1, T, C)."""
    return np.ascontiguousarray(x)[:, None]


class AlongTime(Convolution):
    """The base of both layers: the arguments, for one axis, and w as that of pictures."""

    def __init__(self, c_in: int, c_out: int, kernel: int, *, stride: int = 1, padding: str | int | tuple = "same",
                 **options: Any) -> None:  # fmt: skip
        size, step = (1, whole("kernel", kernel)), (1, whole("stride", stride))
        super().__init__(c_in, c_out, size, stride=step, padding=of_picture(padding), **options)

    def weight_shape(self) -> tuple[int, ...]:
        return (self.kernel[1], *self.weight_channels())

    def kernel_of(self, x: np.ndarray) -> np.ndarray:
        """w in x's dtype, (1, k, a, b)."""
        return param(self, "w", x)[None]

    def weight_grad(self, big: np.ndarray, small: np.ndarray, pads: tuple) -> np.ndarray:
        """dw (k, a, b), of pictures: those that the kernel slides over, and those with one entry for each place."""
        shape = self.params["w"][None].shape
        return kernels.conv2d_weight_grad(big, small, shape, self.stride, pads)[0]


class Conv1D(AlongTime):
    """y[n, i, f] = b[f] + sum over p, c of x[n, i*s + p - before, c] w[p, c, f].

    x (N, T, C), w (k, C, F), b (F,) -> y (N, OT, F); x counts as 0 outside.

    kernel, stride: whole numbers. padding:
        "same"   OT = ceil(T / s), as in TensorFlow: where an odd number of steps is needed, the extra one is at the end
        "valid"  none
        p or (before, after): that many steps of zeros
    bias, slope, init, rng: as for `Conv2D`, with LeakyReLU(slope) in the same pass.
    Backward: dx by kernels.conv2d_input_grad, dw by kernels.conv2d_weight_grad, db = sum of dy over n, i.
    Raises ValueError for wrong sizes, or a signal shorter than the kernel.
    """

    per_sample, output_axis = True, 2

    def weight_channels(self) -> tuple[int, int]:
        return self.c_in, self.c_out

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=3, channels=self.c_in)
        x, pads = picture(x), self._pads(x.shape[1])
        y = self.finish(kernels.conv2d(x, self.kernel_of(x), self.stride, pads))[:, 0]
        return y, self.seal(x, pads, y, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, pads, y = self.unseal(cache, dy)
        dy, grads = self.begin(dy, y, summed=param_grads)
        if param_grads:
            grads["w"] = self.weight_grad(x, picture(dy), pads)
        dx = None
        if input_grad:
            dx = kernels.conv2d_input_grad(picture(dy), self.kernel_of(x), x.shape, self.stride, pads)[:, 0]
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """As of `Conv2D`: ddy is f times the convolution of ddx, without bias, with f = 1 where y > 0, else slope;
        dP/dw is the usual weight gradient with ddx in place of x; dP/db = 0."""
        x, pads, y = self.unseal(cache, dy)
        self.expect_ddx(ddx, x[:, 0].shape)
        ddx, dz = picture(ddx), self.rectified(np.ascontiguousarray(dy), y)
        ddy = kernels.conv2d(ddx, self.kernel_of(x), self.stride, pads)[:, 0]
        return self.rectified(ddy, y), self.no_bias_grad(y) | {"w": self.weight_grad(ddx, picture(dz), pads)}

    def _pads(self, T: int) -> tuple:
        """((0, 0), (before, after)) for T steps; ValueError if nothing fits."""
        pads = conv_pads((1, T), self.kernel, self.stride, self.padding)
        if T + sum(pads[1]) < self.kernel[1]:
            raise ValueError(f"Conv1D with kernel {self.kernel[1]} and padding {said(self.padding)!r} expected a "
                             f"signal at least as long as the kernel, got {T} steps; use a smaller kernel or "
                             "padding='same'")  # fmt: skip
        return pads


class Conv1DTranspose(AlongTime):
    """y[n, i*s + p - before, f] += x[n, i, c] w[p, f, c], starting from y = b[f]: the adjoint of `Conv1D`.

    x (N, T, C), w (k, F, C), b (F,) -> y (N, OT, F). The weight has the shape of the convolution whose adjoint this is.

    padding:
        "same"   OT = T * s, or output_size
        "valid"  OT = (T - 1) * s + max(k, s), nothing cropped
        p or (before, after): OT = (T - 1) * s + k - before - after
    output_size: OT, with padding "same" only: of sT, sT - 1, ..., s(T - 1) + 1, which all lead to T steps, the one that
        it shall be.
    bias, slope, init, rng: as for `Conv2D`.
    Backward: dx by kernels.conv2d, dw by kernels.conv2d_weight_grad with signal and upstream gradient in each other's
    place, db = sum of dy over n, i.
    Raises ValueError for wrong sizes, or a padding that crops everything away.
    """

    per_sample, output_axis = True, 1

    def __init__(self, c_in: int, c_out: int, kernel: int, *, output_size: int | None = None, **options: Any) -> None:
        super().__init__(c_in, c_out, kernel, **options)
        self.output_size = None if output_size is None else whole("output_size", output_size)
        if output_size is not None and self.padding != "same":
            raise ValueError(f"output_size is for padding 'same', got padding {said(self.padding)!r}; leave one of "
                             "them out")  # fmt: skip

    def weight_channels(self) -> tuple[int, int]:
        return self.c_out, self.c_in

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=3, channels=self.c_in)
        x, (OT, pads) = picture(x), self._length_and_pads(x.shape[1])
        shape = (len(x), 1, OT, self.c_out)
        y = self.finish(kernels.conv2d_input_grad(x, self.kernel_of(x), shape, self.stride, pads))[:, 0]
        return y, self.seal(x, pads, y, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, pads, y = self.unseal(cache, dy)
        dy, grads = self.begin(dy, y, summed=param_grads)
        if param_grads:
            grads["w"] = self.weight_grad(picture(dy), x, pads)
        dx = kernels.conv2d(picture(dy), self.kernel_of(x), self.stride, pads)[:, 0] if input_grad else None
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """As of `Conv2DTranspose`: ddy is f times the transposed convolution of ddx, without bias; dP/dw is the usual
        weight gradient with ddx in place of x; dP/db = 0."""
        x, pads, y = self.unseal(cache, dy)
        self.expect_ddx(ddx, x[:, 0].shape)
        ddx, dz = picture(ddx), self.rectified(np.ascontiguousarray(dy), y)
        ddy = kernels.conv2d_input_grad(ddx, self.kernel_of(x), picture(y).shape, self.stride, pads)[:, 0]
        return self.rectified(ddy, y), self.no_bias_grad(y) | {"w": self.weight_grad(picture(dz), ddx, pads)}

    def _length_and_pads(self, T: int) -> tuple[int, tuple]:
        """The steps of the output, and ((0, 0), (before, after)) of the convolution that leads back."""
        (_, k), (_, s) = self.kernel, self.stride
        if self.padding == "same":
            OT = self.output_size or T * s
            if -(-OT // s) != T:
                raise ValueError(f"Conv1DTranspose with stride {s} makes a signal of {T} steps one of "
                                 f"{(T - 1) * s + 1} to {T * s}, got output_size {OT}; use an input of as many steps "
                                 "as output_size / stride, rounded up")  # fmt: skip
            return OT, conv_pads((1, OT), self.kernel, self.stride, "same")
        if self.padding == "valid":
            return (T - 1) * s + max(k, s), ((0, 0), (0, 0))
        OT = (T - 1) * s + k - sum(self.padding[1])
        if OT < 1:
            raise ValueError(f"Conv1DTranspose with padding {said(self.padding)} crops a signal of {T} steps to {OT}; "
                             "expected at least one step to be left: use less padding")  # fmt: skip
        return OT, self.padding


def of_picture(padding: str | int | tuple) -> str | tuple:
    """The padding of a signal, "same", "valid", p or (before, after), as that of a picture 1 high."""
    if padding in ("same", "valid"):
        return padding
    try:
        before, after = (padding, padding) if np.ndim(padding) == 0 else padding
        return (0, 0), (whole("padding", before, least=0), whole("padding", after, least=0))
    except (ValueError, TypeError):
        text = "padding must be 'same', 'valid', a whole number or (before, after)"
        raise ValueError(f"{text}, got {padding!r}") from None


def said(padding: str | tuple) -> str | tuple:
    """The padding as the caller gave it: (before, after) of ((0, 0), (before, after))."""
    return padding if isinstance(padding, str) else padding[1]
