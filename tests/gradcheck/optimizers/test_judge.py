"""What no slip of the recurrence explains: steps compared with steps."""

import numpy as np
import pytest

from minigan.gradcheck import check_optimizer


class Plain:
    """SGD, with a switch for what is done to the gradient of each parameter."""

    def __init__(self, params, change, lr=0.1):
        self.params, self.change, self.lr, self.t, self.wd = params, change, lr, 0, 0.03

    def step(self, grads):
        self.t += 1
        for key, p in self.params.items():
            p -= self.lr * self.change(self, grads, key)


@pytest.mark.parametrize("change, cause, said", [
    (lambda o, g, k: g[k], None, ""),
    (lambda o, g, k: g["c" if k == "a" else k], "other-gradient", "a moves as c"),
    (lambda o, g, k: 3 * g[k], "factor", "times 3"),
    (lambda o, g, k: o.lr * g[k], "factor", "lr is multiplied in twice"),
    (lambda o, g, k: g[k] / o.lr, "factor", "lr is not multiplied in"),
    (lambda o, g, k: -2 * g[k], "ascent", ""),
    (lambda o, g, k: g[k] / o.t, "rate-changes", "1, 0.5, 0.3333"),
    (lambda o, g, k: g[k] / g[k].size, "scaled-by-parameter", "b: 0.25"),
    (lambda o, g, k: g[k] / np.linalg.norm(g[k]), "scaled-by-parameter", ""),
    (lambda o, g, k: g[k] + 0.7 * o.params[k], "weight-decay", "0.7 * lr"),
    (lambda o, g, k: np.clip(g[k], -0.5, 0.5), "clipped", "0.5"),
    (lambda o, g, k: g[k].astype(np.float32), "slight", "float32"),
    (lambda o, g, k: np.sign(g[k]), "sign-only", ""),
    (lambda o, g, k: 0 if k == "b" else g[k], "parameter-skipped", "b did not move"),
    (lambda o, g, k: np.tanh(g[k]) + 0.1, None, "by the textbook"),
    (lambda o, g, k: g[k] * np.nan, None, "nan"),
])  # fmt: skip
def test_changed_gradients(change, cause, said):
    report = check_optimizer(lambda params: Plain(params, change), "sgd")
    if cause is None and not said:
        assert report.ok, report
        return
    (finding,) = report.findings
    assert finding.cause == cause, report
    assert said in finding.hint + finding.evidence
    assert "in step 1" in finding.evidence or cause in ("rate-changes", "slight", "clipped")


def test_a_penalty_in_the_gradient_is_known_by_a_number_that_the_optimizer_holds():
    class Momentum(Plain):
        momentum, v = 0.9, None

        def step(self, grads):
            self.v = self.v or {key: 0 for key in grads}
            for key, p in self.params.items():
                self.v[key] = self.momentum * self.v[key] + grads[key] + self.wd * p
                p -= self.lr * self.v[key]

    (finding,) = check_optimizer(lambda params: Momentum(params, None)).findings
    assert finding.cause == "l2" and "0.03" in finding.evidence


def test_constants_under_other_names_and_missing_ones():
    class Other(Plain):
        def __init__(self, params):
            super().__init__(params, lambda o, g, k: g[k])
            self.learning_rate = self.__dict__.pop("lr")

        def step(self, grads):
            for key, p in self.params.items():
                p -= self.learning_rate * grads[key]

    assert check_optimizer(Other, "sgd").ok
    report = check_optimizer(Other, "momentum")
    assert report.verdict == "NOT CHECKED" and "no attribute momentum or beta or mu" in str(report), report
