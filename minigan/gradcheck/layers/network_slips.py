"""Every layer is right, and the network is not: where is the chain rule broken?

The layers are chained here once more, first to last forwards and last to first backwards. If the network's output is
that of the chain, its gradients must be too; the mistakes that people make in the loop of backward are tried.
"""

import copy

import numpy as np

from minigan.gradcheck.core.subject import Broken, Subject, in_float64, same, takes

CAUSES = {
    "layer-skipped": "The backward pass of one layer is left out.",
    "forward-order": "Backward goes through the layers from the first to the last.",
    "dy-not-handed-on": "Every layer is given the network's dy, not the dx of the layer after it.",
    "gradients-misnamed": "The gradients of one layer are returned under the name of another.",
    "dx-of-another-layer": "The dx returned is that of a layer in the middle.",
    "chain-broken": "The gradients are right from the output back to some layer, and wrong before it.",
}


def broken_chain(network, x, rng, training):
    """-> cause, hint, evidence; {} if the network is no chain of its layers, or nothing explains it."""
    mode = (True if training is None else training) if takes(network, "forward", "training") else None
    try:
        whole = Subject(in_float64(copy.deepcopy(network)), mode)
        net = whole.fresh()
        y, cache = whole.forward(net, x.copy())
        dy = rng.standard_normal(y.shape)
        dx, grads = whole.backward(net, dy, cache)
        links, end = chained(whole.layer, x, training)
    except Broken:
        return {}
    if not same(y, end):
        return {}
    names = [name for name, *_ in links]
    right = pulled(links[::-1], dy)
    tried = [("layer-skipped", f"call the backward of {name!r} too", [link for link in links[::-1] if link[0] != name])
             for name in names]  # fmt: skip
    tried.append(("forward-order", "backward goes from the last layer to the first: reversed(...)", links))
    for cause, hint, order in tried:
        found = pulled(order, dy)
        if found and same(found[0], dx) and all(same(g, grads.get(key, 0)) for key, g in found[1].items()):
            return because(cause, hint, "then dx and all gradients are those of the network")
    return misplaced(links, dy, dx, grads, right) or where_it_breaks(names, grads, right[1])


def chained(network, x, training):
    """Forward through copies of the layers -> a list of (name, subject, layer, cache), and the output."""
    links = []
    for name, layer in network.layers.items():
        mode = (True if training is None else training) if takes(layer, "forward", "training") else None
        subject = Subject(layer, mode)
        own = subject.fresh()
        x, cache = subject.forward(own, x.copy())
        links.append((name, subject, own, cache))
    return links, x


def pulled(links, dy, hand_on=True):
    """Backward through the links in the order given -> dx, gradients by "layer.key"; None if something does not fit."""
    dx, grads = dy, {}
    for name, subject, layer, cache in links:
        try:
            dx, own = subject.backward(layer, dx if hand_on else dy, cache)
        except Broken:
            return None
        grads |= {f"{name}.{key}": g for key, g in own.items()}
    return dx, grads


def misplaced(links, dy, dx, grads, right):
    """The right numbers in the wrong place."""
    found = pulled(links[::-1], dy, hand_on=False)
    if found and all(same(g, grads.get(key, 0)) for key, g in found[1].items()):
        return because(
            "dy-not-handed-on", "write dy = layer.backward(dy, cache)[0] in the loop", "then it is explained"
        )
    for key, g in right[1].items():
        for other, h in right[1].items():
            if other != key and not same(g, h) and same(grads.get(key, 0), h):
                hint = "name each gradient after the layer that made it"
                return because("gradients-misnamed", hint, f"what is returned as {key!r} is the gradient of {other!r}")
    for k in range(len(links)):
        upstream, _ = pulled(links[:k:-1], dy)  # from the last layer down to the one after k: what goes into k
        if same(upstream, dx):
            hint = "return what the first layer's backward returned as dx"
            return because("dx-of-another-layer", hint, f"it is what goes into the backward of {links[k][0]!r}")
    return {}


def where_it_breaks(names, grads, right):
    """The last layer, seen from the output, whose gradients are right."""
    good = []
    for name in reversed(names):
        own = [key for key in right if key.startswith(f"{name}.")]
        if own and not all(same(right[key], grads.get(key, 0)) for key in own):
            evidence = f"right: {', '.join(good) or 'none'}; wrong from {name!r} on, towards the input"
            return because(
                "chain-broken", f"what is handed to the backward of {name!r}, or of those after it?", evidence
            )
        good += [name] if own else []
    return {}


def because(cause, hint, evidence):
    return {"cause": cause, "hint": hint, "evidence": evidence}


def described(findings, found):
    """Write the explanation into the findings of wrong gradients."""
    for finding in findings:
        if found and np.isfinite(finding.max_rel_error):
            finding.cause, finding.hint, finding.evidence = found["cause"], found["hint"], found["evidence"]
