"""A report as HTML: everything in it, escaped, with pictures where there are arrays."""

from html.parser import HTMLParser

import numpy as np

from minigan.gradcheck import Finding, Report
from minigan.gradcheck.show.markup import as_html

VOID = {"img", "meta", "hr", "br"}


class Balance(HTMLParser):
    """Counts tags and sees that they close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def report():
    worst = [((0, 1), 1.0, 2.0)]
    wrong = Finding(
        "w", "wrong: x < y", 0.5, worst, "factor", "halve <b>it</b>", "2 & 2", np.ones((2, 3)), np.ones((2, 3))
    )
    nasty = Finding("<script>", '"><img src=x onerror=alert(1)>', cause="<i>")
    return Report("a<b>.py::Den&se", [wrong, nasty], {"w": 0.5, "b": 0.0}, 7, 2, 0.1, {"b": (100, 5000)}, ["<u>note"])


def test_all_is_there_and_escaped():
    text = as_html(report())
    for piece in ("a&lt;b&gt;.py::Den&amp;se: WRONG", "wrong: x &lt; y", "halve &lt;b&gt;it", "2 &amp; 2", "(0, 1)",
                  "+1.000000e+00", "factor", "100 of 5,000", "2 entries lie on a kink", "&lt;u&gt;note",
                  "&lt;script&gt;"):  # fmt: skip
        assert piece in text, piece
    seen = Balance(text)
    assert not seen.open and "script" not in seen.tags and "b" in seen.tags and "onerror" not in seen.attributes


def test_pictures_only_where_there_are_two_arrays_of_one_shape():
    assert Balance(as_html(report())).tags.count("img") == 1
    for arrays in [{}, {"analytic": np.ones(3)}, {"analytic": np.ones(3), "numeric": np.ones(4)},
                   {"analytic": np.ones(()), "numeric": np.ones(())}]:  # fmt: skip
        assert "<img" not in as_html(Report("a", [Finding("w", "wrong", **arrays)]))


def test_the_verdict_has_its_colour():
    assert 'class="ok"' in as_html(Report("a"))
    unchecked = as_html(Report("a", [Finding("w", "?", cause="not-checked")]))
    assert 'class="NOT CHECKED"' in unchecked and "finding not-checked" in unchecked
    assert "<style>" in unchecked and "<style>" not in as_html(Report("a"), with_style=False)
