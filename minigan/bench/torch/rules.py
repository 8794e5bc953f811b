"""What the PyTorch twin plays by: the loss, penalties, terms and optimizers of a trainer, as words and numbers."""

from typing import Any

import numpy as np

from minigan.bench.torch import exchange
from minigan.bench.torch.twin import CHAINS, describe, walk
from minigan.layers import Layer, LogSumExp
from minigan.losses import (
    AuxiliaryClassifier,
    Hinge,
    LeastSquares,
    Loss,
    Minimax,
    NonSaturating,
    RelativisticPaired,
    Wasserstein,
)
from minigan.objectives import Gan, TermsAlone, Vae
from minigan.optim import SGD, Adam, Clipped, HistoricalAveraging, Momentum, Optimizer, Orthogonal, RMSProp
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Penalty, Supervised
from minigan.penalties.supervised import classifier
from minigan.terms import CodeInformation, Content, FeatureMatching, PullAway, Term, VariationalEntropy, features_layer
from minigan.training import Trainer
from minigan.unrolled import Unrolled
from minigan.vae import Bernoulli, Gaussian

# By the class, not a subclass: the attributes that are the twin's options.
GAMES = {Gan: (), TermsAlone: (), Unrolled: ("steps",)}
LOSSES = {
    NonSaturating: ("smooth",),
    Minimax: ("smooth",),
    LeastSquares: ("a", "b", "c"),
    Wasserstein: ("drift",),
    Hinge: (),
    RelativisticPaired: (),
    AuxiliaryClassifier: ("weight", "loss"),
}
PENALTIES = {
    WGANGP: ("weight", "every", "target"),
    DRAGAN: ("weight", "every", "target", "spread"),
    R1: ("weight", "every"),
    R2: ("weight", "every"),
    Supervised: ("weight", "batch_size"),
}
TERMS = {
    FeatureMatching: ("weight",),
    PullAway: ("weight",),
    VariationalEntropy: ("weight", "log_floor"),
    CodeInformation: ("weight", "codes"),
    Content: ("weight",),
}
LIKELIHOODS = {Bernoulli: (), Gaussian: ("sigma",)}
OPTIMIZERS = {
    Adam: ("lr", "beta1", "beta2", "eps"),
    RMSProp: ("lr", "rho", "eps"),
    Momentum: ("lr", "momentum"),
    SGD: ("lr",),
}


def rules(trainer: Trainer) -> dict[str, Any]:
    """The rules of a trainer, as a dict that JSON can hold.

    Hooks (schedules) and the augmentation of data are outside of the step that is compared, and are left out.
    Raises ValueError for a part that has no twin.
    """
    game = trainer.objective
    if isinstance(game, Vae):
        return autoencoder(trainer)
    unroll = part("game", game, GAMES)["options"].get("steps", 0)
    if unroll and (game.terms or not game.second_order):
        what = "with terms" if game.terms else "without its second term"
        raise ValueError(f"the unrolled game {what} has no PyTorch twin here; time it without --against")
    return {
        "loss": loss(game.loss),
        "adversarial": not isinstance(game, TermsAlone),
        "terms": [term(one, game.D) for one in game.terms],
        "penalties": [penalty(one, game.D) for one in game.penalties],
        "g_optimizer": optimizer(game.g_optimizer, game.G, game.noise.sample(1, np.random.default_rng(0)).shape[1:]),
        "d_optimizer": optimizer(game.d_optimizer, game.D, trainer.samples.shape[1:]),
        "k": game.k,
        "unroll": unroll,
        "fresh_noise": game.fresh_noise,
        "ema": trainer.ema.decay if trainer.ema else None,
    }


def autoencoder(trainer: Trainer) -> dict[str, Any]:
    """The rules of a variational autoencoder. Raises ValueError for a deviation that is learnt."""
    game, shape = trainer.objective, trainer.samples.shape[1:]
    if getattr(game.likelihood, "learnt", None):
        raise ValueError("a learnt --sigma has no PyTorch twin here; give one, such as --sigma 0.1, or time it without "
                         "--against")  # fmt: skip
    return {
        "game": "Vae",
        "likelihood": part("likelihood", game.likelihood, LIKELIHOODS),
        "beta": game.beta,
        "free_bits": game.free_bits,
        "g_optimizer": optimizer(game.g_optimizer, game.G, game.noise.sample(1, np.random.default_rng(0)).shape[1:]),
        "e_optimizer": optimizer(game.e_optimizer, game.E, shape),
        "ema": trainer.ema.decay if trainer.ema else None,
    }


