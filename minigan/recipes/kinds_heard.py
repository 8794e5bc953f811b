"""What an evaluation of made signals says beside the scores: the share of each known kind, how sure the ear is, and the
spectra."""

import numpy as np

from minigan import data
from minigan.metrics.signals import LIKE_REAL, Heard, band
from minigan.recipes.evaluation import Evaluation
from minigan.recipes.reference import Reference
from minigan.report import evaluation as report
from minigan.report.spectra import picture


def count_kinds(made: Evaluation, ref: Reference, real: Heard, fake: Heard) -> None:
    """Write into an Evaluation the share of each mode on both sides, the accuracy on held-out real signals, and the
    pictures of both and of the spectra."""
    heard, drawn = ref.templates.judge(real.features), ref.templates.judge(fake.features)
    made.accuracy = float(np.mean(heard.modes == ref.labels))
    made.notes.append(
        f"the kind of a signal is that of the nearest template in its spectrogram: right for {made.accuracy:.1%} of "
        f"{len(heard.modes):,} held-out real ones; of high quality is what is as near as {LIKE_REAL:.0%} of real "
        f"signals are: {heard.good.mean():.1%} of those held out"
    )
    if fake.labels is not None:
        right = float(np.mean(drawn.modes == fake.labels))
        made.notes.append(f"{right:.1%} of the signals are heard as the kind that they were drawn for")
    shares = (np.bincount(some, minlength=ref.templates.modes) / len(some) for some in (drawn.modes, ref.labels))
    made.classes, made.class_names = tuple(shares), ref.classes
    made.pictures["classes"] = report.class_histogram(*made.classes, ref.classes)
    made.pictures["spectra"] = picture(band(real.spectra), band(fake.spectra), data.rate_of(ref.name))
