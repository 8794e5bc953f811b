"""A report as HTML: the numbers as tables, the findings in words, wrong gradients as heat maps. All text is escaped."""

from collections.abc import Sequence
from html import escape

from minigan.gradcheck.core.report import Finding, Report
from minigan.gradcheck.show.heatmap import as_data_url, picture

STYLE = """
.gradcheck { font: 14px/1.45 system-ui, sans-serif; max-width: 72em; }
.gradcheck table { border-collapse: collapse; margin: .4em 0 .8em; font: inherit; color: inherit; }
.gradcheck th, .gradcheck td { padding: .15em .9em .15em 0; text-align: left; font-weight: normal; border: 0; }
.gradcheck th { opacity: .7; border-bottom: 1px solid #8888; }
.gradcheck .number { text-align: right; } .gradcheck td.number { font-family: ui-monospace, monospace; }
.gradcheck .finding { border-left: 4px solid #c33; padding: .1em 0 .1em 1em; margin: 1em 0; }
.gradcheck .finding.not-checked { border-color: #b70; }
.gradcheck .hint { font-weight: 600; }
.gradcheck .cause { font: 12px ui-monospace, monospace; border: 1px solid #8888; border-radius: .6em; padding: 0 .5em; }
.gradcheck .note { opacity: .75; }
.gradcheck img { max-width: 100%; background: white; }
.gradcheck .ok { color: #1a7f37; } .gradcheck .WRONG { color: #c33; } .gradcheck .NOT { color: #b70; }
"""
LEGEND = ("Red is positive, blue negative, white 0; the first two pictures have one scale. "
          "Grey: no number, or none that differences can tell.")  # fmt: skip


def as_html(report: Report, with_style: bool = True) -> str:
    """The report as one <div>. with_style=False leaves the style sheet out, for pages that have it already."""
    verdict = report.verdict
    parts = [f"<style>{STYLE}</style>"] if with_style else []
    parts += [f'<p><b class="{verdict}">{escape(report.name)}: {verdict}</b> '
              f'<span class="note">({report.checked:,} derivatives, {report.seconds:.2f} s)</span></p>']  # fmt: skip
    if report.errors:
        rows = [(where, report.error(where), entries(report, where)) for where in report.errors]
        parts.append(table(("gradient", "largest relative error", "entries"), rows, numbers=(1,)))
    if report.kinks:
        parts.append(f'<p class="note">{report.kinks} entries lie on a kink, or are lost in rounding, and were left '
                     "out.</p>")  # fmt: skip
    parts += [f'<p class="note">Note: {escape(note)}</p>' for note in report.notes]
    parts += [finding_as_html(finding) for finding in report.findings]
    return '<div class="gradcheck">' + "\n".join(parts) + "</div>"


def entries(report: Report, where: str) -> str:
    """How many entries of a gradient were checked, in words."""
    if where not in report.sampled:
        return "all, one by one"
    taken, size = report.sampled[where]
    return f"{taken} of {size:,} one by one, all together along random directions"


def finding_as_html(finding: Finding) -> str:
    """Its words, its worst entries, and the picture."""
    kind = "finding not-checked" if finding.cause == "not-checked" else "finding"
    cause = f' <span class="cause">{escape(str(finding.cause))}</span>' if finding.cause else ""
    parts = [f"<p><b>{escape(str(finding.where))}</b>: {escape(finding.message)}{cause}</p>"]
    if finding.hint:
        parts.append(f'<p class="hint">{escape(finding.hint)}</p>')
    if finding.evidence:
        parts.append(f"<p>Evidence: {escape(finding.evidence)}</p>")
    if finding.worst:
        rows = [(str(index), f"{said:+.6e}", f"{right:+.6e}") for index, said, right in finding.worst]
        parts.append(table(("worst entries at", "backward says", "differences say"), rows, numbers=(1, 2)))
    if has_picture(finding):
        png = picture(str(finding.where), finding.analytic, finding.numeric)
        alt = escape(f"{finding.where}: heat maps of what backward says, what differences say, and the difference")
        parts.append(f'<img alt="{alt}" src="{as_data_url(png)}"><p class="note">{LEGEND}</p>')
    return f'<div class="{kind}">' + "\n".join(parts) + "</div>"


def has_picture(finding: Finding) -> bool:
    """Whether both gradients are there as whole arrays of one shape."""
    one, two = finding.analytic, finding.numeric
    return one is not None and two is not None and one.shape == two.shape and one.ndim > 0 and one.size > 0


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], numbers: tuple) -> str:
    """Rows of text, escaped; the columns `numbers` to the right."""

    def line(cells, tag):
        kinds = [' class="number"' if k in numbers else "" for k in range(len(heading))]
        return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f"<table><tr>{line(heading, 'th')}</tr>{body}</table>"
