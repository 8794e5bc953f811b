"""The spectra of real and generated signals, as one picture."""

import numpy as np

from minigan.metrics.signals import Band
from minigan.report import pictures


def picture(real: Band, fake: Band, rate: int = 0) -> np.ndarray:
    """Mean log power at each frequency, and the band that 10 % to 90 % of the signals lie in, real and generated, uint8
    (h, w, 3). rate: steps a second; 0: not known, then frequencies are in cycles a step."""
    figure, axes = pictures.new_figure(8, 3.6)
    frequency = np.linspace(0, (rate or 1) / 2, len(real.mean))
    for own, colour, name in ((real, pictures.BLUE, "real"), (fake, pictures.ORANGE, "generated")):
        axes.fill_between(frequency, own.low, own.high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(frequency, own.mean, color=colour, linewidth=1, label=f"{name}: mean, and 10 to 90 % of the signals")
    axes.set(xlabel="Hz" if rate else "cycles a step", ylabel="power, dB", xlim=(0, frequency[-1]))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return pictures.rendered(figure)
