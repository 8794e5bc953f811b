"""What the gradients of a game should be, and what they are with one slip in it.

A slip is an explanation: if the gradients that a step handed to its optimizer are just those of a game with this slip,
then this is what the step does. The two right ones, with s for logits, L for the loss's two methods:

    D's step    real part: D.backward(dL/ds_real, cache of the real pass)   +   fake part, likewise with G's images
    G's step    G.backward(D.backward(dL/ds_fake)), through D as it is after its own step
"""

import copy
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minigan.gradcheck.core.inputs import only
from minigan.losses import sigmoid


class Pass(NamedTuple):
    """One pass of D over a batch: the network that made it, logits, cache."""

    D: object
    logits: np.ndarray
    cache: object

    def grads(self, d_logits: np.ndarray) -> dict:
        return self.D.backward(d_logits, self.cache)[1]

    def images(self, d_logits: np.ndarray) -> np.ndarray:
        return self.D.backward(d_logits, self.cache)[0]


class Scene(NamedTuple):
    """All that a step may have used. G, D: the players when the optimizer was stepped. old_D: D at the start of the
    round. last: real, z and fake images of earlier calls, where there were any. past: gradients handed over earlier."""

    G: object
    D: object
    old_D: object
    loss: object
    real: np.ndarray
    z: np.ndarray
    last: list
    past: dict  # name -> gradients

    def draw(self, z: np.ndarray, training: bool = True) -> tuple:
        """G's images, and what G's backward needs."""
        G = copy.deepcopy(self.G)
        fake, cache = G.forward(z, training=training)
        return fake, (G, cache)

    def look(self, images: np.ndarray, training: bool = True, old: bool = False) -> Pass:
        """D's pass over the images, by the D of before its step if `old`."""
        D = copy.deepcopy(self.old_D if old else self.D)
        return Pass(D, *D.forward(images, training=training))


def right(player: str, scene: Scene) -> tuple[float, dict]:
    """The loss's value, and the gradients."""
    if player == "G":
        fake, drawn = scene.draw(scene.z)
        look = scene.look(fake)
        value, d_fake = scene.loss.generator(look.logits)
        return value, through(drawn, look.images(d_fake))
    value, real_part, fake_part = d_parts(scene, scene.look(scene.real), scene.look(scene.draw(scene.z)[0]))
    return value, added(real_part, fake_part)


def through(drawn: tuple, d_images: np.ndarray) -> dict:
    """The gradient of G's parameters."""
    G, cache = drawn
    return G.backward(d_images, cache)[1]


def d_parts(scene: Scene, real: Pass, fake: Pass) -> tuple[float, dict, dict]:
    """D's value and the real and the fake part of its gradients, from the two passes."""
    value, d_real, d_fake = scene.loss.discriminator(real.logits, fake.logits)
    return value, real.grads(d_real), fake.grads(d_fake)


def added(*parts: dict) -> dict:
    return {key: sum(part[key] for part in parts) for key in parts[0]}


def d_slips(scene: Scene) -> Iterator[tuple]:
    """Wrong steps of D -> cause, what was done, real part, fake part."""
    loss, images = scene.loss, scene.draw(scene.z)[0]
    real, fake = scene.look(scene.real), scene.look(images)
    _, d_real, d_fake = loss.discriminator(real.logits, fake.logits)
    yield "labels-swapped", "real and fake change roles", *d_parts(scene, fake, real)[:0:-1]
    yield "generator-loss", "the fake part is the generator's", real.grads(d_real), fake.grads(*generator(scene, fake))
    for last_real, last_z, last_fake in scene.last:
        for what, one, two in (
            ("G draws from the noise of an earlier call", scene.real, scene.draw(last_z)[0]),
            ("the images drawn in an earlier call are shown", scene.real, last_fake),
            ("the real images of an earlier call are shown", last_real, images),
            ("real images and noise of an earlier call", last_real, scene.draw(last_z)[0]),
            ("real and fake images of an earlier call", last_real, last_fake),
        ):
            yield "last-batch", what, *d_parts(scene, scene.look(one), scene.look(two))[1:]
    yield "same-images", "D is shown the fake images as real ones too", *d_parts(scene, fake, fake)[1:]
    yield "same-images", "D is shown the real images as fake ones too", *d_parts(scene, real, real)[1:]
    still = scene.draw(scene.z, training=False)[0]
    for what, one, two in (
        ("G draws in evaluation mode", real, scene.look(still)),
        ("D looks at both batches in evaluation mode", *(scene.look(i, False) for i in (scene.real, images))),
        ("D looks at the real images in evaluation mode", scene.look(scene.real, False), fake),
        ("D looks at the fake images in evaluation mode", real, scene.look(images, False)),
        ("both networks run in evaluation mode", *(scene.look(i, False) for i in (scene.real, still))),
    ):
        yield "eval-mode", what, *d_parts(scene, one, two)[1:]
    both = scene.look(np.concatenate([scene.real, images]))
    N = len(scene.real)
    _, one, two = loss.discriminator(both.logits[:N], both.logits[N:])
    parts = (np.concatenate(p) for p in ((one, 0 * two), (0 * one, two)))
    yield "mixed-batch", "D sees real and fake images in one batch", *(both.grads(part) for part in parts)
    yield from d_upstream_slips(scene, real, fake, d_real, d_fake)


