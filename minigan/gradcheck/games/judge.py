"""Why are the gradients that a step handed to its optimizer not the right ones? The simplest explanation that fits.

First the right gradients with another weight: the wrong sign, N times as large, one of D's two parts missing. Then the
slips of `game_slips`, each by itself, then with another weight. Then what is left of earlier steps. If nothing fits,
the record of the calls shows which link of the chain noise, images, logits, loss, D, G, optimizer is broken.
"""

import numpy as np

from minigan.gradcheck.core.report import undone
from minigan.gradcheck.games.explain import added, d_parts, d_slips, g_slips, right

CLOSE = 1e-6
CAUSES = {
    "zero": "All gradients are 0.",
    "wrong-noise": "G was not given this call's noise.",
    "wrong-images": "D was not shown the images that G drew, or this call's real images.",
    "wrong-logits": "The loss was not given what D said.",
    "wrong-upstream": "D's backward pass was not given the gradient that the loss returned.",
    "wrong-image-gradient": "G's backward pass was not given the gradient that D's returned.",
    "gradients-changed": "The optimizer was not given the gradients that backward returned.",
}
HINTS = {
    "ascent": "an optimizer goes down: hand it the gradients of the loss as they are, without a minus",
    "real-ignored": "add the gradients of both passes: real_grads[key] + fake_grads[key]",
    "fake-ignored": "add the gradients of both passes: real_grads[key] + fake_grads[key]",
    "part-sign": "both parts are minimised; they are added: real_grads[key] + fake_grads[key]",
    "parts-weighted": "the loss is a sum of two means, and so are its gradients: add them as they are",
    "sum-for-mean": "the loss's gradient holds the 1/N of the mean already, and sums over the batch in backward; do "
    "not multiply by the batch size",
    "divided-twice": "the loss's gradient holds the 1/N of the mean already; do not divide by the batch size again",
    "factor": "hand over the gradients as backward returns them",
    "labels-swapped": "loss.discriminator(real_logits, fake_logits), in this order; D pushes real logits up",
    "trained-to-be-caught": "G wants D to take its images for real: use loss.generator(fake_logits)",
    "saturating": "use loss.generator(fake_logits): where D is sure of itself, minus D's loss has no slope left",
    "generator-loss": "D's step uses both gradients of loss.discriminator(real_logits, fake_logits)",
    "last-batch": "use the z and real that the step is given; keep nothing from call to call",
    "same-images": "D looks at `real` and at G.forward(z), G's step at G.forward(z) alone; each with its own cache",
    "eval-mode": "a training step calls forward(..., training=True); evaluation mode is for drawing samples later",
    "mixed-batch": "call D.forward once for each batch: batch norm must not average real with fake",
    "caches-mixed": "D.backward(d_real, real_cache) and D.backward(d_fake, fake_cache): each with its own",
    "one-sample": "hand the loss's whole gradient to backward, which adds over the batch",
    "upstream-ignored": "hand on what the loss and D's backward return; it says how much each image matters",
    "sigmoid-first": "the losses take logits; leave the sigmoid out",
    "d-reused": "after D's step, call D.forward(fake) again: its answer and its gradients are others now",
    "detached": "call D.backward for the gradient by the images, and G.backward with that",
    "accumulated": "make the gradients anew in each step: nothing is added to those of the last",
    "leftover": "in G's step call D.backward(..., param_grads=False), and let D's step start from nothing",
}


def explain(player, said, expected, scene, events):
    """-> cause, hint, evidence; cause None if nothing explains it."""
    keys = list(expected)
    s, e = (vector(grads, keys) for grads in (said, expected))
    if not s.any():
        return because("detached" if player == "G" else "zero", f"all {len(s)} numbers are 0",
                       "" if player == "G" else "are these the gradients, or arrays made for them?")  # fmt: skip
    weigh = weighed_d if player == "D" else weighed_g
    found = weigh(s, keys, scene) or as_slip(player, s, keys, scene) or as_past(s, e, keys, scene)
    return found or broken_link(player, said, scene, events) | {"evidence": lie_of(s, e)}


def because(cause, evidence, hint=""):
    return {"cause": cause, "hint": hint or HINTS.get(cause, ""), "evidence": evidence}


def weighed_g(s, keys, scene):
    """The right gradient, times a number."""
    e = vector(right("G", scene)[1], keys)
    c = fitted(s, [e])
    return {} if c is None else by_factor(float(c[0]), len(scene.z), len(s))


def weighed_d(s, keys, scene):
    """The two right parts, each times a number."""
    real, fake = scene.look(scene.real), scene.look(scene.draw(scene.z)[0])
    parts = [vector(part, keys) for part in d_parts(scene, real, fake)[1:]]
    c = fitted(s, parts)
    if c is None:
        return {}
    a, b = (float(x) for x in c)
    if abs(a - b) <= CLOSE * max(abs(a), abs(b)):
        return by_factor(a, len(scene.real), len(s))
    named = {(0, 1): "real-ignored", (1, 0): "fake-ignored", (1, -1): "part-sign", (-1, 1): "part-sign"}
    cause = named.get((snapped(a), snapped(b)), "parts-weighted")
    if snapped(a) == 0 or snapped(b) == 0:
        cause = "real-ignored" if snapped(a) == 0 else "fake-ignored"
    return because(cause, f"it is {a:+.4g} times the real part and {b:+.4g} times the fake part")


