"""Where nothing fits, the record of the calls shows which link is broken; and odd weights are told as they are."""

import numpy as np
import pytest

from minigan.gradcheck import check_gan_step


def d_game(images=lambda a: a, logits=lambda s: s, upstream=lambda d: d, grads=lambda real, fake: real + fake):
    def step(G, D, loss, optimizer, real, z):
        fake, _ = G.forward(z)
        real_logits, real_cache = D.forward(images(real))
        fake_logits, fake_cache = D.forward(images(fake))
        _, d_real, d_fake = loss.discriminator(logits(real_logits), logits(fake_logits))
        real_grads = D.backward(upstream(d_real), real_cache)[1]
        fake_grads = D.backward(upstream(d_fake), fake_cache)[1]
        optimizer.step({key: grads(real_grads[key], fake_grads[key]) for key in real_grads})

    return step


def g_game(noise=lambda z: z, images=lambda a: a, upstream=lambda d: d, d_images=lambda d: d, grads=lambda g: g):
    def step(G, D, loss, optimizer, z):
        fake, g_cache = G.forward(noise(z))
        logits, d_cache = D.forward(images(fake))
        d = D.backward(upstream(loss.generator(logits)[1]), d_cache, param_grads=False)[0]
        optimizer.step({key: grads(g) for key, g in G.backward(d_images(d), g_cache)[1].items()})

    return step


@pytest.mark.parametrize("game, cause", [
    ({"images": lambda a: 0.5 * a + 0.1}, "wrong-images"),
    ({"logits": np.tanh}, "wrong-logits"),
    ({"upstream": lambda d: d + 0.01}, "wrong-upstream"),
    ({"grads": lambda r, f: np.clip(r + f, -1e-3, 1e-3)}, "gradients-changed"),
    ({"grads": lambda r, f: r - 0.5 * f}, "parts-weighted"),
    ({"grads": lambda r, f: f - r}, "part-sign"),
    ({"grads": lambda r, f: 0.5 * r}, "fake-ignored"),
    ({"grads": lambda r, f: -3 * f}, "real-ignored"),
    ({"grads": lambda r, f: -0.5 * (r + f)}, "ascent"),
    ({"grads": lambda r, f: (r + f) / 2}, "factor"),
    ({"grads": lambda r, f: 0 * r}, "zero"),
])  # fmt: skip
def test_broken_links_of_d(game, cause):
    (finding,) = check_gan_step(d_game(**game)).findings
    assert finding.cause == cause, finding
    assert finding.hint and "for example" in finding.evidence


@pytest.mark.parametrize("game, cause", [
    ({"noise": lambda z: 2 * z}, "wrong-noise"),
    ({"images": lambda a: (a + 1) / 2}, "wrong-images"),
    ({"upstream": lambda d: d**3}, "wrong-upstream"),
    ({"d_images": lambda d: np.clip(d, -1e-3, 1e-3)}, "wrong-image-gradient"),
    ({"d_images": np.sign}, "upstream-ignored"),
    ({"grads": lambda g: g / np.linalg.norm(g)}, "gradients-changed"),
    ({"grads": lambda g: 4 * g}, "sum-for-mean"),
    ({"grads": lambda g: 0 * g}, "detached"),
])  # fmt: skip
def test_broken_links_of_g(game, cause):
    (finding,) = check_gan_step(None, g_game(**game)).findings
    assert finding.cause == cause, finding
    assert finding.hint


def test_the_games_without_a_mistake_pass():
    assert check_gan_step(d_game(), g_game()).ok


def test_how_the_wrong_gradient_lies_to_the_right_one():
    (finding,) = check_gan_step(None, g_game(grads=np.abs)).findings
    assert "times as long" in finding.evidence and "degrees" in finding.evidence
