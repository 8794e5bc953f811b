"""The causes of losses. `because` makes the part of a Finding that says why."""

from minigan.gradcheck.core.causes import SHARED, Cause, Causes
from minigan.gradcheck.layers.causes import LAYER

# fmt: off
DIVIDED = "by what is the gradient divided, and how often: is it by the size of its own batch?"
MEAN_OR_SUM = "is the value a mean or a sum over the batch, and its gradient?"
MINIMISED = "what does the generator minimise, and is that the value that you differentiated?"
BY_LOGIT = "by the logit or by the probability: which derivative is asked for?"
KINK = "at which logits does the value have its kink, and the gradient its condition?"
SAMPLES = "is the value a mean over samples, whatever their number and order?"
AT_THE_KINK = "max(0, 1 - s) has its kink at s = 1, and its slope is -1 where 1 - s > 0, that is s < 1, and 0 beyond"

LOSS = Causes(
    Cause("input-changed", "The logits were changed in place.",
          "write into a new array; the caller may need the logits again"),
    Cause("random", "Two calls with the same logits differ.", "a loss draws no random numbers"),
    Cause("value", "The value is not one finite number.",
          "the value is one finite number: a mean over the batch; log(sigmoid(s)) gives log(0), softplus does not",
          LAYER["returns"].question),
    Cause("shape", "The gradient has not the shape, or not the dtype, of its logits.",
          "each gradient has shape and dtype of its logits"),
    Cause("sum-for-mean", "The gradient is N times the right one: the value is a mean, the gradient that of a sum.",
          "a mean has a mean gradient: divide by N", MEAN_OR_SUM),
    Cause("divided-twice", "The gradient is divided by the batch size once more than the value.",
          "the 1/N of the mean is in it already: divide by N once", DIVIDED),
    Cause("other-batch-size", "The gradient is divided by the size of the other batch.",
          "divide each gradient by the size of its own batch", DIVIDED),
    Cause("sign", "The gradient has the opposite sign.", "the sign is wrong"),
    Cause("factor", "The gradient is the right one times a constant.",
          "it is {c:.6g} times the right one; is the constant in the value, too?"),
    Cause("unused", "The value does not depend on these logits.", "is this part of the loss in the value?"),
    Cause("zero", "The gradient is 0 where the value changes.", "is the result of the computation returned?"),
    Cause("target", "Gradient and value differ by a constant slope: the target, 1 for real, is not the same in both.",
          "the slope is sigmoid(s) - target, or s - target, with the same target as in the value",
          "which target, 1 or 0, is in the value, and which in the gradient?"),
    Cause("reflected", "The gradient has sigmoid(s) where sigmoid(-s) belongs.",
          "the slope of softplus(s) is sigmoid(s), of softplus(-s) it is -sigmoid(-s) = sigmoid(s) - 1",
          "1 - sigmoid(s) is sigmoid(-s): which of the two does this logit get?"),
    Cause("by-probability", "The gradient is the one by the probability, not by the logit.",
          "go on to the logit: d/ds = d/dp * p (1 - p); simplified, nothing is divided by p", BY_LOGIT),
    Cause("sigmoid-slope-twice", "The sigmoid's slope p (1 - p) is in the gradient once too often.",
          "for logits the slope is in sigmoid(s) - target", BY_LOGIT),
    Cause("other-player", "The generator's gradient is that of the discriminator's loss.",
          "take the derivative of the generator's value", MINIMISED),
    Cause("saturating", "The generator's gradient is that of minus D's loss, as in log(1 - D(fake)), its value is not.",
          "take the derivative of the value; this one is that of minus D's loss, such as log(1 - D(fake))", MINIMISED),
    Cause("eps-in-log", "The value has a small number in its log of which the gradient knows nothing.",
          "log(sigmoid(s)) = -softplus(-s) needs no small number to be finite",
          "is there a small number in the log of which the gradient knows nothing?"),
    Cause("one-sample", "Only some of the samples have a gradient.", "every sample has a gradient"),
    Cause("mask-inverted", LAYER["mask-inverted"].meaning, AT_THE_KINK),
    Cause("kink", "The condition in the gradient and the kink of the value lie at different logits.", AT_THE_KINK,
          KINK),
    Cause("large-logits", "The gradient is right for small logits and wrong for large ones.",
          "is something added inside a log, or clipped? softplus and sigmoid of the logit need neither",
          "what does the formula do at a logit of 50, and of -50?"),
    Cause("one-side", "The gradient is right on one side of some logit, and wrong on the other.",
          "does the value have a maximum or a condition there, and the gradient not, or the other way round?", KINK),
    Cause("not-a-mean", "The value is not the mean over the samples.",
          "every sample counts the same, by itself: take the mean", SAMPLES),
    Cause("broadcast", "Arrays of shape (N,) and (N, 1) were combined, which makes (N, N).",
          "do labels or weights have shape (N,) where the logits have (N, 1)? That makes (N, N)",
          "what comes of shapes (N,) and (N, 1) in one sum?"),
    Cause("swapped", "d_real and d_fake are returned in the wrong order.",
          "return value, d_real, d_fake, in this order", LAYER["keys-swapped"].question),
    Cause("summed", "The value is a sum over the batch, not a mean.",
          "take the mean over the batch, so that a larger batch does not mean a larger step", MEAN_OR_SUM),
    Cause("batch-size", "The value depends on the batch size.",
          "take the mean over the batch, so that a larger batch does not mean a larger step", SAMPLES),
    Cause("sample-order", "The value depends on the order of the samples.", "every sample counts the same", SAMPLES),
    Cause("direction", "The value is smaller where the player does worse, but it is minimised.", "",
          "the players minimise: does the value fall when this one does better?"),
    Cause("overflow", "Large logits make the value or a gradient infinite or NaN.",
          "log(sigmoid(s)) = -softplus(-s), and softplus(s) = max(s, 0) + log1p(exp(-|s|)) never overflows",
          LAYER["nan"].question),
    base=SHARED.values(), like=LAYER,
)
# fmt: on
because = LOSS.because
