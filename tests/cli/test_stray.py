"""Words that no command knows: one line, with what was probably meant, and nothing is written."""

from argparse import Namespace

import pytest

from minigan.cli import run
from minigan.cli.stray import listed_later


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("trian", "unknown command 'trian'; did you mean train?; there are train, recipes"),
        ("eval", "did you mean evaluate?"),
        ("train --stepz 3", "unknown flag --stepz; did you mean --steps?; minigan train --help-all"),
        ("train --specral-norm", "did you mean --spectral-norm?"),  # a flag that --help hides
        ("evaluate --refrence=x", "unknown flag --refrence; did you mean --reference?; minigan evaluate --help lists"),
        ("train digits", "to train on these data: minigan train --data digits"),
        ("train folder:x", "minigan train --data folder:x"),
        ("train wgan-gp", "to train by this recipe: minigan train --recipe wgan-gp"),
        ("train paper32", "to train these networks: minigan train --preset paper32"),
        ("train digit", "the nearest name is digits, given with --data"),
        ("train xyzzy", "does not take the word 'xyzzy'; see minigan train --help"),
        ("exercise chek", "unknown word 'chek'; did you mean check?; there are start, check, progress"),
    ],
)
def test_what_was_meant(arguments, words, capsys):
    try:
        code = run(arguments.split())
    except SystemExit as stop:  # argparse's own way
        code = stop.code
    said = capsys.readouterr().err
    assert code == 2 and words in said and said.count("\n") == 1 and said.startswith("minigan: error: ")


def test_a_run_a_folder_and_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, words in (("run", "minigan train --resume --out run"), ("faces", "minigan train --data folder:faces"),
                        ("a.npz", "minigan train --data npz:a.npz")):  # fmt: skip
        (tmp_path / name.partition(".")[0]).mkdir() if "." not in name else (tmp_path / name).touch()
        if name == "run":
            (tmp_path / "run/checkpoint.npz").touch()
        assert run(["train", name]) == 2 and words in capsys.readouterr().err


def test_words_behind_a_flag_go_to_the_list():
    args = Namespace(pictures=["a.png"])
    assert listed_later(args, ["b.png", "--no", "c.png"], "pictures") == ["--no"]
    assert args.pictures == ["a.png", "b.png", "c.png"] and listed_later(args, ["d"], None) == ["d"]
