"""check_network: a network as a whole, and where it is wrong, which of its layers is to blame.

By the chain rule a wrong layer spoils the gradients of all layers before it, so the report on the whole points
everywhere. The check of each layer alone, with the input that it gets in the network, does not. Where every layer is
right by itself, the network hands the gradients on wrongly. The layers are then chained once more, first to last
forwards and last to first backwards. If the chain gives the network's output, it must give its gradients too, and the
mistakes that people make in the loop of backward are tried.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.gradcheck.core.causes import Cause, Causes
from minigan.gradcheck.core.report import Finding, Report, timed
from minigan.gradcheck.core.subject import Broken, Subject, in_float64, parts, same, takes
from minigan.gradcheck.layers.causes import LAYER
from minigan.gradcheck.layers.check import check_layer, input_of

# fmt: off
ORDER = "in which order does backward go through the layers, and is none left out?"
GIVEN = "what does each layer get as its dy?"
NAMES = "does each gradient come back under its own layer's name, and dx from the first layer?"
NETWORK = Causes(
    Cause("layer-skipped", "The backward pass of one layer is left out.", "call the backward of {name!r} too", ORDER),
    Cause("forward-order", "Backward goes through the layers from the first to the last.",
          "backward goes from the last layer to the first: reversed(...)", ORDER),
    Cause("dy-not-handed-on", "Every layer is given the network's dy, not the dx of the layer after it.",
          "write dy = layer.backward(dy, cache)[0] in the loop", GIVEN),
    Cause("gradients-misnamed", "The gradients of one layer are returned under the name of another.",
          "name each gradient after the layer that made it", NAMES),
    Cause("dx-of-another-layer", "The dx returned is that of a layer in the middle.",
          "return what the first layer's backward returned as dx", NAMES),
    Cause("chain-broken", "The gradients are right from the output back to some layer, and wrong before it.",
          "what is handed to the backward of {name!r}, or of those after it?", GIVEN),
    base=LAYER.values(),
)
# fmt: on
because = NETWORK.because


@timed
def check_network(network: Any, x: np.ndarray | None = None, *, input_shape: tuple | None = None,
                  rng: np.random.Generator | None = None, tolerance: float = 1e-6, training: bool | None = None,
                  given: dict | None = None) -> Report:  # fmt: skip
    """Check a network, of layers put together in any way -> Report.

    Arguments as for `check_layer`; every layer in it that takes `given` is told it. Where a layer is wrong by itself,
    the findings are that layer's, "hidden: dx" say; where every layer is right by itself, they are the network's: the
    layers are put together wrongly.
    """
    x, rng = input_of(network, x, input_shape, rng)
    options = {"rng": rng, "tolerance": tolerance, "training": training}
    whole = check_layer(network, x, given=given, **options)
    wrong = [] if whole.ok else culprits(network, x, given, options)
    if not any(rows_changed(finding) for finding in whole.findings):
        wrong = without_rows_changed(wrong)
    if wrong:
        whole.findings = [finding for report in wrong for finding in report.findings]
    elif not whole.ok and parts(network):
        found = broken_chain(network, x, rng, training, given)
        for finding in whole.findings:
            if np.isfinite(finding.max_rel_error):
                finding.explain(found)
    return whole


def rows_changed(finding: Finding) -> bool:
    """Whether it says that y has not one entry for each sample of x."""
    return finding.cause == "shape" and finding.where.split(": ")[-1] == "y"


def without_rows_changed(reports: list[Report]) -> list[Report]:
    """The reports without what the network as a whole has put right: one layer may put more samples in, a reference
    batch for example, if another takes them out again."""
    for report in reports:
        report.findings = [finding for finding in report.findings if not rows_changed(finding)]
    return [report for report in reports if not report.ok]


def culprits(network: Any, x: np.ndarray, given: dict | None, options: dict) -> list[Report]:
    """The reports of the layers that do not pass by themselves, with the layer's name before each `where`."""
    found = []
    for name, (layer, own_x, told) in inputs_of(network, x, options["training"], given).items():
        check = check_network if parts(layer) else check_layer
        report = check(layer, own_x, given=told if takes(layer, "forward", "given") else None, **options)
        for finding in report.findings:
            finding.where = f"{name}: {finding.where}"
        found += [] if report.ok else [report]
    return found


