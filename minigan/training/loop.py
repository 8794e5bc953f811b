"""The training loop: everything around `d_step` and `g_step` that a long run needs, and nothing of the game itself."""

import signal
import sys
import threading
import time
from contextlib import contextmanager

from minigan.gan import d_step, g_step, terms_step
from minigan.losses import sigmoid
from minigan.models.noise import Noise
from minigan.optim import NonFiniteError
from minigan.training.checkpoint import network_arrays
from minigan.training.watch import Diverged, check_finite, first_non_finite
from minigan.unrolled import check_unrolled, unrolled_g_step

COLUMNS = ("step", "d_loss", "g_loss", "d_real", "d_fake", "seconds")


class Trainer:
    """Two networks, their optimizers, the data, and one random stream that everything is drawn from.

    samples: float32, (N, H, W, C) in [-1, 1] or points (N, 2). k: discriminator steps per generator step.
    fresh_noise: G's step draws from new noise, as in the paper, and not once more what D's last step was shown.
    rng: numpy Generator, used for batches, noise and (if D has any) dropout; its state is part of a checkpoint,
    so a resumed run draws what the uninterrupted one would have drawn.
    augment: function (batch, rng) -> batch, or None.
    penalties, terms: more of D's and of G's objective (see `minigan.gan`). A term with a network of its own has it in
    `term.network` and `term.optimizer`; they are part of a checkpoint.
    ema: a `minigan.training.ema.Average` of G, moved after each step; what is shown is then its network.
    noise: a `minigan.models.Noise` with z_dim numbers, for noise that ends in a code; by default without.
    unroll: G's step looks so many steps of D ahead (`minigan.unrolled`); 0: not.
    before_step: functions (trainer), called before each step: schedules, which set something by trainer.t.
    after_d: functions (DStep), called after each step of D: adaptive augmentation looks at the logits.
    Raises ValueError if batch_size is below 2 or above the number of samples, k below 1, noise of another z_dim, or for
    an unroll that these players do not allow.
    """

    def __init__(
        self,
        G,
        D,
        samples,
        *,
        loss,
        g_optimizer,
        d_optimizer,
        batch_size,
        z_dim,
        rng,
        k=1,
        fresh_noise=False,
        augment=None,
        penalties=(),
        terms=(),
        ema=None,
        noise=None,
        unroll=0,
        before_step=(),
        after_d=(),
    ):
        if not 2 <= batch_size <= len(samples):
            raise ValueError(
                f"the batch size (--batch-size) must be between 2 and the number of samples, {len(samples):,}; "
                f"got {batch_size}"
            )
        if k < 1:
            raise ValueError(f"k, the discriminator steps per generator step, must be at least 1, got {k}")
        if noise is not None and noise.z_dim != z_dim:
            raise ValueError(f"expected noise with z_dim {z_dim} numbers beside its code, got {noise.z_dim}")
        if unroll:
            check_unrolled(D, loss, d_optimizer, unroll, penalties)
        self.G, self.D, self.samples, self.loss = G, D, samples, loss
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.batch_size, self.z_dim, self.k = batch_size, z_dim, k
        self.fresh_noise, self.rng, self.augment, self.t = fresh_noise, rng, augment, 0
        self.penalties, self.terms, self.ema = tuple(penalties), tuple(terms), ema
        self.noise_source, self.unroll = noise or Noise(z_dim), unroll
        self.before_step, self.after_d = tuple(before_step), tuple(after_d)

    @property
    def shown(self):
        """The generator whose samples are looked at: the average of G, if there is one."""
        return self.ema.network if self.ema else self.G

    def noise(self, n, rng=None):
        """n noise vectors, (n, z_dim) float32, standard normal; behind them the one-hot code, if there is one."""
        return self.noise_source.sample(n, rng or self.rng)

    def batch(self):
        """A random batch of the samples, no sample twice."""
        chosen = self.rng.choice(len(self.samples), self.batch_size, replace=False)
        batch = self.samples[chosen]
        return self.augment(batch, self.rng) if self.augment else batch

    def step(self):
        """k steps of D and one of G -> this step's numbers, by the names in COLUMNS.

        Raises Diverged, which names the step and the layer, if a NaN or an infinity appears anywhere.
        """
        started = time.perf_counter()
        real = z = None
        for hook in self.before_step:
            hook(self)
        try:
            for _ in range(self.k):
                real, z = self.batch(), self.noise(self.batch_size)
                d = d_step(self.G, self.D, self.loss, self.d_optimizer, real, z, penalties=self.penalties, rng=self.rng)
                for hook in self.after_d:
                    hook(d)
            drawn = d.drawn
            if self.fresh_noise:
                z, drawn = self.noise(self.batch_size), None
            g = self._g_step(z, drawn, real)
            check_finite({"D": d.loss, "G": g.loss}, self._players())
        except NonFiniteError as error:
            place = first_non_finite(self.G, self.D, self.loss, z, real) or str(error)
            raise Diverged(
                f"training stopped at step {self.t + 1}: {place}; the last checkpoint is kept. "
                "Try a smaller learning rate (--lr)"
            ) from error
        self.t += 1
        if self.ema:
            self.ema.update(self.G, self.t)
        seconds = time.perf_counter() - started
        means = [float(sigmoid(logits).mean()) for logits in (d.real_logits, d.fake_logits)]
        return dict(zip(COLUMNS, (self.t, d.loss, g.loss, *means, seconds), strict=True))

    def _g_step(self, z, drawn, real):
        players, rest = (self.G, self.D, self.loss, self.g_optimizer), {"real": real, "terms": self.terms}
        if not getattr(self.loss, "adversarial", True):
            return terms_step(self.G, self.D, self.g_optimizer, z, drawn, **rest)
        if self.unroll:
            return unrolled_g_step(*players, self.d_optimizer, z, drawn, steps=self.unroll, **rest)
        return g_step(*players, z, drawn, **rest)

    def arrays(self):
        """All arrays of a checkpoint, in a flat dict: parameters, state and optimizer state of all players, the state
        of penalties, and G's average."""
        flat = {}
        for player, network, optimizer in self._players():
            flat |= network_arrays(player, network)
            flat |= {f"{player}/optimizer/{k}": a for k, a in optimizer.state_arrays().items()}
        return flat | self._penalty_arrays() | (network_arrays("average", self.ema.network) if self.ema else {})

    def load_arrays(self, flat):
        """Put the arrays of a checkpoint in place. Their names and shapes must be those of `arrays`."""
        for player, network, optimizer in self._players():
            for name, array in network_arrays(player, network).items():
                array[...] = flat[name]
            prefix = f"{player}/optimizer/"
            optimizer.load_state_arrays({k[len(prefix) :]: a for k, a in flat.items() if k.startswith(prefix)})
        for name, array in self._penalty_arrays().items():
            array[...] = flat[name]
        for name, array in network_arrays("average", self.ema.network).items() if self.ema else ():
            array[...] = flat[name]

    def _penalty_arrays(self):
        """What penalties keep from call to call, the arrays themselves: `state`, of those that have one."""
        states = enumerate((getattr(penalty, "state", {}) for penalty in self.penalties), start=1)
        return {f"penalty{i}/state/{key}": array for i, state in states for key, array in state.items()}

    def _players(self):
        """(name, network, optimizer) of G, D, and every network that a term of G's objective trains."""
        own = [term for term in self.terms if getattr(term, "network", None) is not None]
        players = [("G", self.G, self.g_optimizer), ("D", self.D, self.d_optimizer)]
        return players + [(f"Q{i}", term.network, term.optimizer) for i, term in enumerate(own, start=1)]


