"""From what a gradient check found to the question that leads a student on.

The diagnosis knows what is wrong, and often how to mend it. A student learns more from where to look: each question
names the mistake, never the line to write. Several causes may share a question.
"""


def question(finding):
    """A Finding of minigan.gradcheck -> a question that begins with the gradient's name."""
    return f"{finding.where}: {BY_CAUSE.get(finding.cause, UNEXPLAINED)}"


UNEXPLAINED = "which outputs does this entry reach, and with what factor? Does your sum have a term for each of them?"

CONTRACT = {
    "which arguments should this method take, and in which order?": "signature",
    "what should it return, and in which order?": "returns value",
    "which line raised that, and what were the shapes there?": "raises",
    "is that a dict of arrays of floats?": "params",
    "are the gradients under the same names as the parameters?": "keys",
    "which shape must a gradient have, compared with what it is the gradient of?": "shape",
    "what does output_shape promise, and what does forward give?": "output-shape",
    "where are the numbers cast to another format?": "dtype float32",
    "where can your formula divide by zero, overflow, or take the root or log of less than 0?": "nan overflow",
    "two calls on the same input differ: where do the random numbers come from?": "random",
    "which line writes into an array that it was only lent?": "input-changed dy-changed grads-changed",
    "who may change parameters and state, and when?": "params-changed state-changed",
    "what is different the second time backward is called on the same cache?": "repeat",
    "does backward read all that it needs from its own cache, also after another forward?": "stale-cache",
    "what should param_grads=False and input_grad=False leave out, and what alone?": "option",
    "what do running statistics remember of earlier batches?": "running-statistics",
    "momentum and 1 - momentum: which of the two belongs to the old value?": "momentum-swapped",
    "may one sample's output depend on the others once training is over?": "batch-in-evaluation",
    "over which axes are the statistics of one channel taken?": "per-pixel axes",
    "most entries lie where there is no derivative: which values does your forward round, or cut off?": "not-checked",
}
FACTORS = {
    "forward does not depend on it: where should it enter?": "unused",
    "it is all zeros: is it ever filled, and is what you filled what you return?": "zero",
    "almost right: which small constant is in forward, and where is it in backward?": "slight eps",
    "right but for its sign: which minus was lost, or came twice?": "sign",
    "right but for a constant factor: is a sum taken for a mean, or an exponent's factor left out?": "factor",
    "by what does forward divide here, and where is that in backward?": "scale-missing std",
    "which parameter does forward multiply by, and is it in backward once?": "parameter-missing parameter-twice",
    "right but for one factor for each channel, sample or row: what in forward is one number for each of these?": (
        "factor-along"
    ),
}
UPSTREAM = {
    "where is dy in your formula, and how often: what does the chain rule say?": "upstream-ignored upstream-twice",
    "what happens to dy before it is used: does forward do that too?": "upstream-changed upstream-averaged",
    "in which order do you read dy, and in which did forward write y?": "upstream-flipped",
    "on its way back, does dy pass the activation's derivative, once and before all else?": (
        "activation-skipped activation-twice"
    ),
    "how many samples and positions does this entry reach, and how many does your sum run over?": (
        "one-sample one-position not-summed"
    ),
    "does sample n's gradient come from sample n alone?": "samples-mixed",
}
PLACES = {
    "it comes out transposed: which factor of the product gives the rows, which the columns?": "transposed",
    "what shape must dy be multiplied by: the weight as it is in forward, or transposed?": "weight-transposed",
    "it is flipped: which entry of the kernel met this entry of x in forward?": "flipped",
    "two axes have swapped places: what is the order of the axes in forward?": (
        "channels-swapped height-width-swapped axes-swapped"
    ),
    "all is off by the same few places: where does the padding begin, and how much is there on each side?": "shifted",
    "how far do two neighbours in y lie apart in x? That is the stride: where is it in backward?": "stride",
    "how far apart does forward read the taps of the kernel?": "dilation",
    "at which entry of the kernel does each of your loops begin, and at which end?": "taps-left-out",
    "what became of the padding: is it cut off again, on both sides?": "not-cropped",
    "right inside and wrong at the border: which loop ends too early, or what is cut at the rim?": "border",
    "the right numbers in the wrong order: what does a reshape do with the order of the axes?": "order",
    "are the gradients returned under the right names, in the right order?": "keys-swapped swapped",
}
TERMS = {
    "an entry that is read several times gets several contributions: are they added, or does the last overwrite?": (
        "overwritten"
    ),
    "which outputs contribute to this entry: are some left out?": "outputs-left-out",
    "which outputs contribute to this entry: do others join in?": "terms-extra",
    "a term of the sum is missing: along which path does x reach the loss as well?": "term-missing",
    "there is a term too many: which path in forward does it stand for?": "term-extra penalty",
    "x moves the mean, and the mean moves every output: where is that path in backward?": "mean-term",
    "x moves the variance, and the variance moves every output: where is that path in backward?": "variance-term",
    "what is the derivative if mean and variance stood still?": "direct-term",
    "over how many numbers is each mean taken, and by how many do you divide?": "count",
    "by which form of x does forward multiply gamma: the raw, the centred, or the normalised one?": "x-for-xhat",
    "in training the statistics depend on x, in evaluation they do not: which formula is used where?": "other-mode",
    "with which weights did forward compute y: those before or after an update?": "updated-first",
}
SLOPES = {
    "dy is passed on unchanged: what is the slope of your function at x?": "derivative-missing",
    "what is the derivative, by the chain rule, factor by factor?": (
        "derivative-incomplete derivative-twice derivative-wrong"
    ),
    "is the derivative taken at the input x or at the output y: which of the two does your formula want?": (
        "output-for-input input-for-output"
    ),
    "what is the slope on the other side of the kink?": "slope",
    "for which x is which slope right: is your condition the one of forward?": "condition",
    "what forward set to zero: can it still move the loss?": "mask-missing",
    "which entries did forward let through, and which does backward?": "mask-inverted",
    "is it the mask that forward drew?": "mask-redrawn",
    "which constant of the layer does forward multiply by?": "constant-ignored",
}
LOSSES = {
    "is the value a mean or a sum over the batch, and its gradient?": "sum-for-mean summed",
    "by what is the gradient divided, and how often: is it by the size of its own batch?": (
        "divided-twice other-batch-size"
    ),
    "which target, 1 or 0, is in the value, and which in the gradient?": "target",
    "1 - sigmoid(s) is sigmoid(-s): which of the two does this logit get?": "reflected",
    "by the logit or by the probability: which derivative is asked for?": "by-probability sigmoid-slope-twice",
    "what does the generator minimise, and is that the value that you differentiated?": "other-player saturating",
    "is there a small number in the log of which the gradient knows nothing?": "eps-in-log",
    "at which logits does the value have its kink, and the gradient its condition?": "kink one-side",
    "what does the formula do at a logit of 50, and of -50?": "large-logits",
    "is the value a mean over samples, whatever their number and order?": "not-a-mean batch-size sample-order",
    "what comes of shapes (N,) and (N, 1) in one sum?": "broadcast",
    "the players minimise: does the value fall when this one does better?": "direction",
}
OPTIMIZERS = {
    "does the step go down the slope?": "ascent",
    "by what are the averages corrected in step 1, in step 2, in step t: which beta, and to what power?": (
        "no-power no-correction no-correction-m no-correction-v corrections-swapped one-beta one-beta-2 times-for-power"
        " correction-multiplied"
    ),
    "what is t in step 1, and by how much does it grow?": "t-twice t-from-0 t-one-ahead t-per-parameter",
    "does this optimizer correct its averages at all?": "correction-added",
    "which averages are kept for the next step, the corrected or the plain ones?": "correction-kept",
    "what is remembered from one step to the next?": (
        "first-step-again state-shared state-shared-by-optimizers gradients-added accumulated leftover"
    ),
    "how much of the old average stays, and how much of the new gradient enters: do the two add up to 1?": (
        "betas-swapped weights-swapped no-one-minus no-one-minus-m no-one-minus-v no-decay never-forgets"
        " never-forgets-m never-forgets-v dampened"
    ),
    "what are the averages before the first step?": "starts-from-gradient starts-from-1",
    "v averages the squares of single entries: is yours that, no more and no less?": (
        "one-number not-squared absolute largest-v centred squared-late"
    ),
    "what stands under the fraction: the root of what, and eps where?": (
        "eps-beside eps-inside eps-squared no-eps eps-corrected no-root"
    ),
    "which comes first, the new average or the step?": "old-state gradient-late",
    "what does the step multiply lr by?": "gradient-for-m nesterov lr-in-velocity-twice sign-only rate-changes",
    "does each parameter get its own gradient, and the same formula?": (
        "other-gradient scaled-by-parameter parameter-skipped"
    ),
    "is the gradient used as it is?": "weight-decay l2 clipped",
    "is the array itself changed, so that the layer sees it?": "not-in-place",
}
GAMES = {
    "which loss should this step return?": "loss-value",
    "whose turn is it, and which of the two networks may change?": "d-in-g-step g-in-d-step one-optimizer",
    "how often is each optimizer stepped, and does anything else move parameters or state?": (
        "no-step stepped-twice by-hand state-by-hand"
    ),
    "whose gradients are computed in G's step, and who needs them?": "leaves-gradients",
    "are the gradients of the networks right by themselves?": "network-wrong backward-wrong",
    "which noise and which images belong to this call, and where do they go?": (
        "wrong-noise wrong-images last-batch same-images"
    ),
    "what does the loss take: what comes straight from D?": "wrong-logits sigmoid-first",
    "follow the gradient back: what does each backward get from the one after it?": (
        "wrong-upstream wrong-image-gradient gradients-changed detached caches-mixed"
    ),
    "D is shown real and fake images: does each part count, once, with the right sign?": (
        "real-ignored fake-ignored part-sign parts-weighted"
    ),
    "which images should D call real, and which fake?": "labels-swapped",
    "what does each player want D to say of the fakes: whose loss is in this step?": (
        "trained-to-be-caught generator-loss"
    ),
    "is the network in the mode in which it is trained?": "eval-mode",
    "whose statistics does batch norm see, if real and fake images come in one batch?": "mixed-batch",
    "which D does G learn from: that before or after D's own step?": "d-reused",
}
SECOND = {
    "does the bias occur in dx at all?": "bias-forward bias-counted",
    "how often does the slope of the activation stand in dx, and at which input is it taken?": (
        "slope-twice slope-forgotten slope-from-ddx"
    ),
    "dP/d(dy) or dx: which is asked for, and which way does ddx travel for it?": "dx-returned backward-for-forward",
    "dx is a product of w and dy: what stands by each of them when P is differentiated?": "x-for-ddx ddx-ignored",
    "does dx depend on x itself: may this layer have a double_backward?": "depends-on-x",
}
NETWORKS = {
    "in which order does backward go through the layers, and is none left out?": "layer-skipped forward-order",
    "what does each layer get as its dy?": "dy-not-handed-on chain-broken",
    "does each gradient come back under its own layer's name, and dx from the first layer?": (
        "gradients-misnamed dx-of-another-layer"
    ),
}

GROUPS = (CONTRACT, FACTORS, UPSTREAM, PLACES, TERMS, SLOPES, LOSSES, OPTIMIZERS, GAMES, SECOND, NETWORKS)
BY_CAUSE = {cause: asked for group in GROUPS for asked, causes in group.items() for cause in causes.split()}
