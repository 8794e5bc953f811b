"""`minigan train`, with wrong files and full disks."""

import os
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

SMALL = "--image-size 8 --batch-size 8 --quiet"


def test_train_resume(terminal, tmp_path):
    done = terminal.ok(f"train {SMALL} --steps 4 --out run")
    assert done.stdout.strip() == "run/final.png" and (tmp_path / "run/final.png").exists()
    done = terminal.ok("train --resume --out run --steps 6 --quiet")
    assert "after step 4" in done.stderr
    assert len((tmp_path / "run/metrics.csv").read_text().splitlines()) == 7
    terminal.refused("train --resume --out run --preset paper32 --quiet", "made with --preset dcgan, got paper32")
    terminal.refused(f"train {SMALL} --out run", "already holds a run", "--resume")


@pytest.mark.long
def test_ctrl_c_saves_and_says_how_to_go_on(terminal, tmp_path):
    command = [sys.executable, "-m", "minigan", *f"train {SMALL} --steps 100000 --out run".split()]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    metrics = tmp_path / "run" / "samples" / "step_002500.png"
    deadline = time.time() + 240
    while not metrics.exists() and time.time() < deadline and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "minigan train --resume --out run" in errors, errors
    header = terminal.ok("sample run -n 4 --out a.png")
    assert header.returncode == 0 and (tmp_path / "run/final.png").exists()


def idx_file(path, count, H, W, pixels):
    path.write_bytes(struct.pack(">IIII", 0x803, count, H, W) + pixels)


@pytest.mark.long
def test_wrong_files(terminal, tmp_path):
    folder, data = tmp_path / "pictures", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    terminal.refused("train --data folder:pictures", "pictures", "no")
    (folder / "a.png").write_text("not a picture")
    terminal.refused("train --data folder:pictures", "a.png")
    (folder / "a.png").unlink()
    rng = np.random.default_rng(0)
    for i, (size, mode) in enumerate([((8, 8), "L"), ((8, 8), "L"), ((8, 12), "RGB")] * 4):
        Image.fromarray(rng.integers(0, 255, (*size, 3)).astype(np.uint8)).convert(mode).save(folder / f"{i}.png")
    terminal.refused("train --data folder:pictures --fit squash", "pad, stretch, crop")
    terminal.refused("train --data folder:pictures --background pink", "#rrggbb")
    np.savez(tmp_path / "nan.npz", images=np.full((20, 8, 8, 1), np.nan, np.float32))
    terminal.refused("train --data npz:nan.npz", "nan.npz")
    idx_file(data / "t10k-images-idx3-ubyte", 4_000_000_000, 28, 28, b"\0" * 784)
    (data / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 1) + b"\3")
    terminal.refused("train --data mnist --split test --data-dir data", "t10k-images-idx3-ubyte")
    (data / "t10k-images-idx3-ubyte").unlink()
    (data / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\3cut off")
    terminal.refused("train --data mnist --split test --data-dir data", "t10k-images-idx3-ubyte.gz")


@pytest.mark.skipif(os.name != "posix", reason="needs /proc and /dev/full, or file size limits")
def test_a_folder_that_cannot_be_written_and_a_full_disk(terminal, tmp_path):
    (tmp_path / "file").write_text("in the way")
    terminal.refused(f"train {SMALL} --steps 2 --out file/run", "cannot write to the output folder file/run", "--out")
    import resource

    def limited():  # as a disk that is full after 20 kB
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    env = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    done = terminal.minigan(
        f"train {SMALL} --steps 2 --out run", preexec_fn=limited, env=env if all(env.values()) else {}
    )
    assert done.returncode == 2 and "cannot read or write" in done.stderr and "checkpoint.npz" in done.stderr, (
        done.stderr
    )
    assert not (tmp_path / "run" / "checkpoint.npz").exists()
    assert not list((tmp_path / "run").glob(".*")), "no half-written file is left"
