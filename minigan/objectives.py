"""Objectives: a game, with its players and its rules, as one object that a training can run.

    objective = Gan(G, D, NonSaturating(), g_optimizer, d_optimizer, Noise(64))
    numbers = objective.step(Batch(images), rng)          # {"d_loss": ..., "g_loss": ..., "d_real": ..., "d_fake": ...}

Gradients and steps are apart: `d_gradients` and `g_gradients` change nothing but running statistics, `d_step` and
`g_step` move a player. A game of your own is a subclass of `Objective`; the `Trainer` knows no other.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigan import gan_fused
from minigan.batch import Batch, as_batch
from minigan.checks import whole
from minigan.gan import Drawn, DStep, GStep, draw, step_terms, with_terms
from minigan.layers import Layer
from minigan.losses import Loss, sigmoid
from minigan.models.noise import Noise
from minigan.optim import Optimizer
from minigan.penalties import Penalty
from minigan.terms import Term


class Player(NamedTuple):
    """A network that a game trains, its name in checkpoints and messages, and the optimizer that moves it."""

    name: str
    network: Layer
    optimizer: Optimizer


class Objective:
    """Base of all games. A subclass writes `step`, `players` and `noise`.

    columns: the names of the numbers that a step returns.
    """

    columns: tuple[str, ...] = ()

    @property
    def players(self) -> list[Player]:
        """Everything that is trained; the first player draws the samples that are shown."""
        raise NotImplementedError(f"{type(self).__name__} must write the property players")

    def step(self, batch: Batch | Callable[[], Batch], rng: np.random.Generator) -> dict[str, float]:
        """Move all players once -> numbers, by the names in `columns`.

        batch: a Batch, or a function that draws the next one, for a game that looks at several in one step.
        Raises NonFiniteError at a NaN or an infinity.
        """
        raise NotImplementedError(f"{type(self).__name__} must write step(self, batch, rng)")

    def sample_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n rows of what the first player draws from."""
        raise NotImplementedError(f"{type(self).__name__} must write sample_noise(self, n, rng)")

    def state_arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps beside the players: the arrays themselves, by name."""
        return {}

    def replace(self, **networks: Layer) -> None:
        """Go on with other networks, by the players' names: each optimizer is carried over, array by array."""
        raise NotImplementedError(f"{type(self).__name__} cannot replace its networks")


