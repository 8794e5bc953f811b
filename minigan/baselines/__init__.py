"""What came before GANs: models that are fitted in one go, with a likelihood or a map instead of a game.

    from minigan.baselines import PCA
    model = PCA(latent=20).fit(x)           # x (N, d), or images (N, H, W, C)
    model.sample(64, rng), model.score(x)   # in the shape of x; mean log-likelihood, nats per sample

base.py      what all have in common;  `minigan compare gan pca som --data digits` sets them beside a GAN
"""

from minigan.baselines.base import Baseline, Portrait
from minigan.baselines.density import KernelDensity
from minigan.baselines.factors import FactorMixture
from minigan.baselines.mixture import GaussianMixture
from minigan.baselines.pca import PCA
from minigan.baselines.som import SelfOrganisingMap

BASELINES: dict[str, type[Baseline]] = {
    "pca": PCA,
    "mixture": GaussianMixture,
    "factor-mixture": FactorMixture,
    "som": SelfOrganisingMap,
    "kde": KernelDensity,
}
