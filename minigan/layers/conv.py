"""Conv2D and Conv2DTranspose: one linear map and its adjoint.

A convolution without bias is a matrix A (huge, mostly zero, never written down) times the image. Its input gradient
is A^T times the upstream gradient; the transposed convolution *is* that A^T. So the two layers share three
kernels, `conv2d`, `conv2d_input_grad` and `conv2d_weight_grad`, and each one's forward is the other's input gradient.
The kernels and their formulas are in `minigan/kernels/conv.py`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import pair, whole
from minigan.layers.affine import Affine
from minigan.layers.base import expect, param
from minigan.layers.initialisers import initial_weight


class Convolution(Affine):
    """The base of both layers: their arguments, their parameters w and (unless bias=False) b = 0, and the bias and
    LeakyReLU(slope) after the convolution, in one pass over memory."""

    def __init__(
        self, c_in: int, c_out: int, kernel: int | tuple, *, stride: int | tuple = 1,
        padding: str | int | tuple = "same", bias: bool = True, slope: float | None = None,
        init: str | Callable = "glorot", rng: np.random.Generator | None = None,
    ) -> None:  # fmt: skip
        self.c_in, self.c_out = whole("c_in", c_in), whole("c_out", c_out)
        self.kernel, self.stride = pair("kernel", kernel), pair("stride", stride)
        self.padding = checked_padding(padding)
        super().__init__(c_out, bias, slope)
        taps = self.kernel[0] * self.kernel[1]
        shape, fans = self.weight_shape(), (taps * self.c_in, taps * self.c_out)
        self.params = {"w": initial_weight(init, rng, shape, *fans, self.output_axis)} | self.params

    def weight_shape(self) -> tuple[int, ...]:
        """The shape of w: the kernel's height and width, and the channels."""
        return (*self.kernel, *self.weight_channels())

    def weight_channels(self) -> tuple[int, int]:
        """The last two sizes of w."""
        raise NotImplementedError

    def finish(self, y: np.ndarray) -> np.ndarray:
        """Bias and rectifier, in place: y where y + b > 0, else slope * (y + b)."""
        if "b" in self.params or self.slope != 1:
            b = self.bias(y) if "b" in self.params else np.zeros(self.c_out, y.dtype)
            kernels.add_bias(y.reshape(-1, self.c_out), b, self.slope)
        return y


