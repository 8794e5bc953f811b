"""What the images tell about the noise: a second network Q recovers z from G(z), and G and Q are both trained for it.

If all noise leads to the same few images, z cannot be recovered from an image. So a G whose z can be recovered has not
collapsed. In nats, for any z, any x = G(z) and any Q whose q(. | x) is a probability,

    I(z; x) = H(z) - H(z | x) = H(z) + E[log p(z | x)]
            = H(z) + E[log q(z | x)] + E over x of KL(p(. | x) || q(. | x))
           >= H(z) + E[log q(z | x)]                                                                            (1)

(Barber & Agakov 2003, "The IM algorithm"; Chen et al. 2016, InfoGAN, arXiv:1606.03657, eqs. 4 and 5). The gap is that
KL: it closes when Q is as good as it can be, and where it is wide, raising the right side may only be Q learning.
H(z) is a constant of ours, so G and Q together make -E[log q(z | G(z))] small. That is the term.

From information to the entropy of the images:  I(z; x) = H(x) - H(x | z). If G adds no noise of its own (no dropout,
no batch norm that sees other samples), z decides x, and for numbers on a grid H(x | z) = 0. Then I(z; x) = H(x), and

    H(G(z)) >= H(z) + E[log q(z | G(z))]                                                                        (2)

(Dai et al. 2017, arXiv:1705.09783, as an upper bound on -H). Read it with care:

  - H must be the entropy of something countable: a categorical code, or z and x rounded to a grid, as a computer's
    numbers and 8-bit images are. For densities (2) is false: shrink G's images a hundredfold, and log q of a Q that
    magnifies stays as it was while the differential entropy h(x) falls without limit. It is (1) that holds for
    densities too, and there I(z; x) of a smooth one-to-one G is infinite: the bound is true and says little.
  - So a Gaussian Q must not be too sure, or it earns without limit for ever finer differences, invisible in the images.
    `VariationalEntropy` keeps its standard deviation above `sharpest`: z needs to be told no finer than that.
  - It says nothing on whether the images are good, nor on modes: an image of one mode can hold all of z in its details.
"""

from typing import Any

import numpy as np

from minigan.batch import Batch
from minigan.checks import at_least_0, positive, whole
from minigan.layers import Layer
from minigan.losses import sigmoid, softmax_cross_entropy
from minigan.optim import Optimizer
from minigan.terms.base import Term

LOG_2_PI = float(np.log(2 * np.pi))


class Information(Term):
    """The base of both terms: the network Q, its optimizer, the weight, and the forward and backward pass of Q.

    A subclass writes `read(outputs, z)` -> value, d_outputs: minus the mean of log q(z | x), and its gradient; and
    `outputs(settings)`, a static method: how many numbers Q gives for a training with these settings.
    """

    def __init__(self, network: Layer, optimizer: Optimizer, weight: float = 1.0) -> None:
        self.network, self.optimizer = network, optimizer
        self.weight = at_least_0("weight, the factor of a term,", weight)

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake.x, and the gradients of Q's parameters. D and real are not used."""
        outputs, cache = self.network.apply(fake.x, training=True, given=fake.given)
        if outputs.ndim != 2 or len(outputs) != len(fake.z):
            raise ValueError(f"Q expected to give rows of numbers, one for each of {len(fake.z)} samples, got an "
                             f"output of shape {outputs.shape}; make it with minigan.models.recogniser")  # fmt: skip
        value, d_outputs = self.read(outputs, fake.z)
        d_images, grads = self.network.backward(self.weight * d_outputs, cache)
        return self.weight * value, d_images, grads


