"""What a terminal can show: no sign that its encoding lacks may end a command."""

import codecs
import sys

PLAIN = {"×": "x", "→": "->", "—": "-", "–": "-", "−": "-", "·": "-", "…": "...", "±": "+-", "²": "^2", "é": "e",
         "“": '"', "”": '"', "‘": "'", "’": "'", "≤": "<=", "≥": ">=", "µ": "u", "█": "#", "▌": "#"}  # fmt: skip


def say_in_any_encoding() -> None:
    """Let stdout and stderr write what their encoding lacks in plain signs: "x" for the multiplication sign, "?" for
    what has no plain form. A Windows console in cp1252 and a pipe in ASCII lack many."""
    codecs.register_error("minigan.plain", plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a test or a notebook has put an object of its own
            stream.reconfigure(errors="minigan.plain")


def plainly(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `codecs`: the signs that could not be encoded, in plain ones."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in missing), error.end
