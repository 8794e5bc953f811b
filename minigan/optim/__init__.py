"""Optimizers: gradients in, new parameters out, in place. One file for each rule.

    optimizer = Adam(net.params, lr=2e-4, beta1=0.5)
    optimizer.step(grads)                             # grads has the keys of net.params

    file            for each parameter p with its gradient g
    sgd.py          p <- p - lr g
    momentum.py     v <- momentum v + g                  p <- p - lr v
    rmsprop.py      s <- rho s + (1 - rho) g^2           p <- p - lr g / (sqrt(s) + eps)
    adam.py         both in one: averages of g and of g^2, corrected for their start at 0

A wrapper takes an optimizer and changes what it does. Wrappers compose, in any order:

    clipped.py      Clipped(RMSProp(D.params), 0.01)                cuts every parameter to [-0.01, 0.01]
    historical.py   HistoricalAveraging(Adam(D.params), 0.1)        pulls every parameter to its mean so far
    orthogonal.py   Orthogonal(Adam(G.params), 1e-4, output_axes(G))  pushes the filters of a weight apart

To add a rule, write a class with `slots` and `update` (see `base.py`) and put it into OPTIMIZERS. `check_optimizer` of
`minigan.gradcheck` compares the four rules, and students' versions of them, with the textbook.
"""

from minigan.optim.adam import Adam
from minigan.optim.base import NonFiniteError, Optimizer, Wrapper
from minigan.optim.clipped import Clipped
from minigan.optim.historical import HistoricalAveraging
from minigan.optim.momentum import Momentum
from minigan.optim.orthogonal import Orthogonal
from minigan.optim.rmsprop import RMSProp
from minigan.optim.sgd import SGD

OPTIMIZERS = {"adam": Adam, "rmsprop": RMSProp, "momentum": Momentum, "sgd": SGD}
