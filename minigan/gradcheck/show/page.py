"""Reports of gradient checks, many at once: a table for the terminal, a page for the browser."""

from html import escape

from minigan.files import replacing
from minigan.gradcheck.core.report import Report
from minigan.gradcheck.show.markup import STYLE, as_html, table
from minigan.tables import table as text_table


def summary(reports: list[Report]) -> list[tuple]:
    """Rows of text: name, verdict, derivatives, largest relative error, seconds."""
    return [(r.name, r.verdict, f"{r.checked:,}", r.error(), f"{r.seconds:.2f}") for r in reports]


PAGE_STYLE = "body { margin: 2em auto; max-width: 72em; padding: 0 1em; font-family: system-ui, sans-serif; }"
HEADING = ("what", "verdict", "derivatives", "largest relative error", "seconds")


def table_of(reports: list[Report]) -> str:
    """The reports as a table of text, a line for each, and a line for all."""
    wrong = sum(not report.ok for report in reports)
    checked, seconds = sum(report.checked for report in reports), sum(report.seconds for report in reports)
    total = (f"{len(reports)} checks", f"{wrong} not ok" if wrong else "ok", f"{checked:,}", "", f"{seconds:.2f}")
    return text_table([HEADING, *summary(reports), total], left=2)


def write_page(path: str, reports: list[Report]) -> None:
    """Write a page with all reports to `path`; it holds its pictures and its style itself. Raises OSError."""
    names = ", ".join(report.name for report in reports[:3]) + (", ..." if len(reports) > 3 else "")
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>gradcheck: {escape(names)}</title>",
        f"<style>{PAGE_STYLE}{STYLE}</style></head><body>",
        "<h1>Gradient check</h1>",
    ]
    if len(reports) > 1:
        parts.append(f'<div class="gradcheck">{table(HEADING, summary(reports), numbers=(2, 3, 4))}</div>')
    parts += [f"<hr>{as_html(report, with_style=False)}" for report in reports]
    with replacing(path) as file:
        file.write("\n".join([*parts, "</body></html>\n"]).encode())