class Gan(Objective):
    """Algorithm 1: k steps of D, then one of G.

    noise: what G draws from. fresh_noise: G's step draws from new noise, as in the paper; otherwise the images that D
    has just seen serve again, as in PyTorch's DCGAN example. (D has moved, so it looks at them anew; G has not, so the
    cache of its pass still holds.)
    penalties: more of D's objective (`minigan.penalties`). terms: more of G's (`minigan.terms`).
    after_d: functions (DStep), called after each step of D: adaptive augmentation looks at the logits.
    Raises ValueError for k below 1, or a penalty or a term that is none.
    """

    columns = ("d_loss", "g_loss", "d_real", "d_fake")
    rules = gan_fused  # or `minigan.gan`: the plain functions with the same results

    def __init__(
        self, G: Layer, D: Layer, loss: Loss, g_optimizer: Optimizer, d_optimizer: Optimizer, noise: Noise, *,
        k: int = 1, fresh_noise: bool = False, penalties: Sequence = (), terms: Sequence = (), after_d: Sequence = (),
    ) -> None:  # fmt: skip
        self.G, self.D, self.loss, self.noise = G, D, loss, noise
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.k, self.fresh_noise = whole("k, the discriminator steps per generator step,", k), fresh_noise
        self.penalties = all_of("penalties", Penalty, "__call__(self, D, real, fake, rng)", penalties)
        self.terms = all_of("terms", Term, "__call__(self, D, fake, real)", terms)
        self.after_d = tuple(after_d)

    def step(self, batch: Batch | Callable[[], Batch], rng: np.random.Generator) -> dict[str, float]:
        for _ in range(self.k):
            real = as_batch(batch() if callable(batch) else batch)
            fake = self.draw(real, rng)
            d = self.d_step(real, fake, rng)
        g = self.g_step(real, self.draw(real, rng) if self.fresh_noise else fake)
        d_real, d_fake = (float(sigmoid(logits).mean()) for logits in (d.real_logits, d.fake_logits))
        return {"d_loss": d.loss, "g_loss": g.loss, "d_real": d_real, "d_fake": d_fake}

    def draw(self, real: Batch, rng: np.random.Generator) -> Drawn:
        """As many images as `real` has, given the same facts."""
        return draw(self.G, self.noise.sample(len(real), rng), real.given)

    def d_gradients(self, real: Batch, fake: Drawn, rng: np.random.Generator) -> tuple[DStep, dict]:
        """See `minigan.gan.d_gradients`."""
        loss = self.loss.about(real.given)
        return self.rules.d_gradients(self.D, loss, real, fake, penalties=self.penalties, rng=rng)

    def d_step(self, real: Batch, fake: Drawn, rng: np.random.Generator) -> DStep:
        """Move D."""
        step, grads = self.d_gradients(real, fake, rng)
        self.d_optimizer.step(grads)
        for look in self.after_d:
            look(step)
        return step

    def g_gradients(self, real: Batch, fake: Drawn) -> tuple[GStep, dict, list]:
        """See `minigan.gan.g_gradients`."""
        loss = self.loss.about(real.given)
        return self.rules.g_gradients(self.G, self.D, loss, fake, real=real, terms=self.terms)

    def g_step(self, real: Batch, fake: Drawn) -> GStep:
        """Move G, and the networks of its terms."""
        step, grads, own_grads = self.g_gradients(real, fake)
        self.g_optimizer.step(grads)
        step_terms(self.terms, own_grads)
        return step

    @property
    def players(self) -> list[Player]:
        own = [term for term in self.terms if term.network is not None]
        players = [Player("G", self.G, self.g_optimizer), Player("D", self.D, self.d_optimizer)]
        return players + [Player(f"Q{i}", term.network, term.optimizer) for i, term in enumerate(own, start=1)]

    def sample_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.noise.sample(n, rng)

    def state_arrays(self) -> dict[str, np.ndarray]:
        states = enumerate((penalty.state for penalty in self.penalties), start=1)
        return {f"penalty{i}/state/{key}": array for i, state in states for key, array in state.items()}

    def replace(self, **networks: Layer) -> None:
        """Go on with another G or D, or both: replace(G=..., D=...)."""
        if networks.keys() - {"G", "D"}:
            raise ValueError(f"a game has the networks G and D to replace, got {sorted(networks.keys() - {'G', 'D'})}")
        if any(term.network is not None for term in self.terms):
            raise ValueError("a term with a network of its own (entropy, information) cannot play with other networks; "
                             "leave it out of a game that grows")  # fmt: skip
        self.G, self.D = networks.get("G", self.G), networks.get("D", self.D)
        self.g_optimizer.carry_over(self.G.params)
        self.d_optimizer.carry_over(self.D.params)


def all_of(name: str, kind: type, method: str, objects: Sequence) -> tuple:
    """The objects as a tuple, or ValueError for one that is not of this kind."""
    for one in objects:
        if not isinstance(one, kind):
            raise ValueError(f"{name} expected objects of kind {kind.__name__}, got {one!r}; "
                             f"write class Mine({kind.__name__}) with the method {method}")  # fmt: skip
    return tuple(objects)


class TermsAlone(Gan):
    """D learns to tell real from fake, and G looks only at what D has seen in them: it has its terms, and no loss.

    So Salimans et al. 2016 (arXiv:1606.03498, section 3.1) train G by feature matching *instead of* against D's logit:
    the term compares features of D, which change as D learns. Raises ValueError where there is no term.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.terms:
            raise ValueError("without D's logit G has its terms alone, and there is none; give terms=[...]")

    def g_gradients(self, real: Batch, fake: Drawn) -> tuple[GStep, dict, list]:
        """The gradients of the terms; D is not asked for logits."""
        value, d_images, own_grads = with_terms(self.terms, 0.0, np.zeros_like(fake.x), self.D, fake, real)
        return GStep(value, None), self.G.param_grads(d_images, fake.cache), own_grads
