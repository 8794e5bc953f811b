"""SharedCondition: one embedded label, and the noise, for all the norms of a generator."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from minigan.checks import whole
from minigan.layers.base import Layer, Visit, expect
from minigan.layers.combine.base import ERRORS, Composite, joined_name, prefixed, raise_named
from minigan.layers.combine.sequential import Sequential

KEY = "condition"


class SharedCondition(Composite):
    """A generator whose body gets the first numbers of the noise as x, and an array `condition` of the embedded label
    and all of the noise:

        e = embedding(z)  (N, E)          one row for each class, shared by all norms
        condition = (e, z)  (N, E + Z)    each ModulatedBatchNorm in the body reads its own columns of it: those of e,
                                          and with skip-z also one chunk of z
        y = body(x),  x = the first `first` numbers of z

    Backward. The body returns dx, and each norm its grads["condition"]; condition is one array that all of them read,
    so d condition = (de, dz) is the sum of theirs. x adds its part: dz[:, :first] += dx. Then de goes back through the
    embedding.
    Source: Brock et al. 2019, arXiv:1809.11096, section 3, appendix B.1 and figure 15.

    embedding: a layer z (N, Z) -> (N, E) that takes labels. body: a layer x -> y. first: numbers of z in x.
    Raises ValueError for a `first` below 1, and for noise of fewer numbers than that.
    """

    def __init__(self, embedding: Layer, body: Layer, first: int) -> None:
        super().__init__(("embedding", embedding), ("body", body))
        self.first = whole("first, the numbers of noise that the body gets as x,", first)

    def inputs(self, z: np.ndarray, e: np.ndarray, given: dict | None) -> tuple[np.ndarray, dict]:
        """-> x, and what the body is given."""
        return np.ascontiguousarray(z[:, : self.first]), {**(given or {}), KEY: np.concatenate([e, z], axis=1)}

    def forward(self, z: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, list]:
        expect(self, z, ndim=2)
        if z.shape[1] < self.first:
            raise ValueError(f"SharedCondition expected at least {self.first} numbers of noise, got {z.shape[1]}")
        e, embedding_cache = self.run("embedding", z, training, given)
        x, given = self.inputs(z, e, given)
        y, body_cache = self.run("body", x, training, given)
        return y, [embedding_cache, (body_cache, e.shape[1], z.shape[1])]

    def run(self, name: str, x: np.ndarray, training: bool, given: dict | None) -> tuple[np.ndarray, Any]:
        """The forward pass of one of the two."""
        try:
            return self.layers[name].apply(x, training, given)
        except ERRORS as error:
            raise_named(error, name)

    def run_back(self, name: str, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """The backward pass of one of the two."""
        try:
            return self.layers[name].pull_back(dy, cache)
        except ERRORS as error:
            raise_named(error, name)

    def backward(self, dy: np.ndarray, cache: list, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.expect_cache(cache)
        embedding_cache, (body_cache, E, Z) = cache
        dx, grads = self.run_back("body", dy, body_cache)  # with d condition of each norm
        de, dz = np.zeros((len(dx), E), dx.dtype), np.zeros((len(dx), Z), dx.dtype)
        for key in [key for key in grads if key.split(".")[-1] == KEY]:
            dcondition = grads.pop(key)  # (N, E + Z)
            de, dz = de + dcondition[:, :E], dz + dcondition[:, E:]
        dz[:, : self.first] += dx
        through_embedding, embedding_grads = self.run_back("embedding", de, embedding_cache)
        all_grads = prefixed("embedding", embedding_grads) | prefixed("body", grads)
        return dz + through_embedding, (all_grads if param_grads else {})

    def walk(self, z: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        e = yield from self.layers["embedding"].walk(z, training, given, joined_name(name, "embedding"))
        x, given = self.inputs(z, e, given)
        return (yield from self.layers["body"].walk(x, training, given, joined_name(name, "body")))

    def replacement(self, key: str, new_layers: Any) -> dict[str, Layer]:
        return {key: Sequential(*new_layers) if isinstance(new_layers, list) else new_layers}
