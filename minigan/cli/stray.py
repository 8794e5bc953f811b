"""Words on the command line that no command knows: what was probably meant, and what to type."""

import argparse
import difflib
import re
from pathlib import Path


def listed_later(args: argparse.Namespace, stray: list[str], name: str | None) -> list[str]:
    """Words that stand behind a flag go to the list `name` of the command, where argparse (before Python 3.13) leaves
    them over -> the words that are still left. None: the command has no such list."""
    words = [word for word in stray if name and not word.startswith("-")]
    if words:
        setattr(args, name, [*getattr(args, name), *words])
    return [word for word in stray if word not in words]


def refuse_stray(top: argparse.ArgumentParser, command: str | None, stray: list[str]) -> None:
    """Raise ValueError for the first word that is left over, with what was probably meant."""
    if not stray:
        return
    parser = subparsers(top).get(command, top)
    word = stray[0]
    if word.startswith("-"):
        flags = [flag for action in parser._actions for flag in action.option_strings]
        flag, help = word.partition("=")[0], "--help-all" if "--help-all" in flags else "--help"
        raise ValueError(f"unknown flag {flag}{nearest(flag, flags)}; {parser.prog} {help} lists them")
    meant = meant_by(word) if command == "train" else ""
    raise ValueError(f"{parser.prog} does not take the word {word!r}{meant}; see {parser.prog} --help")


def meant_by(word: str) -> str:
    """ "; for the data digits: minigan train --data digits" for a word that names something to train with; else ""."""
    from minigan import data
    from minigan.models import PRESETS
    from minigan.recipes import book

    path = Path(word)
    if word in data.DESCRIPTIONS or word.startswith(("folder:", "npz:")):
        return f"; to train on these data: minigan train --data {word}"
    if word in PRESETS:
        return f"; to train these networks: minigan train --preset {word}"
    if word in book.names():
        return f"; to train by this recipe: minigan train --recipe {word}"
    if (path / "checkpoint.npz").exists():
        return f"; to go on with this run: minigan train --resume --out {word}"
    if path.is_dir():
        return f"; to train on the pictures in it: minigan train --data folder:{word}"
    if path.is_file():
        return f"; to train on what is in it: minigan train --data {path.suffix.removeprefix('.') or 'npz'}:{word}"
    names = [*data.DESCRIPTIONS, *PRESETS, *book.names()]
    return nearest(word, names, "; the nearest name is {}, given with --data, --preset or --recipe")


def in_other_words(message: str) -> str:
    """What argparse says, with the nearest name where a word is none of its choices."""
    match = re.search(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)", message)
    if match is None:
        return message
    choices = re.findall(r"[\w-]+", match[2])
    what = "command" if message.startswith("argument COMMAND") else "word"
    return f"unknown {what} {match[1]!r}{nearest(match[1], choices)}; there are {', '.join(choices)}"


def nearest(word: str, names: list[str], words: str = "; did you mean {}?") -> str:
    """`words` with the name that is most like this one, or "" if none is."""
    lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(word.lower(), lower, n=1) or [name for name in lower if word.lower() in name][:1]
    return words.format(lower[near[0]]) if near and len(word) > 1 else ""


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of its commands, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}
