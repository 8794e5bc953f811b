"""Watching a game: two small players, the calls that a step makes, and what it changes.

A step is handed real networks, a real loss and real optimizers. Their methods note who was called with what, then do
what they always do. So the step cannot tell that it is watched.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigan.gradcheck.core.subject import in_float64, parts, snapshot
from minigan.layers import BatchNorm, Conv2D, Conv2DTranspose, Dense, Flatten, LeakyReLU, Reshape, Sequential, Tanh
from minigan.optim import SGD

LR = 0.25  # large, so that a D after its step is another D


@dataclass
class Event:
    """One call. who: "G", "D", "loss", "d_optimizer" or "g_optimizer". arrays: what the call was given, copied.
    now: for a step of an optimizer, params and state of both players just before it."""

    who: str
    method: str
    arrays: tuple
    options: dict
    now: dict = field(default_factory=dict)
    result: object = None

    @property
    def first(self) -> Any:
        """The first thing that was handed over, by position or by name."""
        return next(iter((*self.arrays, *self.options.values())), None)

    @property
    def training(self) -> bool:
        """Of a forward pass."""
        return self.options.get("training", self.arrays[1] if len(self.arrays) > 1 else True)


class Table:
    """The game: the players, their optimizers, the loss, and the calls made so far."""

    def __init__(self, G: Any, D: Any, loss: Any) -> None:
        self.plain, self.plain_loss = {"G": G, "D": D}, loss  # never handed out: for computing what would be right
        self.G, self.D, self.loss = copy.deepcopy(G), copy.deepcopy(D), copy.copy(loss)
        self.optimizers = {"G": SGD(self.G.params, lr=LR), "D": SGD(self.D.params, lr=LR)}
        self.events, self.unexplained = [], []  # unexplained: players whose state changed without a forward pass
        for who in "GD":
            self.watch(getattr(self, who), who, "forward")
            self.watch(getattr(self, who), who, "backward")
            self.watch(self.optimizers[who], f"{who.lower()}_optimizer", "step")
        self.watch(self.loss, "loss", "discriminator")
        self.watch(self.loss, "loss", "generator")
        self.states = self.state_now()

    def watch(self, owner: Any, who: str, method: str) -> None:
        """Let `owner.method` note each call in `events`."""
        inner = getattr(owner, method)

        def noted(*args, **options):
            event = Event(who, method, tuple(held(a) for a in args), {k: held(v) for k, v in options.items()})
            self.events.append(event)
            self.look_at_states()
            if method == "step":
                event.now = self.now()
            if method == "forward":
                freeze(owner)
            result = inner(*args, **options)
            event.result = held(result)
            if method == "forward" and event.training:
                self.states = self.state_now()
            return result

        setattr(owner, method, noted)

    def look_at_states(self) -> None:
        """Running statistics may only change in a forward pass in training mode."""
        now = self.state_now()
        for who in "GD":
            if any(not np.array_equal(now[who][key], a) for key, a in self.states[who].items()):
                self.unexplained.append(who)
        self.states = now

    def state_now(self) -> dict:
        return {who: snapshot(getattr(getattr(self, who), "state", {})) for who in "GD"}

    def now(self) -> dict:
        """Params and state of both players, as copies."""
        return {who: (snapshot(getattr(self, who).params), state) for who, state in self.state_now().items()}

    def player(self, who: str, now: dict) -> Any:
        """A copy of player `who` as it was at `now`."""
        network = copy.deepcopy(self.plain[who])
        for arrays, kept in zip((network.params, getattr(network, "state", {})), now[who], strict=True):
            for key, array in kept.items():
                arrays[key][...] = array
        return freeze(network)

    def keepsakes(self, who: str) -> dict:
        """Arrays that player `who` carries besides params and state, by attribute: gradients left there, say."""
        network, found = getattr(self, who), {}
        own = {id(a) for kind in ("params", "state") for a in getattr(network, kind, {}).values()}
        for layer_name, layer in walk(network):
            for name, value in vars(layer).items():
                items = value.items() if isinstance(value, dict) else [(None, value)]
                for key, a in items:
                    if isinstance(a, np.ndarray) and id(a) not in own:
                        found[f"{layer_name}.{name}" + (f"[{key!r}]" if key is not None else "")] = a.copy()
        return found


def held(value: Any) -> Any:
    """Arrays copied, also those in a tuple or a dict; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) is tuple:
        return tuple(held(v) for v in value)
    return {k: held(v) for k, v in value.items()} if isinstance(value, dict) else value


def walk(network: Any, name: str = "") -> Iterator[tuple]:
    """The network and all layers in it, with their names."""
    yield name, network
    for key, layer in parts(network).items():
        yield from walk(layer, f"{name}.{key}")


class Repeating(np.random.Generator):
    """A generator that draws the same numbers for each sample, so that a mask is the same whether a batch goes through
    a network by itself or together with another."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(7))

    def random(self, size: int | tuple | None = None, *args: Any, **options: Any) -> np.ndarray | float:
        if not isinstance(size, tuple):
            return super().random(size, *args, **options)
        return np.broadcast_to(super().random(size[1:], *args, **options), size)

    def __deepcopy__(self, memo):
        return Repeating()


def freeze(network: Any) -> Any:
    """Each pass draws the same random numbers (dropout's masks), whatever was drawn before."""
    for _, layer in walk(network):
        if isinstance(getattr(layer, "rng", None), np.random.Generator):
            layer.rng = Repeating()
    return network


def small_players(rng: np.random.Generator) -> tuple:
    """A DCGAN in small: convolutions, batch norm in both, nothing square, everything off its initial values."""
    options = {"init": "he", "rng": rng}
    G = Sequential(
        ("hidden", Dense(3, 2 * 3 * 2, **options)), ("norm", BatchNorm(12)), ("leaky", LeakyReLU(0.3)),
        ("image", Reshape(2, 3, 2)), ("paint", Conv2DTranspose(2, 2, (3, 2), stride=2, **options)), ("tanh", Tanh()),
    )  # fmt: skip
    D = Sequential(
        ("look", Conv2D(2, 3, (3, 4), stride=(2, 3), **options)), ("norm", BatchNorm(3)), ("leaky", LeakyReLU(0.2)),
        ("flat", Flatten()), ("logit", Dense(12, 1, **options)),
    )  # fmt: skip
    for network in (G, D):
        in_float64(network)
        for p in network.params.values():
            p += 0.3 * rng.standard_normal(p.shape)
    return G, D
