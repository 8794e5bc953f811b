"""Normalising layers with a mistake. Right: dx = gamma / std (dy - mean of dy - xhat mean of dy xhat), and
dgamma = sum of dy xhat, dbeta = sum of dy."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import FLAT, BatchNorm, LayerNorm, checked

IMAGES = checked(2, shape=(3, 4, 3, 2))
ROWS = checked(3, shape=FLAT)


@mutant("batchnorm-mean-term-missing", kind="layer", cause="mean-term", check=IMAGES,
        mistake="the mean is taken for a constant: its term in dx is missing")  # fmt: skip
class MeanTermMissing(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        return g - xhat * (g * xhat).mean(axis=axes)


@mutant("batchnorm-variance-term-missing", kind="layer", cause="variance-term", check=IMAGES,
        mistake="the variance is taken for a constant: its term in dx is missing")  # fmt: skip
class VarianceTermMissing(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        return g - g.mean(axis=axes)


@mutant("batchnorm-variance-term-halved", kind="layer", cause="variance-term", check=IMAGES,
        mistake="d var / dx is (x - mean) / M, where it should be 2 (x - mean) / M")  # fmt: skip
class VarianceTermHalved(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        return g - g.mean(axis=axes) - xhat * (g * xhat).mean(axis=axes) / 2


@mutant("batchnorm-gamma-missing", kind="layer", cause="parameter-missing", check=IMAGES,
        mistake="dx lacks the factor gamma, which is 1 only at the start of a training")  # fmt: skip
class GammaMissing(BatchNorm):
    def through_scale(self, dy, std):
        return dy / std


@mutant("batchnorm-std-missing", kind="layer", cause="std", check=IMAGES,
        mistake="dx lacks the division by the standard deviation")  # fmt: skip
class StdMissing(BatchNorm):
    def through_scale(self, dy, std):
        return self.params["gamma"] * dy


@mutant("batchnorm-divided-by-n", kind="layer", cause="count", check=IMAGES,
        mistake="the sums over N, H and W are divided by N, not by N H W")  # fmt: skip
class DividedByN(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        N = len(g)
        return g - g.sum(axis=axes) / N - xhat * (g * xhat).sum(axis=axes) / N


@mutant("batchnorm-means-over-batch-only", kind="layer", cause="axes", check=IMAGES,
        mistake="backward takes its means over the batch, forward over batch and positions")  # fmt: skip
class MeansOverBatchOnly(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        return g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)


@mutant("batchnorm-per-pixel-statistics", kind="layer", cause="per-pixel", check=IMAGES,
        mistake="each pixel has its own mean and variance: they are taken over the batch only")  # fmt: skip
class PerPixelStatistics(BatchNorm):
    def forward(self, x, training=True):
        mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (self.state["mean"], self.state["var"])
        if training:
            self.track(mean.mean(axis=(0, 1)), var.mean(axis=(0, 1)))
        std = np.sqrt(var + self.eps)
        xhat = (x - mean) / std
        return self.params["gamma"] * xhat + self.params["beta"], (x, xhat, std, training)

    def through_statistics(self, g, xhat, axes):
        return g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)


@mutant("batchnorm-evaluation-formula-in-training", kind="layer", cause="other-mode", check=IMAGES,
        mistake="in training dx = gamma dy / std, which is the formula of evaluation")  # fmt: skip
class EvaluationFormulaInTraining(BatchNorm):
    def through_statistics(self, g, xhat, axes):
        return g


@mutant("batchnorm-training-formula-in-evaluation", kind="layer", cause="other-mode", check=IMAGES,
        mistake="in evaluation mean and variance are constants, but dx has the terms through both")  # fmt: skip
class TrainingFormulaInEvaluation(BatchNorm):
    def backward(self, dy, cache):
        x, xhat, std, training = cache
        axes = tuple(range(x.ndim - 1))
        dx = self.through_statistics(self.through_scale(dy, std), xhat, axes)
        return dx, {"gamma": self.gamma_grad(dy, x, xhat, axes), "beta": dy.sum(axis=axes)}


@mutant("batchnorm-evaluation-with-batch-statistics", kind="layer", cause="batch-in-evaluation", check=IMAGES,
        mistake="evaluation uses the batch's mean and variance: what a sample gives depends on the others")  # fmt: skip
class BatchStatisticsInEvaluation(BatchNorm):
    def forward(self, x, training=True):
        axes = tuple(range(x.ndim - 1))
        mean, std = x.mean(axis=axes), np.sqrt(x.var(axis=axes) + self.eps)
        if training:
            self.track(mean, x.var(axis=axes))
        xhat = (x - mean) / std
        return self.params["gamma"] * xhat + self.params["beta"], (x, xhat, std, True)


@mutant("batchnorm-statistics-never-updated", kind="layer", cause="running-statistics", check=IMAGES,
        mistake="training leaves the running mean and variance as they were")  # fmt: skip
class NeverUpdated(BatchNorm):
    def track(self, mean, var):
        pass


@mutant("batchnorm-momentum-swapped", kind="layer", cause="momentum-swapped", check=IMAGES,
        mistake="momentum and 1 - momentum are swapped: the running statistics jump to the last batch's")  # fmt: skip
class MomentumSwapped(BatchNorm):
    def track(self, mean, var):
        for key, new in (("mean", mean), ("var", var)):
            self.state[key] = (1 - self.momentum) * self.state[key] + self.momentum * new


@mutant("batchnorm-statistics-of-last-batch", kind="layer", cause="running-statistics", check=IMAGES,
        mistake="the running statistics are those of the last batch, not an average")  # fmt: skip
class LastBatchAlone(BatchNorm):
    def track(self, mean, var):
        self.state["mean"], self.state["var"] = mean, var


@mutant("batchnorm-statistics-change-in-evaluation", kind="layer", cause="state-changed", check=IMAGES,
        mistake="the running statistics move in evaluation mode, too")  # fmt: skip
class TracksAlways(BatchNorm):
    def forward(self, x, training=True):
        axes = tuple(range(x.ndim - 1))
        mean, var = (x.mean(axis=axes), x.var(axis=axes)) if training else (self.state["mean"], self.state["var"])
        self.track(x.mean(axis=axes), x.var(axis=axes))
        std = np.sqrt(var + self.eps)
        xhat = (x - mean) / std
        return self.params["gamma"] * xhat + self.params["beta"], (x, xhat, std, training)


@mutant("batchnorm-eps-forgotten-in-backward", kind="layer", cause="eps", check=IMAGES,
        mistake="forward divides by sqrt(var + eps), backward by sqrt(var)")  # fmt: skip
class EpsForgotten(BatchNorm):
    def through_scale(self, dy, std):
        return self.params["gamma"] * dy / np.sqrt(std**2 - self.eps)


@mutant("batchnorm-eps-outside-in-backward", kind="layer", cause="eps", check=IMAGES,
        mistake="forward divides by sqrt(var + eps), backward by sqrt(var) + eps")  # fmt: skip
class EpsOutside(BatchNorm):
    def through_scale(self, dy, std):
        return self.params["gamma"] * dy / (np.sqrt(std**2 - self.eps) + self.eps)


@mutant("batchnorm-dgamma-with-x", kind="layer", cause="x-for-xhat", check=IMAGES,
        mistake="dgamma is the sum of dy x, where it should be dy xhat")  # fmt: skip
class DgammaWithX(BatchNorm):
    def gamma_grad(self, dy, x, xhat, axes):
        return (dy * x).sum(axis=axes)


@mutant("batchnorm-dgamma-not-summed", kind="layer", cause="not-summed", check=IMAGES,
        mistake="dgamma is summed over the batch, but not over height and width")  # fmt: skip
class DgammaNotSummed(BatchNorm):
    def gamma_grad(self, dy, x, xhat, axes):
        return (dy * xhat).sum(axis=0)


@mutant("batchnorm-dx-with-x", kind="layer", cause="x-for-xhat", check=ROWS,
        mistake="the variance term of dx holds x where it should hold xhat")  # fmt: skip
class VarianceTermWithX(BatchNorm):
    def backward(self, dy, cache):
        x, xhat, std, training = cache
        g = self.params["gamma"] * dy / std
        dx = g - g.mean(axis=0) - x * (g * xhat).mean(axis=0) if training else g
        return dx, {"gamma": (dy * xhat).sum(axis=0), "beta": dy.sum(axis=0)}


@mutant("layernorm-means-over-batch", kind="layer", cause="axes", check=checked(6, shape=(5, 6)),
        mistake="backward takes its means over the batch, forward over the features")  # fmt: skip
class WrongAxis(LayerNorm):
    def input_grad(self, dy, xhat, std):
        g = dy * self.params["gamma"]
        return (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / std


@mutant("layernorm-gamma-after-the-means", kind="layer", cause="parameter-missing", check=checked(6, shape=(5, 6)),
        mistake="dx has no gamma: it differs from feature to feature, and belongs inside the means")  # fmt: skip
class GammaForgotten(LayerNorm):
    def input_grad(self, dy, xhat, std):
        return (dy - dy.mean(axis=-1, keepdims=True) - xhat * (dy * xhat).mean(axis=-1, keepdims=True)) / std