def run(trainer, steps, *, each_step=None, progress=True):
    """Train until `steps` steps are done -> True, or False if Ctrl-C ended it early, after the step under way.

    each_step: function (numbers) called after every step. progress: whether to draw a progress bar on stderr.
    """
    from tqdm import tqdm

    often = 0.1 if sys.stderr.isatty() else 10.0  # seconds; in a log file each refresh is a line
    bar = tqdm(total=steps, initial=trainer.t, disable=not progress, unit="step", mininterval=often, smoothing=0.1)
    begun = trainer.t
    with bar, interruptible() as interrupted:
        while trainer.t < steps and not interrupted.is_set():
            numbers = trainer.step()
            if each_step:
                each_step(numbers)
            rate = trainer.batch_size * trainer.k / numbers["seconds"]
            bar.set_postfix_str(
                f"loss D {numbers['d_loss']:.2f} G {numbers['g_loss']:.2f}, "
                f"D(real) {numbers['d_real']:.2f} D(fake) {numbers['d_fake']:.2f}, {rate:,.0f} images/s",
                refresh=False,
            )
            if trainer.t > begun + 1:
                bar.update()
            else:  # the first step may have compiled kernels, for some seconds: the clock begins after it
                bar.initial = bar.n = bar.last_print_n = trainer.t
                bar.unpause()
    return trainer.t >= steps


@contextmanager
def interruptible():
    """An Event that the first Ctrl-C sets, so that a step is never left half done; a second Ctrl-C ends at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signal handlers
        yield event
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        event.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
