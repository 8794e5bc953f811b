"""Wrong losses of critics: least squares, Wasserstein, hinge and relativistic, whose logit is no log-probability of one
image, so that the mistakes are others than in the log losses."""

from functools import partial

import numpy as np

from minigan.lessons.clinic.zoo.losses import check
from minigan.losses import sigmoid, softplus


class LeastSquares:
    """The logits go to codes: a for fakes, b for real images, c where G wants its images. Mao et al. 2017."""

    a, b, c = 0.0, 1.0, 1.0

    def discriminator(self, real_logits, fake_logits):
        real, fake = real_logits - self.b, fake_logits - self.a
        value = (np.mean(real**2) + np.mean(fake**2)) / 2
        return float(value), real / len(real), fake / len(fake)

    def generator(self, fake_logits):
        off = fake_logits - self.c
        return float(np.mean(off**2)) / 2, off / len(off)


class Wasserstein:
    """D maximises E[D(x)] - E[D(G(z))]. Arjovsky et al. 2017."""

    def discriminator(self, real_logits, fake_logits):
        value = np.mean(fake_logits) - np.mean(real_logits)
        d_real = -np.ones_like(real_logits) / len(real_logits)
        d_fake = np.ones_like(fake_logits) / len(fake_logits)
        return float(value), d_real, d_fake

    def generator(self, fake_logits):
        return -float(np.mean(fake_logits)), -np.ones_like(fake_logits) / len(fake_logits)


class Hinge:
    """D wants real logits above 1 and fake ones below -1. Lim & Ye 2017."""

    def discriminator(self, real_logits, fake_logits):
        value = np.mean(np.maximum(0, 1 - real_logits)) + np.mean(np.maximum(0, 1 + fake_logits))
        d_real = -1.0 * (real_logits < 1) / len(real_logits)
        d_fake = 1.0 * (fake_logits > -1) / len(fake_logits)
        return float(value), d_real, d_fake

    def generator(self, fake_logits):
        return -float(np.mean(fake_logits)), -np.ones_like(fake_logits) / len(fake_logits)


class Relativistic:
    """D says by how much a real image is more real than a fake one. Jolicoeur-Martineau 2019."""

    paired = True

    def discriminator(self, real_logits, fake_logits):
        t = fake_logits - real_logits
        d = sigmoid(t) / len(t)
        return float(np.mean(softplus(t))), -d, d

    def generator(self, fake_logits, real_logits):
        t = real_logits - fake_logits
        d = sigmoid(t) / len(t)
        return float(np.mean(softplus(t))), -d


squares, wasserstein, hinge, relativistic = (
    partial(check, right) for right in (LeastSquares, Wasserstein, Hinge, Relativistic)
)
HALF = "(np.mean(real**2) + np.mean(fake**2)) / 2"

# fmt: off
squares("loss-squares-target-forgotten", "target",
        "the target b = 1 of real images is in the value and not in the gradient",
        {"real / len(real)": "real_logits / len(real)"})
squares("loss-squares-half-forgotten", "factor", "the value is without the paper's 1/2, the gradient with it",
        {HALF: "np.mean(real**2) + np.mean(fake**2)"})
squares("loss-squares-codes-swapped", "direction",
        "G aims at a, the code of fakes, where c belongs; value and gradient agree", {"self.c": "self.a"})
squares("loss-squares-labels-swapped", "direction", "real images get the code of fakes, and fakes that of real ones",
        {"real_logits - self.b, fake_logits - self.a": "real_logits - self.a, fake_logits - self.b"})
squares("loss-squares-of-probabilities", "by-probability", "the square is of p = sigmoid(s), the gradient stops at p",
        {"fake_logits - self.c": "sigmoid(fake_logits) - self.c"})

wasserstein("loss-wasserstein-sum", "sum-for-mean",
            "the value is a difference of means, the gradients are plus and minus 1",
            {"d_real = -np.ones_like(real_logits) / len(real_logits)": "d_real = -np.ones_like(real_logits)",
             "d_fake = np.ones_like(fake_logits) / len(fake_logits)": "d_fake = np.ones_like(fake_logits)"})
