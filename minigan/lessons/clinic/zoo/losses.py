"""Wrong losses: the value is minimised, the gradients are handed to backward, and one of them is not right."""

from functools import partial

import numpy as np

from minigan.gradcheck.losses.check import check_loss
from minigan.lessons.clinic.zoo import wrong
from minigan.losses import sigmoid, softplus


class NonSaturating:
    """D: -log D(real) - log(1 - D(fake)). G: -log D(fake). Each a mean over its batch."""

    def discriminator(self, real_logits, fake_logits):
        value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
        d_real = -sigmoid(-real_logits) / len(real_logits)
        d_fake = sigmoid(fake_logits) / len(fake_logits)
        return float(value), d_real, d_fake

    def generator(self, fake_logits):
        value = np.mean(softplus(-fake_logits))
        d_fake = -sigmoid(-fake_logits) / len(fake_logits)
        return float(value), d_fake


check = partial(wrong, kind="loss", check=lambda kind: check_loss(kind()))
loss = partial(check, NonSaturating)
G_VALUE, G_GRADIENT = "value = np.mean(softplus(-fake_logits))", "-sigmoid(-fake_logits) / len(fake_logits)"
D_VALUE = "np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))"
D_REAL, D_FAKE = "-sigmoid(-real_logits) / len(real_logits)", "d_fake = sigmoid(fake_logits) / len(fake_logits)"

# fmt: off
loss("loss-sum-gradient", "sum-for-mean", "the value is a mean, the gradient that of a sum",
     {G_GRADIENT: "-sigmoid(-fake_logits)"})
loss("loss-divided-twice", "divided-twice", "the gradient is divided by N, then averaged again",
     {"d_real, d_fake\n": "d_real / len(real_logits), d_fake / len(fake_logits)\n"})
loss("loss-broadcast", "broadcast", "labels of shape (N,) against logits of shape (N, 1) make a matrix",
     {D_REAL: "(sigmoid(real_logits) - np.ones(len(real_logits))) / len(real_logits)"})
loss("loss-broadcast-value", "broadcast",
     "weights of shape (N,) times losses of shape (N, 1) make a matrix, whose mean is taken",
     {G_VALUE: "weights = 1 + np.arange(len(fake_logits)) / len(fake_logits)\n"
      "value = np.mean(weights * softplus(-fake_logits))",
      G_GRADIENT: "-weights.reshape(fake_logits.shape) * sigmoid(-fake_logits) / len(fake_logits)"})
loss("loss-ascent", "direction", "value and gradient are log D + log(1 - D) itself, to be maximised, without the minus",
     {"return float(value), d_real, d_fake": "return -float(value), -d_real, -d_fake"})
loss("loss-sign", "sign", "the gradient of the real part has the opposite sign", {"-sigmoid(-real": "sigmoid(-real"})
loss("loss-target-forgotten", "target", "the gradient is sigmoid(s), without the target 1",
     {"-sigmoid(-real_logits)": "sigmoid(real_logits)"})
loss("loss-smoothing-forgotten", "target", "label smoothing is in the value and not in the gradient",
     {"np.mean(softplus(-real_logits))": "np.mean(softplus(real_logits) - 0.9 * real_logits)"})
loss("loss-by-probability", "by-probability", "the gradient is by the probability p, not by the logit",
     {G_VALUE: "p = sigmoid(fake_logits)\nvalue = -np.mean(np.log(p))", G_GRADIENT: "-1 / p / len(p)"})
loss("loss-sigmoid-slope-twice", "sigmoid-slope-twice", "p - 1 is multiplied by p (1 - p) once more",
     {G_VALUE: f"{G_VALUE}\np = sigmoid(fake_logits)", G_GRADIENT: "(p - 1) * p * (1 - p) / len(p)"})
loss("loss-saturating-gradient", "saturating", "the value does not saturate, the gradient is the saturating loss's",
     {"-sigmoid(-fake_logits)": "-sigmoid(fake_logits)"})
loss("loss-caught", "direction", "the generator minimises the discriminator's loss",
     {G_VALUE: G_VALUE.replace("-", ""), "-sigmoid(-fake_logits)": "sigmoid(fake_logits)"})
loss("loss-swapped", "swapped", "d_fake and d_real are returned in the wrong order",
     {"return float(value), d_real, d_fake": "return float(value), d_fake, d_real"})
loss("loss-other-size", "other-batch-size", "both gradients are divided by the number of real images",
     {D_FAKE: "d_fake = sigmoid(fake_logits) / len(real_logits)"})
loss("loss-summed", "summed", "value and gradient agree, but are sums over the batch",
     {G_VALUE: G_VALUE.replace("mean", "sum"), G_GRADIENT: "-sigmoid(-fake_logits)"})
loss("loss-log-of-sigmoid", "overflow", "log(1 + exp(-s)) is written as it stands and overflows",
     {G_VALUE: "value = np.mean(np.log(1 + np.exp(-fake_logits)))"})
loss("loss-eps-in-log", "eps-in-log", "a small number inside the log, of which the gradient knows nothing",
     {G_VALUE: "value = -np.mean(np.log(sigmoid(fake_logits) + 1e-3))"})
loss("loss-clipped", "large-logits", "the value is that of clipped logits, and does not change beyond",
     {G_VALUE: "value = np.mean(softplus(-np.clip(fake_logits, -4, 4)))"})
loss("loss-reflected", "reflected", "sigmoid(-s) in the gradient where the slope of softplus(s) is sigmoid(s)",
     {D_FAKE: "d_fake = sigmoid(-fake_logits) / len(fake_logits)"})
loss("loss-halved", "factor", "the value is the mean of both halves, the gradient that of their sum",
     {D_VALUE: f"({D_VALUE}) / 2"})
# fmt: on
