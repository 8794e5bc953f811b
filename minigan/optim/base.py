"""What all optimizers share: they hold parameters, check gradients, count steps, save and restore their state.

A rule is a short class. This is SGD:

    class SGD(Optimizer):
        def update(self, key, p, g):
            p -= self.lr * g

All arithmetic is in the dtype of the parameters.
"""

import copy
from collections.abc import Mapping

import numpy as np

from minigan import kernels
from minigan.checks import positive


class NonFiniteError(ValueError):
    """A NaN or an infinity where a finite number is needed."""


class Optimizer:
    """The base of all rules. A rule names its moving averages in `slots` and writes `update`.

    params: dict (or read-only view) of float arrays, which `step` changes in place: give it the network's own arrays.
    lr: learning rate, > 0; it may be set to another value between steps.
    steps[key]: how many steps this parameter has taken. state[slot][key]: a moving average, with the shape and dtype
    of the parameter. Both start at 0.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, params: dict[str, np.ndarray], lr: float):
        self.lr = positive("lr, the learning rate,", lr)
        self.begin(params)

    def begin(self, params: dict[str, np.ndarray]) -> None:
        """Hold these parameters, with all counts and averages at 0."""
        self.params, self.steps = params, dict.fromkeys(params, 0)
        self.state = {slot: {key: np.zeros_like(p) for key, p in params.items()} for slot in self.slots}

    def step(self, grads: dict[str, np.ndarray]) -> None:
        """Update every parameter once, in place. grads: the gradients, with the keys and shapes of `params`.

        Raises ValueError as `check_gradients` does, before anything changes.
        """
        self.check_gradients(grads)
        params = dict(self.params.items())
        for key in params:
            self.steps[key] += 1
        self.update_all(params, grads)

    def update_all(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        """`update` for each parameter. A rule may write it, too, if all at once is faster."""
        for key, p in params.items():
            self.update(key, p, grads[key])

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The rule: change the parameter p in place, using its gradient g. steps[key] is 1 in the first step."""
        raise NotImplementedError

    def plain_update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The same in plain NumPy lines. Only a rule whose `update` calls a kernel writes it."""
        type(self).update(self, key, p, g)

    def check_gradients(self, grads: dict[str, np.ndarray]) -> None:
        """Raise ValueError, with its name, for a gradient that is missing, unknown, or of the wrong shape or type.
        Raise NonFiniteError, a ValueError, for one that holds a NaN or an infinity."""
        params = dict(self.params.items())
        if params.keys() != grads.keys():
            missing, extra = params.keys() - grads.keys(), grads.keys() - params.keys()
            raise ValueError(
                f"gradients must have the keys of the parameters; missing: {sorted(missing) or 'none'}, "
                f"unknown: {sorted(extra) or 'none'}; did backward run with param_grads=False, or on another network?"
            )
        for key, p in params.items():
            g = grads[key]
            if not isinstance(g, (np.ndarray, np.floating)) or g.dtype.kind != "f":
                got = g.dtype if isinstance(g, np.ndarray) else type(g).__name__
                raise ValueError(f"the gradient of {key} must be an array of floats, got {got}")
            if g.shape != p.shape:
                raise ValueError(f"the gradient of {key} must have its shape {p.shape}, got {g.shape}")
            if not kernels.finite(g):
                raise NonFiniteError(f"the gradient of {key} holds a NaN or an infinity; nothing was updated")

    def state_arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint saves: "t/<key>", the step count of each parameter (int64, shape ()), and "<slot>/<key>",
        its moving averages (the arrays themselves, not copies)."""
        counts = {f"t/{key}": np.array(t, np.int64) for key, t in self.steps.items()}
        return counts | {f"{slot}/{key}": a for slot, arrays in self.state.items() for key, a in arrays.items()}

    def load_state_arrays(self, arrays: dict[str, np.ndarray]) -> None:
        """Restore what `state_arrays` gave. Raises ValueError, before anything changes, if keys, shapes or kinds of
        numbers differ, or a step count is negative."""
        current = self.state_arrays()
        wrong = current.keys() ^ arrays.keys()
        wrong = wrong or {name for name in current if not alike(current[name], np.asarray(arrays[name]))}
        if wrong:
            names = sorted(wrong)
            raise ValueError(f"this state belongs to another optimizer or network; entries that differ: {names}")
        if any(arrays[f"t/{key}"] < 0 for key in self.steps):
            raise ValueError("this state is damaged: a step count must be at least 0")
        for name, array in current.items():
            array[...] = arrays[name]
        self.steps.update({key: int(arrays[f"t/{key}"]) for key in self.steps})

    def fresh(self, params: dict[str, np.ndarray]) -> "Optimizer":
        """The same rule with the same constants, for other parameters. Counts and averages are 0."""
        new = copy.copy(self)
        new.begin(params)
        return new

    def replaced(self, params: dict[str, np.ndarray]) -> "Optimizer":
        """The same rule for the parameters of a network that grew: the old optimizer stays as it is.

        A parameter that is the same array as before, under whatever key, keeps its step count and its averages, as
        copies; and so does one with the same key and shape (`went_on`). For every other parameter they are 0.
        """
        new = self.fresh(params)
        now_called = {before: key for key, before in went_on(self.params, params).items()}
        parts = ((*name.partition("/"), array) for name, array in self.state_arrays().items())
        old = {f"{slot}/{now_called[key]}": array for slot, _, key, array in parts if key in now_called}
        new.load_state_arrays(new.state_arrays() | old)
        return new

    def carry_over(self, params: dict[str, np.ndarray]) -> None:
        """Become `replaced(params)`, as the same object: a schedule that holds this optimizer stays valid."""
        self.become(self.replaced(params))

    def become(self, other: "Optimizer") -> None:
        """Take over all that another optimizer of this kind holds."""
        self.__dict__ = other.__dict__


