"""check_gan_step: what it accepts, what it reports, and that nothing a step does raises."""

import copy

import numpy as np
import pytest

from minigan.gan import d_step, g_step
from minigan.gradcheck import check_gan_step
from minigan.layers import Dense, Sequential, Tanh
from minigan.losses import NonSaturating, RelativisticPaired


def both(G, D, loss, g_optimizer, d_optimizer, real, z):
    return d_step(G, D, loss, d_optimizer, real, z), g_step(G, D, loss, g_optimizer, z)


def causes(report):
    return [(finding.where, finding.cause) for finding in report.findings]


def test_the_librarys_steps_pass_together_alone_and_as_one():
    for report in (check_gan_step(d_step, g_step), check_gan_step(step=both)):
        assert report.ok, report
        assert {"D: look.w", "D: norm.gamma", "G: paint.w", "G: hidden.b"} <= set(report.errors)
    assert check_gan_step(d_step, g_step).name == "d_step and g_step"
    assert {label[0] for label in check_gan_step(d_step).errors} == {"D"}
    assert {label[0] for label in check_gan_step(None, g_step).errors} == {"G"}


def test_it_needs_a_step_and_not_too_many():
    for steps in ({}, {"d_step": d_step, "step": both}):
        with pytest.raises(ValueError, match="expected d_step, g_step or both, or step"):
            check_gan_step(**steps)


def test_a_paired_loss_is_refused():
    with pytest.raises(ValueError, match="knows no paired losses, got RelativisticPaired"):
        check_gan_step(d_step, g_step, loss=RelativisticPaired())


def test_the_users_networks_are_not_touched():
    G, D = Sequential(Dense(2, 3), Tanh(), Dense(3, 5)), Sequential(Dense(5, 4), Tanh(), Dense(4, 1))
    before = copy.deepcopy((G, D))
    assert check_gan_step(d_step, g_step, networks=(G, D), z_shape=(2,)).ok
    for network, old in zip((G, D), before, strict=True):
        assert all(np.array_equal(network.params[key], p) for key, p in old.params.items())
        assert network.params["dense1.w"].dtype == np.float32
    assert "forward" not in vars(G)


class WrongTanh(Tanh):
    def backward(self, dy, cache):
        (y,) = self.unseal(cache)
        return (1 - y) * dy, {}


def test_wrong_networks_are_said_to_be_wrong_not_the_step():
    networks = Sequential(Dense(2, 3), WrongTanh()), Sequential(Dense(3, 4), WrongTanh(), Dense(4, 1))
    report = check_gan_step(d_step, g_step, networks=networks, z_shape=(2,))
    assert ("networks", "network-wrong") in causes(report) and "check_network" in str(report), report


def with_a_constant_batch_size(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    scale = len(real) / 4
    real_grads, fake_grads = D.backward(scale * d_real, real_cache)[1], D.backward(scale * d_fake, fake_cache)[1]
    optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})


def test_a_batch_of_another_size_comes_too():
    (finding,) = check_gan_step(with_a_constant_batch_size).findings
    assert finding.cause == "factor" and "by 0.75" in finding.evidence and "batch is smaller" in finding.message


def with_an_option_more(G, D, loss, optimizer, z, drawn=None):
    assert drawn is None
    return g_step(G, D, loss, optimizer, z)


def test_a_step_may_have_options_of_its_own():
    assert check_gan_step(d_step, with_an_option_more).ok


def test_the_evidence_has_numbers():
    def doubled(G, D, loss, optimizer, z):
        class Doubling:
            lr = optimizer.lr

            def step(self, grads):
                optimizer.step({key: 2 * g for key, g in grads.items()})

        return g_step(G, D, loss, Doubling(), z)

    (finding,) = check_gan_step(None, doubled).findings
    assert finding.cause == "factor" and finding.max_rel_error == pytest.approx(0.5)
    assert "divided by 2" in finding.evidence and "for example" in finding.evidence and "right is" in finding.evidence


class Costly(NonSaturating):
    """A loss whose value is not what its gradients say."""

    def generator(self, fake_logits):
        value, d_fake = super().generator(fake_logits)
        return 2 * value, d_fake


def test_a_wrong_loss_is_found_by_differences():
    assert ("networks", "network-wrong") in causes(check_gan_step(None, g_step, loss=Costly()))


@pytest.mark.parametrize("returned, said", [
    (lambda v: v, None), (lambda v: None, None), (lambda v: {"loss": v}, None), (lambda v: (v, "more"), None),
    (lambda v: np.zeros(3), None), (lambda v: -v, "minus the loss"), (lambda v: {"loss": 4 * v}, "the sum"),
    (lambda v: (v / 2, 0), "half"), (lambda v: v + 1, ""),
])  # fmt: skip
def test_the_loss_returned(returned, said):
    def step(G, D, loss, optimizer, z):
        return returned(g_step(G, D, loss, optimizer, z).loss)

    report = check_gan_step(None, step)
    assert report.ok == (said is None), report
    if not report.ok:
        (finding,) = report.findings
        assert finding.cause == "loss-value" and said in finding.evidence


def test_a_step_that_raises_gets_a_sentence_with_its_line():
    def broken(G, D, loss, optimizer, real, z):
        return real.undefined

    report = check_gan_step(broken, g_step)
    assert causes(report) == [("D's step", "raises")] and "return real.undefined" in report.findings[0].evidence
    assert any(label.startswith("G") for label in report.errors)  # and G's step is checked all the same


def test_a_step_with_other_arguments():
    (finding,) = check_gan_step(lambda G, D: None).findings
    assert finding.cause == "signature" and "d_step(G, D, loss, optimizer, real, z)" in finding.hint
