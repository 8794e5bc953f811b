"""Tables of text: columns lined up, for the terminal and for files."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Rows of text -> lines in which the columns stand below each other: the first `left` of them aligned to the left,
    the others, which hold numbers, to the right. Rows may be shorter than the longest."""
    count = max(map(len, rows), default=0)
    widths = [max(len(row[k]) for row in rows if k < len(row)) for k in range(count)]
    return [
        "  ".join(cell.ljust(w) if k < left else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths))).rstrip()  # noqa: B905
        for row in rows
    ]


def table(rows: Sequence[Sequence[str]], left: int = 3) -> str:
    """The same as one text, the first row a heading and the last a total, each divided from the others by a rule."""
    lines = aligned(rows, left)
    count = max(map(len, rows))
    rule = "-" * (sum(max(len(row[k]) for row in rows if k < len(row)) for k in range(count)) + 2 * (count - 1))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
