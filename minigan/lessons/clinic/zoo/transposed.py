"""Transposed convolutions with a mistake: their dx is a convolution of dy, their dw pairs dy with x."""

from functools import partial

from minigan.lessons.clinic.zoo import checked, mutant, wrong
from minigan.lessons.clinic.zoo.images import Conv2DTranspose

SHAPE = (3, 4, 3, 2)
PLAIN = checked(2, 3, shape=SHAPE)
BACK = 'dx += self.window(full, p, q) @ self.params["w"][p, q]'
conv = partial(wrong, Conv2DTranspose, check=PLAIN)
square = partial(wrong, Conv2DTranspose, check=checked(2, 2, shape=SHAPE))

# fmt: off
square("conv2dtranspose-dx-channels-mixed", "channels-swapped",
       "dx takes w as (.., C_in, C_out), which is a convolution's order", {BACK: BACK + ".T"})
square("conv2dtranspose-dw-channels-mixed", "channels-swapped",
       "dw pairs x with dy, (.., C_in, C_out), where w is (.., C_out, C_in)",
       {"(self.window(full, p, q), x,": "(x, self.window(full, p, q),"})
conv("conv2dtranspose-crop-off-by-one", "shifted", "backward puts the cropped rim back one pixel too far to one side",
     {"return np.pad(dy, ((0, 0), *self.rim, (0, 0)))": "(top, bottom), (left, right) = self.rim\n"
      "return np.pad(dy, ((0, 0), (top - 1, bottom + 1), (left + 1, right - 1), (0, 0)))"})
conv("conv2dtranspose-dx-flipped", "flipped", "dx is computed with the kernel flipped",
     {BACK: 'dx += self.window(full, p, q) @ self.params["w"][-1 - p, -1 - q]'})
conv("conv2dtranspose-stride-forgotten", "stride", "dx reads neighbouring pixels of dy, where they are `stride` apart",
     {BACK: 'dx += full[:, p : p + x.shape[1], q : q + x.shape[2]] @ self.params["w"][p, q]'})
conv("conv2dtranspose-dx-overwritten", "overwritten", "dx is overwritten by each tap of the kernel", {"dx +=": "dx ="})
# fmt: on


@mutant("conv2dtranspose-output-size-off", kind="layer", cause="output-shape", check=PLAIN,
        mistake="output_shape says H * stride, but with this kernel and rim the output is of another size")  # fmt: skip
class OutputSizeOff(Conv2DTranspose):
    def output_shape(self, input_shape):
        H, W, _ = input_shape
        return H * self.stride[0], W * self.stride[1], len(self.params["b"])
