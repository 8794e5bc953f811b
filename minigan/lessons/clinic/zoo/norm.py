"""Normalising layers with a mistake. Right: dx = gamma / std (dy - mean of dy - xhat mean of dy xhat), and
dgamma = sum of dy xhat, dbeta = sum of dy."""

from functools import partial

from minigan.lessons.clinic.zoo import checked, wrong
from minigan.lessons.clinic.zoo.plain import FLAT, BatchNorm, LayerNorm

MEANS = "g - g.mean(axis=axes) - xhat * (g * xhat).mean(axis=axes)"
OVER_BATCH = "g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)"
STATISTICS = "mean, var = (x.mean(axis=axes), x.var(axis=axes)) if training else"
TRACK = "self.momentum * self.state[key] + (1 - self.momentum) * new"
ALONG = ".mean(axis=-1, keepdims=True)"
norm = partial(wrong, BatchNorm, check=checked(2, shape=(3, 4, 3, 2)))
layernorm = partial(wrong, LayerNorm, check=checked(6, shape=(5, 6)))

# fmt: off
norm("batchnorm-mean-term-missing", "mean-term", "the mean is taken for a constant: its term in dx is missing",
     {MEANS: "g - xhat * (g * xhat).mean(axis=axes)"})
norm("batchnorm-variance-term-missing", "variance-term",
     "the variance is taken for a constant: its term in dx is missing", {MEANS: "g - g.mean(axis=axes)"})
norm("batchnorm-variance-term-halved", "variance-term",
     "d var / dx is (x - mean) / M, where it should be 2 (x - mean) / M", {MEANS: f"{MEANS} / 2"})
norm("batchnorm-gamma-missing", "parameter-missing",
     "dx lacks the factor gamma, which is 1 only at the start of a training",
     {'self.params["gamma"] * dy / std': "dy / std"})
norm("batchnorm-std-missing", "std", "dx lacks the division by the standard deviation", {"dy / std": "dy"})
norm("batchnorm-divided-by-n", "count", "the sums over N, H and W are divided by N, not by N H W",
     {f"return {MEANS}": "N = len(g)\nreturn g - g.sum(axis=axes) / N - xhat * (g * xhat).sum(axis=axes) / N"})
norm("batchnorm-means-over-batch-only", "axes",
     "backward takes its means over the batch, forward over batch and positions", {MEANS: OVER_BATCH})
norm("batchnorm-per-pixel-statistics", "per-pixel",
     "each pixel has its own mean and variance: they are taken over the batch only",
     {STATISTICS: "mean, var = (x.mean(axis=0), x.var(axis=0)) if training else",
      "self.track(mean, var)": "self.track(mean.mean(axis=(0, 1)), var.mean(axis=(0, 1)))", MEANS: OVER_BATCH})
norm("batchnorm-evaluation-formula-in-training", "other-mode",
     "in training dx = gamma dy / std, which is the formula of evaluation", {MEANS: "g"})
norm("batchnorm-training-formula-in-evaluation", "other-mode",
     "in evaluation mean and variance are constants, but dx has the terms through both",
     {"(g, xhat, axes) if training else g": "(g, xhat, axes)"})
norm("batchnorm-evaluation-with-batch-statistics", "batch-in-evaluation",
     "evaluation uses the batch's mean and variance: what a sample gives depends on the others",
     {STATISTICS + ' (self.state["mean"], self.state["var"])': "mean, var = x.mean(axis=axes), x.var(axis=axes)",
      "(x, xhat, std, training)": "(x, xhat, std, True)"})
norm("batchnorm-statistics-never-updated", "running-statistics",
     "training leaves the running mean and variance as they were", {TRACK: "self.state[key]"})
norm("batchnorm-momentum-swapped", "momentum-swapped",
     "momentum and 1 - momentum are swapped: the running statistics jump to the last batch's",
     {TRACK: "(1 - self.momentum) * self.state[key] + self.momentum * new"})
norm("batchnorm-statistics-of-last-batch", "running-statistics",
     "the running statistics are those of the last batch, not an average", {TRACK: "new"})
norm("batchnorm-statistics-change-in-evaluation", "state-changed",
     "the running statistics move in evaluation mode, too",
     {"if training:\n    self.track(mean, var)": "self.track(x.mean(axis=axes), x.var(axis=axes))"})
norm("batchnorm-eps-forgotten-in-backward", "eps", "forward divides by sqrt(var + eps), backward by sqrt(var)",
     {"dy / std": "dy / np.sqrt(std**2 - self.eps)"})
norm("batchnorm-eps-outside-in-backward", "eps", "forward divides by sqrt(var + eps), backward by sqrt(var) + eps",
     {"dy / std": "dy / (np.sqrt(std**2 - self.eps) + self.eps)"})
norm("batchnorm-dgamma-with-x", "x-for-xhat", "dgamma is the sum of dy x, where it should be dy xhat",
     {"(dy * xhat)": "(dy * x)"})
norm("batchnorm-dgamma-not-summed", "not-summed", "dgamma is summed over the batch, but not over height and width",
     {"(dy * xhat).sum(axis=axes)": "(dy * xhat).sum(axis=0)"})
wrong(BatchNorm, "batchnorm-dx-with-x", "x-for-xhat", "the variance term of dx holds x where it should hold xhat",
      {"(g, xhat, axes) if": "(g, x, xhat, axes) if", "(self, g, xhat, axes)": "(self, g, x, xhat, axes)",
       MEANS: MEANS.replace("- xhat *", "- x *")}, checked(3, shape=FLAT))

layernorm("layernorm-means-over-batch", "axes", "backward takes its means over the batch, forward over the features",
          {f"(g - g{ALONG} - xhat * (g * xhat){ALONG})": "(g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0))"})
layernorm("layernorm-gamma-after-the-means", "parameter-missing",
          "dx has no gamma: it differs from feature to feature, and belongs inside the means",
          {'g = dy * self.params["gamma"]': "g = dy"})
# fmt: on
