"""Fidelity against variety: the scores of samples from noise that is cut off nearer and nearer to its middle.

Truncation makes samples better one by one, and all of them less varied (`minigan.models.noise.truncated`). One number
says little about such a G: a FID may be best anywhere on the way. So the whole curve is drawn: precision against
recall, and FID against the Inception Score, as Brock et al. 2019 (arXiv:1809.11096, section 3.1 and appendix D) do.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import metrics
from minigan.recipes.real_side import labels_for
from minigan.recipes.reference import Reference
from minigan.recipes.scoring import splits_for

LIMITS = (None, 2.0, 1.5, 1.0, 0.7, 0.5, 0.3)  # None: any noise
SAMPLES = 2000  # of each: what a limit changes is far more than what other samples would


def truncation_curve(run: Any, ref: Reference, *, n: int = SAMPLES, seed: int = 0,
                     tick: Callable[[str], Any] = lambda text: None) -> list[dict[str, Any]]:  # fmt: skip
    """The scores of `n` samples for each of LIMITS -> a dict for each: "limit", "samples", and scores by name, as far
    as the samples allow. All begin with the same noise, and draw again what lies beyond the limit.

    run: `minigan.recipes.evaluate.Drawn`. Raises ValueError if G draws NaNs or infinities.
    """
    real, rows = ref.see(ref.real), []
    for limit in LIMITS:
        tick("truncation curve: " + ("any noise" if limit is None else f"within {limit:g}"))
        samples = run.truncated(limit).samples(n, seed)
        rows.append({"limit": limit, "samples": n} | scores(ref, real, ref.see(samples.x, labels_for(samples, ref))))
    return rows


def scores(ref: Reference, real: metrics.Seen, fake: metrics.Seen) -> dict[str, float]:
    """The scores of the curve, without intervals."""
    found = {name: part.value for name, part in metrics.precision_recall(real.features, fake.features).parts.items()}
    if min(len(real.features), len(fake.features)) > real.features.shape[1]:
        found["fid"] = metrics.fid(real.features, fake.features).value
    if ref.counts["classes"] and fake.probs is not None:
        shuffled = np.random.default_rng(0)
        found["inception_score"] = metrics.inception_score(
            fake.probs, splits=splits_for(len(fake.probs)), shuffle=shuffled
        ).value  # fmt: skip
        if fake.labels is not None:
            found["label_accuracy"] = metrics.label_accuracy(fake.probs, fake.labels).value
    return found