def inputs_of(network: Any, x: np.ndarray, training: bool | None, given: dict | None) -> dict:
    """Name -> (layer, the x that it gets first, what it is told), for each layer that a forward pass comes through."""
    mode, seen = training is not False, {}
    try:
        subject = Subject(network, mode, given)
        copied = subject.fresh()
        for name, layer in parts(copied).items():
            layer.forward = noting(layer.forward, name, seen)
        subject.forward(copied, x.copy())
    except Broken:
        pass  # from here on there is nothing to hand to the layers that follow
    return {name: (parts(network)[name], *own) for name, own in seen.items()}


def noting(forward: Callable, name: str, seen: dict) -> Callable:
    """forward, which notes the first x that it gets, and what it is told beside it."""

    def noted(x, *args, **options):
        told = args[1] if len(args) > 1 else options.get("given")  # forward(x, training, given)
        seen.setdefault(name, (np.array(x), told))
        return forward(x, *args, **options)

    return noted


def broken_chain(network: Any, x: np.ndarray, rng: np.random.Generator, training: bool | None,
                 given: dict | None = None) -> dict:  # fmt: skip
    """-> cause, hint, evidence; {} if the network is no chain of its layers, or nothing explains it."""
    mode = training is not False
    try:
        whole = Subject(in_float64(copy.deepcopy(network)), mode, given)
        net = whole.fresh()
        y, cache = whole.forward(net, x.copy())
        dy = rng.standard_normal(y.shape)
        dx, grads = whole.backward(net, dy, cache)
        links, end = chained(whole.layer, x, mode, given)
    except Broken:
        return {}
    if not same(y, end):
        return {}
    back = links[::-1]
    tried = [("layer-skipped", name, [link for link in back if link[0] != name]) for name, *_ in links]
    for cause, name, order in [*tried, ("forward-order", "", links)]:
        found = pulled(order, dy)
        if found and same(found[0], dx) and all(same(g, grads.get(key, 0)) for key, g in found[1].items()):
            return because(cause, "then dx and all gradients are those of the network", name=name)
    right = pulled(back, dy)[1]
    return misplaced(links, dy, dx, grads, right) or where_it_breaks([name for name, *_ in links], grads, right)


def chained(network: Any, x: np.ndarray, mode: bool, given: dict | None) -> tuple:
    """Forward through copies of the layers -> a list of (name, subject, layer, cache), and the output."""
    links = []
    for name, layer in parts(network).items():
        subject = Subject(layer, mode, given)
        own = subject.fresh()
        x, cache = subject.forward(own, x.copy())
        links.append((name, subject, own, cache))
    return links, x


def pulled(links: list, dy: np.ndarray, hand_on: bool = True) -> tuple | None:
    """Backward through the links in the order given -> dx, gradients by "layer.key"; None if something does not fit."""
    dx, grads = dy, {}
    for name, subject, layer, cache in links:
        try:
            dx, own = subject.backward(layer, dx if hand_on else dy, cache)
        except Broken:
            return None
        grads |= {f"{name}.{key}": g for key, g in own.items()}
    return dx, grads


def misplaced(links: list, dy: np.ndarray, dx: np.ndarray | None, grads: dict, right: dict) -> dict:
    """The right numbers in the wrong place."""
    found = pulled(links[::-1], dy, hand_on=False)
    if found and all(same(g, grads.get(key, 0)) for key, g in found[1].items()):
        return because("dy-not-handed-on", "then it is explained")
    for key, g in right.items():
        for other, h in right.items():
            if other != key and not same(g, h) and same(grads.get(key, 0), h):
                return because("gradients-misnamed", f"what is returned as {key!r} is the gradient of {other!r}")
    for k in range(len(links)):
        upstream, _ = pulled(links[:k:-1], dy)  # from the last layer down to the one after k: what goes into k
        if same(upstream, dx):
            return because("dx-of-another-layer", f"it is what goes into the backward of {links[k][0]!r}")
    return {}


def where_it_breaks(names: list[str], grads: dict, right: dict) -> dict:
    """The last layer, seen from the output, whose gradients are right."""
    good = []
    for name in reversed(names):
        own = [key for key in right if key.startswith(f"{name}.")]
        if own and not all(same(right[key], grads.get(key, 0)) for key in own):
            evidence = f"right: {', '.join(good) or 'none'}; wrong from {name!r} on, towards the input"
            return because("chain-broken", evidence, name=name)
        good += [name] if own else []
    return {}
