"""A table for the terminal, a page for the browser."""

import re

import numpy as np
import pytest

from minigan.gradcheck import Finding, Report
from minigan.gradcheck.show.page import table_of, write_page


@pytest.fixture
def reports():
    arrays = {"analytic": np.ones((2, 3)), "numeric": np.zeros((2, 3))}
    return [Report("dense", errors={"w": 1e-9, "b": 2e-8}, checked=1200, seconds=0.5),
            Report("conv <2d>", [Finding("w", "wrong", **arrays)], {"w": 0.5}, 34, 0, 0.25),
            Report("empty")]  # fmt: skip


def test_table(reports):
    lines = table_of(reports).split("\n")
    assert len(lines) == 1 + 1 + 3 + 1 + 1
    assert re.fullmatch(r"dense +ok +1,200 +2\.0e-08 +0\.50", lines[2])
    assert re.fullmatch(r"conv <2d> +WRONG +34 +5\.0e-01 +0\.25", lines[3])
    assert re.fullmatch(r"3 checks +1 not ok +1,234 +0\.75", lines[-1])
    assert "ok" in table_of(reports[:1]).split("\n")[-1]


def test_page(reports, tmp_path):
    write_page(tmp_path / "page.html", reports)
    text = (tmp_path / "page.html").read_text()
    assert text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>")
    assert text.count("data:image/png;base64,") == 1 and "conv &lt;2d&gt;" in text and "conv <2d>" not in text
    assert text.count("<style>") == 1 and text.count("<table>") == 3, "one for all, one for each with errors"
    assert not re.search(r"(src|href)=\"(?!data:)", text) and "url(" not in text and "@import" not in text
    assert not list(tmp_path.glob(".*"))


def test_a_page_that_cannot_be_written_leaves_what_was_there(reports, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        write_page(tmp_path / "nowhere" / "page.html", reports)
    (tmp_path / "page.html").write_text("before")
    with pytest.raises(AttributeError):
        write_page(tmp_path / "page.html", [None])
    assert (tmp_path / "page.html").read_text() == "before"
