"""What all baselines have in common: samples of any shape become rows (N, d) in float64, and go back.

A baseline writes three functions of rows: `fit_rows`, `sample_rows`, `score_rows`.
"""

from typing import Any, NamedTuple

import numpy as np

from minigan.checks import generator, whole


class Portrait(NamedTuple):
    """What a model has learnt, as samples in rows and columns: (rows, columns, *shape of a sample). linked: whether
    neighbours in it are neighbours in the model, as the units of a map are."""

    samples: np.ndarray
    linked: bool = False


class Baseline:
    """A model that is fitted in one go. `shape`: of a sample, known after `fit`; None before."""

    summary = ""  # in a line
    unit = "nats per sample"  # of `score`
    shape: tuple[int, ...] | None = None
    noise: float | None = None  # of those that have a noise apart from the factors: see `noise_shown`

    def fit(self, x: np.ndarray, rng: np.random.Generator | None = None) -> "Baseline":
        """Fit the model to x, (N, d) or of any more axes, such as images (N, H, W, C) -> the model itself.

        rng: numpy Generator, for those that begin at random (the mixtures).
        Raises ValueError for fewer samples than the model needs, samples that are all the same, NaN or infinity.
        """
        self.shape = None
        rows, shape = self.check(x), np.shape(x)[1:]
        self.fit_rows(rows, rng, images=len(shape) == 3)
        self.shape = shape
        return self

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n new samples, (n, *shape), float64. Raises ValueError for n below 1, no Generator, a model without `fit`."""
        self._check_fitted()
        n, rng = whole("n, the number of samples,", n), generator(rng, needed=True)
        return self.sample_rows(n, rng).reshape(n, *self.shape)

    def score(self, x: np.ndarray) -> float:
        """The mean of log p(x) over the samples x, (N, *shape), in nats; of a map its mean quantisation error: see
        `unit`. Raises ValueError for samples of another shape, NaN or infinity, a model without `fit`."""
        return float(np.mean(self.score_rows(self.rows_of(x))))

    @property
    def noise_shown(self) -> float:
        """How much of the model's noise is in its samples: `noise`; None: 1, as the model has it, but 0 for images, of
        which the mean is shown, as it is of a VAE's decoder: noise on each pixel is not what one wants to see."""
        return self.noise if self.noise is not None else 0.0 if len(self.shape) == 3 else 1.0

    def portrait(self) -> Portrait | None:
        """What the model has learnt, to be drawn; None: nothing that could be."""
        return None

    def check(self, x: np.ndarray) -> np.ndarray:
        """The samples x as rows (N, d); ValueError unless the model can be fitted to them."""
        rows = rows_of(x)
        self.check_size(*rows.shape)
        if (rows == rows[0]).all():
            raise ValueError(f"all {len(rows):,} samples are the same: there is nothing to fit; fix: take others")
        return rows

    def rows_of(self, x: np.ndarray) -> np.ndarray:
        """New samples x (N, *shape) as rows (N, d). Raises ValueError as `score`."""
        self._check_fitted()
        if np.shape(x)[1:] != self.shape:
            raise ValueError(f"expected samples of shape {self.shape}, as those that the model was fitted to, got "
                             f"{np.shape(x)[1:]}; fix: x.reshape(-1, *{self.shape})")  # fmt: skip
        return rows_of(x)

    def _check_fitted(self) -> None:
        if self.shape is None:
            raise ValueError(f"{type(self).__name__} is not fitted; fix: call fit(x) first")

    # What a baseline writes.

    def check_size(self, N: int, d: int) -> None:
        """Raise ValueError unless the model can be fitted to N samples of d numbers."""
        raise NotImplementedError

    def fit_rows(self, x: np.ndarray, rng: np.random.Generator | None, images: bool) -> None:
        """Fit to rows x (N, d). images: whether they were images, for defaults that are others then."""
        raise NotImplementedError

    def sample_rows(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """New rows (n, d)."""
        raise NotImplementedError

    def score_rows(self, x: np.ndarray) -> np.ndarray:
        """What `score` is the mean of, for each row of x: (N,)."""
        raise NotImplementedError


def rows_of(x: Any) -> np.ndarray:
    """Samples (N, ...) as rows (N, d), float64. Raises ValueError for anything but finite numbers with two axes."""
    x = np.asarray(x)
    if x.ndim < 2 or x.dtype.kind not in "fiu" or 0 in x.shape:
        raise ValueError(f"expected samples (N, d) or (N, H, W, C), real numbers, got {x.dtype} {x.shape}; fix: one "
                         "row for each sample, x.reshape(N, -1)")  # fmt: skip
    rows = x.reshape(len(x), -1).astype(np.float64)
    broken = int(np.count_nonzero(~np.isfinite(rows).all(axis=1)))
    if broken:
        raise ValueError(f"expected finite numbers, got {broken:,} of {len(rows):,} samples with NaN or infinity; "
                         "fix: leave them out")  # fmt: skip
    return rows


def check_enough(model: str, N: int, least: int, why: str) -> None:
    """Raise ValueError unless there are `least` samples."""
    if N < least:
        raise ValueError(
            f"{model} needs at least {least:,} samples{why}, got {N:,}; fix: take more, or a smaller model"
        )
