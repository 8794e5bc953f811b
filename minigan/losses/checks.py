"""What every loss asks of the logits and numbers that it is given."""

import numpy as np


def checked(name: str, logits: np.ndarray) -> np.ndarray:
    """The logits as they are, or ValueError: floats, one for each sample, as (N,) or (N, 1), at least one."""
    logits = np.asarray(logits)
    if logits.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name} expected float32 or float64, got {logits.dtype}; write logits.astype(np.float32)")
    if logits.size == 0 or logits.ndim not in (1, 2) or logits.shape[1:] not in ((), (1,)):
        raise ValueError(
            f"{name} expected one logit for each sample, shape (N, 1) or (N,), got {logits.shape}; "
            "does the discriminator end in Dense(..., 1)?"
        )
    return logits


def both_checked(real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both batches of logits, each `checked`; they may have different sizes."""
    return checked("real_logits", real_logits), checked("fake_logits", fake_logits)


def pairs_checked(real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same for a loss of pairs, the k-th real image with the k-th fake: as many of the one as of the other."""
    real, fake = both_checked(real_logits, fake_logits)
    if real.shape != fake.shape:
        raise ValueError(
            f"a paired loss compares each fake image with one real one; got real_logits {real.shape} and fake_logits "
            f"{fake.shape}; draw z and the real batch with the same number of samples"
        )
    return real, fake
