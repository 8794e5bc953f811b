"""A student's gradients against finite differences: of a layer, of two functions that make one, of a loss."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.gradcheck import Report, check_layer, check_loss
from minigan.lessons.marking.questions import question
from minigan.lessons.marking.task import Wrong
from minigan.losses import NonSaturating


def right_gradients(layer: Any, x: np.ndarray | None = None, **options: Any) -> None:
    """Every gradient of a layer against finite differences; where one is wrong, a question about its cause.

    layer: anything with forward and backward; for two functions, `as_layer`. x, options: of check_layer (input_shape,
    training, tolerance, rng).
    """
    nothing_wrong(check_layer(layer, x, **options))


def nothing_wrong(report: Report) -> None:
    """Wrong if a Report of minigan.gradcheck, of any of its checks, has a finding."""
    if report.ok:
        return
    finding = next((finding for finding in report.findings if finding.cause), report.findings[0])
    if "raised NotImplementedError" in finding.message:
        raise NotImplementedError(finding.message)
    seen = [f"at {index}: yours {said:+.6g}, differences say {numeric:+.6g}" for index, said, numeric in finding.worst]
    raise Wrong(question(finding), "; ".join(filter(None, [finding.message, *seen[:1], finding.evidence])))


class FunctionLayer:
    """Two functions as a layer, for the checks."""

    def __init__(self, forward: Callable, backward: Callable, params: dict[str, np.ndarray]) -> None:
        self.functions, self.params = (forward, backward), params

    def forward(self, x: np.ndarray) -> Any:
        return self.functions[0](x, *self.params.values())

    def backward(self, dy: np.ndarray, cache: Any) -> Any:
        result = self.functions[1](dy, cache)
        if not self.params and isinstance(result, np.ndarray):
            return result, {}
        if isinstance(result, tuple) and len(result) == 1 + len(self.params):
            return result[0], dict(zip(self.params, result[1:], strict=True))
        return result  # and the check says what is wrong with it


def as_layer(forward: Callable, backward: Callable, **params: np.ndarray) -> FunctionLayer:
    """forward(x, w, b) -> y, cache and backward(dy, cache) -> dx, dw, db as a layer whose params are the keyword
    arguments, in their order: right_gradients(as_layer(student.forward, student.backward, w=w, b=b), x). Without
    params, backward may return dx alone."""
    return FunctionLayer(forward, backward, params)


def right_loss(**functions: Callable) -> None:
    """right_gradients of a loss: discriminator=, generator= or both; a player that is left out is minigan's."""
    loss = NonSaturating()
    for player, function in functions.items():
        setattr(loss, player, function)
    nothing_wrong(check_loss(loss))
