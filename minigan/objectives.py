"""Objectives: a game with its players, losses and optimizers, as one object that a training can run.

    objective = Gan(G, D, NonSaturating(), g_optimizer, d_optimizer, Noise(64))
    numbers = objective.step(Batch(images), rng)          # {"d_loss": ..., "g_loss": ..., "d_real": ..., "d_fake": ...}

Gradients and updates are separate methods: `d_gradients` and `g_gradients` change only running statistics, `d_step` and
`g_step` update a player. For a game of your own, subclass `Objective`: the `Trainer` uses only its methods.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigan import gan_fused
from minigan.batch import Batch, as_batch
from minigan.checks import whole
from minigan.gan import Drawn, DStep, GStep, draw, step_terms, with_terms
from minigan.layers import Layer
from minigan.losses import Loss, mean, sigmoid
from minigan.models.noise import Noise
from minigan.optim import Optimizer
from minigan.penalties import Penalty
from minigan.terms import Term
from minigan.vae import Likelihood, VaeStep, check_weights, elbo_gradients


class Player(NamedTuple):
    """A network that a game trains, its name in checkpoints and messages, and its optimizer."""

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
        """All networks that are trained. The first player draws the samples that are shown."""
        raise NotImplementedError(f"{type(self).__name__} must write the property players")

    def step(self, batch: Batch | Callable[[], Batch], rng: np.random.Generator) -> dict[str, float]:
        """Update all players once -> a dict of numbers, with the names in `columns`.

        batch: a Batch, or a function that draws the next one, for a game that uses several in one step.
        Raises NonFiniteError at a NaN or an infinity.
        """
        raise NotImplementedError(f"{type(self).__name__} must write step(self, batch, rng)")

    def sample_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n rows of noise z for the first player, for samples that are shown."""
        raise NotImplementedError(f"{type(self).__name__} must write sample_noise(self, n, rng)")

    def state_arrays(self) -> dict[str, np.ndarray]:
        """Further arrays for a checkpoint, by name (not copies)."""
        return {}

    def replace(self, **networks: Layer) -> None:
        """Continue with other networks: replace(G=..., D=...). A parameter that keeps its name and shape keeps its
        optimizer state."""
        raise NotImplementedError(f"{type(self).__name__} cannot replace its networks")


class Gan(Objective):
    """Algorithm 1: k steps of D, then one of G.

    noise: G's input. fresh_noise: True: G's step draws new noise, as in the paper. False: it reuses the images of D's
    last step, as PyTorch's DCGAN example does. (D has changed, so it runs on them again. G has not changed, so its
    cache is still valid.)
    penalties: added to D's loss (`minigan.penalties`). terms: added to G's loss (`minigan.terms`).
    after_d: functions (DStep), called after each step of D. Adaptive augmentation reads the logits this way.
    Raises ValueError for k below 1, or an object that is not a Loss, a Penalty or a Term.
    """

    columns = ("d_loss", "g_loss", "d_real", "d_fake")  # d_real, d_fake: the mean of D's probability "real"
    rules = gan_fused  # the module with d_gradients and g_gradients; or `minigan.gan`: plain, with the same results

    def __init__(
        self, G: Layer, D: Layer, loss: Loss, g_optimizer: Optimizer, d_optimizer: Optimizer, noise: Noise, *,
        k: int = 1, fresh_noise: bool = False, penalties: Sequence = (), terms: Sequence = (), after_d: Sequence = (),
    ) -> None:  # fmt: skip
        self.G, self.D, self.noise = G, D, noise
        (self.loss,) = all_of("loss", Loss, "discriminator(self, real_logits, fake_logits)", [loss])
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.k, self.fresh_noise = whole("k, the discriminator steps per generator step,", k), fresh_noise
        self.penalties = all_of("penalties", Penalty, "__call__(self, D, real, fake, rng)", penalties)
        self.terms = all_of("terms", Term, "__call__(self, D, fake, real)", terms)
        self.after_d = tuple(after_d)

    def step(self, batch: Batch | Callable[[], Batch], rng: np.random.Generator) -> dict[str, float]:
        for _ in range(self.k):
            real = as_batch(batch() if callable(batch) else batch)
            fake = self.draw(real, rng)
            d_result = self.d_step(real, fake, rng)
        # real and fake are those of the last of the k steps
        g_result = self.g_step(real, self.draw(real, rng) if self.fresh_noise else fake)
        d_real, d_fake = (float(mean(sigmoid(logits))) for logits in (d_result.real_logits, d_result.fake_logits))
        return {"d_loss": d_result.loss, "g_loss": g_result.loss, "d_real": d_real, "d_fake": d_fake}

    def draw(self, real: Batch, rng: np.random.Generator) -> Drawn:
        """As many images as `real` has, given the same conditions."""
        return draw(self.G, self.noise.beside(real, rng), real.given)

    def d_gradients(self, real: Batch, fake: Drawn, rng: np.random.Generator) -> tuple[DStep, dict]:
        """See `minigan.gan.d_gradients`."""
        loss = self.loss.about(real.given)
        step, grads = self.rules.d_gradients(self.D, loss, real, fake, penalties=self.penalties, rng=rng)
        return DStep(step.loss, loss.logits(step.real_logits), loss.logits(step.fake_logits)), grads

    def d_step(self, real: Batch, fake: Drawn, rng: np.random.Generator) -> DStep:
        """Update D."""
        step, grads = self.d_gradients(real, fake, rng)
        self.d_optimizer.step(grads)
        for hook in self.after_d:
            hook(step)
        return step

    def g_gradients(self, real: Batch, fake: Drawn) -> tuple[GStep, dict, list]:
        """See `minigan.gan.g_gradients`."""
        loss = self.loss.about(real.given)
        return self.rules.g_gradients(self.G, self.D, loss, fake, real=real, terms=self.terms)

    def g_step(self, real: Batch, fake: Drawn) -> GStep:
        """Update G, and the networks of its terms."""
        step, grads, term_grads = self.g_gradients(real, fake)
        self.g_optimizer.step(grads)
        step_terms(self.terms, term_grads)
        return step

    @property
    def players(self) -> list[Player]:
        with_network = [term for term in self.terms if term.network is not None]
        players = [Player("G", self.G, self.g_optimizer), Player("D", self.D, self.d_optimizer)]
        return players + [Player(f"Q{i}", term.network, term.optimizer) for i, term in enumerate(with_network, start=1)]

    def sample_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.noise.shown(n, rng)

    def state_arrays(self) -> dict[str, np.ndarray]:
        arrays = {}
        for i, penalty in enumerate(self.penalties, start=1):
            for key, array in penalty.state.items():
                arrays[f"penalty{i}/state/{key}"] = array
        return arrays

    def replace(self, **networks: Layer) -> None:
        """Continue with another G or D, or both: replace(G=..., D=...)."""
        if networks.keys() - {"G", "D"}:
            raise ValueError(f"a game has the networks G and D to replace, got {sorted(networks.keys() - {'G', 'D'})}")
        if any(term.network is not None for term in self.terms):
            raise ValueError("a term with a network of its own (entropy, information) cannot play with other networks; "
                             "remove it from a training that grows")  # fmt: skip
        self.G, self.D = networks.get("G", self.G), networks.get("D", self.D)
        self.g_optimizer.carry_over(self.G.params)
        self.d_optimizer.carry_over(self.D.params)


