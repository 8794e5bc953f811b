"""Is this backward pass right? Hand-written gradients held against finite differences, in float64."""

from minigan.gradcheck.game import check_gan_step
from minigan.gradcheck.layer import check_layer
from minigan.gradcheck.loss import check_loss
from minigan.gradcheck.network import check_network
from minigan.gradcheck.numeric import Numeric, numeric_gradient, relative_error
from minigan.gradcheck.optimizer import check_optimizer
from minigan.gradcheck.report import Finding, Report
from minigan.gradcheck.second import check_double_backward

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
