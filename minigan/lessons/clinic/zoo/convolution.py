"""Convolutions with a mistake in one of their passes; and the layers that go with them."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import IMAGE, Conv2D, checked

PLAIN, SAME_CHANNELS = checked(2, 3, shape=IMAGE), checked(2, 2, shape=IMAGE)
VALID = checked(2, 3, kernel=(3, 2), stride=(1, 1), padding=((0, 0), (0, 0)), shape=(3, 6, 5, 2))


@mutant("conv2d-fold-overwrites", kind="layer", cause="overwritten", check=PLAIN,
        mistake="dx is written with = where windows overlap and must add up, +=")  # fmt: skip
class FoldOverwrites(Conv2D):
    def input_grad(self, dy, x):
        dx = np.zeros_like(x)
        for p, q in self.taps():
            self.window(dx, p, q)[...] = dy @ self.params["w"][p, q].T
        return self.crop(dx)


@mutant("conv2d-patches-overwrite", kind="layer", cause="overwritten", check=PLAIN,
        mistake="each output writes its patch of dx over the one before; patches overlap and must add up")  # fmt: skip
class PatchesOverwrite(Conv2D):
    def input_grad(self, dy, x):
        (KH, KW), (sh, sw), dx = self.kernel, self.stride, np.zeros_like(x)
        for i, j in np.ndindex(dy.shape[1:3]):
            patch = np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
            dx[:, i * sh : i * sh + KH, j * sw : j * sw + KW] = patch
        return self.crop(dx)


@mutant("conv2d-dw-flipped", kind="layer", cause="flipped", check=PLAIN,
        mistake="dw is upside down and left to right")  # fmt: skip
class WeightGradientFlipped(Conv2D):
    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in self.taps():
            dw[-1 - p, -1 - q] = np.tensordot(self.window(x, p, q), dy, axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2d-dx-kernel-flipped", kind="layer", cause="flipped", check=PLAIN,
        mistake="dx is computed with the kernel flipped: here the loop is over taps, and needs no flip")  # fmt: skip
class KernelFlipped(Conv2D):
    def input_grad(self, dy, x):
        dx, w = np.zeros_like(x), self.params["w"][::-1, ::-1]
        for p, q in self.taps():
            self.window(dx, p, q)[...] += dy @ w[p, q].T
        return self.crop(dx)


@mutant("conv2d-dx-not-flipped", kind="layer", cause="flipped", check=VALID,
        mistake="dx is the full convolution of dy with the kernel as it is; it must be flipped for that")  # fmt: skip
class FullConvolutionNotFlipped(Conv2D):
    def input_grad(self, dy, x):
        KH, KW = self.kernel
        padded = np.pad(dy, ((0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1), (0, 0)))
        dx = np.zeros_like(x)
        for p, q in self.taps():
            dx += padded[:, p : p + x.shape[1], q : q + x.shape[2]] @ self.params["w"][p, q].T
        return dx


@mutant("conv2d-dx-channels-swapped", kind="layer", cause="channels-swapped", check=SAME_CHANNELS,
        mistake="dx sums over the input channels of w: with as many in as out, the shapes fit")  # fmt: skip
class ChannelsSwapped(Conv2D):
    def input_grad(self, dy, x):
        dx = np.zeros_like(x)
        for p, q in self.taps():
            self.window(dx, p, q)[...] += dy @ self.params["w"][p, q]
        return self.crop(dx)


@mutant("conv2d-dw-channels-swapped", kind="layer", cause="channels-swapped", check=SAME_CHANNELS,
        mistake="dw is (KH, KW, C_out, C_in): with as many in as out, the shapes fit")  # fmt: skip
class WeightGradientChannelsSwapped(Conv2D):
    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in self.taps():
            dw[p, q] = np.tensordot(dy, self.window(x, p, q), axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2d-dw-height-width-swapped", kind="layer", cause="height-width-swapped",
        check=checked(2, 3, kernel=(3, 3), shape=IMAGE),
        mistake="dw has height and width swapped: the kernel is square, so the shapes fit")  # fmt: skip
class WeightGradientTurned(Conv2D):
    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in self.taps():
            dw[q, p] = np.tensordot(self.window(x, p, q), dy, axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2d-padding-not-cropped", kind="layer", cause="not-cropped", check=PLAIN,
        mistake="dx still has the padding: its rows and columns must be cut off")  # fmt: skip
class PaddingNotCropped(Conv2D):
    def crop(self, x):
        return x


@mutant("conv2d-cropped-on-one-side", kind="layer", cause="not-cropped", check=PLAIN,
        mistake="dx is cropped at top and left, but not at bottom and right")  # fmt: skip
class CroppedOnOneSide(Conv2D):
    def crop(self, x):
        (top, _), (left, _) = self.padding
        return x[:, top:, left:]


@mutant("conv2d-cropped-on-the-wrong-side", kind="layer", cause="shifted", check=PLAIN,
        mistake="dx is cropped at top and left by the padding of bottom and right, and vice versa")  # fmt: skip
class CroppedOnTheWrongSide(Conv2D):
    def crop(self, x):
        (top, bottom), (left, right) = self.padding
        return x[:, bottom : x.shape[1] - top, right : x.shape[2] - left]


@mutant("conv2d-last-row-forgotten", kind="layer", cause="border", check=PLAIN,
        mistake="the loop over output rows ends one too early")  # fmt: skip
class LastRowForgotten(Conv2D):
    def input_grad(self, dy, x):
        (KH, KW), (sh, sw), dx = self.kernel, self.stride, np.zeros_like(x)
        for i in range(dy.shape[1] - 1):
            for j in range(dy.shape[2]):
                patch = np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
                dx[:, i * sh : i * sh + KH, j * sw : j * sw + KW] += patch
        return self.crop(dx)


@mutant("conv2d-stride-always-two", kind="layer", cause="stride", check=checked(2, 3, stride=(3, 3), shape=IMAGE),
        mistake="dx spreads dy out by 2, whatever the stride")  # fmt: skip
class StrideAlwaysTwo(Conv2D):
    def input_grad(self, dy, x):
        (KH, KW), dx = self.kernel, np.zeros_like(x)
        for i, j in np.ndindex(dy.shape[1:3]):
            dx[:, 2 * i : 2 * i + KH, 2 * j : 2 * j + KW] += np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
        return self.crop(dx)


@mutant("conv2d-stride-forgotten-in-dx", kind="layer", cause="stride", check=PLAIN,
        mistake="dx puts dy's rows one below the other, where they are `stride` apart")  # fmt: skip
class StrideForgotten(Conv2D):
    def input_grad(self, dy, x):
        (KH, KW), (_, sw), dx = self.kernel, self.stride, np.zeros_like(x)
        for i, j in np.ndindex(dy.shape[1:3]):
            patch = np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
            dx[:, i : i + KH, j * sw : j * sw + KW] += patch
        return self.crop(dx)


@mutant("conv2d-width-with-height-stride", kind="layer", cause="height-width-swapped",
        check=checked(2, 3, stride=(2, 3), shape=IMAGE),
        mistake="dx uses the height's stride for the width, too")  # fmt: skip
class WidthWithHeightStride(Conv2D):
    def input_grad(self, dy, x):
        (KH, KW), (sh, _), dx = self.kernel, self.stride, np.zeros_like(x)
        for i, j in np.ndindex(dy.shape[1:3]):
            patch = np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
            dx[:, i * sh : i * sh + KH, j * sh : j * sh + KW] += patch
        return self.crop(dx)


@mutant("conv2d-stride-forgotten-in-dw", kind="layer", cause="stride", check=PLAIN,
        mistake="dw pairs neighbouring rows of x with dy's, where they are `stride` apart")  # fmt: skip
class StrideForgottenInWeightGradient(Conv2D):
    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in self.taps():
            window = x[:, p : p + dy.shape[1], q : q + dy.shape[2]]
            dw[p, q] = np.tensordot(window, dy, axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2d-dw-without-padding", kind="layer", cause="shifted",
        check=checked(2, 3, stride=(1, 1), padding=((1, 1), (1, 0)), shape=(3, 6, 5, 2)),
        mistake="dw is computed with x padded at the end only: everything is off by the padding")  # fmt: skip
class WeightGradientShifted(Conv2D):
    def weight_grad(self, dy, x):
        dw, unpadded = np.zeros_like(self.params["w"]), self.crop(x)
        x = np.pad(unpadded, [(0, x.shape[k] - unpadded.shape[k]) for k in range(4)])
        for p, q in self.taps():
            dw[p, q] = np.tensordot(self.window(x, p, q), dy, axes=((0, 1, 2), (0, 1, 2)))
        return dw


@mutant("conv2d-db-averaged-over-positions", kind="layer", cause="factor", check=PLAIN,
        mistake="db is the mean over the positions, not the sum")  # fmt: skip
class BiasAveragedOverPositions(Conv2D):
    def bias_grad(self, dy):
        return dy.mean(axis=(1, 2)).sum(axis=0)


@mutant("conv2d-db-not-summed", kind="layer", cause="not-summed", check=PLAIN,
        mistake="db is summed over the batch, but not over the positions")  # fmt: skip
class BiasNotSummedOverPositions(Conv2D):
    def bias_grad(self, dy):
        return dy.sum(axis=0)


@mutant("conv2d-db-one-position", kind="layer", cause="one-position", check=PLAIN,
        mistake="db takes the first position of each image alone")  # fmt: skip
class BiasOfOnePosition(Conv2D):
    def bias_grad(self, dy):
        return dy[:, 0, 0].sum(axis=0)


@mutant("conv2d-dw-last-image", kind="layer", cause="one-sample", check=PLAIN,
        mistake="the loop over the images writes dw = ..., so that only the last one counts")  # fmt: skip
class LastImageAlone(Conv2D):
    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for n in range(len(x)):
            for p, q in self.taps():
                dw[p, q] = np.tensordot(self.window(x, p, q)[n], dy[n], axes=((0, 1), (0, 1)))
        return dw
