"""The causes of optimizers: each slip in a recurrence that `explain.py` can make, and what `judge.py` finds besides."""

from minigan.gradcheck.core.causes import SHARED, Cause, Causes
from minigan.gradcheck.layers.causes import LAYER

# fmt: off
EACH = "does each parameter get its own gradient, and the same formula?"
RATE = "what does the step multiply lr by?"
AS_IT_IS = "is the gradient used as it is?"
SLIPS = {  # question -> name -> hint; they are tried in this order
    "does the step go down the slope?": {
        "ascent": "the step goes up the slope: subtract it"},
    "by what are the averages corrected in step 1, in step 2, in step t: which beta, and to what power?": {
        "no-power": "the correction must be 1 - beta^t, with t the number of steps, not 1 - beta",
        "no-correction": "the averages are not divided by 1 - beta^t",
        "no-correction-m": "m is not divided by 1 - beta1^t, only v is",
        "no-correction-v": "v is not divided by 1 - beta2^t, only m is",
        "corrections-swapped": "m is divided by 1 - beta1^t and v by 1 - beta2^t, not the other way round",
        "one-beta": "v is divided by 1 - beta2^t: each average by its own beta",
        "one-beta-2": "m is divided by 1 - beta1^t: each average by its own beta",
        "times-for-power": "the correction is 1 - beta^t, a power, not 1 - beta * t",
        "correction-multiplied": "the averages are multiplied by 1 - beta^t: divide by it"},
    "what is t in step 1, and by how much does it grow?": {
        "t-twice": "t is raised by one in each step, not by two",
        "t-per-parameter": "t counts steps, not parameters: raise it once in each step",
        "t-from-0": "t is 1 in the first step: with t = 0 the correction 1 - beta^0 is 0",
        "t-one-ahead": "t is 1 in the first step, not 2"},
    "does this optimizer correct its averages at all?": {
        "correction-added": "RMSProp has no correction 1 - rho^t; that is Adam's"},
    "which averages are kept for the next step, the corrected or the plain ones?": {
        "correction-kept": "the corrected averages are kept as the state: correct copies, mhat and vhat"},
    "what is remembered from one step to the next?": {
        "first-step-again": "every step is like the first: the state is forgotten or not used, or t stays 1",
        "state-shared": "parameters share one state: keep the averages in a dict with the parameter's key",
        "state-shared-by-optimizers": "two optimizers share one state: make it in __init__, not in the class",
        "gradients-added": "gradients of earlier steps are still in it: use this step's alone"},
    "how much of the old average stays, and how much of the new gradient enters: do the two add up to 1?": {
        "betas-swapped": "beta1 belongs to m, the average of g, and beta2 to v, the average of g^2",
        "weights-swapped": "the old average is kept by beta, the new gradient enters by 1 - beta",
        "no-one-minus": "the new gradient enters an average by 1 - beta",
        "no-one-minus-m": "the new gradient enters m by 1 - beta1",
        "no-one-minus-v": "the new square enters v by 1 - beta2",
        "no-decay": "the old average is multiplied by its beta (or rho, or momentum) before the new gradient is added",
        "never-forgets": "the old averages are multiplied by their beta (or rho) before the new values are added",
        "never-forgets-m": "the old m is multiplied by beta1 before the new gradient is added",
        "never-forgets-v": "the old v is multiplied by beta2 before the new square is added",
        "dampened": "the gradient enters the velocity as it is, without 1 - momentum"},
    "what are the averages before the first step?": {
        "starts-from-gradient": "the averages start from 0, not from the first gradient",
        "starts-from-1": "the averages start from 0, not from 1"},
    "v averages the squares of single entries: is yours that, no more and no less?": {
        "one-number": "each entry has an average of its own square: no mean over the entries of a parameter",
        "not-squared": "v averages the squares of the gradients",
        "absolute": "v averages squares, and the step divides by its root; |g| is another thing",
        "largest-v": "v may become smaller again: its largest value so far is AMSGrad's",
        "centred": "m^2 is subtracted: the textbook divides by the root of the average square",
        "squared-late": "v averages the squares: the square of the average is another thing"},
    "what stands under the fraction: the root of what, and eps where?": {
        "eps-beside": "eps is added to the root, inside the fraction: mind the parentheses",
        "eps-inside": "eps belongs outside the square root",
        "eps-squared": "eps is added to the root as it is",
        "no-eps": "eps is missing under the fraction",
        "eps-corrected": "eps is added to sqrt(vhat), after the correction; here it is added to sqrt(v), before",
        "no-root": "divide by the square root of the average of squares"},
    "which comes first, the new average or the step?": {
        "old-state": "the step uses the averages as they were before this gradient: update them first",
        "gradient-late": "the step uses the gradient of the step before"},
    RATE: {
        "gradient-for-m": "the step uses g itself: it is m, the average, that goes into it",
        "nesterov": "this is Nesterov's momentum (in Adam: NAdam): the textbook steps by the average alone",
        "lr-in-velocity-twice": "lr is in the velocity and in the step: it belongs in one of them"},
}

OPTIMIZER = Causes(
    *(Cause(name, f"In the recurrence: {hint}.", hint, question)
      for question, slips in SLIPS.items() for name, hint in slips.items()),
    Cause("other-gradient", "A parameter moves by the gradient of another.",
          "take each gradient by its key, not by its place", EACH),
    Cause("scaled-by-parameter", "The steps are the textbook's times a number that differs between parameters.",
          "all parameters have one learning rate; is a mean, or a norm, in it?", EACH),
    Cause("slight", "The steps are nearly right: float32, or another eps.",
          "is the state kept in float32? np.zeros_like(p) has the parameter's dtype; or is eps another one?",
          LAYER["slight"].question),
    Cause("sign-only", "The steps are the learning rate times the sign of the gradient.",
          "the size of the gradient belongs in the step", RATE),
    Cause("factor", "Every step is the textbook's times a constant.", "", LAYER["factor"].question),
    Cause("rate-changes", "The steps are the textbook's times a number that changes from step to step.",
          "the learning rate is a constant of the rule, and gradients are taken as they come", RATE),
    Cause("weight-decay", "The step pulls the parameters towards 0.",
          "the rule has no weight decay: leave it to a rule of its own", AS_IT_IS),
    Cause("l2", "A multiple of the parameter is added to its gradient.",
          "the gradient is used as it comes: a penalty belongs in the loss", AS_IT_IS),
    Cause("clipped", "The gradients are clipped.", "the rule takes the gradients as they are", AS_IT_IS),
    Cause("parameter-skipped", "Some parameters are not updated.",
          "loop over all parameters; is a return or a break inside the loop?", EACH),
    Cause("grads-changed", "The step changes the gradients in place.",
          "write into new arrays, not g *= ..., g += ...: the caller may need the gradients again",
          LAYER["input-changed"].question),
    Cause("not-in-place", "The parameters are replaced, not changed in place.",
          "write p -= ... or p[...] = ..., not params[key] = ...: the layers hold the same arrays",
          "is the array itself changed, so that the layer sees it?"),
    base=SHARED.values(),
)
# fmt: on
because = OPTIMIZER.because
