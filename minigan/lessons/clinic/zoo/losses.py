"""Wrong losses: the value is minimised, the gradients are handed to backward, and one of them is not right."""

import numpy as np

from minigan.gradcheck.losses.check import check_loss
from minigan.lessons.clinic.zoo import mutant
from minigan.losses import NonSaturating, sigmoid, softplus


def loss(name, cause, mistake):
    return mutant(f"loss-{name}", kind="loss", cause=cause, mistake=mistake, check=lambda kind: check_loss(kind()))


@loss("sum-gradient", "sum-for-mean", "the value is a mean, the gradient that of a sum")
class SumGradient(NonSaturating):
    def generator(self, fake_logits):
        return float(np.mean(softplus(-fake_logits))), -sigmoid(-fake_logits)


@loss("divided-twice", "divided-twice", "the gradient is divided by N, then averaged again")
class DividedTwice(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        d_real = (sigmoid(real_logits) - 1) / len(real_logits)
        d_fake = sigmoid(fake_logits) / len(fake_logits)
        return float(value), d_real / len(real_logits), d_fake / len(fake_logits)


@loss("broadcast", "broadcast", "labels of shape (N,) against logits of shape (N, 1) make a matrix")
class Broadcast(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        labels = np.ones(len(real_logits))
        d_real = (sigmoid(real_logits) - labels) / len(real_logits)
        return float(value), d_real, sigmoid(fake_logits) / len(fake_logits)


@loss(
    "broadcast-value",
    "broadcast",
    "weights of shape (N,) times losses of shape (N, 1) make a matrix, whose mean is taken",
)
class BroadcastValue(NonSaturating):
    def generator(self, fake_logits):
        weights = 1 + np.arange(len(fake_logits)) / len(fake_logits)
        value = np.mean(weights * softplus(-fake_logits))
        gradient = -weights.reshape(fake_logits.shape) * sigmoid(-fake_logits)
        return float(value), gradient / len(fake_logits)


@loss("ascent", "direction", "value and gradient are log D + log(1 - D) itself, to be maximised, without the minus")
class ToBeMaximised(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = -np.mean(softplus(-real_logits)) - np.mean(softplus(fake_logits))
        return float(value), sigmoid(-real_logits) / len(real_logits), -sigmoid(fake_logits) / len(fake_logits)


@loss("sign", "sign", "the gradient of the real part has the opposite sign")
class WrongSign(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        d_real = (1 - sigmoid(real_logits)) / len(real_logits)
        return float(value), d_real, sigmoid(fake_logits) / len(fake_logits)


@loss("target-forgotten", "target", "the gradient is sigmoid(s), without the target 1")
class TargetForgotten(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        return float(value), sigmoid(real_logits) / len(real_logits), sigmoid(fake_logits) / len(fake_logits)


@loss("smoothing-forgotten", "target", "label smoothing is in the value and not in the gradient")
class SmoothingForgotten(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(real_logits) - 0.9 * real_logits) + np.mean(softplus(fake_logits))
        d_real = (sigmoid(real_logits) - 1) / len(real_logits)
        return float(value), d_real, sigmoid(fake_logits) / len(fake_logits)


@loss("by-probability", "by-probability", "the gradient is by the probability p, not by the logit")
class ByProbability(NonSaturating):
    def generator(self, fake_logits):
        p = sigmoid(fake_logits)
        return float(-np.mean(np.log(p))), -1 / p / len(p)


@loss("sigmoid-slope-twice", "sigmoid-slope-twice", "p - 1 is multiplied by p (1 - p) once more")
class SlopeTwice(NonSaturating):
    def generator(self, fake_logits):
        p = sigmoid(fake_logits)
        return float(np.mean(softplus(-fake_logits))), (p - 1) * p * (1 - p) / len(p)


@loss("saturating-gradient", "saturating", "the value does not saturate, the gradient is the saturating loss's")
class SaturatingGradient(NonSaturating):
    def generator(self, fake_logits):
        return float(np.mean(softplus(-fake_logits))), -sigmoid(fake_logits) / len(fake_logits)


@loss("caught", "direction", "the generator minimises the discriminator's loss")
class Caught(NonSaturating):
    def generator(self, fake_logits):
        return float(np.mean(softplus(fake_logits))), sigmoid(fake_logits) / len(fake_logits)


@loss("swapped", "swapped", "d_fake and d_real are returned in the wrong order")
class Swapped(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        d_real = -sigmoid(-real_logits) / len(real_logits)
        return float(value), sigmoid(fake_logits) / len(fake_logits), d_real


@loss("other-size", "other-batch-size", "both gradients are divided by the number of real images")
class OtherSize(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        N = len(real_logits)
        return float(value), -sigmoid(-real_logits) / N, sigmoid(fake_logits) / N


@loss("summed", "summed", "value and gradient agree, but are sums over the batch")
class Summed(NonSaturating):
    def generator(self, fake_logits):
        return float(np.sum(softplus(-fake_logits))), -sigmoid(-fake_logits)


@loss("log-of-sigmoid", "overflow", "log(1 + exp(-s)) is written as it stands and overflows")
class LogOfSigmoid(NonSaturating):
    def generator(self, fake_logits):
        return float(np.mean(np.log(1 + np.exp(-fake_logits)))), -sigmoid(-fake_logits) / len(fake_logits)


@loss("eps-in-log", "eps-in-log", "a small number inside the log, of which the gradient knows nothing")
class EpsInLog(NonSaturating):
    def generator(self, fake_logits):
        value = -np.mean(np.log(sigmoid(fake_logits) + 1e-3))
        return float(value), -sigmoid(-fake_logits) / len(fake_logits)


@loss("clipped", "large-logits", "the value is that of clipped logits, and does not change beyond")
class Clipped(NonSaturating):
    def generator(self, fake_logits):
        value = np.mean(softplus(-np.clip(fake_logits, -4, 4)))
        return float(value), -sigmoid(-fake_logits) / len(fake_logits)


@loss("reflected", "reflected", "sigmoid(-s) in the gradient where the slope of softplus(s) is sigmoid(s)")
class Reflected(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        d_real = -sigmoid(-real_logits) / len(real_logits)
        return float(value), d_real, sigmoid(-fake_logits) / len(fake_logits)


@loss("halved", "factor", "the value is the mean of both halves, the gradient that of their sum")
class Halved(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value = (np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))) / 2
        d_real = -sigmoid(-real_logits) / len(real_logits)
        return float(value), d_real, sigmoid(fake_logits) / len(fake_logits)
