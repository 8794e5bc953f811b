"""The mean of all pictures that explain what is seen, each as often as it is likely: the guess of least squared error.

The best z is one answer. Where much is hidden, others are nearly as good, and a picture that is wrong by a shifted
stroke is wrong twice: where the stroke is, and where it should be. The picture with the least expected squared error is
the mean over the posterior (the MMSE estimate; Kay 1993, "Estimation theory", section 10.4), which draws as grey what
nobody can know. With f of `minigan.edit.objective` and the squared error,

    p(z | y) is proportional to exp(-U(z)),     U = f / prior

because f / prior = |A G(z) - y|^2 / (2 s^2) + |z|^2 / 2 with prior = 2 s^2, s the deviation of noise and of what G
cannot draw. Another error stands for noise of another kind, with a density proportional to exp(-rho(r) / prior), of the
absolute error Laplace's; with realism, a z whose picture D takes for real is likelier. Samples of it come from a walk
that goes down a little and is shaken a little, Langevin's, with Metropolis' test, which asks for f and its slope alone
(MALA: Roberts & Tweedie 1996, Bernoulli 2, section 1.4.2):

    z' = z - e/2 dU/dz(z) + sqrt(e) n,     n standard normal
    accept z' with probability min(1, exp(U(z) - U(z')) q(z | z') / q(z' | z)),
    q(b | a) proportional to exp(-|b - a + e/2 dU/dz(a)|^2 / (2 e))

The walks begin at the best starts that `find` kept, so that they need not look for the valley. The step e of each walk
rises after each z' that is accepted, and falls after each that is not, until 57 % are (the rate that mixes best:
Roberts & Rosenthal 1998), in the first half; only the second half counts.
"""

from collections.abc import Callable

import numpy as np

from minigan.edit.find import Found, drawn
from minigan.edit.objective import Objective

ACCEPTED = 0.57  # the share of steps that shall be accepted
FIRST = 0.01  # e of the first step
EVERY = 5  # steps between two pictures that count: neighbours are much alike


def average(objective: Objective, found: Found, rng: np.random.Generator, steps: int = 100, free: int | None = None,
            tick: Callable[[], object] = lambda: None) -> np.ndarray:  # fmt: skip
    """The mean picture of the posterior of each picture, (N, H, W, C) in [-1, 1], from walks that begin at each z of
    `found` (N, kept, z_dim). free: how many numbers of z move; None: all. tick: called after each step.

    Raises ValueError for an objective without a prior."""
    if not objective.prior:
        raise ValueError("the mean over the posterior needs a prior above 0, got 0; fix: Objective(..., prior=1)")
    N, kept, size = found.z.shape
    told = None if found.labels is None else found.labels.reshape(-1)
    which, total, count = np.repeat(np.arange(N), kept), 0.0, 0
    walk = Walk(objective, found.z.reshape(-1, size), told, which, size if free is None else free)
    share = weights(walk.U.reshape(N, kept))
    for t in range(steps):
        walk.step(rng, adapt=t < steps // 2)
        if t >= steps // 2 and t % EVERY == 0:
            total, count = total + drawn(objective.G, walk.z, told), count + 1
        tick()
    mean = (total / max(1, count)).reshape(N, kept, *np.shape(total)[1:])
    return np.einsum("nk,nk...->n...", share, mean).astype(found.z.dtype)


def weights(U: np.ndarray) -> np.ndarray:
    """How much each valley counts, each row with sum 1: exp(-U) of its lowest point. U: (N, kept)."""
    w = np.exp(U.min(axis=1, keepdims=True) - U)
    return w / w.sum(axis=1, keepdims=True)


class Walk:
    """Walks z (n, z_dim), one for each row, by MALA. `accepted`: how many steps of each were."""

    def __init__(self, objective: Objective, z: np.ndarray, labels: np.ndarray | None, which: np.ndarray,
                 free: int) -> None:  # fmt: skip
        self.objective, self.labels, self.which, self.free = objective, labels, which, free
        self.z, self.e = z.copy(), np.full((len(z), 1), FIRST, z.dtype)
        self.U, self.slope = self.look(self.z)
        self.accepted = np.zeros(len(z), int)

    def look(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """U (n,) and dU/dz (n, z_dim); the codes behind the noise stay."""
        f, slope = self.objective(z, self.labels, self.which)
        slope[:, self.free :] = 0
        return f / self.objective.prior, slope / self.objective.prior

    def step(self, rng: np.random.Generator, adapt: bool) -> None:
        """One z' for each walk, accepted or not."""
        noise = rng.standard_normal(self.z.shape).astype(self.z.dtype)
        noise[:, self.free :] = 0
        new = self.z - self.e / 2 * self.slope + np.sqrt(self.e) * noise
        U, slope = self.look(new)
        back = self.z - new + self.e / 2 * slope
        log_q = (np.sum(noise**2, axis=1) - np.sum(back**2, axis=1) / self.e[:, 0]) / 2
        taken = np.log(1 - rng.random(len(new))) < self.U - U + log_q
        self.z[taken], self.U[taken], self.slope[taken] = new[taken], U[taken], slope[taken]
        self.accepted += taken
        if adapt:
            self.e *= np.exp(0.2 * (taken - ACCEPTED))[:, None].astype(self.e.dtype)
