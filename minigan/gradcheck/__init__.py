"""Is this backward pass right? Compares hand-written gradients with finite differences, in float64."""

from minigan.gradcheck.core.causes import Cause as Cause
from minigan.gradcheck.core.numeric import Numeric as Numeric
from minigan.gradcheck.core.numeric import numeric_gradient as numeric_gradient
from minigan.gradcheck.core.numeric import relative_error as relative_error
from minigan.gradcheck.core.report import Finding as Finding
from minigan.gradcheck.core.report import Report as Report
from minigan.gradcheck.games.check import check_gan_step as check_gan_step
from minigan.gradcheck.layers.check import check_layer as check_layer
from minigan.gradcheck.layers.network import check_network as check_network
from minigan.gradcheck.layers.second import check_double_backward as check_double_backward
from minigan.gradcheck.losses.check import check_loss as check_loss
from minigan.gradcheck.optimizers.check import check_optimizer as check_optimizer
