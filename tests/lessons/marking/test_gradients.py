"""Gradients: what is right passes, what is wrong is asked about by its cause."""

import numpy as np
import pytest

from minigan.gradcheck import Finding, Report, check_layer, check_optimizer
from minigan.lessons.marking import Wrong, as_layer, nothing_wrong, right_gradients, right_loss
from minigan.losses import NonSaturating
from minigan.optim import SGD


def hint(check, *args, **options):
    with pytest.raises(Wrong) as caught:
        check(*args, **options)
    return caught.value


def dense(x, w, b):
    return x @ w + b, (x, w)


def dense_backward(dy, cache):
    x, w = cache
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)


def layer(backward, forward=dense):
    rng = np.random.default_rng(0)
    return as_layer(forward, backward, w=rng.standard_normal((4, 3)), b=rng.standard_normal(3))


def test_right_gradients_of_functions_layers_and_losses():
    right_gradients(layer(dense_backward), input_shape=(5, 4))
    right_gradients(as_layer(lambda x: (x * x, x), lambda dy, x: 2 * x * dy), input_shape=(5, 4))
    right_loss()
    right_loss(discriminator=NonSaturating().discriminator, generator=NonSaturating().generator)
    nothing_wrong(check_optimizer(lambda params: SGD(params, lr=0.1)))


def negative(dy, cache):
    dx, dw, db = dense_backward(dy, cache)
    return dx, -dw, db


def test_a_wrong_gradient_is_asked_about_by_its_cause():
    wrong = hint(right_gradients, layer(negative), input_shape=(5, 4))
    assert wrong.question.startswith("w: right but for its sign")
    assert "yours" in wrong.seen and "differences say" in wrong.seen


def test_of_several_findings_the_one_that_is_explained():
    report = Report("layer", [Finding("dx", "wrong"), *check_layer(layer(negative), input_shape=(5, 4)).findings])
    assert hint(nothing_wrong, report).question.startswith("w: right but for its sign")
    assert hint(nothing_wrong, Report("layer", report.findings[:1])).question.startswith("dx: which outputs")


def test_what_the_functions_return():
    wrong = hint(right_gradients, layer(lambda dy, cache: dense_backward(dy, cache)[:2]), input_shape=(5, 4))
    assert "what should it return" in wrong.question
    wrong = hint(right_gradients, layer(lambda dy, cache: None), input_shape=(5, 4))
    assert "what should it return" in wrong.question


def test_an_open_task_stays_open():
    def later(*args):
        raise NotImplementedError("backward")

    for subject in (layer(later), layer(dense_backward, later)):
        with pytest.raises(NotImplementedError):
            right_gradients(subject, input_shape=(5, 4))


def test_one_players_loss_is_judged_beside_the_other_of_minigan():
    def upwards(fake_logits):
        value, d_fake = NonSaturating().generator(fake_logits)
        return value, -d_fake

    assert "sign" in hint(right_loss, generator=upwards).question
    assert "sign" in hint(right_loss, discriminator=lambda real, fake: (*NonSaturating().discriminator(real, fake)[:2],
                          -NonSaturating().discriminator(real, fake)[2])).question  # fmt: skip
