"""Is this backward pass right? Hand-written gradients held against finite differences, in float64."""

from minigan.gradcheck.core.numeric import Numeric, numeric_gradient, relative_error
from minigan.gradcheck.core.report import Finding, Report
from minigan.gradcheck.games.check import check_gan_step
from minigan.gradcheck.layers.check import check_layer
from minigan.gradcheck.layers.network import check_network
from minigan.gradcheck.layers.second import check_double_backward
from minigan.gradcheck.losses.check import check_loss
from minigan.gradcheck.optimizers.check import check_optimizer

__all__ = [
    "Finding",
    "Numeric",
    "Report",
    "check_double_backward",
    "check_gan_step",
    "check_layer",
    "check_loss",
    "check_network",
    "check_optimizer",
    "numeric_gradient",
    "relative_error",
]
