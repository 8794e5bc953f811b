"""The source of one wrong class or function as a file that runs by itself, with a name that tells nothing."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable

from minigan.lessons.clinic import zoo
from minigan.lessons.clinic.edits import without_words


def as_sheet(subject: Callable, name: str, source: str = "") -> str:
    """The file: imports, what else the subject needs of the zoo, and the subject itself, called `name` in the spelling
    of its kind (Quiz7 for a class, quiz7 for a function). source: the subject's, where its module does not hold it.
    Comments, docstrings and decorators may tell the answer: they go.

    A class that inherits from a right one of the zoo is written as one class, its own methods in the places of those
    that they override: beside the right method the wrong one would be too easy to find. (None of
    the zoo calls super(): it would have to be shown.)
    """
    home = Module(subject.__module__, source)
    own = home.statements[subject.__name__]
    family = [(home, own)]
    while inspect.isclass(subject) and (base := family[-1][0].base_of(family[-1][1])):
        family.append(base)
    imports, helpers = Imports(), {}
    for module, node in family:
        gather(module, node, imports, helpers, skip=[relative.name for _, relative in family])
    text = merged(family) if inspect.isclass(subject) else home.text(own)
    title = name.capitalize() if inspect.isclass(subject) else name
    text = re.sub(rf"\b{subject.__name__}\b", title, without_words(text))
    return "\n\n\n".join(filter(None, [imports.text(), *helpers.values(), text])) + "\n"


class Module:
    """The source of a module, and of what else is said to be in it; its statements by the names that they give."""

    def __init__(self, name: str, more: str = ""):
        self.name = name
        source = inspect.getsource(importlib.import_module(name)) + "\n" + more
        self.lines = source.split("\n")
        self.statements = {given: node for node in ast.parse(source).body for given in names_of(node)}

    def text(self, node: ast.AST) -> str:
        """A statement's source, without its decorators."""
        return "\n".join(self.lines[node.lineno - 1 : node.end_lineno])

    def base_of(self, node: ast.ClassDef) -> tuple | None:
        """The right class of the zoo that a class inherits from -> its Module and statement; None if there is none."""
        if len(node.bases) != 1 or not isinstance(node.bases[0], ast.Name):
            return None
        module, base = self.origin(node.bases[0].id)
        return (module, base) if isinstance(base, ast.ClassDef) else None

    def origin(self, name: str) -> tuple:
        """The statement that gives the name, here or where it was imported from within the zoo -> Module, statement."""
        node = self.statements.get(name)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{zoo.__name__}."):
            return Module(node.module).origin(name)
        return self, node


class Imports:
    """The imports that a sheet needs, no more."""

    def __init__(self):
        self.modules, self.names = set(), {}

    def add(self, node: ast.AST, name: str) -> None:
        """Of an import statement, the part that gives `name`."""
        part = next(ast.unparse(alias) for alias in node.names if name in (alias.asname, alias.name.partition(".")[0]))
        if isinstance(node, ast.Import):
            self.modules.add(f"import {part}")
        else:
            self.names.setdefault(node.module, set()).add(part)

    def text(self) -> str:
        others = (f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.names.items()))
        return "\n".join([*sorted(self.modules), *others])


def names_of(node: ast.AST) -> list[str]:
    """The names that a statement gives."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    if isinstance(node, ast.Assign):
        return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return [node.name] if hasattr(node, "name") else []


def gather(module: Module, node: ast.AST, imports: Imports, helpers: dict[str, str], skip: list[str]) -> None:
    """Add what a statement, without its decorators, needs: imports, and the source of other statements, each after what
    it needs itself. skip: names that are there already."""
    decorators = getattr(node, "decorator_list", [])
    parts = [part for part in ast.iter_child_nodes(node) if part not in decorators]
    for name in sorted({n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}):
        place, statement = module.origin(name)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.add(statement, name)
        elif statement is not None and name not in skip and name not in helpers:
            helpers[name] = ""  # known from here on, also to itself
            gather(place, statement, imports, helpers, skip)
            helpers[name] = helpers.pop(name) or without_words(place.text(statement))


def merged(family: list[tuple]) -> str:
    """A class and those it inherits from, the nearest first, as the source of one class."""
    members = {}
    for module, node in reversed(family):
        for member in node.body:
            if isinstance(member, ast.Expr):  # a docstring
                continue
            key = ", ".join(names_of(member)) or ast.unparse(member)
            first = min(part.lineno for part in [member, *getattr(member, "decorator_list", [])])
            members[key] = "\n".join(module.lines[first - 1 : member.end_lineno])
    _, own = family[0]
    _, last = family[-1]
    bases = f"({', '.join(map(ast.unparse, last.bases))})" if last.bases else ""
    return f"class {own.name}{bases}:\n" + "\n\n".join(members.values())