class Wrapper(Optimizer):
    """The base of optimizers that change what another one does, before or after its step.

    Parameters, learning rate, step counts and moving averages are those of the optimizer inside. A wrapper writes
    `step`; if it has arrays of its own, also `fresh` and `state_arrays`.
    """

    def __init__(self, optimizer: Optimizer):
        if not isinstance(optimizer, Optimizer):
            name, got = type(self).__name__, type(optimizer).__name__
            raise ValueError(f"{name} needs an optimizer, got {got}; write {name}(Adam(net.params), ...)")
        self.optimizer = optimizer

    @property
    def params(self) -> dict[str, np.ndarray]:
        return self.optimizer.params

    @property
    def steps(self) -> dict[str, int]:
        return self.optimizer.steps

    @property
    def state(self) -> dict[str, dict[str, np.ndarray]]:
        return self.optimizer.state

    @property
    def lr(self) -> float:
        return self.optimizer.lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self.optimizer.lr = lr

    def step(self, grads: dict[str, np.ndarray]) -> None:
        self.optimizer.step(grads)

    def state_arrays(self) -> dict[str, np.ndarray]:
        return self.optimizer.state_arrays()

    def become(self, other: "Wrapper") -> None:
        self.optimizer.become(other.optimizer)  # as the same object: a schedule may hold it
        self.__dict__ = other.__dict__ | {"optimizer": self.optimizer}

    def fresh(self, params: dict[str, np.ndarray]) -> "Wrapper":
        new = copy.copy(self)
        new.optimizer = self.optimizer.fresh(params)
        return new


def went_on(before: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray]) -> dict[str, str]:
    """{key: the key that it had} for the arrays of a network that was replaced by another one: those that are the same
    array, and of the rest those with the same key and shape."""
    owner = {id(array): key for key, array in before.items()}
    same = {key: owner[id(array)] for key, array in now.items() if id(array) in owner}
    rest = before.keys() - set(same.values())
    return same | {
        key: key for key, array in now.items() if key in rest and key not in same and before[key].shape == array.shape
    }


def alike(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether two arrays have the same shape and the same kind of numbers."""
    return one.shape == two.shape and one.dtype.kind == two.dtype.kind
