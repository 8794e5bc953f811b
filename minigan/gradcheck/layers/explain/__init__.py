"""Explanations of a wrong gradient, a file for each kind of mistake; `diagnose.py` above puts them in order."""

from minigan.gradcheck.layers.explain.case import Case, because, fits

__all__ = ["Case", "because", "fits"]
