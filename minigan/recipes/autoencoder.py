"""`--game vae`: a variational autoencoder of the networks of any preset, and what it says of samples held out from it.

G of the preset is the decoder. D of the preset is the encoder E, with 2 Z numbers at its end in place of the logit. See
`minigan.vae` for the formulas.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from minigan.layers import Layer, Sequential, output_axes
from minigan.models import recogniser
from minigan.objectives import Objective, Vae
from minigan.recipes.make import make_optimizer
from minigan.recipes.settings import Settings
from minigan.recipes.streams import noise_of
from minigan.report import pictures as report
from minigan.report.samples import draw
from minigan.vae import Bernoulli, Gaussian, Likelihood, Sigma, code_of, importance_bound, kl

K, MOST = 64, 1000  # draws for each sample, and samples, that the bound is a mean over
ACTIVE = 0.01  # variance of the mean of a number of z, over samples, from which on it is used (Burda et al., section 5)
SHOWN = 10  # pictures in reconstructions.png
SEEN = {False: "held out from the training", True: "seen in the training"}


def vae(settings: Settings, networks: Any, samples: np.ndarray, labels: np.ndarray | None) -> Objective:
    """A decoder G and an encoder E."""
    G, E = networks.build()
    return Vae(
        G, E, make_likelihood(settings, G), make_optimizer(settings, G.params, settings.g_lr, axes=output_axes(G)),
        make_optimizer(settings, E.params, settings.lr), noise_of(settings.as_dict()), beta=settings.beta,
        free_bits=settings.free_bits,
    )  # fmt: skip


def networks_of(networks: Any, G: Layer, D: Layer, shape: tuple) -> tuple[Layer, Layer]:
    """The decoder, which holds the deviation of p(x|z) if that is learnt, and the encoder, made from G and D."""
    settings = networks.settings
    if settings.learns_sigma:
        G = Sequential(*G.parts(), (Sigma.name, Sigma()))
    return G, recogniser(D, 2 * settings.z_dim, rng=networks.rng)


def make_likelihood(settings: Settings, G: Layer) -> Likelihood:
    """p(x|z) of a run with these settings; G: its decoder."""
    if settings.likely == "bernoulli":
        return Bernoulli()
    return Gaussian(dict(G.parts())[Sigma.name] if settings.learns_sigma else settings.sigma)


# --- Held-out samples -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bound:
    """What a VAE says of samples that it has not seen: all means over `samples` of them, in nats for each.

    bound: the importance-weighted bound of log p(x) with `draws` draws, and its standard error (None: of one
    sample). elbo: the bound with one draw, = -reconstruction - kl. squared_error: of the reconstruction from the mean
    of E, for each number; pixels count from 0 to 1. active: how many of the `z_dim` numbers of z are used. seen:
    whether the training has seen these samples: of a run on a whole data set none are left.
    """

    bound: float
    standard_error: float | None
    draws: int
    samples: int
    elbo: float
    reconstruction: float
    kl: float
    squared_error: float
    active: int
    z_dim: int
    likelihood: str
    seen: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The same as sentences."""
        grey = "; pixels count as probabilities, so it is comparable with other bernoulli runs only"
        error = "" if self.standard_error is None else f" +- {self.standard_error:.2f}"
        means = f"importance-weighted bound of {self.draws} draws, {self.likelihood} likelihood"
        return [
            f"log p(x) of {self.samples:,} samples {SEEN[self.seen]} is at least {self.bound:.2f}"
            f"{error} nats each ({means}{grey if self.likelihood == 'bernoulli' else ''})",
            f"the ELBO is {self.elbo:.2f}: reconstruction {self.reconstruction:.2f}, KL {self.kl:.2f}; squared error "
            f"of a reconstruction {self.squared_error:.4f} for each number; {self.active} of {self.z_dim} numbers of "
            "the code are used",
        ]


def scores(settings: Settings, players: dict[str, Layer], x: np.ndarray, rng: np.random.Generator,
           draws: int | None = None) -> Bound:  # fmt: skip
    """The Bound of held-out samples x, (N, ...) float32 as in training; of MOST of them at most, evenly chosen.
    draws: for each sample; None: K."""
    x, draws = x[np.linspace(0, len(x) - 1, min(MOST, len(x))).astype(int)], draws or K
    G, E = players["G"], players["E"]
    likelihood = make_likelihood(settings, G)
    decoder = likelihood.decoder(G)
    bounds = importance_bound(decoder, E, likelihood, x, draws, rng)
    mu, log_var = (one.astype(np.float64) for one in encoded(E, x))
    kls = kl(mu, log_var).sum(axis=1)
    one_draw = importance_bound(decoder, E, likelihood, x, 1, rng)
    away = (reconstructed(G, E, x) - x).astype(np.float64) / (2 if x.ndim == 4 else 1)
    error = float(bounds.std(ddof=1) / np.sqrt(len(x))) if len(x) > 1 else None
    return Bound(
        bound=float(bounds.mean()), standard_error=error, draws=draws,
        samples=len(x), elbo=float(one_draw.mean()), reconstruction=float(-one_draw.mean() - kls.mean()),
        kl=float(kls.mean()), squared_error=float((away**2).mean()), active=int((mu.var(axis=0) > ACTIVE).sum()),
        z_dim=mu.shape[1], likelihood=settings.likely, seen=settings.split != "train",
    )  # fmt: skip


def pictures(settings: Settings, players: dict[str, Layer], x: np.ndarray,
             seen: bool = False) -> dict[str, np.ndarray]:  # fmt: skip
    """reconstructions: images above, below them what G makes of the mean that E gives; of numbers, both in one plot.
    x: samples as in training, held out from it, or `seen` in it."""
    if x.ndim == 4:
        x = x[np.linspace(0, len(x) - 1, min(SHOWN, len(x))).astype(int)]
        rows = [(images + 1) / 2 for images in (x, reconstructed(players["G"], players["E"], x))]
        return {"reconstructions": report.before_after(rows, [f"real, {SEEN[seen]}", "reconstructed"])}
    x = x[:MOST]
    made = reconstructed(players["G"], players["E"], x)
    return {"reconstructions": draw(made, real=x, title=f"reconstructed from samples {SEEN[seen]}")}


def encoded(E: Layer, x: np.ndarray, batch: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """mean and log variance of the code of each sample, (N, Z) each. E in evaluation."""
    parts = [E.apply(x[i : i + batch], training=False)[0] for i in range(0, len(x), batch)]
    return code_of(np.concatenate(parts))


def reconstructed(G: Layer, E: Layer, x: np.ndarray, batch: int = 256) -> np.ndarray:
    """What G makes of the mean that E gives of x (N, ...), as x. Both in evaluation."""
    mu, _ = encoded(E, x, batch)
    return np.concatenate([G.apply(mu[i : i + batch], training=False)[0] for i in range(0, len(x), batch)])
