"""Transposed convolutions with a mistake: their dx is a convolution of dy, their dw pairs dy with x."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import Conv2DTranspose, checked

SHAPE = (3, 4, 3, 2)
PLAIN, SAME_CHANNELS = checked(2, 3, shape=SHAPE), checked(2, 2, shape=SHAPE)


@mutant("conv2dtranspose-dx-channels-mixed", kind="layer", cause="channels-swapped", check=SAME_CHANNELS,
        mistake="dx takes w as (.., C_in, C_out), which is a convolution's order")  # fmt: skip
class ChannelsMixed(Conv2DTranspose):
    def input_grad(self, full, x):
        dx = np.zeros_like(x)
        for p, q in np.ndindex(*self.kernel):
            dx += self.window(full, p, q) @ self.params["w"][p, q].T
        return dx


@mutant("conv2dtranspose-dw-channels-mixed", kind="layer", cause="channels-swapped", check=SAME_CHANNELS,
        mistake="dw pairs x with dy, (.., C_in, C_out), where w is (.., C_out, C_in)")  # fmt: skip
class WeightGradientChannelsMixed(Conv2DTranspose):
    def weight_grad(self, full, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in np.ndindex(*self.kernel):
            dw[p, q] = np.tensordot(x, self.window(full, p, q), axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2dtranspose-crop-off-by-one", kind="layer", cause="shifted", check=PLAIN,
        mistake="backward puts the cropped rim back one pixel too far to one side")  # fmt: skip
class CropOffByOne(Conv2DTranspose):
    def uncropped(self, dy):
        (top, bottom), (left, right) = self.rim
        return np.pad(dy, ((0, 0), (top - 1, bottom + 1), (left + 1, right - 1), (0, 0)))


@mutant("conv2dtranspose-output-size-off", kind="layer", cause="output-shape", check=PLAIN,
        mistake="output_shape says H * stride, but with this kernel and rim the output is of another size")  # fmt: skip
class OutputSizeOff(Conv2DTranspose):
    def output_shape(self, input_shape):
        H, W, _ = input_shape
        return H * self.stride[0], W * self.stride[1], len(self.params["b"])


@mutant("conv2dtranspose-dx-flipped", kind="layer", cause="flipped", check=PLAIN,
        mistake="dx is computed with the kernel flipped")  # fmt: skip
class KernelFlipped(Conv2DTranspose):
    def input_grad(self, full, x):
        dx, w = np.zeros_like(x), self.params["w"][::-1, ::-1]
        for p, q in np.ndindex(*self.kernel):
            dx += self.window(full, p, q) @ w[p, q]
        return dx


@mutant("conv2dtranspose-stride-forgotten", kind="layer", cause="stride", check=PLAIN,
        mistake="dx reads neighbouring pixels of dy, where they are `stride` apart")  # fmt: skip
class StrideForgotten(Conv2DTranspose):
    def input_grad(self, full, x):
        (_, H, W, _), dx = x.shape, np.zeros_like(x)
        for p, q in np.ndindex(*self.kernel):
            dx += full[:, p : p + H, q : q + W] @ self.params["w"][p, q]
        return dx


@mutant("conv2dtranspose-dx-overwritten", kind="layer", cause="overwritten", check=PLAIN,
        mistake="dx is overwritten by each tap of the kernel")  # fmt: skip
class Overwritten(Conv2DTranspose):
    def input_grad(self, full, x):
        for p, q in np.ndindex(*self.kernel):
            dx = self.window(full, p, q) @ self.params["w"][p, q]
        return dx
