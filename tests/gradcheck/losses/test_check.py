"""check_loss passes the library's losses, and no copy with a slip in it."""

import numpy as np
import pytest

from minigan.gradcheck import check_loss
from minigan.gradcheck.losses import check as loss_module
from minigan.losses import LOSSES, Hinge, Minimax, NonSaturating, RelativisticPaired, sigmoid, softplus


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


class RelativisticAverage:
    """Each image against the mean of the other kind (RaSGAN): paired, but no mean over pairs."""

    paired = True

    def discriminator(self, real_logits, fake_logits):
        one, two = fake_logits.mean() - real_logits, fake_logits - real_logits.mean()
        d_one, d_two = sigmoid(one) / one.size, sigmoid(two) / two.size
        d_real, d_fake = -d_one - d_two.mean(), d_two + d_one.mean()
        return float(np.mean(softplus(one)) + np.mean(softplus(two))), d_real, d_fake

    def generator(self, fake_logits, real_logits):
        return self.discriminator(fake_logits, real_logits)[:2]


class RelativisticHinge:
    paired = True

    def discriminator(self, real_logits, fake_logits):
        t = 1 - (real_logits - fake_logits)
        d = (t > 0) / t.size
        return float(np.mean(np.maximum(t, 0))), -d, d

    def generator(self, fake_logits, real_logits):
        return self.discriminator(fake_logits, real_logits)[:2]


@pytest.mark.parametrize("kind", [RelativisticAverage, RelativisticHinge])
@pytest.mark.parametrize("seed", range(5))
def test_other_paired_losses_pass(kind, seed):
    report = check_loss(kind(), rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 30, report


def test_nothing_is_judged_at_a_kink_and_the_rest_is(monkeypatch):
    """Some logits lie just on the kinks of the hinge, where it has no derivative; and the slope there is taken as 0."""
    monkeypatch.setattr(loss_module, "drawn", lambda rng, shape: np.resize([1.0, 3.0, -1.0, 0.2, -4.0], shape))
    report = check_loss(Hinge())
    assert report.ok and report.kinks == 7 and report.checked == 49 - 7, report

    class Wrong(Hinge):
        def discriminator(self, real_logits, fake_logits):
            value, d_real, d_fake = super().discriminator(real_logits, fake_logits)
            return value, d_real, np.where(fake_logits == 3.0, 0, d_fake)

    assert not check_loss(Wrong()).ok

    monkeypatch.setattr(loss_module, "drawn", lambda rng, shape: np.resize([1.0, 1.0, -1.0, -1.0, 1.0], shape))
    assert "not-checked" in {finding.cause for finding in check_loss(Hinge()).findings}


@pytest.mark.parametrize("n", [2, 6, 9, 11])
def test_the_logits_are_small_and_large_and_of_both_signs(n, rng):
    s = loss_module.drawn(rng, (n, 1))
    assert s.shape == (n, 1) and s.min() < -4 and s.max() > 4 and len(np.unique(s)) == n
    assert n < 5 or np.abs(s).min() < 1


def test_a_paired_loss_that_does_not_say_so_is_told():
    class Unmarked(RelativisticPaired):
        paired = False

        def discriminator(self, real_logits, fake_logits):
            return NonSaturating().discriminator(real_logits, fake_logits)

    (finding,) = check_loss(Unmarked()).findings
    assert finding.cause == "signature" and "paired = True" in finding.hint


@pytest.mark.parametrize(
    "change, cause",
    [
        (lambda v, d: (v, d), None),
        (lambda v, d: (v, -d), "sign"),
        (lambda v, d: (v, d * d.size), "sum-for-mean"),
        (lambda v, d: (v * d.size, d * d.size), "summed"),
        (lambda v, d: (-v, -d), "direction"),
        (lambda v, d: (v, d, d), "returns"),
        (lambda v, d: (v, 0 * d), "zero"),
    ],
)
def test_the_generator_of_a_paired_loss(change, cause):
    class Changed(RelativisticPaired):
        def generator(self, fake_logits, real_logits):
            return change(*super().generator(fake_logits, real_logits))

    report = check_loss(Changed())
    assert {finding.cause for finding in report.findings} == {cause} - {None}, report


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
        (changed(in_place), "real_logits", "input-changed"),
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
