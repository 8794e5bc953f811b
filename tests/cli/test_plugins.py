"""`--plugin FILE.py`: a user's own file in every command, remembered by runs, refused in one line."""

import json

import pytest

PLUGIN = '''
import numpy as np

from minigan import register
from minigan.layers import Dense, Flatten, Reshape, Sequential, Tanh
from minigan.losses import NonSaturating
from minigan.penalties import R1


@register.loss("sharper")
class Sharper(NonSaturating):
    def __init__(self, smooth=1.0, sharpness=1.0):
        super().__init__(smooth)
        self.sharpness = sharpness

    def generator(self, fake_logits):
        value, d_fake = super().generator(fake_logits)
        return self.sharpness * value, (self.sharpness * d_fake).astype(d_fake.dtype)


@register.penalty("r1-again")
class Again(R1):
    pass


@register.network("tiny", z_dim=4, image_size=8, batch_size=8, steps=4)
def tiny(sample_shape, *, z_dim, rng, units=6):
    """Two dense layers each."""
    n = int(np.prod(sample_shape))
    G = Sequential(("one", Dense(z_dim, units, slope=0.2, rng=rng)), ("two", Dense(units, n, rng=rng)),
                   ("tanh", Tanh()), ("reshape", Reshape(*sample_shape)))
    D = Sequential(("flatten", Flatten()), ("one", Dense(n, units, slope=0.2, rng=rng)),
                   ("logit", Dense(units, 1, rng=rng)))
    return G, D


@register.schedule("halves")
def halves(t, steps):
    return 0.5**t


register.option(register.Option("sharpness", "how sharp the loss is", float, default=1.0, range="(0, inf)", alone=2.0))
register.option(register.Option("units", "width of the networks", int, default=6, range="[1, inf)"))
register.recipe("mine", {"loss": "sharper", "sharpness": 3.0, "preset": "tiny"}, summary="a sharper game")
'''
RUN = "train --plugin my_game.py --recipe mine --quiet"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_game.py"
    path.write_text(PLUGIN)
    return path


@pytest.mark.long
def test_train_sample_resume(terminal, file, tmp_path):
    terminal.ok(f"{RUN} --units 5 --penalty r1-again:0.5 --lr-schedule halves --out run")
    settings = json.loads((tmp_path / "run/config.json").read_text())["settings"]
    assert settings["sharpness"] == 3.0 and settings["units"] == 5 and settings["penalty"] == ["r1-again:0.5"]
    ((path, sha256),) = settings["plugin"]
    assert path == str(file.resolve()) and len(sha256) == 64
    assert terminal.ok("sample run -n 4 --out a.png").stderr == "", "it is loaded by itself"
    terminal.ok(f"{RUN} --out halves --units 7")
    terminal.ok("train --resume --out halves --steps 6 --quiet")
    terminal.refused("train --resume --out halves --steps 8 --sharpness 4 --plugin my_game.py --quiet",
                     "made with --sharpness 3.0, got 4.0")  # fmt: skip


@pytest.mark.long
def test_a_changed_file(terminal, file):
    terminal.ok(f"{RUN} --out run")
    file.write_text(PLUGIN + "# changed\n")
    note = terminal.ok("sample run -n 4 --out a.png").stderr
    assert note.count("\n") == 1 and "has changed since the run was made; it is used as it is now" in note
    assert terminal.ok("sample run -n 4 --out a.png --plugin my_game.py").stderr == "", "given again, it is meant so"
    terminal.refused("train --resume --out run --steps 6 --quiet", "has changed since the run was made", "--plugin")
    terminal.ok("train --resume --out run --steps 6 --quiet --plugin my_game.py")
    assert terminal.ok("sample run -n 4 --out b.png").stderr == "", "the run now remembers the file as it is"


@pytest.mark.long
def test_a_missing_file(terminal, file, tmp_path):
    terminal.ok(f"{RUN} --out run")
    (tmp_path / "moved").mkdir()
    file.rename(tmp_path / "moved/my_game.py")
    for command in ("sample run -n 4 --out a.png", "train --resume --out run --steps 6 --quiet", "evaluate run -n 20"):
        terminal.refused(command, "cannot read the plugin", str(file), "give the file with --plugin FILE.py")
    terminal.ok("sample run -n 4 --out a.png --plugin moved/my_game.py")
    terminal.ok("train --resume --out run --steps 6 --quiet --plugin moved/my_game.py")
    assert terminal.ok("sample run -n 4 --out a.png").stderr == ""


def test_a_wrong_file(terminal, file):
    terminal.refused("train --plugin nothing.py", "cannot read the plugin", "nothing.py", "No such file")
    file.write_text("x = 1\n\n1 / 0\n")
    terminal.refused("train --plugin my_game.py", "my_game.py, line 3: ZeroDivisionError: division by zero")
    file.write_text("x = (\n")
    terminal.refused("sample run --plugin my_game.py", "my_game.py, line 1: SyntaxError")
    file.write_text('from minigan import register\nregister.option(register.Option("resume", "mine"))\n')
    terminal.refused("train --plugin my_game.py", "--resume, which is a flag of this command; choose another name")


def test_the_other_commands(terminal, file):
    assert "\nmine  " in (listed := terminal.ok("recipes --plugin my_game.py").stdout) and " own " in listed
    assert "sharpness  3.0" in terminal.ok("recipes mine --plugin my_game.py").stdout
    assert "preset tiny: Two dense layers each." in terminal.ok("summary tiny --plugin my_game.py --recipe mine").stdout
    said = terminal.ok("train --plugin my_game.py --help-all").stdout
    assert "of plugins:" in said and "--sharpness [SHARPNESS]" in said and "how sharp the loss is (alone: 2.0)" in said
    assert "--sharpness" not in terminal.ok("train --plugin my_game.py --help").stdout
    terminal.refused(f"{RUN} --loss hinge --out new", "--sharpness 3.0 reaches nothing")


def test_compare(terminal, file, tmp_path):
    command = "compare gan mine --plugin my_game.py --data digits-8x8 --preset tiny --seeds 1 --steps 2 --quiet --out o"
    terminal.ok(command)
    assert terminal.ok(command).stdout, "once more: nothing to do"
    assert (tmp_path / "o/mine/seed-0/compare.json").exists()
    file.write_text(PLUGIN + "# changed\n")
    terminal.refused(command, "made with other plugins, or before they changed; choose another --out")


def test_bench(terminal, file):
    bench = "bench --plugin my_game.py --recipe mine --batch-size 4 --steps 1 --threads 1 --json"
    assert json.loads(terminal.ok(bench).stdout)["preset"] == "tiny"


def test_its_parts_can_be_checked(terminal, file):
    assert "my_game.py::Sharper(): ok" in " ".join(terminal.ok("gradcheck my_game.py").stdout.split())
