"""Who changed, how often, by whose hand; and what a step that raises probably did."""

import numpy as np
import pytest

from minigan.gan import d_step, g_step
from minigan.gradcheck import check_gan_step
from minigan.gradcheck.games.calls import Call, returned


def after_d(change):
    """D's step, and then something else."""

    def step(G, D, loss, optimizer, real, z):
        result = d_step(G, D, loss, optimizer, real, z)
        change(G, D, loss, optimizer, real, z)
        return result.loss

    return step


def after_g(change):
    def step(G, D, loss, optimizer, z):
        result = g_step(G, D, loss, optimizer, z)
        change(G, D, loss, optimizer, z)
        return result.loss

    return step


def clip(network):
    for p in network.params.values():
        np.clip(p, -0.1, 0.1, out=p)


@pytest.mark.parametrize("change, cause", [
    (lambda G, D, loss, o, real, z: clip(D), "by-hand"),
    (lambda G, D, loss, o, real, z: clip(G), "g-in-d-step"),
    (lambda G, D, loss, o, real, z: o.step({k: 0.1 * p for k, p in D.params.items()}), "stepped-twice"),
    (lambda G, D, loss, o, real, z: G.state["norm.mean"].fill(0), "state-by-hand"),
    (lambda G, D, loss, o, real, z: z.fill(0), "input-changed"),
    (lambda G, D, loss, o, real, z: real.fill(0), "input-changed"),
    (lambda G, D, loss, o, real, z: o.step({k: np.zeros_like(p) for k, p in G.params.items()}), "one-optimizer"),
    (lambda G, D, loss, o, real, z: D.forward(real), None),
    (lambda G, D, loss, o, real, z: D.forward(real, training=False), None),
])  # fmt: skip
def test_after_the_step_of_d(change, cause):
    report = check_gan_step(after_d(change))
    assert [finding.cause for finding in report.findings] == ([cause] if cause else []), report


@pytest.mark.parametrize("change, cause", [
    (lambda G, D, loss, o, z: clip(D), "d-in-g-step"),
    (lambda G, D, loss, o, z: clip(G), "by-hand"),
    (lambda G, D, loss, o, z: G.forward(z), None),
])  # fmt: skip
def test_after_the_step_of_g(change, cause):
    report = check_gan_step(None, after_g(change))
    assert [finding.cause for finding in report.findings] == ([cause] if cause else []), report


def test_an_optimizer_that_is_not_stepped():
    report = check_gan_step(lambda G, D, loss, o, real, z: None, lambda G, D, loss, o, z: clip(G))
    assert [(f.where, f.cause) for f in report.findings] == [("D's step", "no-step"), ("G's step", "no-step")]
    assert "by hand" in report.findings[1].message


def g_with(change):
    def step(G, D, loss, optimizer, z):
        fake, g_cache = G.forward(z)
        logits, d_cache = D.forward(fake)
        return change(G, D, loss, optimizer, g_cache, d_cache, loss.generator(logits)[1])

    return step


@pytest.mark.parametrize("change, cause", [
    (lambda G, D, loss, o, gc, dc, d: o.step(D.backward(d, dc)[1]), "other-player"),
    (lambda G, D, loss, o, gc, dc, d: o.step({}), "keys"),
    (lambda G, D, loss, o, gc, dc, d: o.step({k: p * np.nan for k, p in G.params.items()}), "nan"),
    (lambda G, D, loss, o, gc, dc, d: G.backward(D.backward(d, dc, input_grad=False)[0], gc), "detached"),
    (lambda G, D, loss, o, gc, dc, d: (clip(D), D.backward(d, dc)), "d-reused"),
    (lambda G, D, loss, o, gc, dc, d: (clip(G), G.backward(D.backward(d, dc)[0], gc)), "stale-cache"),
    (lambda G, D, loss, o, gc, dc, d: 1 / 0, "raises"),
])  # fmt: skip
def test_steps_that_raise(change, cause):
    (finding,) = check_gan_step(None, g_with(change)).findings
    assert (finding.where, finding.cause) == ("G's step", cause), finding
    assert "test_calls.py" in finding.evidence and (finding.hint or cause == "raises")


def test_g_before_d_and_g_by_the_optimizer_of_d():
    def g_first(G, D, loss, g_optimizer, d_optimizer, real, z):
        g_step(G, D, loss, g_optimizer, z)
        d_step(G, D, loss, d_optimizer, real, z)

    def only_d(G, D, loss, g_optimizer, d_optimizer, real, z):
        d_step(G, D, loss, d_optimizer, real, z)
        d_step(G, D, loss, d_optimizer, real, z)

    assert [f.cause for f in check_gan_step(step=g_first).findings] == ["order"]
    assert "one-optimizer" in [f.cause for f in check_gan_step(step=only_d).findings]


@pytest.mark.parametrize("result, d, g", [
    ((1.0, 2.0), 1, 2), ({"d_loss": 1, "g_loss": 2}, 1, 2), (np.float64(3), None, None), (None, None, None),
    ([1, np.zeros(2)], 1, None), ((True, "x"), None, None),
])  # fmt: skip
def test_losses_of_a_step_for_both(result, d, g):
    call = Call("DG", None, None, [], {}, {}, (), result)
    assert (returned(call, "D"), returned(call, "G")) == (d, g)
