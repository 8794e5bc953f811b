"""Wrong losses of critics: least squares, Wasserstein, hinge and relativistic, whose logit is no log-probability of one
image, so that the mistakes are others than in the log losses."""

import numpy as np

from minigan.lessons.clinic.zoo.losses import loss
from minigan.losses import Hinge, LeastSquares, RelativisticPaired, Wasserstein, sigmoid, softplus


@loss("squares-target-forgotten", "target", "the target b = 1 of real images is in the value and not in the gradient")
class SquaresTargetForgotten(LeastSquares):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean((real_logits - 1) ** 2) / 2 + np.mean(fake_logits**2) / 2
        return float(value), real_logits / len(real_logits), fake_logits / len(fake_logits)


@loss("squares-half-forgotten", "factor", "the value is without the paper's 1/2, the gradient with it")
class SquaresHalfForgotten(LeastSquares):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean((real_logits - 1) ** 2) + np.mean(fake_logits**2)
        return float(value), (real_logits - 1) / len(real_logits), fake_logits / len(fake_logits)


@loss("squares-codes-swapped", "direction", "G aims at a, the code of fakes, where c belongs; value and gradient agree")
class SquaresCodesSwapped(LeastSquares):
    def generator(self, fake_logits):
        off = fake_logits - self.a
        return float(np.mean(off**2)) / 2, off / len(fake_logits)


@loss("squares-labels-swapped", "direction", "real images get the code of fakes, and fakes that of real ones")
class SquaresLabelsSwapped(LeastSquares):
    def discriminator(self, real_logits, fake_logits):
        real, fake = real_logits - self.a, fake_logits - self.b
        return float(np.mean(real**2) + np.mean(fake**2)) / 2, real / len(real), fake / len(fake)


@loss("squares-of-probabilities", "by-probability", "the square is of p = sigmoid(s), the gradient stops at p")
class SquaresOfProbabilities(LeastSquares):
    def generator(self, fake_logits):
        off = sigmoid(fake_logits) - self.c
        return float(np.mean(off**2)) / 2, off / len(fake_logits)


@loss("wasserstein-sum", "sum-for-mean", "the value is a difference of means, the gradients are plus and minus 1")
class WassersteinSum(Wasserstein):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(fake_logits) - np.mean(real_logits)
        return float(value), -np.ones_like(real_logits), np.ones_like(fake_logits)


@loss("wasserstein-summed", "summed", "value and gradient of G agree, but are sums over the batch")
class WassersteinSummed(Wasserstein):
    def generator(self, fake_logits):
        return -float(np.sum(fake_logits)), -np.ones_like(fake_logits)


@loss("wasserstein-ascent", "direction", "the critic's E[D(x)] - E[D(G(z))] as the paper has it, to be maximised")
class WassersteinAscent(Wasserstein):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(real_logits) - np.mean(fake_logits)
        d_real, d_fake = (np.ones_like(s) / len(s) for s in (real_logits, fake_logits))
        return float(value), d_real, -d_fake


@loss("wasserstein-other-size", "other-batch-size", "both gradients are divided by the number of real images")
class WassersteinOtherSize(Wasserstein):
    def discriminator(self, real_logits, fake_logits):
        value, N = np.mean(fake_logits) - np.mean(real_logits), len(real_logits)
        return float(value), np.full_like(real_logits, -1 / N), np.full_like(fake_logits, 1 / N)


@loss("hinge-sign", "direction", "max(0, 1 + real) and max(0, 1 - fake): the signs of the two hinges are swapped")
class HingeSign(Hinge):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(np.maximum(0, 1 + real_logits)) + np.mean(np.maximum(0, 1 - fake_logits))
        d_real = (real_logits > -1) / len(real_logits)
        return float(value), d_real, -1.0 * (fake_logits < 1) / len(fake_logits)


@loss("hinge-mask-forgotten", "one-side", "the gradient knows nothing of the hinge: it goes on beyond the margin")
class HingeMaskForgotten(Hinge):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(np.maximum(0, 1 - real_logits)) + np.mean(np.maximum(0, 1 + fake_logits))
        d_real, d_fake = (np.ones_like(s) / len(s) for s in (real_logits, fake_logits))
        return float(value), -d_real, d_fake


@loss("hinge-margin", "kink", "the gradient asks for real < 0 and fake > 0, where the margin is 1")
class HingeMargin(Hinge):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(np.maximum(0, 1 - real_logits)) + np.mean(np.maximum(0, 1 + fake_logits))
        d_real = -1.0 * (real_logits < 0) / len(real_logits)
        return float(value), d_real, (fake_logits > 0) / len(fake_logits)


@loss("hinge-mask-inverted", "mask-inverted", "the samples beyond the margin get the gradient, those within get none")
class HingeMaskInverted(Hinge):
    def discriminator(self, real_logits, fake_logits):
        value = np.mean(np.maximum(0, 1 - real_logits)) + np.mean(np.maximum(0, 1 + fake_logits))
        d_real = -1.0 * (real_logits > 1) / len(real_logits)
        return float(value), d_real, (fake_logits < -1) / len(fake_logits)


@loss("hinge-generator", "saturating", "the gradient of G has D's hinge in it, its value -mean(fake) has not")
class HingeGenerator(Hinge):
    def generator(self, fake_logits):
        return -float(np.mean(fake_logits)), -1.0 * (fake_logits > -1) / len(fake_logits)


@loss("relativistic-swapped", "direction", "the difference is the wrong way round: D calls the fake image the real one")
class RelativisticSwapped(RelativisticPaired):
    def discriminator(self, real_logits, fake_logits):
        t = real_logits - fake_logits
        d_real = sigmoid(t) / len(t)
        return float(np.mean(softplus(t))), d_real, -d_real


@loss("relativistic-caught", "direction", "the generator minimises the discriminator's loss")
class RelativisticCaught(RelativisticPaired):
    def generator(self, fake_logits, real_logits):
        value, _, d_fake = self.discriminator(real_logits, fake_logits)
        return value, d_fake


@loss("relativistic-reflected", "reflected", "sigmoid(real - fake) where the slope of softplus(fake - real) is needed")
class RelativisticReflected(RelativisticPaired):
    def discriminator(self, real_logits, fake_logits):
        t = fake_logits - real_logits
        d_fake = sigmoid(-t) / len(t)
        return float(np.mean(softplus(t))), -d_fake, d_fake


@loss("relativistic-sign", "sign", "d_real is that by the difference, without the minus of the real logit in it")
class RelativisticSign(RelativisticPaired):
    def discriminator(self, real_logits, fake_logits):
        t = fake_logits - real_logits
        d = sigmoid(t) / len(t)
        return float(np.mean(softplus(t))), d, d


@loss("relativistic-broadcast", "broadcast", "real logits made flat, fake ones not: each fake meets every real image")
class RelativisticBroadcast(RelativisticPaired):
    def discriminator(self, real_logits, fake_logits):
        t = fake_logits - real_logits
        d = sigmoid(t) / len(t)
        return float(np.mean(softplus(fake_logits - real_logits.ravel()))), -d, d


@loss("relativistic-alone", "unused", "D's value forgets the fake images: it compares the real ones with 0")
class RelativisticAlone(RelativisticPaired):
    def discriminator(self, real_logits, fake_logits):
        d_fake = sigmoid(fake_logits - real_logits) / len(fake_logits)
        return float(np.mean(softplus(-real_logits))), -d_fake, d_fake
