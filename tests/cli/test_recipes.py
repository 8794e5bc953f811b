"""`minigan recipes`, and the flags that a recipe is composed of."""

import json

import pytest

from minigan.baselines import BASELINES
from minigan.recipes import book


def test_a_line_each_the_name_first(terminal):
    lines = terminal.ok("recipes").stdout.partition("\n\n")[0].splitlines()
    assert sorted(line.split()[0] for line in lines) == book.names()
    start = {line.index(book.recipe(line.split()[0]).SUMMARY) for line in lines}
    assert len(start) == 1, "aligned"


def test_one_in_full(terminal):
    said = terminal.ok("recipes wgan-gp").stdout
    assert "arXiv:1704.00028" in said and "penalty  wgan-gp:10" in said and "minigan train --recipe wgan-gp" in said
    terminal.refused("recipes wgan-pg", "unknown recipe 'wgan-pg'", "did you mean wgan-gp?")
    terminal.refused("train --recipe wgangp", "unknown recipe 'wgangp'", "did you mean wgan-gp?")


def test_baselines_stand_below_and_are_fitted_not_trained(terminal):
    below = terminal.ok("recipes").stdout.split("\n\n")[1].splitlines()
    assert "fitted and not trained" in below[0] and [line.split()[0] for line in below[1:]] == list(BASELINES)
    said = terminal.ok("recipes pca").stdout
    assert "Tipping & Bishop 1999" in said and "minigan compare gan pca --data digits" in said
    terminal.refused("train --recipe pca", "pca is a baseline", "not trained in steps", "minigan compare pca")


@pytest.mark.long
def test_flags_go_before_the_recipe(terminal, tmp_path):
    flags = "--data ring --batch-size 8 --steps 2 --quiet"
    terminal.ok(f"train {flags} --recipe wgan-gp --k 1 --beta1 0.5 --no-adversarial --term pull-away --out a")
    said = json.loads((tmp_path / "a/config.json").read_text())["settings"]
    assert (said["recipe"], said["k"], said["beta1"], said["penalty"]) == ("wgan-gp", 1, 0.5, ["wgan-gp:10"])
    assert said["adversarial"] is False and said["term"] == ["pull-away"] and said["beta2"] == 0.9
    terminal.ok(f"train {flags} --loss hinge --penalty r1:1.0 --penalty r2:1.0:4 --spectral-norm --ema 0.999 --pac 2 "
                "--term pull-away:0.1 --g-lr 1e-4 --d-lr 4e-4 --beta2 0.9 --lr-schedule cosine --instance-noise "
                "--out b")  # fmt: skip
    said = json.loads((tmp_path / "b/config.json").read_text())["settings"]
    assert said["penalty"] == ["r1:1.0", "r2:1.0:4"] and said["spectral_norm"] is True and said["pac"] == 2
    assert (said["ema"], said["instance_noise"], said["g_lr"], said["d_lr"]) == (0.999, 0.1, 1e-4, 4e-4)


@pytest.mark.long
def test_refused_before_anything_is_written(terminal, tmp_path):
    for flags, *said in [
        ("--penalty r1:1 --clip", "--penalty r1 does not go with --clip"),
        ("--recipe gan --spectral-norm --clip", "--spectral-norm does not go with --clip"),
        ("--penalty r1:-1", "the weight must be a finite number of at least 0, got -1"),
        ("--recipe wgan-gp --d-norm batch", "--penalty wgan-gp does not go with --d-norm batch"),
        ("--pac 3 --batch-size 64", "--pac 3", "try 63"),
        ("--data ring --diff-augment", "'ring' holds points"),
    ]:
        terminal.refused(f"train {flags} --out new", *said)
    assert not (tmp_path / "new").exists()


@pytest.mark.long
def test_the_networks_of_a_recipe(terminal):
    assert "SpectralNorm" in terminal.ok("summary quick --recipe sn-gan").stdout
    assert "SpectralNorm" not in terminal.ok("summary quick").stdout
    terminal.refused("summary quick --recipe sngan", "did you mean sn-gan?")
