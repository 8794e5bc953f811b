"""The command line as users meet it: through a process of its own, wrong input included."""

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


def minigan(arguments, cwd, **options):
    env = os.environ | {"MINIGAN_MIRROR": "off"} | options.pop("env", {})
    return subprocess.run([sys.executable, "-m", "minigan", *arguments.split()], cwd=cwd, env=env, capture_output=True,
                          text=True, timeout=300, **options)  # fmt: skip


def ok(arguments, cwd, **options):
    done = minigan(arguments, cwd, **options)
    assert done.returncode == 0, done.stderr
    return done


def refused(arguments, cwd, *words, **options):
    """Exit code 2, one line on stderr that begins with `minigan: error:` and holds the words; no file left behind."""
    before = sorted(map(str, cwd.rglob("*")))
    done = minigan(arguments, cwd, **options)
    assert done.returncode == 2, (done.returncode, done.stderr)
    lines = [
        line for line in done.stderr.splitlines() if "compiling kernels" not in line and not line.startswith("data:")
    ]
    assert len(lines) == 1 and "error: " in lines[0], done.stderr
    for word in words:
        assert word in lines[0], lines[0]
    assert sorted(map(str, cwd.rglob("*"))) == before


def test_help_and_version(tmp_path):
    assert "examples:" in ok("--help", tmp_path).stdout and "train" in ok("", tmp_path).stdout
    for command in ("train", "sample", "data", "summary"):
        assert "examples:" in ok(f"{command} --help", tmp_path).stdout
    assert ok("--version", tmp_path).stdout.startswith("minigan 0.")


def test_train_sample_resume(tmp_path):
    done = ok(f"train {SMALL} --steps 4 --out run", tmp_path)
    assert done.stdout.strip() == "run/final.png" and (tmp_path / "run/final.png").exists()
    ok("sample run -n 16 --out grid.png", tmp_path)
    ok("sample run -n 16 --out s.npz", tmp_path)
    with np.load(tmp_path / "s.npz") as file:
        assert file["images"].shape == (16, 8, 8, 1)
    done = ok("train --resume --out run --steps 6 --quiet", tmp_path)
    assert "after step 4" in done.stderr
    assert len((tmp_path / "run/metrics.csv").read_text().splitlines()) == 7
    refused("train --resume --out run --preset paper32 --quiet", tmp_path, "made with --preset quick, got paper32")
    refused(f"train {SMALL} --out run", tmp_path, "already holds a run", "--resume")


def test_data_and_summary(tmp_path):
    done = ok("data digits", tmp_path)
    assert "1,437 images: all kept" in done.stdout and (tmp_path / "data-digits.png").exists()
    assert "2,048" in ok("summary paper32", tmp_path).stdout
    assert (ok("data ring --out r.png", tmp_path), (tmp_path / "r.png").exists())[1]


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "minigan", *f"train {SMALL} --steps 100000 --out run".split()]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    metrics = tmp_path / "run" / "samples" / "step_002500.png"
    deadline = time.time() + 240
    while not metrics.exists() and time.time() < deadline and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "minigan train --resume --out run" in errors, errors
    header = ok("sample run -n 4 --out a.png", tmp_path)
    assert header.returncode == 0 and (tmp_path / "run/final.png").exists()


def idx_file(path, count, H, W, pixels):
    path.write_bytes(struct.pack(">IIII", 0x803, count, H, W) + pixels)


def test_wrong_names_and_numbers(tmp_path):
    refused("train --data digit", tmp_path, "digit", "did you mean")
    refused("train --preset quik", tmp_path, "unknown preset 'quik'", "quick")
    refused("train --batch-size 0", tmp_path, "--batch-size must be at least 2, got 0")
    refused("train --batch-size 5000", tmp_path, "1,437", "5000")
    refused("train --steps -1", tmp_path, "--steps must be at least 1")
    refused("train --data mnist", tmp_path, "train-images-idx3-ubyte")
    refused("sample nowhere", tmp_path, "not the folder of a run")
    refused("summary nothing", tmp_path, "unknown preset")
    done = minigan("train --steps many", tmp_path)
    assert done.returncode == 2 and "invalid int value: 'many'" in done.stderr and done.stderr.count("\n") == 1
    refused("data digits --seed -1", tmp_path, "--seed must be at least 0")
    refused("train --shift 100", tmp_path, "shift")


def test_wrong_files(tmp_path):
    folder, data = tmp_path / "pictures", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    refused("train --data folder:pictures", tmp_path, "pictures", "no")
    (folder / "a.png").write_text("not a picture")
    refused("train --data folder:pictures", tmp_path, "a.png")
    (folder / "a.png").unlink()
    rng = np.random.default_rng(0)
    for i, (size, mode) in enumerate([((8, 8), "L"), ((8, 8), "L"), ((8, 12), "RGB")] * 4):
        Image.fromarray(rng.integers(0, 255, (*size, 3)).astype(np.uint8)).convert(mode).save(folder / f"{i}.png")
    refused("train --data folder:pictures", tmp_path, "--fit")
    refused("train --data folder:pictures --fit pad", tmp_path, "--channels")
    np.savez(tmp_path / "nan.npz", images=np.full((20, 8, 8, 1), np.nan, np.float32))
    refused("train --data npz:nan.npz", tmp_path, "nan.npz")
    idx_file(data / "t10k-images-idx3-ubyte", 4_000_000_000, 28, 28, b"\0" * 784)
    (data / "t10k-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, 1) + b"\3")
    refused("train --data mnist --split test --data-dir data", tmp_path, "t10k-images-idx3-ubyte")
    (data / "t10k-images-idx3-ubyte").unlink()
    (data / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\3cut off")
    refused("train --data mnist --split test --data-dir data", tmp_path, "t10k-images-idx3-ubyte.gz")


@pytest.mark.skipif(os.name != "posix", reason="needs /proc and /dev/full, or file size limits")
def test_a_folder_that_cannot_be_written_and_a_full_disk(tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused(f"train {SMALL} --steps 2 --out file/run", tmp_path, "cannot write to the output folder file/run", "--out")
    import resource

    def limited():  # as a disk that is full after 20 kB
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    env = {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    done = minigan(
        f"train {SMALL} --steps 2 --out run", tmp_path, preexec_fn=limited, env=env if all(env.values()) else {}
    )
    assert done.returncode == 2 and "cannot read or write" in done.stderr and "checkpoint.npz" in done.stderr, (
        done.stderr
    )
    assert not (tmp_path / "run" / "checkpoint.npz").exists()
    assert not list((tmp_path / "run").glob(".*")), "no half-written file is left"
