"""Convolutions with a mistake in one of their passes."""

from functools import partial

from minigan.lessons.clinic.zoo import checked, wrong
from minigan.lessons.clinic.zoo.images import IMAGE, Conv2D

FOLD = (
    'dx = np.zeros_like(x)\nfor p, q in self.taps():\n    self.window(dx, p, q)[...] += dy @ self.params["w"][p, q].T'
)
BY_PATCHES = {
    FOLD: """(KH, KW), (sh, sw), dx = self.kernel, self.stride, np.zeros_like(x)
for i, j in np.ndindex(dy.shape[1:3]):
    patch = np.einsum("nf,pqcf->npqc", dy[:, i, j], self.params["w"])
    dx[:, i * sh : i * sh + KH, j * sw : j * sw + KW] += patch"""
}  # the same dx, an output pixel after the other
FULL = """(KH, KW), dx = self.kernel, np.zeros_like(x)
padded = np.pad(dy, ((0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1), (0, 0)))
for p, q in self.taps():
    dx += padded[:, p : p + x.shape[1], q : q + x.shape[2]] @ self.params["w"][p, q].T"""
W_T, SUM = 'self.params["w"][p, q].T', "dy.sum(axis=(0, 1, 2))"
DW = "dw[p, q] = np.tensordot(self.window(x, p, q), dy, axes=((0, 1, 2), (0, 1, 2)))"
LAST_DW = "for n in range(len(x)):\n    dw[p, q] = np.tensordot(self.window(x, p, q)[n], dy[n], axes=((0, 1), (0, 1)))"
INSIDE = "x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]"
conv = partial(wrong, Conv2D, check=checked(2, 3, shape=IMAGE))
square = partial(wrong, Conv2D, check=checked(2, 2, shape=IMAGE))

# fmt: off
conv("conv2d-fold-overwrites", "overwritten", "dx is written with = where windows overlap and must add up, +=",
     {"self.window(dx, p, q)[...] +=": "self.window(dx, p, q)[...] ="})
conv("conv2d-patches-overwrite", "overwritten",
     "each output writes its patch of dx over the one before; patches overlap and must add up",
     BY_PATCHES | {"+= patch": "= patch"})
conv("conv2d-dw-flipped", "flipped", "dw is upside down and left to right", {"dw[p, q]": "dw[-1 - p, -1 - q]"})
conv("conv2d-dx-kernel-flipped", "flipped",
     "dx is computed with the kernel flipped: here the loop is over taps, and needs no flip",
     {W_T: 'self.params["w"][-1 - p, -1 - q].T'})
wrong(Conv2D, "conv2d-dx-not-flipped", "flipped",
      "dx is the full convolution of dy with the kernel as it is; it must be flipped for that", {FOLD: FULL},
      checked(2, 3, kernel=(3, 2), stride=(1, 1), padding=((0, 0), (0, 0)), shape=(3, 6, 5, 2)))
square("conv2d-dx-channels-swapped", "channels-swapped",
       "dx sums over the input channels of w: with as many in as out, the shapes fit", {W_T: 'self.params["w"][p, q]'})
square("conv2d-dw-channels-swapped", "channels-swapped",
       "dw is (KH, KW, C_out, C_in): with as many in as out, the shapes fit",
       {"(self.window(x, p, q), dy,": "(dy, self.window(x, p, q),"})
wrong(Conv2D, "conv2d-dw-height-width-swapped", "height-width-swapped",
      "dw has height and width swapped: the kernel is square, so the shapes fit", {"dw[p, q]": "dw[q, p]"},
      checked(2, 3, kernel=(3, 3), shape=IMAGE))
conv("conv2d-padding-not-cropped", "not-cropped", "dx still has the padding: its rows and columns must be cut off",
     {INSIDE: "x"})
conv("conv2d-cropped-on-one-side", "not-cropped", "dx is cropped at top and left, but not at bottom and right",
     {INSIDE: "x[:, top:, left:]"})
conv("conv2d-cropped-on-the-wrong-side", "shifted",
     "dx is cropped at top and left by the padding of bottom and right, and vice versa",
     {INSIDE: "x[:, bottom : x.shape[1] - top, right : x.shape[2] - left]"})
conv("conv2d-last-row-forgotten", "border", "the loop over output rows ends one too early",
     BY_PATCHES | {"np.ndindex(dy.shape[1:3])": "np.ndindex(dy.shape[1] - 1, dy.shape[2])"})
wrong(Conv2D, "conv2d-stride-always-two", "stride", "dx spreads dy out by 2, whatever the stride",
      BY_PATCHES | {"dx = self.kernel, self.stride": "dx = self.kernel, (2, 2)"},
      checked(2, 3, stride=(3, 3), shape=IMAGE))
conv("conv2d-stride-forgotten-in-dx", "stride", "dx puts dy's rows one below the other, where they are `stride` apart",
     BY_PATCHES | {"i * sh : i * sh + KH": "i : i + KH"})
wrong(Conv2D, "conv2d-width-with-height-stride", "height-width-swapped",
      "dx uses the height's stride for the width, too", BY_PATCHES | {"j * sw : j * sw + KW": "j * sh : j * sh + KW"},
      checked(2, 3, stride=(2, 3), shape=IMAGE))
conv("conv2d-stride-forgotten-in-dw", "stride",
     "dw pairs neighbouring rows of x with dy's, where they are `stride` apart",
     {"self.window(x, p, q), dy": "x[:, p : p + dy.shape[1], q : q + dy.shape[2]], dy"})
wrong(Conv2D, "conv2d-dw-without-padding", "shifted",
      "dw is computed with x padded at the end only: everything is off by the padding",
      {'dw = np.zeros_like(self.params["w"])': 'dw, inside = np.zeros_like(self.params["w"]), self.crop(x)\n'
       "x = np.pad(inside, [(0, x.shape[k] - inside.shape[k]) for k in range(4)])"},
      checked(2, 3, stride=(1, 1), padding=((1, 1), (1, 0)), shape=(3, 6, 5, 2)))
conv("conv2d-db-averaged-over-positions", "factor", "db is the mean over the positions, not the sum",
     {SUM: "dy.mean(axis=(1, 2)).sum(axis=0)"})
conv("conv2d-db-not-summed", "not-summed", "db is summed over the batch, but not over the positions",
     {SUM: "dy.sum(axis=0)"})
conv("conv2d-db-one-position", "one-position", "db takes the first position of each image alone",
     {SUM: "dy[:, 0, 0].sum(axis=0)"})
conv("conv2d-dw-last-image", "one-sample", "the loop over the images writes dw = ..., so that only the last one counts",
     {DW: LAST_DW})
# fmt: on
