"""check_network: a Sequential as a whole, and where it is wrong, which of its layers is to blame.

By the chain rule a wrong layer spoils the gradients of all layers before it, so the report on the whole points
everywhere. The check of each layer alone, with the input that it gets in the network, does not.
"""

import time

import numpy as np

from minigan.gradcheck.core.inputs import drawn, suggested_shape
from minigan.gradcheck.core.subject import Broken, Subject, takes
from minigan.gradcheck.layers.check import check_layer
from minigan.gradcheck.layers.network_slips import broken_chain, described


def check_network(network, x=None, *, input_shape=None, rng=None, tolerance=1e-6, training=None):
    """Check a network with `layers`, a dict of name -> layer, as Sequential has -> Report.

    Arguments as for `check_layer`. Where a layer is wrong by itself, the findings are that layer's, "hidden: dx" say;
    where every layer is right by itself, they are the network's: the layers are put together wrongly.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    started = time.perf_counter()
    x = drawn(rng, input_shape or suggested_shape(network)) if x is None else np.array(x, np.float64)
    whole = check_layer(network, x, rng=rng, tolerance=tolerance, training=training)
    parts = [] if whole.ok else culprits(network, x, rng, tolerance, training)
    if not any(rows_changed(finding) for finding in whole.findings):
        parts = without_rows_changed(parts)
    if parts:
        whole.findings = [finding for part in parts for finding in part.findings]
    elif not whole.ok and getattr(network, "layers", {}):
        described(whole.findings, broken_chain(network, x, rng, training))
    whole.seconds = time.perf_counter() - started
    return whole


def rows_changed(finding):
    """Whether it says that y has not one entry for each sample of x."""
    return finding.cause == "shape" and finding.where.split(": ")[-1] == "y"


def without_rows_changed(parts):
    """The reports without what the network as a whole has put right: one layer may put more samples in, a reference
    batch for example, if another takes them out again."""
    for part in parts:
        part.findings = [finding for finding in part.findings if not rows_changed(finding)]
    return [part for part in parts if not part.ok]


def culprits(network, x, rng, tolerance, training):
    """The reports of the layers that do not pass by themselves, with the layer's name before each `where`."""
    found = []
    for name, layer in getattr(network, "layers", {}).items():
        report = check_layer(layer, x, rng=rng, tolerance=tolerance, training=training)
        for finding in report.findings:
            finding.where = f"{name}: {finding.where}"
        found += [] if report.ok else [report]
        mode = (True if training is None else training) if takes(layer, "forward", "training") else None
        try:
            subject = Subject(layer, mode)
            x, _ = subject.forward(subject.fresh(), x.copy())
        except Broken:
            break
    return found