class VariationalEntropy(Information):
    """-weight * E[log q(z | G(z))] with a Gaussian q whose mean and variance Q reads off the image, number by number:

        log q(z | x) = -1/2 sum over i of ((z_i - m_i)^2 exp(-v_i) + v_i + log 2 pi)      v_i = log variance

    network: Q, with outputs (N, 2n): m, then s; it recovers the first n numbers of z (all of them in Dai et al. 2017;
    some of them is InfoGAN's continuous code, and by (1) a bound on the information about those).
    sharpest: the standard deviation that q stays above. The variance is exp(s) + sharpest^2, so

        v = log(exp(s) + sharpest^2)        dv/ds = exp(s) / (exp(s) + sharpest^2) = sigmoid(s - log sharpest^2)

    and for standard normal z the bound is at most log(1 / sharpest) + 1/2 for each number of z. With e = z - m the
    gradients of minus log q are  d/dm = -e exp(-v)  and  d/dv = (1 - e^2 exp(-v)) / 2.
    weight >= 0. Raises ValueError for a weight or a sharpest out of range, an output that is not (N, 2n), or n > z_dim.
    """

    def __init__(self, network: Layer, optimizer: Optimizer, weight: float = 1.0, *, sharpest: float = 0.1) -> None:
        super().__init__(network, optimizer, weight)
        self.log_floor = 2 * float(np.log(positive("sharpest, q's least standard deviation,", sharpest)))

    @staticmethod
    def outputs(settings: Any) -> int:
        return 2 * settings.z_dim

    def read(self, outputs: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
        n = outputs.shape[1] // 2
        if outputs.shape[1] % 2 or not 1 <= n <= z.shape[1]:
            raise ValueError(f"Q of VariationalEntropy expected to give 2n numbers, a mean and a log variance for each "
                             f"of the first n of z's {z.shape[1]}, got {outputs.shape[1]}")  # fmt: skip
        mean, s, N = outputs[:, :n], outputs[:, n:], len(outputs)
        v = np.logaddexp(s, s.dtype.type(self.log_floor))
        e, precision = z[:, :n] - mean, np.exp(-v)
        value = (e * e * precision + v + LOG_2_PI).sum() / (2 * N)
        d_mean, d_v = -e * precision / N, (1 - e * e * precision) / (2 * N)
        return float(value), np.concatenate([d_mean, d_v * sigmoid(s - self.log_floor)], axis=1).astype(outputs.dtype)


class CodeInformation(Information):
    """weight * softmax cross entropy of Q's logits (N, codes), where the label is the code: the last `codes` numbers of
    z, a one-hot row (`minigan.models.Noise`).

    That is -weight * E[log q(c | x)], InfoGAN's -lambda L_I(G, Q) but for the constant H(c) = log codes (eqs. 5 and 6).
    c is countable, so nothing stands in the way of (1): log codes - value / weight never exceeds I(c; x) <= log codes,
    up to the chance of the batch. 0 means that the kinds are told apart without error; log codes, not at all.
    codes >= 2, weight >= 0 (1 in the paper). Raises ValueError for these out of range, another number of logits, or
    rows of z that do not end in a one-hot code.
    """

    def __init__(self, network: Layer, optimizer: Optimizer, codes: int, weight: float = 1.0) -> None:
        super().__init__(network, optimizer, weight)
        self.codes = whole("codes, the number of kinds,", codes, least=2)

    @staticmethod
    def outputs(settings: Any) -> int:
        return settings.codes

    def read(self, outputs: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
        code = z[:, -self.codes :]
        if code.shape[1] != self.codes or not (np.isin(code, (0, 1)).all() and (code.sum(axis=1) == 1).all()):
            raise ValueError(f"expected the last {self.codes} numbers of z to be a one-hot code; "
                             f"draw z with minigan.models.Noise(z_dim, codes={self.codes})")  # fmt: skip
        if outputs.shape[1] != self.codes:
            raise ValueError(f"Q of CodeInformation expected to give {self.codes} logits, one for each kind, "
                             f"got {outputs.shape[1]}; make it with recogniser(D, {self.codes})")  # fmt: skip
        value, d_logits, _ = softmax_cross_entropy(outputs, code.argmax(axis=1))
        return value, d_logits
