"""Terms on the features that D computes from images: feature matching, and the pull-away term.

The features f(x) are the input of D's last layer, or of another one. Only the layers of D before it are run, once more,
as the game runs D: in training mode, each batch by itself; and backwards without parameter gradients. D is not trained
by these terms. If D packs m images into one (`Pack`), a row of features is that of a pack.
"""

from collections.abc import Callable

import numpy as np

from minigan import kernels
from minigan.batch import Batch, as_batch
from minigan.checks import at_least_0
from minigan.layers import Layer
from minigan.terms.base import Term


def features_layer(D: Layer) -> str:
    """The name of the layer whose input counts as D's features: the last one that has parameters. It makes the logit,
    or the class scores. Raises ValueError if D has no such layer, or nothing before it."""
    layers = list(D.leaves())
    learning = [at for at, (_, layer) in enumerate(layers) if layer.params]
    if not learning or learning[-1] == 0:
        raise ValueError(
            "the features of images are what goes into D's last layer with parameters, and there is none, or nothing "
            f"before it, in {', '.join(name for name, _ in layers if name) or D!r}; "
            "give the name of the layer: FeatureMatching(layer=...)"
        )
    return layers[learning[-1]][0]


class FeatureTerm(Term):
    """The base of both. weight: at least 0. layer: the name of the layer of D whose input is the features; default: see
    `features_layer`. Raises ValueError for another weight, and when called, for a D without that layer."""

    def __init__(self, weight: float, layer: str | None = None) -> None:
        self.weight, self.layer = at_least_0(f"the weight of {type(self).__name__}", weight), layer

    def features(self, D: Layer, images: Batch) -> tuple[np.ndarray, Callable]:
        """-> f (N, F), and the function that turns d value / d f into d value / d images."""
        below, _ = D.split(features_layer(D) if self.layer is None else self.layer)
        images = as_batch(images)
        f, cache = below.apply(images.x, training=True, given=images.given)

        def pull_back(df: np.ndarray) -> np.ndarray:
            return below.input_grad(df.reshape(f.shape), cache)

        return f.reshape(len(f), -1), pull_back


class FeatureMatching(FeatureTerm):
    """weight * |mean f(G(z)) - mean f(x)|^2, over the real and the generated batch: the features of G's images
    shall have the same mean as those of real ones. Salimans et al. 2016, arXiv:1606.03498, section 3.1, where it stands
    in the place of G's loss.

    With e = mean f(G(z)) - mean f(x), N rows of f(G(z)), and x not G's:
        d value / d f(G(z))[n] = weight * 2 e / N         the same for each n
    """

    def __init__(self, weight: float = 1.0, layer: str | None = None) -> None:
        super().__init__(weight, layer)

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake, {}. See `minigan.gan`."""
        if real is None:
            raise ValueError("FeatureMatching compares with real images; give g_step real=...")
        f_real, _ = self.features(D, real)
        f, pull_back = self.features(D, fake)
        gap = f.mean(axis=0) - f_real.mean(axis=0)
        df = np.repeat((self.weight * 2 / len(f) * gap)[None], len(f), axis=0)
        return self.weight * float(np.sum(gap * gap)), pull_back(df), {}


class PullAway(FeatureTerm):
    """weight * 1 / (N (N - 1)) * sum over i != j of cos^2(f_i, f_j), for the features f_i of generated images. It is
    least when they point in directions at right angles. Zhao et al. 2017 (EBGAN, arXiv:1609.03126), eq. 14, weight 0.1.

    Backward. With u_i = f_i / |f_i| and k_ij = u_i . u_j for i != j, 0 for i = j (each pair counts twice, in k_ij and
    k_ji, and the square gives a 2):
        du_i = weight * 4 / (N (N - 1)) * sum_j k_ij u_j
        df_i = (du_i - u_i (u_i . du_i)) / |f_i|          the length of f_i does not matter, so what is along u_i is out
    f_i = 0 has no direction: it counts as at right angles to all, with gradient 0.

    What it bounds, and what it does not. Dai et al. 2017 (arXiv:1705.09783) add it to G's loss as a surrogate of G's
    entropy. Let v = value / weight, and rho = 1/N sum_i u_i u_i^T, a matrix with eigenvalues p_k >= 0 that add up to
    1: the shares of the directions of feature space in this batch. Then sum_k p_k^2 = (1 + (N - 1) v) / N, and, as
    log is concave,
        entropy of the shares = -sum_k p_k log p_k  >=  -log sum_k p_k^2  =  log N - log(1 + (N - 1) v).
    So a small v means for certain that many directions are used. There are F of them: v >= (N / F - 1) / (N - 1).
    It is no bound on the entropy of the distribution that G draws from. A G that draws F images equally often, and no
    others, with features at right angles, has the least mean v there is, 1 / F, and the differential entropy minus
    infinity; f and -f, or f and 2 f, count as the same; and what D's features do not see does not count. For a bound on
    the entropy itself take the variational one, with a network that recovers z.
    """

    def __init__(self, weight: float = 0.1, layer: str | None = None) -> None:
        super().__init__(weight, layer)

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake, {}. See `minigan.gan`. Raises ValueError for fewer than 2 rows of features."""
        f, pull_back = self.features(D, fake)
        N = len(f)
        if N < 2:
            raise ValueError(f"PullAway compares pairs; expected at least 2 rows of features, got {N}: a larger batch")
        length = np.sqrt(np.sum(f * f, axis=1, keepdims=True))
        inverse = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
        u = f * inverse
        k = kernels.matmul(u, u.T)
        np.fill_diagonal(k, 0)
        scale = self.weight / (N * (N - 1))
        du = 4 * scale * kernels.matmul(k, u)
        df = (du - u * np.sum(u * du, axis=1, keepdims=True)) * inverse
        return scale * float(np.sum(k * k)), pull_back(df), {}
