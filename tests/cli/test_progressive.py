"""Networks that grow through the command line: stopped in the middle of a fade, resumed, sampled, scored, looked at."""

import numpy as np
import pytest
from PIL import Image

STOP = """
import os
from minigan import register

@register.schedule("may-stop")
def may_stop(t, steps):
    if os.environ.get("STOP_AFTER") == str(t):
        raise KeyboardInterrupt
    return 1.0
"""
RUN = (
    "train --plugin stop.py --lr-schedule may-stop --recipe progressive --data digits-8x8 --stages 4:3,8:6 "
    "--batch-size 8 --sample-every 1 --checkpoint-every 1 --quiet"
)


def arrays(path):
    with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file if name != "header"}


def images(path):
    with np.load(path) as file:
        return file["images"]


@pytest.mark.long
def test_stopped_in_a_fade_and_resumed_bit_for_bit(terminal, tmp_path):
    (tmp_path / "stop.py").write_text(STOP)
    done = terminal.ok(f"{RUN} --out straight")
    assert "4 x 4 alone until 3, 8 x 8 fades in until 6, 8 x 8 alone until 9" in done.stderr
    straight = arrays(tmp_path / "straight")
    assert "D/params/down8.conv1.w" in straight and not any("fade" in name for name in straight)
    for stop in (2, 4, 7):  # before, in and after the fade
        out = tmp_path / f"halves{stop}"
        stopped = terminal.minigan(f"{RUN} --out {out.name}", env={"STOP_AFTER": str(stop)})
        assert stopped.returncode == 130 and "interrupted" in stopped.stderr
        assert any("fade" in name for name in arrays(out)) == (stop == 4)
        if stop == 4:
            alpha = arrays(out)["average/state/fade.new.fade.alpha"].view(np.float64)
            assert alpha == arrays(out)["G/state/fade.new.fade.alpha"].view(np.float64) == pytest.approx(1 / 3)
            terminal.ok(f"sample {out.name} -n 3 --out s.npz")
            assert images(tmp_path / "s.npz").shape == (3, 8, 8, 1)
            terminal.refused(f"train --from {out.name} --out new --quiet", "was stopped while a size faded in")
        terminal.ok(f"train --resume --out {out.name} --quiet")
        two = arrays(out)
        assert straight.keys() == two.keys() and all(np.array_equal(straight[key], two[key]) for key in two)
        for name in ("stages.png", "samples.gif", "final.png"):
            assert (out / name).read_bytes() == (tmp_path / "straight" / name).read_bytes(), name


@pytest.mark.long
def test_another_run_begins_with_one_that_faded_in_to_its_last_step(terminal, tmp_path):
    (tmp_path / "stop.py").write_text(STOP)
    done = terminal.ok(f"{RUN} --fade 1 --out run")
    assert "8 x 8 fades in until 8, 8 x 8 alone until 9" in done.stderr
    assert not any("fade" in name for name in arrays(tmp_path / "run"))
    terminal.ok("train --from run --stages 8 --steps 2 --out more --quiet")


@pytest.mark.long
def test_pictures_and_what_follows_a_run(terminal, tmp_path):
    (tmp_path / "stop.py").write_text(STOP)
    terminal.ok(f"{RUN} --out run")
    sizes = {Image.open(path).size for path in (tmp_path / "run/samples").glob("*.png")}
    assert len(sizes) == 1, "pictures of all sizes make one animation"
    assert Image.open(tmp_path / "run/samples.gif").n_frames == 10
    assert [path.name for path in sorted((tmp_path / "run/stages").iterdir())] == ["size_0004.png", "size_0008.png"]
    terminal.ok("sample run --walk 2 --frames 2 -n 2 --out walk.gif")
    assert "FID" in terminal.ok("evaluate run -n 200 --quiet").stdout
    terminal.ok("train --from run --stages 8 --steps 2 --out more --quiet")
    assert arrays(tmp_path / "more").keys() >= {"G/params/up8.conv1.w"}
    terminal.ok("train --from run --steps 9 --out again --quiet")
    terminal.refused("train --resume --out run --steps 12 --quiet", "was laid out over --steps 9, got 12")


@pytest.mark.long
def test_summary_shows_the_last_size(terminal):
    shown = terminal.ok("summary progressive").stdout
    assert "up32.conv1" in shown and "32 x 32 x 1" in shown and "fade" not in shown
    assert "--stages SIZE:STEPS" in terminal.ok("train --help-all").stdout
