"""check_loss passes the library's losses, and no copy with a slip in it."""

import numpy as np
import pytest

from minigan.gradcheck import check_loss
from minigan.losses import LOSSES, Minimax, NonSaturating


def changed(discriminator=None, generator=None, base=NonSaturating):
    class Wrong(base):
        def discriminator(self, real_logits, fake_logits):
            result = super().discriminator(real_logits, fake_logits)
            return discriminator(*result, real_logits) if discriminator else result

        def generator(self, fake_logits):
            result = super().generator(fake_logits)
            return generator(*result, fake_logits) if generator else result

    return Wrong()


def in_place(value, d_real, d_fake, real):
    real += 1
    return value, d_real, d_fake


@pytest.mark.parametrize("kind", LOSSES.values())
def test_right_losses_pass(kind):
    report = check_loss(kind())
    assert report.ok and report.checked > 0, report
    assert check_loss(Minimax(smooth=0.9)).ok


@pytest.mark.parametrize(
    "loss, where, cause",
    [
        (changed(lambda v, r, f, s: (v, r * r.size, f)), "discriminator.d_real", "sum-for-mean"),
        (changed(lambda v, r, f, s: (v, r / r.size, f)), "discriminator.d_real", "divided-twice"),
        (changed(lambda v, r, f, s: (v, r, -f)), "discriminator.d_fake", "sign"),
        (changed(lambda v, r, f, s: (2 * v, r, f)), "discriminator.d_fake", "factor"),
        (changed(lambda v, r, f, s: (v, r[:, None] - r, f)), "discriminator.d_real", "shape"),
        (changed(lambda v, r, f, s: (v, r.astype(np.float32), f)), "discriminator.d_real", "shape"),
        (changed(lambda v, r, f, s: (v, f, r)), "discriminator.d_real", "swapped"),
        (changed(lambda v, r, f, s: (v, r)), "discriminator", "returns"),
        (changed(lambda v, r, f, s: v), "discriminator", "returns"),
        (changed(lambda v, r, f, s: (np.nan, r, f)), "discriminator", "value"),
        (changed(lambda v, r, f, s: (s, r, f)), "discriminator", "value"),
        (changed(in_place), "d_real", "input-changed"),
        (changed(lambda v, r, f, s: (v + np.random.default_rng().random(), r, f)), "discriminator", "random"),
        (changed(None, lambda v, d, s: (v, d + 0.1 * np.sin(s))), "generator.d_fake", None),
        (changed(None, lambda v, d, s: (v, d.undefined)), "generator", "raises"),
    ],
)
def test_wrong_losses_do_not(loss, where, cause):
    report = check_loss(loss)
    assert (where, cause) in [(finding.where, finding.cause) for finding in report.findings], report
    assert report.verdict == "WRONG"


def test_an_object_without_the_two_methods_gets_a_sentence():
    report = check_loss(object())
    assert {finding.cause for finding in report.findings} == {"signature"}