wasserstein("loss-wasserstein-summed", "summed", "value and gradient of G agree, but are sums over the batch",
            {"-float(np.mean(fake_logits)), -np.ones_like(fake_logits) / len(fake_logits)":
             "-float(np.sum(fake_logits)), -np.ones_like(fake_logits)"})
wasserstein("loss-wasserstein-ascent", "direction",
            "the critic's E[D(x)] - E[D(G(z))] as the paper has it, to be maximised",
            {"return float(value), d_real, d_fake": "return -float(value), -d_real, -d_fake"})
wasserstein("loss-wasserstein-other-size", "other-batch-size",
            "both gradients are divided by the number of real images",
            {"d_fake = np.ones_like(fake_logits) / len(fake_logits)":
             "d_fake = np.ones_like(fake_logits) / len(real_logits)"})

hinge("loss-hinge-sign", "direction", "max(0, 1 + real) and max(0, 1 - fake): the signs of the two hinges are swapped",
      {"1 - real": "1 + real", "1 + fake": "1 - fake", "-1.0 * (real_logits < 1)": "1.0 * (real_logits > -1)",
       "1.0 * (fake_logits > -1)": "-1.0 * (fake_logits < 1)"})
hinge("loss-hinge-mask-forgotten", "one-side", "the gradient knows nothing of the hinge: it goes on beyond the margin",
      {"-1.0 * (real_logits < 1)": "-np.ones_like(real_logits)",
       "1.0 * (fake_logits > -1)": "np.ones_like(fake_logits)"})
hinge("loss-hinge-margin", "kink", "the gradient asks for real < 0 and fake > 0, where the margin is 1",
      {"real_logits < 1": "real_logits < 0", "fake_logits > -1": "fake_logits > 0"})
hinge("loss-hinge-mask-inverted", "mask-inverted",
      "the samples beyond the margin get the gradient, those within get none",
      {"real_logits < 1": "real_logits > 1", "fake_logits > -1": "fake_logits < -1"})
hinge("loss-hinge-generator", "saturating", "the gradient of G has D's hinge in it, its value -mean(fake) has not",
      {"-np.ones_like(fake_logits)": "-1.0 * (fake_logits > -1)"})

relativistic("loss-relativistic-swapped", "direction",
             "the difference is the wrong way round: D calls the fake image the real one",
             {"t = fake_logits - real_logits": "t = real_logits - fake_logits",
              "return float(np.mean(softplus(t))), -d, d": "return float(np.mean(softplus(t))), d, -d"})
relativistic("loss-relativistic-caught", "direction", "the generator minimises the discriminator's loss",
             {"t = real_logits - fake_logits\nd = sigmoid(t) / len(t)\nreturn float(np.mean(softplus(t))), -d":
              "value, _, d_fake = self.discriminator(real_logits, fake_logits)\nreturn value, d_fake"})
relativistic("loss-relativistic-reflected", "reflected",
             "sigmoid(real - fake) where the slope of softplus(fake - real) is needed",
             {"t = fake_logits - real_logits\nd = sigmoid(t)": "t = fake_logits - real_logits\nd = sigmoid(-t)"})
relativistic("loss-relativistic-sign", "sign",
             "d_real is that by the difference, without the minus of the real logit in it",
             {"softplus(t))), -d, d": "softplus(t))), d, d"})
relativistic("loss-relativistic-broadcast", "broadcast",
             "real logits made flat, fake ones not: each fake meets every real image",
             {"softplus(t))), -d, d": "softplus(fake_logits - real_logits.ravel()))), -d, d"})
relativistic("loss-relativistic-alone", "unused", "D's value forgets the fake images: it compares the real ones with 0",
             {"softplus(t))), -d, d": "softplus(-real_logits))), -d, d"})
# fmt: on
