"""Games by name: what `--game NAME` plays. GAMES has a row for each; the rest of a training knows no game by its name.

A game says which networks it plays with, made from G and D of the preset, and makes the objective
(`minigan.objectives`) that the Trainer then steps.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigan.layers import Layer, output_axes
from minigan.models import Degraded, Noise
from minigan.models.degraded import small
from minigan.objectives import Gan, Objective, TermsAlone
from minigan.penalties import check_discriminator
from minigan.recipes import autoencoder
from minigan.recipes.labelled import make_supervised
from minigan.recipes.make import make_loss, make_optimizer, make_penalties, make_terms
from minigan.recipes.settings import Settings
from minigan.recipes.streams import noise_of
from minigan.training.adaptive import AdaptiveAugmentation
from minigan.unrolled import Unrolled

ADA_IMAGES = 20_000  # after which p may be 1; Karras et al. take 500,000, in trainings that show D 25 million


def of_noise(settings: Settings, shape: tuple) -> tuple[int]:
    """The shape of one row of noise."""
    return (noise_of(settings.as_dict()).size,)


class Game(NamedTuple):
    """One game.

    players: the names of its networks, a letter each, as checkpoints have them; "G" is the first, and draws samples.
    titles: what each network is called in `minigan summary`.
    networks: function (networks, G, D, shape) -> the networks of the players. networks: the
        `minigan.recipes.setup.Networks` of the run; G, D: those of the preset; shape: of a sample.
    make: function (settings, networks, samples, labels) -> the Objective. samples (N, ...), labels (N,) or None.
    g_input: function (settings, shape) -> the shape of one input of G.
    recipe: what it is trained by where no recipe is asked for; None: by none, or in a GAN by the preset's.
    draws: whether G draws samples from noise. What `minigan sample` and `evaluate` are about needs that.
    held_out: for a game that can say more of samples held out from it than that G's look like them; None: it cannot.
        An object with `pictures(settings, players, x)` -> {name: uint8 picture}, for the folder of the run, and
        `scores(settings, players, x, rng)` -> an object with `lines()` and `as_dict()`. players: {name: network}; x:
        samples as it was trained on.
    """

    players: str
    titles: tuple[str, ...]
    networks: Callable[[Any, Layer, Layer, tuple], tuple[Layer, ...]]
    make: Callable[[Settings, Any, np.ndarray, np.ndarray | None], Objective]
    g_input: Callable[[Settings, tuple], tuple] = of_noise
    draws: bool = True
    recipe: str | None = None
    held_out: Any = None

    def __call__(self, settings: Settings, networks: Any, samples: np.ndarray,
                 labels: np.ndarray | None = None) -> Objective:  # fmt: skip
        """The objective that a run with these settings trains."""
        return self.make(settings, networks, samples, labels)


def gan(settings: Settings, networks: Any, samples: np.ndarray, labels: np.ndarray | None,
        noise: Noise | Degraded | None = None) -> Objective:  # fmt: skip
    """G against D, as the settings say. noise: G's input; None: the settings' noise."""
    supervised = make_supervised(settings, samples, labels)
    G, D = networks.build()
    g_optimizer = make_optimizer(settings, G.params, settings.g_lr, axes=output_axes(G))
    d_optimizer = make_optimizer(settings, D.params, settings.d_lr, clip=settings.clip)
    penalties, terms = make_penalties(settings), make_terms(settings, networks.recogniser)
    if penalties:
        check_discriminator(D)  # what the settings did not give away is refused now, not in the first step
    ada = [AdaptiveAugmentation(networks.augment, settings.ada, images=ADA_IMAGES)] if settings.ada else []
    game, more = (Gan, {}) if settings.adversarial else (TermsAlone, {})
    if settings.unroll:
        game, more = Unrolled, {"steps": settings.unroll}
    return game(
        G, D, make_loss(settings, networks.classes), g_optimizer, d_optimizer, noise or noise_of(settings.as_dict()),
        k=settings.k, fresh_noise=settings.fresh_noise, penalties=penalties + supervised, terms=terms, after_d=ada,
        **more,
    )  # fmt: skip


def enhance(settings: Settings, networks: Any, samples: np.ndarray, labels: np.ndarray | None) -> Objective:
    """The same with worse copies of the real pictures in place of noise: G learns to make them better."""
    return gan(settings, networks, samples, labels, Degraded(samples, settings.enlarge, settings.grain))


def changed(networks: Any, G: Layer, D: Layer, shape: tuple) -> tuple[Layer, Layer]:
    """G and D, changed as the settings say."""
    return networks.changed(G, D, shape)


def of_pictures(settings: Settings, shape: tuple) -> tuple[int, int, int]:
    """The shape of one worse copy."""
    return small(shape, settings.enlarge)


GAMES = {
    "gan": Game("GD", ("generator", "discriminator"), changed, gan),
    "vae": Game(
        "GE", ("decoder", "encoder"), autoencoder.networks_of, autoencoder.vae, recipe="vae", held_out=autoencoder
    ),
    "enhance": Game("GD", ("enhancer", "discriminator"), changed, enhance, of_pictures, draws=False),
}
