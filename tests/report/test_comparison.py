"""The table and the picture of a comparison."""

from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest

from minigan.report import pictures
from minigan.report.comparison import Row, markdown, mean, picture, spread, std, table

Published = namedtuple("Published", "method modes reverse_kl source")
PAPER = Published("GAN", 6.3, None, "a paper, table 1")


@pytest.fixture
def rows():
    gan = Row("gan", 3, [0, 1], {"modes": [6.0, 8.0], "high_quality": [0.5, 0.7], "reverse_kl": [0.4, 0.2]},
              [10.0, 30.0], 8, PAPER, ["gan/seed-2: diverged: step 3"])  # fmt: skip
    other = Row("other", 3, [0], {"modes": [8.0], "high_quality": [0.99], "reverse_kl": [0.0]}, [5.0], 8)
    return [gan, other, Row("none", 3, troubles=["none/seed-0: killed: by SIGKILL"])]


def test_mean_and_standard_deviation():
    values = [7.0, 8.0, 8.0, 6.0]
    assert mean(values) == 7.25 and std(values) == pytest.approx(0.957427, rel=1e-6)  # of a sample: n - 1
    assert std([3.0]) is None
    assert spread("modes", values) == "7.2 ± 1.0" and spread("modes", [7.0]) == "7.0"
    assert spread("high_quality", [0.98, 0.96]) == "97.0 ± 1.4 %" and spread("high_quality", [0.5]) == "50.0 %"
    assert spread("reverse_kl", [0.1, 0.3]) == "0.200 ± 0.141"


def test_the_table(rows):
    lines = table("a heading", rows, [Published("ALI", 6.6, 0.73, "a paper, table 1")]).splitlines()
    assert lines[0] == "a heading" and "standard deviation" in lines[1]
    assert lines[3].split("  ")[0] == "recipe" and "modes of 8" in lines[3] and "FID" not in lines[3]
    assert lines[4].split() == "gan 2/3 7.0 ± 1.4 60.0 ± 14.1 % 0.300 ± 0.141 6 8 20 6.3".split()
    assert lines[5].split() == "other 1/3 8.0 99.0 % 0.000 8 5 -".split()
    assert lines[6].split() == "none 0/3 - - - - - -".split()
    assert lines[8:] == [
        "published, too: ALI 6.6, KL 0.73", "published: modes found, as a mean; a paper, table 1",
        "gan/seed-2: diverged: step 3", "none/seed-0: killed: by SIGKILL",
    ]  # fmt: skip


def test_kid_may_be_below_zero(rows):
    rows = [Row("gan", 2, [0, 1], {"modes": [6.0, 8.0], "kid": [-0.02, 0.03]}, [1.0, 1.0], 10)]
    assert "0.005 ± 0.035" in table("a heading", rows) and "KID" in table("a heading", rows)
    one = replace(rows[0], seeds=[1], scores={"modes": [8.0], "kid": [0.03]})
    both, alone = (coloured(picture("a heading", [row], {}), pictures.ORANGE) for row in (rows[0], one))
    assert both > 1.5 * alone  # neither of the two lies outside of its panel


def test_without_known_modes_the_table_says_so():
    scores = {"fid": [3.0, 5.0], "precision": [0.5, 0.7], "recall": [0.25, 0.25]}
    rows = [Row("gan", 2, [0, 1], scores, [1.0, 1.0])]
    lines = table("a heading", rows).splitlines()
    assert "recipe seeds modes FID precision recall" in " ".join(lines[3].split())
    assert lines[4].split() == "gan 2/2 - 4.00 ± 1.41 60.0 ± 14.1 % 25.0 ± 0.0 % - 1 -".split()
    assert "modes: not counted, because the data have neither known modes nor labels" in lines
    assert picture("a heading", rows, {}).ndim == 3


def test_markdown(rows):
    text = markdown("a heading", rows)
    body = [line for line in text.splitlines() if line.startswith("|")]
    assert len(body) == 5 and len({line.count("|") for line in body}) == 1
    assert "| gan | 2/3 | 7.0 ± 1.4 |" in text and "- gan/seed-2: diverged: step 3" in text and "compare.png" in text


def test_nothing_finished():
    rows = [Row("gan", 2, troubles=["gan/seed-0: not begun"])]
    assert table("heading", rows).splitlines()[4:] == ["gan       0/2", "", "gan/seed-0: not begun"]
    assert "| gan | 0/2 |" in markdown("heading", rows)
    assert picture("heading", rows, {}).ndim == 3


def coloured(shown, colour):
    """How many pixels are exactly of that colour."""
    rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((shown == rgb).all(axis=2).sum())


def test_the_picture_has_a_dot_for_every_seed(rows, rng):
    points = rng.standard_normal((50, 2))
    few = picture("heading", rows, {"gan": {0: points}}, real=points)
    rows[1].seeds, rows[1].scores = [0, 1, 2], {name: values * 3 for name, values in rows[1].scores.items()}
    rows[1].scores["modes"] = [4.0, 5.0, 6.0]
    more = picture("heading", rows, {"gan": {0: points}}, real=points)
    assert few.shape == more.shape and few.dtype == np.uint8
    assert coloured(more, pictures.ORANGE) > coloured(few, pictures.ORANGE) > 0
    assert coloured(few, pictures.BLUE) > 0  # the mean
    tall = picture("heading", rows + rows, {}, real=points)
    assert tall.shape[0] > 1.5 * few.shape[0]


def test_the_picture_shows_images(rows, rng):
    images = {"gan": {seed: rng.uniform(size=(40, 8, 8, 3)).astype(np.float32) for seed in range(3)}}
    with_images, without = picture("heading", rows, images), picture("heading", rows, {})
    assert with_images.shape[1] > without.shape[1]
    left = with_images[:, : with_images.shape[1] // 3].reshape(-1, 3).astype(int)
    assert len(np.unique(left, axis=0)) > 1000  # colours of noise


@pytest.mark.parametrize("high", [0.0024, 0.31, 3.4, 1000])
def test_the_numbers_under_a_panel_stand_apart(high, monkeypatch):
    monkeypatch.setattr(pictures, "rendered", lambda figure: figure)
    row = Row("gan", 2, [0, 1], {"modes": [6.0, 8.0], "reverse_kl": [high / 4, high]}, [1.0, 1.0], 8)
    figure = picture("a heading", [row], {})
    figure.canvas.draw()
    for panel in figure.axes:
        low, high = panel.get_xlim()
        labels = zip(panel.get_xticks(), panel.get_xticklabels(), strict=True)
        boxes = [label.get_window_extent() for at, label in labels if low <= at <= high and label.get_text()]
        assert all(one.x1 < two.x0 for one, two in zip(boxes, boxes[1:], strict=False))
