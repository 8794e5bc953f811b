"""Wrong games: steps of a GAN in which layers, losses and optimizers are right, and one line is not."""

from functools import partial

import numpy as np  # noqa: F401 (wrong copies need it)

from minigan.gradcheck.games.check import check_gan_step
from minigan.lessons.clinic.zoo import wrong


def d_step(G, D, loss, optimizer, real, z):
    """D's step of Algorithm 1."""
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    real_grads = D.backward(d_real, real_cache)[1]
    fake_grads = D.backward(d_fake, fake_cache)[1]
    grads = {key: real_grads[key] + fake_grads[key] for key in real_grads}
    optimizer.step(grads)
    return value


def g_step(G, D, loss, optimizer, z):
    """G's step of Algorithm 1."""
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    _, grads = G.backward(d_images, g_cache)
    optimizer.step(grads)
    return value


def both(G, D, loss, g_optimizer, d_optimizer, real, z):
    """Both steps, with one batch of fake images."""
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    real_grads = D.backward(d_real, real_cache)[1]
    fake_grads = D.backward(d_fake, fake_cache)[1]
    d_optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})

    logits, d_cache = D.forward(fake)
    _, d_fake = loss.generator(logits)
    d_images, d_grads = D.backward(d_fake, d_cache)
    g_optimizer.step(G.backward(d_images, g_cache)[1])


of_d = partial(wrong, d_step, kind="game", check=check_gan_step)
of_g = partial(wrong, g_step, kind="game", check=lambda step: check_gan_step(None, step))
of_both = partial(wrong, both, kind="game", check=lambda step: check_gan_step(step=step))
BACKWARD = "real_grads = D.backward(d_real, real_cache)[1]\nfake_grads = D.backward(d_fake, fake_cache)[1]"
SUM = "{key: real_grads[key] + fake_grads[key] for key in real_grads}"
STEP = "optimizer.step(grads)"
SECOND = "logits, d_cache = D.forward(fake)\n_, d_fake = loss.generator(logits)\n"

# fmt: off
of_d("game-d-ascends", "ascent", "D's gradients are negated: it climbs its loss",
     {STEP: "optimizer.step({key: -g for key, g in grads.items()})"})
of_d("game-real-ignored", "real-ignored", "the gradient of the real images is never computed",
     {BACKWARD: "grads = D.backward(d_fake, fake_cache)[1]", f"grads = {SUM}\n": ""})
of_d("game-fake-overwrites", "real-ignored", "dict.update overwrites the real gradients with the fake ones",
     {f"grads = {SUM}": "grads = real_grads\ngrads.update(fake_grads)"})
of_d("game-parts-subtracted", "part-sign", "the fake part is subtracted, as in log D(x) - log(1 - D(G(z)))",
     {SUM: SUM.replace("+", "-")})
of_d("game-labels-swapped", "labels-swapped", "the loss is given the fake logits as the real ones",
     {"d_real, d_fake = loss.discriminator(real_logits, fake_logits)":
      "d_fake, d_real = loss.discriminator(fake_logits, real_logits)"})
of_d("game-two-steps", "stepped-twice", "the optimizer is stepped for the real images, then for the fake ones",
     {"fake_grads =": "optimizer.step(real_grads)\nfake_logits, fake_cache = D.forward(fake)\n"
      "_, _, d_fake = loss.discriminator(real_logits, fake_logits)\ngrads =", f"grads = {SUM}\n": ""})
of_d("game-divided-twice", "divided-twice", "the gradients are divided by the batch size once more",
     {STEP: "optimizer.step({key: g / len(real) for key, g in grads.items()})"})
of_d("game-one-batch", "mixed-batch", "real and fake images go through D's batch norm as one batch",
     {"real_logits, real_cache = D.forward(real)\nfake_logits, fake_cache = D.forward(fake)":
      "logits, cache = D.forward(np.concatenate([real, fake]))\n"
      "real_logits, fake_logits = logits[: len(real)], logits[len(real) :]",
      BACKWARD: "grads = D.backward(np.concatenate([d_real, d_fake]), cache)[1]", f"grads = {SUM}\n": ""})
of_d("game-caches-mixed", "caches-mixed", "both gradients go back through the second pass's cache",
     {"(d_real, real_cache)": "(d_real, fake_cache)"})
of_d("game-g-moved-in-d-step", "g-in-d-step", "D's gradient goes on into G, and G is moved down D's loss too",
     {"fake, _ = ": "fake, g_cache = ",
      "fake_grads = D.backward(d_fake, fake_cache)[1]": "d_images, fake_grads = D.backward(d_fake, fake_cache)\n"
      "for key, g in G.backward(d_images, g_cache)[1].items():\n    G.params[key] -= 0.01 * g"})
wrong(d_step, "game-old-images", "last-batch", "D is shown the images that G drew in the call before",
      {"real, z)": "real, z, kept)",
       "fake, _ = G.forward(z)": "kept.append(G.forward(z)[0])\nfake = kept[-2] if len(kept) > 1 else kept[0]"},
      kind="game", check=lambda step: check_gan_step(partial(step, kept=[])))

