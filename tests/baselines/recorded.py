"""Recorded values: the baselines beside scikit-learn on the same data. Prints what `test_recorded.py` holds.

    pip install --target SITE scikit-learn
    PYTHONPATH=.:SITE python tests/baselines/recorded.py

scikit-learn 1.9.1, which is needed for this script alone. It has no self-organising map: its k-means with as many
prototypes stands beside ours. Its PCA divides variances by N - 1, the most likely model by N: they are brought to that.
"""

import warnings

import numpy as np

from minigan import data
from minigan.baselines import PCA, FactorMixture, GaussianMixture, KernelDensity, SelfOrganisingMap

INNER = [18, 19, 20, 21, 26, 27, 28, 29, 34, 35, 36, 37, 42, 43, 44, 45]  # the pixels in the middle: all of them vary


def digits():
    """The 8x8 digits, training and test split, as rows in [-1, 1]."""
    return (data.prepare(data.load("digits-8x8", split=split), 8, 1).reshape(-1, 64).astype(float)
            for split in ("train", "test"))  # fmt: skip


def ring():
    """2,500 points of the ring."""
    return data.load("ring", rng=np.random.default_rng(0)).x[:2500].astype(float)


def ours():
    """{name: number}, of our baselines."""
    (x, test), points, rng = digits(), ring(), np.random.default_rng(0)
    som = SelfOrganisingMap(8).fit(x)
    analysis = FactorMixture(1, factors=5, floor=1e-6, tolerance=1e-7, most=3000)
    return {
        "pca": PCA(20).fit(x).score(test),
        "factor analysis": analysis.fit(x[:, INNER], rng).score(test[:, INNER]),
        "mixture of 8": GaussianMixture(8, floor=1e-9, tolerance=1e-9, most=500).fit(points, rng).score(points),
        "one gaussian": GaussianMixture(1, floor=1e-9).fit(x[:, INNER], rng).score(test[:, INNER]),
        "kde": KernelDensity(0.4).fit(x).score(test),
        "map of 8 x 8": som.score(x), "its topographic error": som.topographic_error(x),
    }  # fmt: skip


def theirs():
    """The same of scikit-learn."""
    import sklearn.cluster
    import sklearn.decomposition
    import sklearn.mixture
    import sklearn.neighbors

    (x, test), points = digits(), ring()
    pca = sklearn.decomposition.PCA(20, svd_solver="full").fit(x)
    for name in ("explained_variance_", "noise_variance_"):
        setattr(pca, name, getattr(pca, name) * (len(x) - 1) / len(x))
    analysis = sklearn.decomposition.FactorAnalysis(5, tol=1e-9, max_iter=20_000).fit(x[:, INNER])
    angles = np.arange(8) * np.pi / 4
    seeds = np.column_stack([np.cos(angles), np.sin(angles)])
    mixture = sklearn.mixture.GaussianMixture(8, means_init=seeds, reg_covar=0, tol=1e-9, max_iter=500).fit(points)
    one = sklearn.mixture.GaussianMixture(1, reg_covar=0).fit(x[:, INNER])
    kde = sklearn.neighbors.KernelDensity(bandwidth=0.4, leaf_size=len(x)).fit(x)  # smaller leaves: an approximation
    means = sklearn.cluster.KMeans(64, n_init=10, random_state=0).fit(x)
    return {
        "pca": pca.score(test), "factor analysis": analysis.score(test[:, INNER]),
        "mixture of 8": mixture.score(points), "one gaussian": one.score(test[:, INNER]),
        "kde": kde.score_samples(test).mean(), "k-means of 64": means.transform(x).min(axis=1).mean(),
    }  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for title, values in (("ours", ours()), ("scikit-learn", theirs())):
        for name, value in values.items():
            print(f"{title:<14}{name:<24}{value:.6f}")
