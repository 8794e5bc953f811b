"""The causes of optimizers: each slip in a recurrence, and what `judge.py` finds besides. Several share a question."""

from minigan.gradcheck.core.causes import SHARED, Cause, Causes
from minigan.gradcheck.layers.causes import LAYER
from minigan.gradcheck.optimizers.explain import SLIPS
from minigan.gradcheck.optimizers.judge import CAUSES

QUESTIONS = {
    "does the step go down the slope?": "ascent",
    "by what are the averages corrected in step 1, in step 2, in step t: which beta, and to what power?": (
        "no-power no-correction no-correction-m no-correction-v corrections-swapped one-beta one-beta-2 times-for-power"
        " correction-multiplied"
    ),
    "what is t in step 1, and by how much does it grow?": "t-twice t-from-0 t-one-ahead t-per-parameter",
    "does this optimizer correct its averages at all?": "correction-added",
    "which averages are kept for the next step, the corrected or the plain ones?": "correction-kept",
    "what is remembered from one step to the next?": (
        "first-step-again state-shared state-shared-by-optimizers gradients-added"
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
    LAYER["input-changed"].question: "grads-changed",
    LAYER["slight"].question: "slight",
    LAYER["factor"].question: "factor",
}
QUESTION = {name: question for question, names in QUESTIONS.items() for name in names.split()}
OPTIMIZER = Causes(
    *(Cause(name, meaning, SLIPS.get(name, ""), QUESTION[name]) for name, meaning in CAUSES.items()),
    base=SHARED.values(),
)
