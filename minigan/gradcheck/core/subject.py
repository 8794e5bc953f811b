"""The layer under test, called with care: float64 copies of it, and whatever goes wrong said in words."""

import copy
import inspect
import traceback
from typing import Any

import numpy as np

from minigan.gradcheck.core.arguments import missing_import
from minigan.gradcheck.core.causes import SHARED
from minigan.gradcheck.core.report import Finding
from minigan.layers import Layer

because = SHARED.because
VISIBLE = 0.05  # replaces a tiny eps
AVERAGES = ("running", "moving")  # what the names of running averages begin with
RETURNS = {
    "forward": "end forward with `return y, cache`; keep nothing on self, a second forward would overwrite it",
    "backward": "end backward with `return dx, grads`, where grads is {} for a layer without parameters",
}


class Broken(Exception):
    """The check cannot go on; `finding` says why."""

    def __init__(self, where: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.finding = Finding(where, message, **more)


class Subject:
    """One layer in one mode (training True or False; None for a layer that knows no modes).

    Each `fresh()` copy starts from the same state and the same random numbers, so that a repeated forward pass is the
    same pass. The copies share the parameters' arrays: what is changed in `params` is seen by all. given: facts that
    forward is told beside x, such as {"labels": (N,) ints}, for a layer that takes them.
    """

    def __init__(self, layer: Any, training: bool | None, given: dict | None = None) -> None:
        self.layer, self.training, self.given = layer, training, given
        self.params = arrays(layer, "params")
        self.before = snapshot(self.params)
        self.after = {}  # the parameters as backward left them, if it changed them
        self.random = np.random.get_state()

    def in_mode(self, training: bool) -> "Subject":
        """The same layer in another mode."""
        return Subject(self.layer, training, self.given)

    def fresh(self) -> Any:
        """A copy of the layer, its randomness as at the start."""
        np.random.set_state(self.random)  # NumPy's global numbers, for layers that draw from them
        return copy.deepcopy(self.layer, {id(p): p for p in self.params.values()})

    def put_back(self, layer: Any = None) -> None:
        """Restore the parameters' values, whatever the layer (a copy) did to them or to its dict of them."""
        for key, array in self.params.items():
            array[...] = self.before[key]
            if layer is not None and layer.params.get(key) is not array:
                layer.params[key] = array

    def forward(self, layer: Any, x: np.ndarray) -> tuple:
        """-> y, cache. Raises Broken."""
        result = called(layer, "forward", x, **options(layer, self.training, self.given))
        y, cache = pair(result, "forward", "y and a cache")
        if not isinstance(y, np.ndarray):
            raise Broken("forward", f"y must be an array, got {described(y)}", **because("returns"))
        if not np.isfinite(y).all():
            kind = "NaN" if np.isnan(y).any() else "infinity"
            hint = "is x where the layer is defined? Hand in an x of your own, or use a formula that cannot overflow"
            raise Broken("forward", f"y holds {kind}", **because("nan", hint=hint))
        return y, cache

    def backward(self, layer: Any, dy: np.ndarray, cache: Any, **more: Any) -> tuple:
        """-> dx, grads, a dict of arrays as its keys promise. Raises Broken."""
        result = called(layer, "backward", dy, cache, **more)
        why = because("returns", hint=RETURNS["backward"])
        if result is None:
            raise Broken("backward", "returned None; is the return statement missing?", **why)
        dx, grads = pair(result, "backward", "dx and a dict")
        if not isinstance(grads, dict):
            raise Broken("backward", f"the second value must be a dict of gradients, got {described(grads)}", **why)
        return dx, grads


def pair(result: Any, method: str, what: str) -> tuple:
    """What a method returned, which must be a tuple of two. Raises Broken."""
    if isinstance(result, tuple) and len(result) == 2:
        return result
    got = f"only {what.split()[0]}" if isinstance(result, np.ndarray) else described(result)
    raise Broken(method, f"must return {what}, returned {got}", **because("returns", hint=RETURNS[method]))


def options(layer: Any, training: bool | None, given: dict | None = None) -> dict:
    """The optional arguments of a layer's forward: its mode, and what it is given beside x, where it takes them."""
    found = {} if training is None or not takes(layer, "forward", "training") else {"training": training}
    return found | ({"given": given} if given is not None and takes(layer, "forward", "given") else {})


def called(layer: Any, method: str, *args: Any, **more: Any) -> Any:
    """The result of layer.method(...), its exceptions as Broken."""
    try:
        function = getattr(layer, method)
        with np.errstate(all="ignore"):
            return function(*args, **more)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]  # without this one
        if not frames and isinstance(error, TypeError | AttributeError):
            wanted = {"forward": "forward(self, x, training=True)"}.get(method, f"{method}(self, dy, cache)")
            raise Broken(method, f"could not be called: {error}", **because("signature", wanted=wanted)) from error
        place = f"{frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line}" if frames else ""
        why = because("raises", place, missing_import(error))
        raise Broken(method, f"raised {type(error).__name__}: {error}", **why) from error


