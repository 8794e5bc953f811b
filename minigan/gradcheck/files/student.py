"""Checks the classes in a student's file: `my_layers.py::MyConv2D`. Whatever is wrong with the file is said in one
sentence.

A class with forward and backward is a layer, one with discriminator and generator a loss, one with step an optimizer;
functions called d_step and g_step are a game.
Arguments that a class needs and nobody gave get a value by their name (c_in, kernel, ...), and the report tells which.
"""

import contextlib
import difflib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import numpy as np

from minigan.gradcheck.core.arguments import arguments, did_you_mean, missing_import, place
from minigan.gradcheck.core.report import Report
from minigan.gradcheck.files.builtin import Case, check
from minigan.gradcheck.files.guesses import labels_for, tried_layer

MODULE = "minigan_student_file"
KINDS = {"layer": ("forward", "backward"), "loss": ("discriminator", "generator"), "optimizer": ("step",)}
STEPS = ("d_step", "g_step")


def check_file(spec: str, kwargs: dict | None = None, input_shape: tuple | None = None, seed: int = 0,
               tolerance: float | None = None, double: bool = False) -> list[Report]:  # fmt: skip
    """Check a class in a file, "FILE::CLASS", or all in "FILE", or its d_step and g_step -> a list of Reports.

    kwargs: for the class's constructor. input_shape: of x, batch included; default: one that suits the layer. double:
    check the layers' double_backward. Raises ValueError, one sentence, if the file cannot be read or run, or there is
    nothing to check, or it cannot be made.
    """
    path, _, name = spec.partition("::")
    if not path:
        raise ValueError(f"expected a file before the colons, such as my_layers.py::{name or 'MyLayer'}, got {spec!r}")
    with loaded(path) as module:
        steps = own_steps(module, name)
        classes = [] if name in steps else [named(module, path, name)] if name else of_interest(module, path, steps)
        reports = [check_class(cls, path, kwargs or {}, input_shape, seed, tolerance, double) for cls in classes]
        return reports + [check(Case("game"), steps, None, seed, tolerance) for _ in range(bool(steps))]


def own_steps(module: ModuleType, name: str) -> dict:
    """The functions of a game that are written in the file, or the one called `name` alone; {} where there are none."""
    found = {step: getattr(module, step, None) for step in STEPS if name in ("", step)}
    return {step: f for step, f in found.items() if inspect.isfunction(f) and f.__module__ == MODULE}


@contextlib.contextmanager
def loaded(path: str) -> Iterator[ModuleType]:
    """Run the file as a module, under a name of its own and with its folder on sys.path, as `python FILE` has it.

    Both are taken back afterwards, and so are its neighbours in the folder: the next time all are read anew.
    """
    file = Path(path)
    if not file.is_file():
        others = sorted(other.name for other in file.parent.glob("*.py")) if file.parent.is_dir() else []
        near = difflib.get_close_matches(file.name, others, n=1)
        hint = f"did you mean {file.parent / near[0]}?" if near else f"this folder is {Path.cwd()}"
        raise ValueError(f"{path} is not a file; {hint}")
    if file.suffix != ".py":
        raise ValueError(f"{path} is not a Python file; write the class into a file whose name ends in .py")
    folder, before = str(file.resolve().parent), set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield executed(path)
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "").parent == Path(folder):
                del sys.modules[name]
        sys.modules.pop(MODULE, None)


def executed(path: str) -> ModuleType:
    """The file at `path` as a module; ValueError with the line if it does not run."""
    loader = SourceFileLoader(MODULE, str(path))
    spec = importlib.util.spec_from_file_location(MODULE, path, loader=loader)
    module = sys.modules[MODULE] = importlib.util.module_from_spec(spec)
    try:
        exec(compile(Path(path).read_bytes(), str(path), "exec"), module.__dict__)  # no .pyc that may be older
    except SyntaxError as error:
        raise ValueError(syntax_error(path, error)) from error
    except (Exception, SystemExit) as error:
        raise ValueError(import_error(path, error)) from error
    return module