def part(what: str, made: Any, known: dict[type, tuple]) -> dict[str, Any]:
    """One object -> {"kind": the name of its class, "options": its choices}."""
    kind = type(made)
    if kind not in known:
        raise ValueError(f"the {what} {kind.__name__} has no PyTorch twin here; there are twins of "
                         f"{', '.join(one.__name__ for one in known)}; time it without --against")  # fmt: skip
    return {"kind": kind.__name__, "options": {name: getattr(made, name) for name in known[kind]}}


def loss(made: Loss) -> dict[str, Any]:
    """A loss; inside of an AuxiliaryClassifier there is another one."""
    described = part("loss", made, LOSSES)
    if type(made) is AuxiliaryClassifier:
        described["options"]["loss"] = loss(made.loss)
    return described


def penalty(made: Penalty, D: Layer) -> dict[str, Any]:
    described = part("penalty", made, PENALTIES)
    if isinstance(made, Supervised):
        classifier(D)  # ValueError for a D without class scores
        *_, end = (name for name, layer in D.leaves() if isinstance(layer, LogSumExp))
        described["options"]["layer"] = cut(D, end)  # the class scores are what goes into it
    return described


def term(made: Term, D: Layer) -> dict[str, Any]:
    described = part("term", made, TERMS)
    if isinstance(made, (FeatureMatching, PullAway)):
        described["options"]["layer"] = cut(D, made.layer or features_layer(D))
    return described | ({"optimizer": optimizer(made.optimizer)} if made.optimizer else {})


def cut(network: Layer, name: str) -> str:
    """Where network.split(name) cuts: before that layer, or before the whole Sum or Concat that it is a part of."""
    key, _, rest = name.partition(".")
    inner = network.layers[key]
    return f"{key}.{cut(inner, rest)}" if rest and type(inner) in CHAINS else key


def optimizer(made: Optimizer, network: Layer | None = None, input_shape: tuple = ()) -> dict[str, Any]:
    """An optimizer and those inside of it. network, input_shape: what it updates, for names in the twin."""
    if type(made) is Clipped:
        inner = optimizer(made.optimizer, network, input_shape)
        return inner | {"clip": min(inner["clip"] or made.limit, made.limit)}
    if type(made) in (HistoricalAveraging, Orthogonal):
        inner, options = optimizer(made.optimizer, network, input_shape), {"weight": made.weight}
        options |= {"axes": twin_axes(made.axes, network, input_shape)} if type(made) is Orthogonal else {}
        return {"kind": type(made).__name__, "options": options, "optimizer": inner, "clip": inner["clip"]}
    return part("optimizer", made, OPTIMIZERS) | {"clip": None}


def twin_axes(axes: dict[str, int], network: Layer, input_shape: tuple) -> dict[str, int]:
    """{our name of a weight: its axis of outputs} -> the same for the twin's weights."""
    found = {}
    for module in walk(network, input_shape):
        if f"{module.ours[0]}.w" in axes and "w" in module.layouts:
            key = "parametrizations.weight.original" if module.spectral_norm else "weight"
            found[f"{module.name}.{key}"] = 1 if module.kind == "ConvTranspose2d" else 0
    return found


def players(trainer: Trainer, z: np.ndarray) -> dict[str, list]:
    """{"G", "D", and "Q1", ... for the terms that have a network: the description of each}; of an autoencoder "G" up to
    where its likelihood takes it, and "E"."""
    game, shape = trainer.objective, trainer.samples.shape[1:]
    if isinstance(game, Vae):
        return {"G": describe(game.decoder, z.shape[1:]), "E": describe(game.E, shape)}
    own = {f"Q{i}": one.network for i, one in enumerate(game.terms, start=1) if one.network is not None}
    return {"G": describe(game.G, z.shape[1:])} | {
        name: describe(network, shape) for name, network in ({"D": game.D} | own).items()
    }


def save(path: str, trainer: Trainer, real: np.ndarray, z: np.ndarray, labels: np.ndarray | None = None) -> None:
    """Write what a TwinGame is made of to a .npz file: networks, a batch and noise, and the rules. labels: of the
    batch, for conditional networks.

    Raises ValueError for a part that has no twin."""
    arrays = {"real": real, "z": z} | ({} if labels is None else {"labels": labels})
    for i, one in enumerate(getattr(trainer.objective, "penalties", ()), start=1):
        if isinstance(one, Supervised):
            arrays |= {f"penalty{i}/images": one.images, f"penalty{i}/labels": one.labels}
    exchange.write(path, players(trainer, z), rules(trainer), arrays)