def all_of(name: str, kind: type, method: str, objects: Sequence) -> tuple:
    """The objects as a tuple. Raises ValueError for an object that is not of this kind."""
    for one in objects:
        if not isinstance(one, kind):
            raise ValueError(f"{name} expected objects of kind {kind.__name__}, got {one!r}; "
                             f"write class Mine({kind.__name__}) with the method {method}")  # fmt: skip
    return tuple(objects)


class TermsAlone(Gan):
    """D learns to tell real from fake. G is trained by its terms only, such as feature matching, and not by D's logit.

    Salimans et al. 2016 (arXiv:1606.03498, section 3.1) train G by feature matching *instead of* D's logit in this way:
    the term compares features of D, which change as D learns. Raises ValueError if there is no term.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.terms:
            raise ValueError("TermsAlone needs at least one term; give terms=[...]")

    def g_gradients(self, real: Batch, fake: Drawn) -> tuple[GStep, dict, list]:
        """The gradients of the terms. D does not compute logits."""
        value, d_images, term_grads = with_terms(self.terms, 0.0, np.zeros_like(fake.x), self.D, fake, real)
        return GStep(value, None), self.G.param_grads(d_images, fake.cache), term_grads


class Vae(Objective):
    """A decoder G and an encoder E, both trained by one number, the bound of `minigan.vae`; nobody plays against them.

    G: the network that samples are drawn with, from `noise`. E: x -> (N, 2 Z), mean and log variance of the code z.
    beta, free_bits: see `minigan.vae`. Raises ValueError for these below 0, a likelihood of another kind, or a G that
    it cannot be taken of.
    """

    columns = ("loss", "reconstruction", "kl")  # nats per sample: loss = reconstruction + beta * kl, without free bits

    def __init__(
        self, G: Layer, E: Layer, likelihood: Likelihood, g_optimizer: Optimizer, e_optimizer: Optimizer, noise: Noise,
        *, beta: float = 1.0, free_bits: float = 0.0,
    ) -> None:  # fmt: skip
        self.G, self.E, self.noise = G, E, noise
        (self.likelihood,) = all_of("likelihood", Likelihood, "loss(self, x, y)", [likelihood])
        self.decoder = likelihood.decoder(G)  # G, or G up to its Tanh: the layers are the same objects
        self.g_optimizer, self.e_optimizer = g_optimizer, e_optimizer
        self.beta, self.free_bits = check_weights(beta, free_bits)

    def step(self, batch: Batch | Callable[[], Batch], rng: np.random.Generator) -> dict[str, float]:
        step, g_grads, e_grads = self.gradients(as_batch(batch() if callable(batch) else batch), rng)
        self.g_optimizer.step(g_grads)
        self.e_optimizer.step(e_grads)
        return step._asdict()

    def gradients(self, batch: Batch, rng: np.random.Generator) -> tuple[VaeStep, dict, dict]:
        """The numbers of a step, and the gradients of G and of E. See `minigan.vae.elbo_gradients`."""
        eps = self.noise.sample(len(batch), rng)
        weights = {"beta": self.beta, "free_bits": self.free_bits}
        return elbo_gradients(self.decoder, self.E, self.likelihood, batch.x, eps, **weights, given=batch.given)

    @property
    def players(self) -> list[Player]:
        return [Player("G", self.G, self.g_optimizer), Player("E", self.E, self.e_optimizer)]

    def sample_noise(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.noise.shown(n, rng)
