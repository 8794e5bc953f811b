"""The causes of games: what a step may do wrong. `because` makes the part of a Finding that says why."""

from minigan.gradcheck.core.causes import SHARED, Cause, Causes
from minigan.gradcheck.layers.causes import LAYER
from minigan.gradcheck.losses.causes import LOSS

# fmt: off
BOTH_PARTS = "add the gradients of both passes: real_grads[key] + fake_grads[key]"
D_COUNTS = "D is shown real and fake images: does each part count, once, with the right sign?"
BACK = "follow the gradient back: what does each backward get from the one after it?"
WHICH = "which noise and which images belong to this call, and where do they go?"
WHO_MAY = "whose turn is it, and which of the two networks may change?"
HOW_OFTEN = "how often is each optimizer stepped, and does anything else move parameters or state?"
WHOSE = "what does each player want D to say of the fakes: whose loss is in this step?"
REMEMBERED = "what is remembered from one step to the next?"
LOGITS = "what does the loss take: what comes straight from D?"
OWN = "each player has an optimizer of its own"

GAME = Causes(
    Cause("loss-value", "The loss that the step returns is not the loss.",
          "return the number that the loss gave before the update", "which loss should this step return?"),
    # Who moves, how often, by whose hand
    Cause("d-in-g-step", "G's step changed D.", "in G's step D only passes numbers on; step G's optimizer alone",
          WHO_MAY),
    Cause("g-in-d-step", "D's step changed G.", "in D's step G only passes numbers on; step D's optimizer alone",
          WHO_MAY),
    Cause("one-optimizer", "One optimizer was given the gradients of both players.", OWN, WHO_MAY),
    Cause("other-player", "An optimizer was given the gradients of the other player.",
          "{owner}'s optimizer was given gradients of {other}: hand over {owner}'s"),
    Cause("no-step", "An optimizer was not stepped.", "end with optimizer.step(grads), with the gradients of {who}",
          HOW_OFTEN),
    Cause("stepped-twice", "An optimizer was stepped more than once.",
          "add up the gradients of all parts, then step once: between two steps the parameters are others", HOW_OFTEN),
    Cause("by-hand", "Parameters were changed by something else than their optimizer.",
          "only optimizer.step changes parameters, once, after all gradients are there", HOW_OFTEN),
    Cause("state-by-hand", "Running statistics were changed by something else than a forward pass in training mode.",
          "running statistics move in forward(training=True), and nowhere else", HOW_OFTEN),
    Cause("order", "G moved before D.", "Algorithm 1 moves D first"),
    Cause("nan", "Gradients are NaN or infinite.", "which pass or loss made the first NaN? Print what each returns"),
    Cause("keys", "There is not one gradient for each parameter.",
          "an optimizer wants one gradient for each parameter of its player"),
    Cause("leaves-gradients", "G's step left gradients in D.",
          "call D.backward(..., param_grads=False) in G's step, and keep nothing of it on D",
          "whose gradients are computed in G's step, and who needs them?"),
    Cause("stale-cache", "A cache was used after its network's parameters had changed.",
          "do all passes of a step before its optimizer is stepped"),
    Cause("signature", "The step takes other arguments than it is called with.",
          "write it as d_step(G, D, loss, optimizer, real, z), g_step(G, D, loss, optimizer, z)"),
    Cause("raises", "The step raised an exception.", ""),
    Cause("input-changed", "The real images or the noise were changed in place.",
          "write into a new array; the caller may need it again"),
    Cause("network-wrong", "The networks' own gradients are wrong, so that no step can be right.",
          "check_network(D), check_network(G) and check_loss(loss) first",
          "are the gradients of the networks right by themselves?"),
    # The right gradients with another weight
    Cause("zero", "All gradients are 0.", "are these the gradients, or arrays made for them?"),
    Cause("ascent", "The gradients have the opposite sign: the step goes up the slope of its loss.",
          "an optimizer goes down: hand it the gradients of the loss as they are, without a minus",
          "does the step go down the slope?"),
    Cause("real-ignored", "Only the fake images count in D's step.", BOTH_PARTS, D_COUNTS),
    Cause("fake-ignored", "Only the real images count in D's step.", BOTH_PARTS, D_COUNTS),
    Cause("part-sign", "One of D's two parts, real or fake, has the opposite sign.",
          "both parts are minimised; they are added: real_grads[key] + fake_grads[key]", D_COUNTS),
    Cause("parts-weighted", "D's real and fake part are not added one to one.",
          "the loss is a sum of two means, and so are its gradients: add them as they are", D_COUNTS),
    Cause("sum-for-mean", "The gradient is N times the right one: a sum where the value is a mean.",
          "the loss's gradient holds the 1/N of the mean already, and sums over the batch in backward; do not multiply "
          "by the batch size"),
    Cause("divided-twice", "The gradient is the right one divided by N once more.",
          "the loss's gradient holds the 1/N of the mean already; do not divide by the batch size again"),
    Cause("factor", "The gradient is the right one times a constant.",
          "hand over the gradients as backward returns them"),
    # One slip
    Cause("labels-swapped", "Real images are called fake, and fake ones real.",
          "loss.discriminator(real_logits, fake_logits), in this order; D pushes real logits up",
          "which images should D call real, and which fake?"),
    Cause("trained-to-be-caught", "G's step uses D's loss of the fake images: it teaches G to be recognised.",
          "G wants D to take its images for real: use loss.generator(fake_logits)", WHOSE),
    Cause("saturating", "G's step uses minus D's loss of the fake images, not what loss.generator says.",
          "use loss.generator(fake_logits): where D is sure of itself, minus D's loss has no slope left"),
    Cause("generator-loss", "D's step uses the generator's loss for the fake images: D is trained to be fooled.",
          "D's step uses both gradients of loss.discriminator(real_logits, fake_logits)", WHOSE),
    Cause("last-batch", "Noise or images of an earlier call were used, not those of this call.",
          "use the z and real that the step is given; keep nothing from call to call", WHICH),
    Cause("same-images", "D was shown one batch of images twice, in both roles.",
          "D looks at `real` and at G.forward(z), G's step at G.forward(z) alone; each with its own cache", WHICH),
    Cause("eval-mode", "A network ran in evaluation mode (training=False) where it is trained.",
          "a training step calls forward(..., training=True); evaluation mode is for drawing samples later",
          "is the network in the mode in which it is trained?"),
    Cause("mixed-batch", "Real and fake images went through D's batch norm as one batch.",
          "call D.forward once for each batch: batch norm must not average real with fake",
          "whose statistics does batch norm see, if real and fake images come in one batch?"),
    Cause("caches-mixed", "The cache of one pass was used for the gradient of another.",
          "D.backward(d_real, real_cache) and D.backward(d_fake, fake_cache): each with its own", BACK),
    Cause("one-sample", "Only one sample of the batch counts.",
          "hand the loss's whole gradient to backward, which adds over the batch"),
    Cause("upstream-ignored", "The loss's gradient was replaced by ones.",
          "hand on what the loss and D's backward return; it says how much each image matters"),
    Cause("sigmoid-first", "The logits went through a sigmoid before the loss, which takes logits.",
          "the losses take logits; leave the sigmoid out", LOGITS),
    Cause("d-reused", "G's step uses what D was, or said, before D's own step.",
          "after D's step, call D.forward(fake) again: its answer and its gradients are others now",
          "which D does G learn from: that before or after D's own step?"),
    Cause("detached", "The gradient does not reach G: the fake images are treated as constants.",
          "call D.backward for the gradient by the images, and G.backward with that", BACK),
    Cause("accumulated", "Gradients of an earlier step are still in it.",
          "make the gradients anew in each step: nothing is added to those of the last", REMEMBERED),
    Cause("leftover", "D's gradients hold what G's pass left there.",
          "in G's step call D.backward(..., param_grads=False), and let D's step start from nothing", REMEMBERED),
    # A broken link
    Cause("wrong-noise", "G was not given this call's noise.", "G.forward(z) with the z that the step is given", WHICH),
    Cause("wrong-images", "D was not shown the images that G drew, or this call's real images.",
          "D.forward(fake), and in D's step D.forward(real), as they are", WHICH),
    Cause("wrong-logits", "The loss was not given what D said.",
          "loss.{method} takes what D.forward returned, unchanged", LOGITS),
    Cause("wrong-upstream", "D's backward pass was not given the gradient that the loss returned.",
          "D.backward takes what the loss returned, unchanged", BACK),
    Cause("wrong-image-gradient", "G's backward pass was not given the gradient that D's returned.",
          "G.backward takes what D.backward returned, unchanged", BACK),
    Cause("gradients-changed", "The optimizer was not given the gradients that backward returned.",
          "hand the optimizer what backward returned, unchanged", BACK),
    base=SHARED.values(), like=LAYER | LOSS,
)
# fmt: on
because = GAME.because
