"""Maxout: of each few features, the largest."""

from minigan import kernels
from minigan.layers.base import Layer, expect, whole


class Maxout(Layer):
    """y[n, k] = max over j of x[n, k * pieces + j]: the pieces of one unit lie side by side.

    x (N, units * pieces) -> y (N, units); or x (N, ..., units * pieces), where the last axis is treated so at each
    place. After a Dense(n_in, units * pieces), each unit is the largest of `pieces` linear functions, hence a convex
    piecewise linear function of the inputs that is learnt as a whole (Goodfellow et al. 2013, "Maxout networks",
    arXiv:1302.4389, section 3). It is the activation of the ring and grid discriminators of ALI (Dumoulin et al.
    2017, arXiv:1606.00704) and PacGAN (Lin et al. 2018, arXiv:1712.04086), with five pieces.

    Backward: dx is dy at the piece that was largest, 0 at the others. Where several are equal the function has no
    derivative, and the first of them is taken.

    pieces: at least 2. Raises ValueError otherwise, or if the number of features is not a multiple of it.
    """

    per_sample = True

    def __init__(self, pieces):
        self.pieces = whole("pieces", pieces, least=2)

    def forward(self, x, training=True):
        expect(self, x, ndim=None)
        y_shape = self.output_shape(x.shape)
        y, winner = kernels.maxout(x, self.pieces)
        return y.reshape(y_shape), self.seal(winner, x.shape, y_shape)

    def backward(self, dy, cache, param_grads=True):
        winner, x_shape = self.unseal(cache, dy)
        return kernels.scattered(dy, winner, self.pieces).reshape(x_shape), {}

    def double_backward(self, ddx, dy, cache, share=None):
        """dx is dy at the winners, which a small change of x does not change: ddy is ddx at the winners."""
        winner, x_shape = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return kernels.picked(ddx, winner).reshape(dy.shape), {}

    def _units(self, shape):
        if len(shape) == 0 or shape[-1] % self.pieces:
            raise ValueError(
                f"Maxout({self.pieces}) expected a multiple of {self.pieces} features, units * pieces, got an input of "
                f"shape {shape}; a Dense(n_in, units * {self.pieces}) before it gives them"
            )
        return shape[-1] // self.pieces

    def output_shape(self, input_shape):
        return (*input_shape[:-1], self._units(input_shape))
