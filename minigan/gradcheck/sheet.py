"""The source of one class or function as a file that runs by itself, with a name that tells nothing."""

import ast
import inspect
import io
import re
import sys
import tokenize


def as_sheet(subject, name):
    """The file: the imports of the subject's module, what else of the module it needs, and the subject, called `name`
    in the spelling of its kind (Quiz7 for a class, quiz7 for a function). Comments, docstrings and its decorators go:
    they may tell the answer."""
    module = sys.modules[subject.__module__]
    source = inspect.getsource(module)
    tree = ast.parse(source)
    statements = {target: node for node in tree.body for target in names_of(node)}
    own = next(node for node in tree.body if getattr(node, "name", None) == subject.__name__)
    needed = closure(own, statements)
    kept = [node for node in tree.body if node in needed and node is not own]
    title = name.capitalize() if inspect.isclass(subject) else name
    imports = [as_text(node, source) for node in kept if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [as_text(node, source) for node in kept if not isinstance(node, ast.Import | ast.ImportFrom)]
    text = re.sub(rf"\b{subject.__name__}\b", title, as_text(own, source))
    head = ["\n".join(imports)] if imports else []
    return without_comments("\n\n\n".join([*head, *others, text]) + "\n")


def names_of(node):
    """The names that a statement of a module gives."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    if isinstance(node, ast.Assign):
        return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return [node.name] if hasattr(node, "name") else []


def closure(own, statements):
    """`own`, which is taken without its decorators, and the statements that give the names it uses, and so on."""
    needed, waiting = set(), [own]
    while waiting:
        node = waiting.pop()
        if node in needed:
            continue
        needed.add(node)
        parts = [node] if not hasattr(node, "decorator_list") else [n for n in ast.iter_child_nodes(node)
                                                                    if n not in node.decorator_list]  # fmt: skip
        used = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
        waiting += [statements[name] for name in used if name in statements]
    return needed


def as_text(node, source):
    """The statement's source, without its decorators and without docstrings."""
    lines, drop = source.split("\n"), set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(inner) and len(inner.body) > 1:
            first, second = inner.body[:2]
            after = min(part.lineno for part in [second, *getattr(second, "decorator_list", [])])
            drop |= set(range(first.lineno, after))
    return "\n".join(lines[k - 1] for k in range(node.lineno, node.end_lineno + 1) if k not in drop)


def without_comments(text):
    """The code with its comments cut away."""
    lines = text.split("\n")
    comments = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT]
    for token in comments:
        row, column = token.start
        lines[row - 1] = lines[row - 1][:column].rstrip()
    bare = {token.start[0] - 1 for token in comments if not lines[token.start[0] - 1]}
    return "\n".join(line for k, line in enumerate(lines) if k not in bare)