class Conv2D(Convolution):
    """y[n, i, j, f] = b[f] + sum over p, q, c of x[n, i*sh + p - top, j*sw + q - left, c] w[p, q, c, f].

    x (N, H, W, C), w (KH, KW, C, F), b (F,) -> y (N, OH, OW, F); x counts as 0 outside.

    kernel, stride: a number or a pair (height, width). padding:
        "same"   OH = ceil(H / sh), as in TensorFlow: where an odd number of rows is needed, the extra one is below
        "valid"  none
        p, (ph, pw) or ((top, bottom), (left, right)): that many rows and columns of zeros
    slope: if given, LeakyReLU(slope) follows in the same pass, y where y > 0, else slope * y; backward then begins with
        dy where y > 0, else slope * dy (for slope >= 0 the sign of the output is that of the input).
    Backward: dx by kernels.conv2d_input_grad, dw by kernels.conv2d_weight_grad, db = sum of dy over n, i, j.
    Source: Dumoulin & Visin 2016, arXiv:1603.07285.
    Raises ValueError for wrong sizes, or an image smaller than the kernel.
    """

    per_sample, output_axis = True, 3

    def weight_channels(self) -> tuple[int, int]:
        return self.c_in, self.c_out

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4, channels=self.c_in)
        pads = self._pads(x.shape[1:3])
        y = self.finish(kernels.conv2d(np.ascontiguousarray(x), param(self, "w", x), self.stride, pads))
        return y, self.seal(x, pads, y, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, pads, y = self.unseal(cache, dy)
        x, (dy, grads) = np.ascontiguousarray(x), self.begin(dy, y, summed=param_grads)
        if param_grads:
            grads["w"] = kernels.conv2d_weight_grad(x, dy, self.params["w"].shape, self.stride, pads)
        dx = None
        if input_grad:
            dx = kernels.conv2d_input_grad(dy, param(self, "w", x), x.shape, self.stride, pads)
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is the transposed convolution of f dy, with f = 1 where y > 0, else slope. So ddy is f times the
        convolution of ddx, without bias, and dP/dw is the usual weight gradient with ddx in place of x. dx depends
        on b only through f, and a small change of b does not change f: dP/db = 0."""
        x, pads, y = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        ddx, dz = np.ascontiguousarray(ddx), self.rectified(np.ascontiguousarray(dy), y)
        dw = kernels.conv2d_weight_grad(ddx, dz, self.params["w"].shape, self.stride, pads)
        ddy = self.rectified(kernels.conv2d(ddx, param(self, "w", x), self.stride, pads), y)
        return ddy, self.no_bias_grad(y) | {"w": dw}

    def _pads(self, size: tuple) -> tuple:
        """((top, bottom), (left, right)) for an image of this (height, width); ValueError if nothing fits."""
        pads = conv_pads(size, self.kernel, self.stride, self.padding)
        for extent, k, (before, after) in zip(size, self.kernel, pads, strict=True):
            if extent + before + after < k:
                raise ValueError(
                    f"Conv2D with kernel {self.kernel} and padding {self.padding!r} expected an image at least as "
                    f"large as the kernel, got {size}; use a smaller kernel or padding='same'"
                )
        return pads


class Conv2DTranspose(Convolution):
    """y[n, i*sh + p - top, j*sw + q - left, f] += x[n, i, j, c] w[p, q, f, c], starting from y = b[f].

    x (N, H, W, C), w (KH, KW, F, C), b (F,) -> y (N, OH, OW, F). The weight has the shape of the convolution whose
    adjoint this is, one that goes from F channels to C (as in Keras).

    Every input pixel paints a scaled copy of the kernel; copies overlap and add. padding says how the rim is cropped:
        "same"   OH = H * sh, or output_size
        "valid"  OH = (H - 1) * sh + max(KH, sh), nothing cropped
        p, (ph, pw) or ((top, bottom), (left, right)): OH = (H - 1) * sh + KH - top - bottom
    output_size: (OH, OW), or one number for both, with padding "same" only. A convolution with "same" padding maps OH
        rows to ceil(OH / sh), so OH = sh H, sh H - 1, ..., sh (H - 1) + 1 all lead to H rows, and it has an adjoint for
        each of them: of 7 rows, stride 2 makes 14 or 13. This says which of them it shall be; its pads are those of
        the convolution on an image of that size (arXiv:1603.07285, section 4.5).
    slope: as for Conv2D.
    Backward: dx by kernels.conv2d, dw by kernels.conv2d_weight_grad with image and upstream gradient in each other's
    place, db = sum of dy over n, i, j.
    Source: Zeiler et al. 2010; Dumoulin & Visin 2016, arXiv:1603.07285, section 4.
    Raises ValueError for wrong sizes, or a padding that crops everything away.
    """

    per_sample, output_axis = True, 2

    def __init__(self, c_in: int, c_out: int, kernel: int | tuple, *, output_size: int | tuple | None = None,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(c_in, c_out, kernel, **options)
        self.output_size = None if output_size is None else pair("output_size", output_size)
        if output_size is not None and self.padding != "same":
            raise ValueError(f"output_size is for padding 'same', got padding {self.padding!r}; leave one of them out")

    def weight_channels(self) -> tuple[int, int]:
        return self.c_out, self.c_in

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4, channels=self.c_in)
        (OH, OW), pads = self._size_and_pads(x.shape[1:3])
        y_shape = (len(x), OH, OW, self.c_out)
        y = kernels.conv2d_input_grad(np.ascontiguousarray(x), param(self, "w", x), y_shape, self.stride, pads)
        y = self.finish(y)
        return y, self.seal(x, pads, y, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, pads, y = self.unseal(cache, dy)
        x, (dy, grads) = np.ascontiguousarray(x), self.begin(dy, y, summed=param_grads)
        if param_grads:
            grads["w"] = kernels.conv2d_weight_grad(dy, x, self.params["w"].shape, self.stride, pads)
        dx = kernels.conv2d(dy, param(self, "w", x), self.stride, pads) if input_grad else None
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is the convolution of f dy, with f = 1 where y > 0, else slope. So ddy is f times the transposed
        convolution of ddx, without bias, and dP/dw is the usual weight gradient with ddx in place of x; dP/db = 0."""
        x, pads, y = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        ddx, dz = np.ascontiguousarray(ddx), self.rectified(np.ascontiguousarray(dy), y)
        dw = kernels.conv2d_weight_grad(dz, ddx, self.params["w"].shape, self.stride, pads)
        ddy = self.rectified(kernels.conv2d_input_grad(ddx, param(self, "w", x), dy.shape, self.stride, pads), y)
        return ddy, self.no_bias_grad(y) | {"w": dw}

    def _size_and_pads(self, size: tuple) -> tuple:
        """The output's (height, width) and ((top, bottom), (left, right)) of the convolution that leads back."""
        if self.padding == "same":
            out = self._same_size(size)
            return out, conv_pads(out, self.kernel, self.stride, "same")
        out, pads = [], []
        for axis, (extent, k, s) in enumerate(zip(size, self.kernel, self.stride, strict=True)):
            if self.padding == "valid":
                out.append((extent - 1) * s + max(k, s))
                pads.append((0, 0))
            else:
                out.append((extent - 1) * s + k - sum(self.padding[axis]))
                pads.append(self.padding[axis])
        if min(out) < 1:
            raise ValueError(
                f"Conv2DTranspose with padding {self.padding} crops an image of {tuple(size)} to {tuple(out)}; "
                "expected at least one row and column to be left: use less padding"
            )
        return tuple(out), tuple(pads)

    def _same_size(self, size: tuple) -> tuple:
        """The output's (height, width) with padding "same"; ValueError if output_size does not lead back to `size`."""
        largest = tuple(extent * s for extent, s in zip(size, self.stride, strict=True))
        out = self.output_size or largest
        if any(-(-rows // s) != extent for rows, s, extent in zip(out, self.stride, size, strict=True)):
            least = tuple(rows - s + 1 for rows, s in zip(largest, self.stride, strict=True))
            raise ValueError(
                f"Conv2DTranspose with stride {self.stride} makes an image of {tuple(size)} one of {least} to "
                f"{largest}, got output_size {out}; use an input of as many rows and columns as output_size / stride, "
                "rounded up"
            )
        return out


def conv_pads(size: tuple, kernel: tuple, stride: tuple, padding: str | tuple) -> tuple:
    """((top, bottom), (left, right)) of a convolution over an image of `size`, with `padding` as checked."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        return padding
    pads = []
    for extent, k, s in zip(size, kernel, stride, strict=True):
        total = max((-(-extent // s) - 1) * s + k - extent, 0)  # -(-a // b) is a / b rounded up
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


def checked_padding(padding: str | int | tuple) -> str | tuple:
    """ "same", "valid", or ((top, bottom), (left, right)) from p, (ph, pw) or that itself; else ValueError."""
    if padding in ("same", "valid"):
        return padding
    try:
        rows, columns = pair("padding", padding, least=0) if np.ndim(padding) < 2 else padding
        return pair("padding", rows, least=0), pair("padding", columns, least=0)
    except (ValueError, TypeError):
        raise ValueError(
            "padding must be 'same', 'valid', a whole number, (height, width) or ((top, bottom), (left, right)), "
            f"got {padding!r}"
        ) from None