def by_factor(c, N, size):
    """The cause that goes with a factor."""
    evidence = f"{undone(c)} all {size} numbers are right"
    named = {-1.0: "ascent", float(N): "sum-for-mean", 1.0 / N: "divided-twice"}
    for value, cause in named.items():
        if abs(c - value) <= CLOSE * abs(value):
            return because(cause, evidence)
    if c < 0:
        return because("ascent", evidence)
    return because("factor", evidence)


def as_slip(player, s, keys, scene):
    """The gradients of a game with one slip in it; if not as they are, then times a number."""
    slips = []
    for cause, what, *parts in (d_slips if player == "D" else g_slips)(scene):
        vectors = [vector(part, keys) for part in parts]
        if close(s, sum(vectors)):
            return because(cause, f"{what}: with that all {len(s)} numbers are right")
        slips.append((cause, what, vectors))
    for cause, what, vectors in slips:
        for parts in ([sum(vectors)], vectors):
            c = fitted(s, parts)
            if c is not None:
                times = " and ".join(f"{x:+.4g}" for x in c)
                return because(cause, f"{what}: with that, and times {times}, all {len(s)} numbers are right")
    return {}


def as_past(s, e, keys, scene):
    """The right gradients plus what is left of earlier ones."""
    names = [name for name, grads in scene.past.items() if grads.keys() == set(keys)]
    c = fitted(s, [e, *(vector(scene.past[name], keys) for name in names)])
    if not names or c is None:
        return {}
    parts = {name: x for name, x in zip(names, c[1:], strict=True) if abs(x) > CLOSE}
    cause = "leftover" if any(name.startswith("G's pass") for name in parts) else "accumulated"
    evidence = f"it is {c[0]:+.3g} times the right one" + "".join(f", {x:+.3g} times {n}" for n, x in parts.items())
    return because(cause, evidence)


def broken_link(player, said, scene, events):
    """The first link of the chain that the record of calls shows to be broken -> cause and hint."""
    calls = {}
    for event in events:
        calls.setdefault((event.who, event.method), []).append(event)
    drawn = calls.get(("G", "forward"), [])
    looks, losses = calls.get(("D", "forward"), []), calls.get(("loss", LOSS_OF[player]), [])
    backs = calls.get(("D", "backward"), [])
    images = [event.result[0] for event in drawn] + ([scene.real] if player == "D" else [])
    if drawn and not any(same(event.first, scene.z) for event in drawn):
        cause, hint = "wrong-noise", "G.forward(z) with the z that the step is given"
    elif looks and not all(any(within(image, event.first) for event in looks) for image in images):
        cause, hint = "wrong-images", "D.forward(fake), and in D's step D.forward(real), as they are"
    elif losses and looks and not all(any(within(a, e.result[0]) for e in looks) for a in losses[-1].arrays):
        cause, hint = "wrong-logits", f"loss.{LOSS_OF[player]} takes what D.forward returned, unchanged"
    elif backs and losses and not all(any(within(d, e.first) for d in losses[-1].result[1:]) for e in backs):
        cause, hint = "wrong-upstream", "D.backward takes what the loss returned, unchanged"
    elif player == "G" and not backs:
        cause, hint = "detached", "D.backward was never called: without it the images' gradient is not D's"
    else:
        return last_link(player, said, calls)
    return {"cause": cause, "hint": hint}


def last_link(player, said, calls):
    """From D's backward on."""
    backs = calls.get(("D", "backward"), []) if player == "D" else calls.get(("G", "backward"), [])
    d_images = [event.result[0] for event in calls.get(("D", "backward"), [])]
    if player == "G" and backs and not any(same(e.first, d) for e in backs for d in d_images):
        return {"cause": "wrong-image-gradient", "hint": "G.backward takes what D.backward returned, unchanged"}
    results = [event.result[1] for event in backs if event.result[1]]
    if results and not all(same(said[key], total) for key, total in added(*results).items()):
        return {"cause": "gradients-changed", "hint": "hand the optimizer what backward returned, unchanged"}
    return {"cause": None, "hint": ""}


LOSS_OF = {"D": "discriminator", "G": "generator"}


def lie_of(s, e):
    """How the wrong gradient lies to the right one."""
    cosine = float(s @ e / (np.linalg.norm(s) * np.linalg.norm(e) or 1))
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return (
        f"it is {np.linalg.norm(s) / np.linalg.norm(e):.3g} times as long as the right one, {angle:.0f} degrees off it"
    )


def vector(grads, keys):
    return np.concatenate([np.ravel(grads[key]) for key in keys])


def fitted(s, parts):
    """The weights with which the parts add up to s, or None."""
    A = np.stack(parts, axis=1)
    c, _, rank, _ = np.linalg.lstsq(A, s, rcond=None)
    return c if rank == len(parts) and close(s, A @ c) else None


def close(one, two):
    return bool(np.linalg.norm(one - two) <= CLOSE * max(np.linalg.norm(one), np.linalg.norm(two)))


def same(one, two):
    return np.shape(one) == np.shape(two) and close(np.ravel(one), np.ravel(two))


def within(part, whole):
    """Whether `part` is `whole`, or its first or last samples: two batches may have gone through D as one."""
    n = len(part)
    return any(same(part, a) for a in (whole, whole[:n], whole[-n:]))


def snapped(x):
    """A whole number if x is close to one."""
    return round(x) if abs(x - round(x)) <= CLOSE else x