def d_upstream_slips(scene: Scene, real: Pass, fake: Pass, d_real: np.ndarray, d_fake: np.ndarray) -> Iterator[tuple]:
    """The two passes are right; what is sent back through them is not."""
    if d_real.shape == d_fake.shape:
        yield "caches-mixed", "each gradient goes through the other pass", fake.grads(d_real), real.grads(d_fake)
        yield "caches-mixed", "both go through the fake pass", fake.grads(d_real), fake.grads(d_fake)
        yield "caches-mixed", "both go through the real pass", real.grads(d_real), real.grads(d_fake)
    for name, keep in (("first", slice(0, 1)), ("last", slice(-1, None))):
        parts = real.grads(only(d_real, keep)), fake.grads(only(d_fake, keep))
        yield "one-sample", f"only the {name} of each batch counts", *parts
    signs = np.sign(d_real.mean()), np.sign(d_fake.mean())
    ones = [np.full_like(d, s / d.size) for d, s in zip((d_real, d_fake), signs, strict=True)]
    yield "upstream-ignored", "every image counts the same", real.grads(ones[0]), fake.grads(ones[1])
    p_real, p_fake = sigmoid(real.logits), sigmoid(fake.logits)
    _, d_real, d_fake = scene.loss.discriminator(p_real, p_fake)
    yield "sigmoid-first", "the loss is given sigmoid(s)", real.grads(d_real), fake.grads(d_fake)
    parts = real.grads(d_real * p_real * (1 - p_real)), fake.grads(d_fake * p_fake * (1 - p_fake))
    yield "sigmoid-first", "the loss is given sigmoid(s)", *parts


def g_slips(scene: Scene) -> Iterator[tuple]:
    """Wrong steps of G -> cause, what was done, gradients."""
    fake, drawn = scene.draw(scene.z)
    look, old = scene.look(fake), scene.look(fake, old=True)
    (d_fake,), (old_d_fake,) = generator(scene, look), generator(scene, old)
    caught, old_caught = (scene.loss.discriminator(at.logits, at.logits)[2] for at in (look, old))
    yield "trained-to-be-caught", "it is the gradient of D's loss", through(drawn, look.images(caught))
    yield "saturating", "it is the gradient of minus D's loss", through(drawn, look.images(-caught))
    yield "d-reused", "D's pass is the one from before its step", through(drawn, old.images(old_d_fake))
    yield "d-reused", "the logits are those from before D's step", through(drawn, look.images(old_d_fake))
    yield "d-reused", "D before its step, the logits after it", through(drawn, old.images(d_fake))
    yield "d-reused", "D's loss, with D before its step", through(drawn, old.images(old_caught))
    for what, g_mode, d_mode in (("G draws", False, True), ("D looks", True, False), ("both run", False, False)):
        other, other_drawn = scene.draw(scene.z, training=g_mode)
        yield "eval-mode", f"{what} in evaluation mode", through(other_drawn, seen(scene, other, training=d_mode))
    yield from g_earlier_slips(scene, drawn, look, d_fake)
    if len(scene.real) == len(scene.z):
        yield "same-images", "D looks at the real images", through(drawn, seen(scene, scene.real))
    yield from g_upstream_slips(scene, drawn, look, d_fake)


def g_earlier_slips(scene: Scene, drawn: tuple, look: Pass, d_fake: np.ndarray) -> Iterator[tuple]:
    """G's step with noise or images of an earlier call."""
    for _, last_z, last_fake in scene.last:
        other, other_drawn = scene.draw(last_z)
        now, before = seen(scene, other), seen(scene, other, old=True)
        yield "last-batch", "G draws from the noise of an earlier call", through(other_drawn, now)
        yield "d-reused", "D's pass is one over earlier images, from before its step", through(other_drawn, before)
        if len(last_z) == len(scene.z):
            yield "caches-mixed", "D's gradient is of other images than G's cache", through(drawn, now)
            yield "caches-mixed", "G's cache is of another draw", through(other_drawn, look.images(d_fake))
            yield "last-batch", "D looks at images of an earlier call", through(drawn, seen(scene, last_fake))


def g_upstream_slips(scene: Scene, drawn: tuple, look: Pass, d_fake: np.ndarray) -> Iterator[tuple]:
    """The passes are right; what is sent back through them is not."""
    for name, keep in (("first", slice(0, 1)), ("last", slice(-1, None))):
        yield "one-sample", f"only the {name} of the batch counts", through(drawn, look.images(only(d_fake, keep)))
    ones, d_images = np.full_like(d_fake, np.sign(d_fake.mean()) / d_fake.size), look.images(d_fake)
    yield "upstream-ignored", "every image counts the same", through(drawn, look.images(ones))
    yield "upstream-ignored", "the gradient by the images is ones", through(drawn, np.ones_like(d_images))
    yield "upstream-ignored", "only the sign of the gradient by the images", through(drawn, np.sign(d_images))
    p = sigmoid(look.logits)
    d = scene.loss.generator(p)[1]
    yield "sigmoid-first", "the loss is given sigmoid(s)", through(drawn, look.images(d))
    yield "sigmoid-first", "the loss is given sigmoid(s)", through(drawn, look.images(d * p * (1 - p)))


def seen(scene: Scene, images: np.ndarray, **options: bool) -> np.ndarray:
    """The gradient of G's loss by these images, D's pass over them with the options of `Scene.look`."""
    look = scene.look(images, **options)
    return look.images(*generator(scene, look))


def generator(scene: Scene, look: Pass) -> tuple:
    """The gradient of G's loss, as a tuple of one."""
    return scene.loss.generator(look.logits)[1:]
