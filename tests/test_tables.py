"""Columns of text stand below each other."""

from minigan.tables import aligned, table


def test_columns_are_aligned():
    assert aligned([("a", "b"), ("long", "1"), ("x", "100")]) == ["a       b", "long    1", "x     100"]
    assert aligned([("a", "b", "c"), ("long", "1", "22"), ("x",)], left=2) == ["a     b   c", "long  1  22", "x"]
    assert aligned([]) == []


def test_a_table_has_rules_below_its_head_and_above_its_total():
    rows = [("part", "n"), ("one", "1"), ("two", "22"), ("all", "23")]
    assert table(rows, left=1).splitlines() == ["part   n", "--------", "one    1", "two   22", "--------", "all   23"]