of_g("game-g-ascends", "ascent", "G's gradients are negated", {"(d_fake, d_cache": "(-d_fake, d_cache"})
of_g("game-detached", "detached", "the fake images are a constant: their gradient is 0",
     {"d_images, _ = D.backward(d_fake, d_cache, param_grads=False)": "d_images = np.zeros_like(fake)"})
of_g("game-trained-to-be-caught", "trained-to-be-caught", "G goes down D's loss: it learns to be recognised",
     {"value, d_fake = loss.generator(logits)": "_, _, d_fake = loss.discriminator(logits, logits)",
      "\nreturn value": ""})
of_g("game-g-in-evaluation", "eval-mode", "G's batch norm runs in evaluation mode while G is trained",
     {"G.forward(z)": "G.forward(z, training=False)"})
of_g("game-first-sample", "one-sample", "only the first image of the batch has a gradient",
     {"d_images, _ =": "d_fake[1:] = 0\nd_images, _ ="})
of_g("game-summed", "sum-for-mean", "the gradient is multiplied by the batch size: a sum for a mean",
     {"(d_fake, d_cache": "(d_fake * len(z), d_cache"})
of_g("game-loss-gradient-ignored", "upstream-ignored", "D's backward is started with ones / N, not with d_fake",
     {"(d_fake, d_cache": "(-np.ones_like(logits) / len(z), d_cache"})
of_g("game-sigmoid-twice", "sigmoid-first", "the loss, which takes logits, is given probabilities",
     {"generator(logits)": "generator(1 / (1 + np.exp(-logits)))", "\nreturn value": ""})
of_g("game-d-moved-in-g-step", "d-in-g-step", "D's own gradients are applied to D in G's step",
     {"d_images, _ = D.backward(d_fake, d_cache, param_grads=False)": "d_images, d_grads = D.backward(d_fake, d_cache)",
      STEP: f"{STEP}\nfor key, g in d_grads.items():\n    D.params[key] -= optimizer.lr * g"})
of_g("game-gradients-of-d", "other-player", "G's optimizer is handed D's gradients",
     {"d_images, _ = D.backward(d_fake, d_cache, param_grads=False)\n_, grads = G.backward(d_images, g_cache)":
      "_, grads = D.backward(d_fake, d_cache)"})
of_g("game-gradients-left-in-d", "leaves-gradients", "G's pass stores D's gradients on D",
     {"d_images, _ = D.backward(d_fake, d_cache, param_grads=False)":
      "d_images, D.grads = D.backward(d_fake, d_cache)"})
of_g("game-wrong-value", "loss-value", "the loss returned is that of the batch after G has moved",
     {"return value": "return loss.generator(D.forward(G.forward(z)[0])[0])[0]"})
of_g("game-statistics-by-hand", "state-by-hand", "D's running statistics are reset in G's step",
     {STEP: f"{STEP}\nfor array in D.state.values():\n    array[...] = 0"})

of_both("game-one-optimizer", "one-optimizer", "D's optimizer is stepped with G's gradients too",
        {"g_optimizer.step": "d_optimizer.step"})
of_both("game-d-reused", "d-reused", "what D said of the fakes before its step is used for G's step",
        {SECOND: "_, d_fake = loss.generator(fake_logits)\n", "(d_fake, d_cache)": "(d_fake, fake_cache)"})
of_both("game-both-before", "d-reused", "both gradients are computed before either player moves",
        {f"d_optimizer.step({SUM})\n\n{SECOND}": f"both = {SUM}\n_, d_fake = loss.generator(fake_logits)\n",
         "(d_fake, d_cache)": "(d_fake, fake_cache)", "g_optimizer.step": "d_optimizer.step(both)\ng_optimizer.step"})
of_both("game-d-moves-again", "d-in-g-step", "in G's step D's optimizer is stepped with D's gradients of G's loss",
        {"g_optimizer.step(G.backward(d_images, g_cache)[1])":
         "g_optimizer.step(G.backward(d_images, g_cache)[1])\nd_optimizer.step(d_grads)"})

wrong(both, "game-never-zeroed", "leftover",
      "D's gradients are added up over both passes of all steps, and never zeroed",
      {"real, z)": "real, z, d_grads)", f"{BACKWARD}\nd_optimizer.step({SUM})":
       "for grads in (D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]):\n"
       "    for key, g in grads.items():\n        d_grads[key] = d_grads.get(key, 0) + g\n"
       "d_optimizer.step(d_grads)\nd_grads.clear()", "d_images, d_grads = D.backward(d_fake, d_cache)":
       "d_images, grads = D.backward(d_fake, d_cache)\nd_grads.update(grads)"}, kind="game",
      check=lambda step: check_gan_step(step=partial(step, d_grads={})))
# fmt: on
