"""Every cause code that a Finding may carry, with one plain sentence: for reports, the quiz, and a class to discuss.

A code is stable: it may be tested for. The hint of a finding says more, about the case at hand. Here are the codes of
layers; those of losses, optimizers, games and double_backward stand with the code that finds them. `glossary` has all.
"""

import importlib

from minigan import gradcheck

CAUSES = {
    # What a layer promises
    "signature": "The method is missing, or takes other arguments than the contract says.",
    "returns": "The method returns something else than the contract says.",
    "raises": "The layer's own code raised an exception.",
    "params": "`params` must be a dict of arrays of floats, and is not.",
    "keys": "The gradients do not have the names of the parameters.",
    "shape": "A gradient or an output has the wrong shape.",
    "output-shape": "output_shape promises another shape than forward gives.",
    "dtype": "Something is cast to another number format on the way.",
    "nan": "Numbers are NaN or infinite.",
    "random": "Two forward passes over the same input differ: random numbers come from somewhere unseen.",
    "input-changed": "The input was changed in place.",
    "dy-changed": "Backward changed the upstream gradient in place.",
    "params-changed": "Forward or backward changed the parameters; only the optimizer may.",
    "state-changed": "The state was changed outside of a forward pass in training mode.",
    "repeat": "A second backward on one cache gives something else: gradients are added up, or the cache is used up.",
    "stale-cache": "Backward reads what the last forward left on self, not its own cache.",
    "option": "param_grads=False or input_grad=False changes what it should leave alone.",
    "running-statistics": "Running statistics are not moved towards the batch's, or hold the last batch alone.",
    "momentum-swapped": "momentum and 1 - momentum have swapped places in the running statistics.",
    "batch-in-evaluation": "In evaluation a sample's output depends on the other samples.",
    "per-pixel": "Statistics are taken for each pixel, where the pixels of a channel should share them.",
    "not-checked": "Most entries have no derivative that differences can see.",
    # A factor
    "unused": "Forward does not depend on it, so its gradient is zero.",
    "zero": "The gradient is all zeros: never filled, or not returned.",
    "float32": "The formula is right; the last digits are float32's noise.",
    "slight": "Almost right: a small constant differs between forward and backward.",
    "sign": "The sign is wrong.",
    "factor": "It is the right gradient times a constant, such as 2, N or 1 / N.",
    "scale-missing": "Forward divides by 1 - rate, and backward does not.",
    "parameter-missing": "A parameter that forward multiplies by is missing in backward.",
    "parameter-twice": "A parameter is in backward once too often.",
    "std": "A standard deviation is missing, or in once too often.",
    "eps": "eps stands in one place in forward, and in another, or nowhere, in backward.",
    "factor-along": "It is right but for one factor for each channel, sample or row.",
    # The upstream gradient
    "upstream-ignored": "The upstream gradient dy is ignored.",
    "upstream-twice": "The upstream gradient dy is used twice.",
    "upstream-changed": "dy was changed before use: an absolute value, a ReLU, a factor that forward has not.",
    "upstream-averaged": "dy was averaged or summed before it was used.",
    "upstream-flipped": "dy is read in reverse order.",
    "activation-skipped": "dy is used before it has passed the activation's derivative.",
    "activation-twice": "The activation's derivative is in it twice.",
    "one-sample": "One sample of the batch counts, where all should be summed.",
    "one-position": "One position of each image counts, where all should be summed.",
    "not-summed": "The sum over the batch, or over the positions, is missing.",
    "samples-mixed": "Samples get each other's gradients.",
    # The wrong place
    "transposed": "The gradient is transposed.",
    "weight-transposed": "The weight is used transposed, or should be and is not.",
    "flipped": "The kernel or an axis is flipped: upside down, left to right.",
    "channels-swapped": "The two channel axes are swapped.",
    "height-width-swapped": "Height and width are swapped, or the stride of one is used for the other.",
    "axes-swapped": "Two axes are swapped.",
    "shifted": "Everything is off by a constant: padding or cropping starts at the wrong place.",
    "stride": "The stride is wrong, or dy is not spread out by it.",
    "dilation": "The kernel's taps are not as far apart as in forward.",
    "taps-left-out": "Some entries of the kernel are never used: a loop starts too late or ends too early.",
    "not-cropped": "The padding was not cut off, or on one side only.",
    "border": "Terms are missing at a border: a loop ends too early, or the rim is cut by the wrong amount.",
    "order": "The right numbers in another order: a reshape where axes should be swapped, or the other way round.",
    "keys-swapped": "The gradients of two parameters have swapped places.",
    # Terms of a sum
    "overwritten": "Contributions are overwritten, or all but one left out, where they should be added up.",
    "outputs-left-out": "Some outputs do not contribute at all.",
    "terms-extra": "Outputs contribute where they should not.",
    "term-missing": "A term of the sum is missing.",
    "term-extra": "There is a term too many.",
    "penalty": "A weight decay is in the gradient; it belongs to the loss or the optimizer.",
    "mean-term": "The term through the mean is missing or wrong.",
    "variance-term": "The term through the variance is missing or wrong.",
    "direct-term": "The direct term, gamma dy / std, is wrong.",
    "count": "A mean is divided by the wrong number, such as N for N H W.",
    "axes": "Sums or means are taken over other axes than forward's.",
    "x-for-xhat": "x, or x - mean, stands where the normalised x should.",
    "other-mode": "The formula of training is used in evaluation, or the other way round.",
    "updated-first": "The parameters were updated before this gradient was computed with them.",
    # A slope
    "derivative-missing": "dy is passed on unchanged: the derivative of the function is missing.",
    "derivative-incomplete": "A factor of the derivative is missing.",
    "derivative-twice": "A factor of the derivative is in it too often.",
    "derivative-wrong": "Something else stands in the derivative's place.",
    "output-for-input": "The derivative is taken at the output, where it should be at the input.",
    "input-for-output": "A formula that is written with the output was given the input.",
    "slope": "The slope on one side is wrong or forgotten.",
    "condition": "The right slopes on the wrong entries: the condition is another than forward's.",
    "mask-missing": "What forward set to zero gets a gradient: the mask is missing.",
    "mask-inverted": "The mask is the wrong way round.",
    "mask-redrawn": "Backward draws a mask of its own; forward's must be kept.",
    "constant-ignored": "A constant of the layer is left out of backward.",
}


HOMES = {  # where the causes stand that one kind of check alone finds
    "loss": ("losses.check", "losses.explain"),
    "optimizer": ("optimizers.check", "optimizers.explain", "optimizers.judge"),
    "game": ("games.check", "games.explain", "games.judge", "games.calls", "games.watch"),
    "network": ("layers.network", "layers.network_slips"),
    "double-backward": ("layers.second",),
}


def glossary(kind):
    """Code -> sentence: the causes of layers, and those of the kind ("loss", "optimizer", "game", "double-backward" or
    "network")."""
    known = dict(CAUSES)
    for home in HOMES.get(kind, ()):
        known |= getattr(importlib.import_module(f"{gradcheck.__name__}.{home}"), "CAUSES", {})
    return known
