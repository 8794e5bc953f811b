"""The parts of a game, made by name: losses, penalties, terms, optimizers."""

import inspect
from typing import NamedTuple

from minigan.layers.diff_augment import CHANGES, POLICY
from minigan.losses import LOSSES
from minigan.optim import OPTIMIZERS, Clipped, HistoricalAveraging
from minigan.penalties import PENALTIES
from minigan.terms import TERMS

DIFF_AUGMENT = tuple(CHANGES)
WHOLE_POLICY = POLICY  # without saturation, which grey images have not
OF_FEATURES = ("feature-matching", "pull-away")  # terms that look into D, at what comes in at its last dense layer
OUTPUTS = {  # terms with a network that finds the noise in a sample: how many numbers that gives
    "entropy": lambda settings: 2 * settings.z_dim,  # a mean and a variance for each
    "information": lambda settings: settings.codes,
}


class Part(NamedTuple):
    """A penalty or a term as it is asked for: "r1:1.0:16". None: as its class has it."""

    name: str
    weight: float | None
    every: int | None

    def options(self):
        """What is given, as arguments of the class."""
        return {name: value for name, value in (("weight", self.weight), ("every", self.every)) if value is not None}


def listed(texts):
    """A tuple of texts, from a list of them or from a single one; "none" is nothing; None stays None."""
    if texts is None:
        return None
    texts = (texts,) if isinstance(texts, str) else tuple(texts)
    return tuple(text for text in texts if text != "none")


def parse(texts, kind):
    """["r1:1.0:16", ...] -> a list of Part. Raises ValueError for a text that is none, or a weight that cannot be."""
    return [parse_one(text, kind) for text in texts]


def parse_one(text, kind):
    shape = "NAME, NAME:WEIGHT" + (" or NAME:WEIGHT:EVERY" if kind == "penalty" else "")
    name, *numbers = str(text).split(":")
    if len(numbers) > (2 if kind == "penalty" else 1):
        raise ValueError(f"--{kind} expected {shape}, got {text!r}")
    try:
        weight = float(numbers[0]) if numbers else None
        every = int(numbers[1]) if numbers[1:] else None
    except ValueError:
        raise ValueError(f"--{kind} expected {shape}, with numbers, got {text!r}") from None
    if weight is not None and not 0 <= weight < float("inf"):  # NaN too
        raise ValueError(f"--{kind} {name}: the weight must be a finite number of at least 0, got {numbers[0]}")
    if every is not None and every < 1:
        raise ValueError(f"--{kind} {name}: it is computed in every so many-th step, at least 1, got {every}")
    return Part(name, weight, every)


def takes(kind, settings, option):
    """Whether the class of the loss, or of the optimizer, has this option; False if there is no such class."""
    known = {"loss": LOSSES, "optimizer": OPTIMIZERS}[kind]
    chosen = known.get(getattr(settings, kind))
    return chosen is not None and option in inspect.signature(chosen).parameters


def optimizer_options(name):
    """What can be set of the optimizer `name`: the names in Settings -> its own names. RMSProp's one decay rate, rho,
    is what Adam's second is, that of the squares; so --beta2 sets it."""
    rule = OPTIMIZERS.get(name)
    known = inspect.signature(rule).parameters if rule else {}
    own = {"beta1": "beta1", "beta2": "rho" if "rho" in known else "beta2", "eps": "eps"}
    return {setting: option for setting, option in own.items() if option in known}


def optimizer_defaults(name):
    """What the optimizer `name` takes if nobody says otherwise, by the names in Settings."""
    options = optimizer_options(name)
    return {setting: inspect.signature(OPTIMIZERS[name]).parameters[own].default for setting, own in options.items()}


def make_loss(settings):
    """The loss object."""
    return LOSSES[settings.loss](**({"smooth": settings.smooth} if takes("loss", settings, "smooth") else {}))


def make_optimizer(settings, params, lr, clip=0.0):
    """A new optimizer of `params`. clip: 0: none."""
    options = {own: getattr(settings, name) for name, own in optimizer_options(settings.optimizer).items()}
    rule = OPTIMIZERS[settings.optimizer](params, lr=lr, **options)
    rule = Clipped(rule, clip) if clip else rule
    return HistoricalAveraging(rule, settings.historical) if settings.historical else rule


def make_penalties(settings):
    """The penalties that D pays, but for `Supervised`, which needs the data."""
    return [PENALTIES[part.name](**part.options()) for part in parse(settings.penalty, "penalty")]


def make_terms(settings, make_recogniser):
    """The terms of G's objective.

    make_recogniser: function (n_out) -> a new network that looks at a sample and gives n_out numbers, for those that
    find the noise in it.
    """
    terms = []
    for part in parse(settings.term, "term"):
        kind, options = TERMS[part.name], part.options()
        if part.name in OUTPUTS:
            network = make_recogniser(OUTPUTS[part.name](settings))
            options |= {"network": network, "optimizer": make_optimizer(settings, network.params, settings.g_lr)}
            options |= {"codes": settings.codes} if part.name == "information" else {}
        terms.append(kind(**options))
    return terms