def takes(layer: Any, method: str, name: str) -> bool:
    """Whether layer.method has an argument `name`."""
    try:
        known = inspect.signature(getattr(layer, method)).parameters
    except (AttributeError, TypeError, ValueError):
        return False
    return name in known or any(p.kind is p.VAR_KEYWORD for p in known.values())


def parts(layer: Any) -> dict:
    """The layers of a composite by name, {} for any other layer. This alone decides what a composite is."""
    found = getattr(layer, "layers", {})
    return found if hasattr(found, "items") else {}


def pack_size(layer: Any) -> int:
    """How many samples of x make one of y: 1, but for a Pack."""
    return getattr(layer, "pack_size", 1)


def arrays(layer: Any, kind: str) -> dict:
    """layer.params or layer.state, {} if there is none. Raises Broken unless it is a dict of arrays of floats."""
    found = getattr(layer, kind, {})
    if not hasattr(found, "items"):
        raise Broken(kind, f"must be a dict of arrays, got {described(found)}", **because("params"))
    for key, value in found.items():
        if not isinstance(value, np.ndarray) or (kind == "params" and value.dtype.kind != "f"):
            message = f"{kind}[{key!r}] must be an array of floats, got {described(value)}"
            raise Broken(kind, message, **because("params"))
    return found


def stored(layer: Any) -> dict:
    """The layer's state, also where it is kept as attributes: running_mean, moving_var."""
    found = dict(getattr(layer, "state", {}))
    for name, value in getattr(layer, "__dict__", {}).items():
        kept = isinstance(value, np.ndarray) and value.dtype.kind == "f" and name.lower().startswith(AVERAGES)
        if kept and not any(value is array for array in found.values()):
            found[name] = value
    return found


def generators(layer: Any) -> tuple:
    """The states of all random generators that the layer may draw from, to be compared."""
    own = [v for v in getattr(layer, "__dict__", {}).values() if isinstance(v, np.random.Generator)]
    return [g.bit_generator.state for g in own], np.random.get_state()[2]


def prepared(layer: Any, x: np.ndarray, modes: tuple, rng: np.random.Generator, given: dict | None = None) -> Any:
    """A float64 copy of the layer with parameters and state moved off their initial values, so that y stays finite.

    A gradient that forgets gamma is right as long as gamma is 1, one that forgets the bias as long as it is 0. First
    each value is moved freely, to either sign; if the layer cannot bear that (a sigma below a root), each keeps its
    sign. Raises Broken if y is finite at the initial values and nowhere else.
    """
    try:
        plain = in_float64(copy.deepcopy(layer))
    except Broken:
        raise
    except Exception as error:
        message = f"could not be copied to float64: {type(error).__name__}: {error}"
        raise Broken("layer", message, **because("raises")) from error
    visible_eps(plain)
    for keep_signs in (False, True):
        candidate = moved(copy.deepcopy(plain), rng, keep_signs)
        if all(works(candidate, x, mode, given) for mode in modes):
            return candidate
    if all(works(plain, x, mode, given) for mode in modes) and arrays(plain, "params"):
        why = "the check moves parameters off their initial values"
        why = because("nan", hint=f"{why}; where in the formula is a root, a log or a division?")
        message = "y holds NaN or infinity, or forward raises, once the parameters are moved, signs kept"
        raise Broken("forward", message, **why)
    return candidate


