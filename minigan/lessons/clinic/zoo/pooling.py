"""Pooling, upsampling, and layers that only put numbers in another order, with a mistake."""

from functools import partial

from minigan.lessons.clinic.zoo import checked, wrong
from minigan.lessons.clinic.zoo.images import IMAGE, AveragePool, ChannelsFirst, Flatten, MaxPool, UpSampling

OBLONG, BLOCKS = checked(shape=(3, 4, 5, 2)), checked(shape=(3, 6, 4, 2))
ADD = "self.window(dx, i, j)[...] += largest * dy[:, i : i + 1, j : j + 1]"
maxpool = partial(wrong, MaxPool, check=checked(shape=IMAGE))
upsampling = partial(wrong, UpSampling, check=checked(shape=(3, 3, 4, 2)))

# fmt: off
maxpool("maxpool-overwrites", "overwritten",
        "windows overlap, and a pixel may be the largest of several: dx must add up",
        {ADD: "self.window(dx, i, j)[largest] = (largest * dy[:, i : i + 1, j : j + 1])[largest]"})
maxpool("maxpool-sends-to-all", "terms-extra", "every pixel of the window gets dy, not the largest alone",
        {"+= largest * dy": "+= dy"})
wrong(AveragePool, "averagepool-not-divided", "factor", "each pixel gets dy whole, where its share is 1 / size^2",
      {" / self.size**2": ""}, BLOCKS)
wrong(AveragePool, "averagepool-tiled", "order",
      "np.tile puts copies of dy side by side; np.repeat makes blocks of each entry",
      {"dy.repeat(self.size, axis=1).repeat(self.size, axis=2)": "np.tile(dy, (1, self.size, self.size, 1))"}, BLOCKS)
upsampling("upsampling-one-pixel-of-each-block", "overwritten",
           "dx takes the first pixel of each block: all of them show the same input, and add up",
           {"dy.reshape(N, H, self.size, W, self.size, C).sum(axis=(2, 4))":
            "dy[:, :: self.size, :: self.size].copy()"})
upsampling("upsampling-averaged", "factor", "dx is the mean over each block, not the sum", {".sum(": ".mean("})
wrong(Flatten, "flatten-order-f", "order", 'forward writes the entries in order "C", backward reads them in order "F"',
      {"dy.reshape(shape)": 'np.stack([row.reshape(shape[1:], order="F") for row in dy])'}, OBLONG)
wrong(Flatten, "flatten-channels-first", "order",
      "backward takes the entries to be in the order (C, H, W), forward wrote (H, W, C)",
      {"return dy.reshape(shape)": "N, H, W, C = shape\nreturn dy.reshape(N, C, H, W).transpose(0, 2, 3, 1).copy()"},
      OBLONG)
wrong(ChannelsFirst, "channelsfirst-reshaped", "order", "backward reshapes where it must swap the axes back",
      {"np.ascontiguousarray(dy.transpose(0, 2, 3, 1))": "dy.reshape(shape)"}, OBLONG)
# fmt: on
