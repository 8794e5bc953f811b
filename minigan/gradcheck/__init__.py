"""Is this backward pass right? Hand-written gradients held against finite differences, in float64."""

from minigan.gradcheck.layer import check_layer
from minigan.gradcheck.numeric import Numeric, numeric_gradient, relative_error
from minigan.gradcheck.report import Finding, Report

__all__ = ["Finding", "Numeric", "Report", "check_layer", "numeric_gradient", "relative_error"]
