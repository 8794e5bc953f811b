"""Wrong games: steps of a GAN in which layers, losses and optimizers are right, and one line is not."""

import numpy as np

from minigan.gradcheck.games.check import check_gan_step
from minigan.lessons.clinic.zoo import mutant


def as_d_step(f):
    return check_gan_step(f)


def as_g_step(f):
    return check_gan_step(None, f)


def as_step(f):
    return check_gan_step(step=f)


def game(name, cause, check, mistake):
    return mutant(f"game-{name}", kind="game", cause=cause, check=check, mistake=mistake)


def total(one, two):
    return {key: one[key] + two[key] for key in one}


@game("d-ascends", "ascent", as_d_step, "D's gradients are negated: it climbs its loss")
def d_ascends(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    grads = total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1])
    optimizer.step({key: -g for key, g in grads.items()})
    return value


@game("real-ignored", "real-ignored", as_d_step, "the gradient of the real images is never computed")
def real_ignored(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, _ = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, _, d_fake = loss.discriminator(real_logits, fake_logits)
    optimizer.step(D.backward(d_fake, fake_cache)[1])
    return value


@game("fake-overwrites", "real-ignored", as_d_step, "dict.update overwrites the real gradients with the fake ones")
def fake_overwrites(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    grads = D.backward(d_real, real_cache)[1]
    grads.update(D.backward(d_fake, fake_cache)[1])
    optimizer.step(grads)
    return value


@game("parts-subtracted", "part-sign", as_d_step, "the fake part is subtracted, as in log D(x) - log(1 - D(G(z)))")
def parts_subtracted(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    real_grads, fake_grads = D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]
    optimizer.step({key: real_grads[key] - fake_grads[key] for key in real_grads})
    return value


@game("labels-swapped", "labels-swapped", as_d_step, "the loss is given the fake logits as the real ones")
def labels_swapped(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_fake, d_real = loss.discriminator(fake_logits, real_logits)
    optimizer.step(total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]))


@game("two-steps", "stepped-twice", as_d_step, "the optimizer is stepped for the real images, then for the fake ones")
def two_steps(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, _ = D.forward(fake)
    value, d_real, _ = loss.discriminator(real_logits, fake_logits)
    optimizer.step(D.backward(d_real, real_cache)[1])
    fake_logits, fake_cache = D.forward(fake)
    _, _, d_fake = loss.discriminator(real_logits, fake_logits)
    optimizer.step(D.backward(d_fake, fake_cache)[1])
    return value


@game("divided-twice", "divided-twice", as_d_step, "the gradients are divided by the batch size once more")
def divided_twice(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    grads = total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1])
    optimizer.step({key: g / len(real) for key, g in grads.items()})
    return value


@game("one-batch", "mixed-batch", as_d_step, "real and fake images go through D's batch norm as one batch")
def one_batch(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    logits, cache = D.forward(np.concatenate([real, fake]))
    value, d_real, d_fake = loss.discriminator(logits[: len(real)], logits[len(real) :])
    optimizer.step(D.backward(np.concatenate([d_real, d_fake]), cache)[1])
    return value


@game("caches-mixed", "caches-mixed", as_d_step, "both gradients go back through the second pass's cache")
def caches_mixed(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, cache = D.forward(real)
    fake_logits, cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    optimizer.step(total(D.backward(d_real, cache)[1], D.backward(d_fake, cache)[1]))
    return value


def old_images(d_step):
    """Each check plays with a step that has kept nothing yet."""
    kept = []
    return check_gan_step(lambda *args: d_step(*args, kept))


@game("old-images", "last-batch", old_images, "D is shown the images that G drew in the call before")
def d_sees_old_images(G, D, loss, optimizer, real, z, kept):
    kept.append(G.forward(z)[0])
    fake = kept[-2] if len(kept) > 1 else kept[0]
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    optimizer.step(total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]))


@game("g-moved-in-d-step", "g-in-d-step", as_d_step, "D's gradient goes on into G, and G is moved down D's loss too")
def g_moved_in_d_step(G, D, loss, optimizer, real, z):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    d_images, fake_grads = D.backward(d_fake, fake_cache)
    for key, g in G.backward(d_images, g_cache)[1].items():
        G.params[key] -= 0.01 * g
    optimizer.step(total(D.backward(d_real, real_cache)[1], fake_grads))
    return value


@game("g-ascends", "ascent", as_g_step, "G's gradients are negated")
def g_ascends(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, _ = D.backward(-d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("detached", "detached", as_g_step, "the fake images are a constant: their gradient is 0")
def detached(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, _ = D.forward(fake.copy())
    value, _ = loss.generator(logits)
    d_images = np.zeros_like(fake)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("trained-to-be-caught", "trained-to-be-caught", as_g_step, "G goes down D's loss: it learns to be recognised")
def trained_to_be_caught(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, _, d_fake = loss.discriminator(logits, logits)
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])


@game("g-in-evaluation", "eval-mode", as_g_step, "G's batch norm runs in evaluation mode while G is trained")
def g_in_evaluation(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z, training=False)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("first-sample", "one-sample", as_g_step, "only the first image of the batch has a gradient")
def first_sample(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_fake[1:] = 0
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("summed", "sum-for-mean", as_g_step, "the gradient is multiplied by the batch size: a sum for a mean")
def summed(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, _ = D.backward(d_fake * len(z), d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("loss-gradient-ignored", "upstream-ignored", as_g_step, "D's backward is started with ones / N, not with d_fake")
def loss_gradient_ignored(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, _ = loss.generator(logits)
    d_images, _ = D.backward(-np.ones_like(logits) / len(z), d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


@game("sigmoid-twice", "sigmoid-first", as_g_step, "the loss, which takes logits, is given probabilities")
def sigmoid_twice(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(1 / (1 + np.exp(-logits)))
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])


@game("d-moved-in-g-step", "d-in-g-step", as_g_step, "D's own gradients are applied to D in G's step")
def d_moved_in_g_step(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, d_grads = D.backward(d_fake, d_cache)
    optimizer.step(G.backward(d_images, g_cache)[1])
    for key, g in d_grads.items():
        D.params[key] -= optimizer.lr * g
    return value


@game("gradients-of-d", "other-player", as_g_step, "G's optimizer is handed D's gradients")
def gradients_of_d(G, D, loss, optimizer, z):
    fake, _ = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    _, grads = D.backward(d_fake, d_cache)
    optimizer.step(grads)
    return value


@game("gradients-left-in-d", "leaves-gradients", as_g_step, "G's pass stores D's gradients on D")
def gradients_left_in_d(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, D.grads = D.backward(d_fake, d_cache)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return value


def from_nothing(step):
    """Each check plays with gradients that start from nothing."""
    grads = {}
    return check_gan_step(step=lambda *args: step(*args, grads))


@game(
    "never-zeroed",
    "leftover",
    from_nothing,
    "D's gradients are added up over both passes of all steps, and never zeroed",
)
def never_zeroed(G, D, loss, g_optimizer, d_optimizer, real, z, d_grads):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    for grads in (D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]):
        for key, g in grads.items():
            d_grads[key] = d_grads.get(key, 0) + g
    d_optimizer.step(d_grads)
    d_grads.clear()

    logits, d_cache = D.forward(fake)
    _, d_fake = loss.generator(logits)
    d_images, grads = D.backward(d_fake, d_cache)
    d_grads.update(grads)
    g_optimizer.step(G.backward(d_images, g_cache)[1])


@game("one-optimizer", "one-optimizer", as_step, "D's optimizer is stepped with G's gradients too")
def one_optimizer(G, D, loss, g_optimizer, d_optimizer, real, z):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    d_optimizer.step(total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]))
    logits, d_cache = D.forward(fake)
    d_images, _ = D.backward(loss.generator(logits)[1], d_cache)
    d_optimizer.step(G.backward(d_images, g_cache)[1])


@game("d-reused", "d-reused", as_step, "what D said of the fakes before its step is used for G's step")
def d_reused(G, D, loss, g_optimizer, d_optimizer, real, z):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    d_optimizer.step(total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]))
    d_images, _ = D.backward(loss.generator(fake_logits)[1], fake_cache)
    g_optimizer.step(G.backward(d_images, g_cache)[1])


@game("both-before", "d-reused", as_step, "both gradients are computed before either player moves")
def both_before(G, D, loss, g_optimizer, d_optimizer, real, z):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    d_grads = total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1])
    d_images, _ = D.backward(loss.generator(fake_logits)[1], fake_cache)
    d_optimizer.step(d_grads)
    g_optimizer.step(G.backward(d_images, g_cache)[1])


@game("d-moves-again", "d-in-g-step", as_step, "in G's step D's optimizer is stepped with D's gradients of G's loss")
def d_moves_again(G, D, loss, g_optimizer, d_optimizer, real, z):
    fake, g_cache = G.forward(z)
    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    d_optimizer.step(total(D.backward(d_real, real_cache)[1], D.backward(d_fake, fake_cache)[1]))
    logits, d_cache = D.forward(fake)
    d_images, d_grads = D.backward(loss.generator(logits)[1], d_cache)
    g_optimizer.step(G.backward(d_images, g_cache)[1])
    d_optimizer.step(d_grads)


@game("wrong-value", "loss-value", as_g_step, "the loss returned is that of the batch after G has moved")
def wrong_value(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    _, d_fake = loss.generator(logits)
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    return loss.generator(D.forward(G.forward(z)[0])[0])[0]


@game("statistics-by-hand", "state-by-hand", as_g_step, "D's running statistics are reset in G's step")
def statistics_by_hand(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(logits)
    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    optimizer.step(G.backward(d_images, g_cache)[1])
    for array in D.state.values():
        array[...] = 0
    return value