def works(layer: Any, x: np.ndarray, mode: bool | None, given: dict | None = None) -> bool:
    """Whether a forward pass over a copy of x gives finite numbers."""
    try:
        subject = Subject(layer, mode, given)
        subject.forward(subject.fresh(), x.copy())
    except Broken:
        return False
    return True


def in_float64(layer: Any) -> Any:
    """Convert parameters and state to float64, also where the layer holds the same array under a name of its own."""
    old = {id(a): (kind, key) for kind in ("params", "state") for key, a in arrays(layer, kind).items()}
    aliases = [(name, old[id(a)]) for name, a in getattr(layer, "__dict__", {}).items() if id(a) in old]
    if isinstance(layer, Layer):
        layer.astype(np.float64)  # also where params is a property that merges those of inner layers
    for kind in ("params", "state"):
        found = arrays(layer, kind)
        for key, a in list(found.items()):
            if a.dtype.kind == "f":
                found[key] = a.astype(np.float64, copy=False)
    for name, (kind, key) in aliases:
        setattr(layer, name, arrays(layer, kind)[key])
    for name, a in stored(layer).items():
        if a.dtype == np.float32:
            setattr(layer, name, a.astype(np.float64))  # kept as an attribute; those in state are converted already
    return layer


def moved(layer: Any, rng: np.random.Generator, keep_signs: bool = False) -> Any:
    """The layer with parameters and state moved off their initial values. Variances stay positive."""
    for array in arrays(layer, "params").values():
        if keep_signs and ((array > 0).all() or (array < 0).all()):
            array *= np.exp(0.3 * rng.standard_normal(array.shape))
        else:
            array += 0.5 * rng.standard_normal(array.shape) * (1 + np.abs(array).mean())
    arrays(layer, "state")  # raises Broken if it is no dict of arrays
    for key, array in stored(layer).items():
        if array.dtype.kind == "f":
            positive = "var" in key or (array > 0).all()
            scale = np.exp(0.3 * rng.standard_normal(array.shape))
            array[...] = array * scale if positive else array + rng.standard_normal(array.shape)
    return layer


def visible_eps(layer: Any) -> None:
    """Make a tiny eps large enough to be seen: one that is in forward and not in backward hides below any tolerance."""
    for name in ("eps", "epsilon"):
        value = getattr(layer, "__dict__", {}).get(name)
        if isinstance(value, float) and 0 < value < 1e-2:
            setattr(layer, name, VISIBLE)


def snapshot(found: dict) -> dict:
    """Copies of the arrays."""
    return {key: np.array(array) for key, array in found.items()}


def changed(before: dict, found: dict) -> list:
    """The keys whose arrays are not as they were, or are gone or new."""
    now = {key: np.asarray(a) for key, a in found.items()}
    return sorted(k for k in before.keys() | now.keys()
                  if k not in before or k not in now or not same(before[k], now[k]))  # fmt: skip


def same(one: Any, two: Any) -> bool:
    """Equal to within rounding in another order, NaNs too."""
    one, two = np.asarray(one), np.asarray(two)
    if one.shape != two.shape or one.dtype.kind != "f" or two.dtype.kind != "f":
        return np.array_equal(one, two)
    with np.errstate(all="ignore"):
        return np.array_equal(one, two) or bool(np.abs(one - two).max() <= 1e-10 * np.abs(one).max())


def described(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, tuple):
        return f"{len(value)} values"
    return "None" if value is None else f"a {type(value).__name__}"
