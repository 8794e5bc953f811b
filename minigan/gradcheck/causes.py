"""The codes that a Finding's `cause` may have, each with a sentence: a glossary of mistakes.

Here are those of layers; a module that checks something else keeps its own list, and MORE names it.
"""

from minigan.gradcheck.optimizer import SLIPS

LAYERS = {
    "factor": "The right gradient times a constant: a sum for a mean, a 2 or a slope forgotten.",
    "sign": "The right gradient with the opposite sign.",
    "transposed": "The right numbers with the axes in the wrong order; a square layer hides it.",
    "weight-transposed": "A weight is used where its transpose belongs, or the other way round.",
    "flipped": "The kernel is upside down and left to right.",
    "channels-swapped": "The two channel axes of a kernel are swapped.",
    "height-width-swapped": "Height and width are swapped.",
    "upstream-ignored": "dy, the gradient from above, is not multiplied in.",
    "upstream-twice": "dy, the gradient from above, is multiplied in twice.",
    "one-sample": "Only one sample of the batch counts.",
    "not-summed": "A parameter's gradient is not summed over the batch.",
    "unused": "forward does not depend on the array at all.",
    "zero": "An array of zeros is returned: the result is not in it.",
    "slight": "Almost right: an eps, a rounded constant, a cast to float32.",
    "input-changed": "forward writes into its input.",
    "dy-changed": "backward writes into dy.",
    "params-changed": "forward or backward changes a parameter; only the optimizer may.",
    "state-changed": "Running statistics change where they must not.",
    "stale-cache": "backward reads what forward left on self, and a second forward overwrites that.",
    "repeat": "backward gives something else the second time: it adds up, or uses up its cache.",
    "random": "Two passes over one input differ: random numbers are drawn anew.",
    "option": "param_grads=False or input_grad=False changes the rest of the result.",
    "keys": "Not one gradient for each parameter.",
    "dtype": "Something is cast on the way, to float32 for example.",
    "nan": "NaN or infinity.",
    "shape": "A gradient has another shape than its array.",
    "returns": "A method does not return what it should.",
    "raises": "A method raises an exception.",
    "signature": "A method cannot be called with its arguments.",
}
MORE = {"optimizer": SLIPS}  # by kind


def glossary(kind="layer"):
    """Code -> sentence, for one kind of subject: "layer", "loss", "optimizer", "game" or "double-backward"."""
    return LAYERS | MORE.get(kind, {})