def syntax_error(path: str, error: SyntaxError) -> str:
    """What Python could not read, and where."""
    where = f"{path}, line {error.lineno}" if error.lineno else str(path)
    code = f": {error.text.strip()}" if error.text and error.text.strip() else ""
    starts = {line[:1] for line in Path(path).read_text(errors="replace").splitlines()}
    if isinstance(error, IndentationError) and {" ", "\t"} <= starts:  # a TabError, or one that looks like another
        return f"{where} mixes tabs and spaces; indent with spaces alone (most editors have a command for it){code}"
    kind = "the indentation is wrong" if isinstance(error, IndentationError) else "Python cannot read it"
    return f"{where}: {kind}: {error.msg}{code}"


def import_error(path: str, error: BaseException) -> str:
    """What stopped the file while it was run, where, and the likely fix."""
    where = place(error, path)
    if isinstance(error, ModuleNotFoundError):
        known = ("numpy", "numba", "matplotlib", "minigan"), sys.stdlib_module_names
        near = next(filter(None, (did_you_mean(str(error.name), names, cutoff=0.7) for names in known)), "")
        hint = near or "install it, or put its file beside this one"
        return f"{path} imports {error.name!r}, and there is no such module; {hint}{where}"
    hint = f"; {fix}" if (fix := missing_import(error)) else ""
    return f"{path} stops while it is read: {type(error).__name__}: {error}{hint}{where}"


def kind_of(cls: type) -> str | None:
    """ "layer", "loss" or "optimizer" by its methods, or None."""
    for kind, methods in KINDS.items():
        if all(callable(getattr(cls, method, None)) for method in methods):
            return kind
    return None


def of_interest(module: ModuleType, path: str, steps: dict) -> list[type]:
    """The classes written in the file (not those it imports) that can be checked; without `steps` there must be one."""
    own = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == MODULE]
    found = list(dict.fromkeys(cls for cls in own if kind_of(cls)))
    if not found and not steps:
        half = [cls.__name__ for cls in own if hasattr(cls, "forward")]
        names = f"its classes: {', '.join(cls.__name__ for cls in own)}" if own else "there is no class in it"
        names = f"{half[0]} has forward alone" if half else names
        raise ValueError(f"{path} has no class with the methods forward and backward; {names}")
    return found


def named(module: ModuleType, path: str, name: str) -> type:
    """The class `name` of the file."""
    cls = getattr(module, name, None)
    if inspect.isclass(cls):
        return cls
    classes = [key for key, value in vars(module).items() if inspect.isclass(value)]
    hint = did_you_mean(name, classes, cutoff=0.5) or f"there are {', '.join(classes) or 'no classes'}"
    what = "is not a class" if cls is not None else "is not there"
    raise ValueError(f"{name} {what} in {path}; {hint}")


GEOMETRY = ("stride", "strides", "pad", "pads", "padding", "dilation")


def left_alone(cls: type, kwargs: dict) -> list[str]:
    """A note on what had one value only: a layer that is right without a stride may be wrong with one."""
    plain = [f"{p.name}={p.default!r}" for p in arguments(cls).values() if p.name in GEOMETRY and p.name not in kwargs]
    example = next((part.split("=")[0] for part in plain), "")
    return [f"tried with {' '.join(plain)} alone; --kwargs '{example}=...' tries others"] if plain else []


def check_class(cls: type, path: str, kwargs: dict, input_shape: tuple | None, seed: int, tolerance: float | None,
                double: bool) -> Report:  # fmt: skip
    """The Report on one class, whose name tells what was checked."""
    kind = kind_of(cls) or "layer"
    if kind == "layer":
        layer, kwargs, shape = tried_layer(cls, kwargs, input_shape, np.random.default_rng(seed))
        case = Case("double-backward" if double else "layer", lambda: layer)
        facts = labels_for(layer, shape[0])
        report = check(case, {}, shape, seed, tolerance, facts)
        report.notes += left_alone(cls, kwargs)
        report.notes += [f"forward takes given, and got the labels {facts['labels'].tolist()}"] if facts else []
    else:
        shape = None
        report = check(Case(kind, cls), kwargs, input_shape, seed, tolerance)
    given = ", ".join(f"{key}={value!r}" for key, value in kwargs.items())
    report.name = f"{path}::{cls.__name__}({given})" + (f" on x {shape}" if shape else "")
    return report
