"""Pooling, upsampling, and layers that only put numbers in another order."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import (
    IMAGE,
    AveragePool,
    ChannelsFirst,
    Embedding,
    Flatten,
    MaxPool,
    UpSampling,
    checked,
)

OBLONG = checked(shape=(3, 4, 5, 2))


@mutant("maxpool-overwrites", kind="layer", cause="overwritten", check=checked(shape=IMAGE),
        mistake="windows overlap, and a pixel may be the largest of several: dx must add up")  # fmt: skip
class PoolOverwrites(MaxPool):
    def backward(self, dy, cache):
        x, y = cache
        dx = np.zeros_like(x)
        for i, j in np.ndindex(y.shape[1:3]):
            largest = self.window(x, i, j) == y[:, i : i + 1, j : j + 1]
            self.window(dx, i, j)[largest] = (largest * dy[:, i : i + 1, j : j + 1])[largest]
        return dx, {}


@mutant("maxpool-sends-to-all", kind="layer", cause="terms-extra", check=checked(shape=IMAGE),
        mistake="every pixel of the window gets dy, not the largest alone")  # fmt: skip
class SendsToAll(MaxPool):
    def backward(self, dy, cache):
        x, y = cache
        dx = np.zeros_like(x)
        for i, j in np.ndindex(y.shape[1:3]):
            self.window(dx, i, j)[...] += dy[:, i : i + 1, j : j + 1]
        return dx, {}


@mutant("averagepool-not-divided", kind="layer", cause="factor", check=checked(shape=(3, 6, 4, 2)),
        mistake="each pixel gets dy whole, where its share is 1 / size^2")  # fmt: skip
class NotDivided(AveragePool):
    def backward(self, dy, cache):
        return dy.repeat(self.size, axis=1).repeat(self.size, axis=2), {}


@mutant("averagepool-tiled", kind="layer", cause="order", check=checked(shape=(3, 6, 4, 2)),
        mistake="np.tile puts copies of dy side by side; np.repeat makes blocks of each entry")  # fmt: skip
class Tiled(AveragePool):
    def backward(self, dy, cache):
        return np.tile(dy, (1, self.size, self.size, 1)) / self.size**2, {}


@mutant("upsampling-one-pixel-of-each-block", kind="layer", cause="overwritten", check=checked(shape=(3, 3, 4, 2)),
        mistake="dx takes the first pixel of each block: all of them show the same input, and add up")  # fmt: skip
class OnePixelOfEachBlock(UpSampling):
    def backward(self, dy, shape):
        return dy[:, :: self.size, :: self.size].copy(), {}


@mutant("upsampling-averaged", kind="layer", cause="factor", check=checked(shape=(3, 3, 4, 2)),
        mistake="dx is the mean over each block, not the sum")  # fmt: skip
class BlocksAveraged(UpSampling):
    def backward(self, dy, shape):
        N, H, W, C = shape
        return dy.reshape(N, H, self.size, W, self.size, C).mean(axis=(2, 4)), {}


@mutant("flatten-order-f", kind="layer", cause="order", check=OBLONG,
        mistake='forward writes the entries in order "C", backward reads them in order "F"')  # fmt: skip
class FortranOrder(Flatten):
    def backward(self, dy, shape):
        return np.stack([row.reshape(shape[1:], order="F") for row in dy]), {}


@mutant("flatten-channels-first", kind="layer", cause="order", check=OBLONG,
        mistake="backward takes the entries to be in the order (C, H, W), forward wrote (H, W, C)")  # fmt: skip
class ChannelsFirstInBackward(Flatten):
    def backward(self, dy, shape):
        N, H, W, C = shape
        return dy.reshape(N, C, H, W).transpose(0, 2, 3, 1).copy(), {}


@mutant("channelsfirst-reshaped", kind="layer", cause="order", check=OBLONG,
        mistake="backward reshapes where it must swap the axes back")  # fmt: skip
class ReshapedNotTransposed(ChannelsFirst):
    def backward(self, dy, shape):
        return dy.reshape(shape), {}


@mutant("embedding-repeats-overwritten", kind="layer", cause="overwritten", check=checked(3, shape=(4, 5, 3)),
        mistake="d[words] += g counts each word once, however often it occurs: np.add.at adds up")  # fmt: skip
class RepeatsOverwritten(Embedding):
    def backward(self, dy, cache):
        table = np.zeros_like(self.params["table"])
        table[self.words] += dy.sum(axis=0)
        return dy.copy(), {"table": table}
