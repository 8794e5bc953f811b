"""The seeded arrays on which the published implementations were run; NumPy only, so that both sides can make them.

RandomState's streams are frozen by NumPy's compatibility policy (NEP 19); those of Generator may change.
"""

import numpy as np


def pairs():
    """{name: (real (N, d), fake (M, d))}: alike, shifted and squeezed, of correlated features, of unequal numbers."""
    draw = np.random.RandomState(7).standard_normal
    mixing = 0.3 * draw((24, 24))
    real = draw((600, 24))
    return {
        "alike": (real[:300], real[300:]),
        "shifted": (real[:400], 0.8 * draw((400, 24)) + 0.3),
        "correlated": (real[:500] @ mixing, draw((350, 24)) @ mixing + 0.1),
        "activations": (np.maximum(real[:450] @ mixing, 0), np.maximum(draw((450, 24)) @ mixing, 0)),
    }


def logits():
    """{name: (N, K)}: sure of themselves, unsure, and of one class mostly."""
    draw = np.random.RandomState(8).standard_normal
    collapsed = draw((400, 10)) + np.where(np.arange(10) == 3, 5.0, 0.0)
    return {"sure": 6 * draw((1000, 10)), "unsure": 0.5 * draw((503, 7)), "collapsed": collapsed}
