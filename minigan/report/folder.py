"""The folder of a run: what is in it, under which names.

config.json         everything needed to repeat the run: settings, versions, the processor, hash of the data
metrics.csv         one row for each step; the columns are those of the game that was played, and the sign that was seen
signs.csv           one row for each picture: numbers that say whether the game works, and the signs they are
signs.txt           these signs in sentences, with what to try;  path.png: of points, the way of their middle
samples/step_*.png  the same noise, drawn at intervals;  samples.gif: all of them as an animation
loss.png            the curves of metrics.csv
scores.csv          with --every: one row for each time that samples were scored;  scores.png: its curves
checkpoint.npz      the state, to go on from;  best.npz: with --keep-best, the state with the best score
stages.png          of networks that grow: the same noise at the end of each size;  stages/size_*.png: its columns
snapshots/step_*.npz  with --snapshot-every: the states of these steps
final.png           the same noise as in samples.gif, after the last step
baseline.json       of a baseline that `minigan compare` fitted, in place of config.json: what it was made with; then
                    learnt.png is what it has learnt
reconstructions.png of a variational autoencoder: held-out samples, and what it makes of them
drawn/              what `minigan sample` has drawn without --out
samples.npz         fresh samples: key `images`, float32 in [0, 1], (N, H, W, C); or `signals` (N, T, C), `table`
                    (N, d), or `points` (N, 2), in the units of the data; where samples were drawn for classes, key
                    `labels`, (N,)
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from minigan.files import replacing, write_text
from minigan.report import pictures
from minigan.report.samples import kind_of

DIGITS = {"step": "d", "seconds": ".4f", "sign": ""}  # how each column is printed; the others with six digits
WORDS = ("sign",)  # columns that are no numbers


class RunFolder:
    """The files of one run, in `path`. Nothing is made before it is asked for."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.checkpoint = self.path / "checkpoint.npz"
        self.config, self.metrics = self.path / "config.json", self.path / "metrics.csv"
        self.samples, self.snapshots = self.path / "samples", self.path / "snapshots"
        self.best = self.path / "best.npz"
        self.baseline = self.path / "baseline.json"

    def create(self, fix: str | None = None) -> None:
        """Make the folder. Raises ValueError, naming it, if that cannot be done or it cannot be written.
        fix: what to do then."""
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            with replacing(self.path / ".writable") as file:
                file.write(b"")
            (self.path / ".writable").unlink()
        except OSError as error:
            raise ValueError(f"cannot write to the output folder {self.path}: {error.strerror}; "
                             f"{fix or 'choose another with --out'}") from error  # fmt: skip

    def write_config(self, config: dict) -> None:
        """config.json, from a dict."""
        write_text(self.config, json.dumps(config, indent=2) + "\n")

    def read_config(self) -> dict:
        """config.json as a dict. Raises ValueError if this is not the folder of a run."""
        if self.baseline.exists():
            raise ValueError(f"{self.path} is a fitted baseline, which has no networks; its samples are in "
                             f"{self.path / 'samples.npz'}")  # fmt: skip
        try:
            return json.loads(self.config.read_text())
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.path} is not the folder of a run: no readable config.json ({error})") from None

    def has_config(self) -> bool:
        """Whether config.json is there, and whole."""
        try:
            return bool(self.read_config())
        except ValueError:
            return False

    def metrics_writer(self, step: int, columns: Sequence[str]) -> "MetricsWriter":
        """Open metrics.csv to go on after `step`; rows of later steps (made after the checkpoint) are dropped.

        columns: their names, among them "step". Further columns of the rows that are kept go on as nan.
        Returns a MetricsWriter, to be closed.
        """
        kept = [row for row in self.read_metrics() if int(row["step"]) <= step] if step else []
        columns = list(dict.fromkeys([*columns, *(kept[0] if kept else ())]))
        lines = [",".join(columns), *(",".join(row.get(c, "nan") for c in columns) for row in kept)]
        write_text(self.metrics, "\n".join(lines) + "\n")
        return MetricsWriter(self.metrics, columns, len(kept))

    def read_metrics(self) -> list[dict[str, str]]:
        """The rows of metrics.csv, as `read_table` gives them."""
        return read_table(self.metrics)

    def in_use(self) -> bool:
        """Whether something of a run is here already."""
        return any(path.exists() for path in (self.checkpoint, self.metrics, self.config)) or any(
            self.samples.glob("*")
        )

    def sample_path(self, step: int) -> Path:
        """Where the picture of a step goes."""
        return self.samples / f"step_{step:06d}.png"

    def step_pictures(self) -> list[Path]:
        """The pictures of the steps, in order."""
        return sorted(self.samples.glob("step_*.png"))

    def stage_path(self, size: int) -> Path:
        """Where the images of the fixed noise at the end of a size go; its folder is made."""
        (self.path / "stages").mkdir(exist_ok=True)
        return self.path / "stages" / f"size_{size:04d}.png"

    def snapshot_path(self, step: int) -> Path:
        """Where the snapshot of a step goes; its folder is made."""
        self.snapshots.mkdir(exist_ok=True)
        return self.snapshots / f"step_{step:06d}.npz"

    def write_animation(self) -> None:
        """samples.gif from the pictures of the steps, at most 60 of them, evenly chosen."""
        from PIL import Image

        files = self.step_pictures()
        if files:
            chosen = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, 60).round().astype(int))]
            frames = [np.asarray(Image.open(file).convert("RGB")) for file in chosen]
            pictures.save_gif(self.path / "samples.gif", [f for f in frames if f.shape == frames[-1].shape])

    def write_loss_curves(self) -> None:
        """loss.png: the columns of metrics.csv, without the seconds, against the steps."""
        rows = self.read_metrics()
        if rows:
            names = [name for name in rows[0] if name not in ("seconds", *WORDS)]
            columns = {name: np.array([float(row[name]) for row in rows]) for name in names}
            pictures.save_png(self.path / "loss.png", pictures.loss_curves(columns.pop("step"), columns))


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table that a run writes, as dicts of strings by the names in its head. An unfinished last line is
    left out; no file, no rows. Raises ValueError, naming the file, if it holds something else."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8", errors="replace") as file:
        rows = [row for row in csv.DictReader(file) if None not in row.values() and None not in row]
    try:
        for row in rows:
            int(row["step"]), [float(text) for name, text in row.items() if name not in WORDS]
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} is not the table of a run ({error}); move it away to go on") from None
    return rows


class MetricsWriter:
    """Appends rows to metrics.csv. `kept`: how many stood there. OSErrors, say of a full disk, carry its name."""

    def __init__(self, path: Path, columns: Sequence[str], kept: int):
        self.columns, self.kept, self.path = columns, kept, path
        self.file = open(path, "a", buffering=1 << 14)

    def __call__(self, numbers: Mapping[str, float]) -> None:
        """Append a row; a column that is not in `numbers` gets nan."""
        with self._named():
            row = (format(numbers.get(c, np.nan), DIGITS.get(c, ".6g")) for c in self.columns)
            self.file.write(",".join(row) + "\n")

    def flush(self) -> None:
        with self._named():
            self.file.flush()
            os.fsync(self.file.fileno())

    def close(self) -> None:
        with self._named():
            self.file.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(self.path)) from error


def save_samples(path: str | Path, samples: np.ndarray, labels: np.ndarray | None = None) -> None:
    """Write generated images (N, H, W, C) in [0, 1], or numbers in the units of the data, to an .npz, and the classes
    `labels` (N,) that they were drawn for. The key says what they are. Numbers in float64 stay so: years and time
    stamps differ in digits that float32 has not."""
    key = kind_of(samples.shape[1:]).key
    kept = np.float64 if samples.dtype == np.float64 and key != "images" else np.float32
    arrays = {key: samples.astype(kept)}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays, **({} if labels is None else {"labels": labels.astype(np.int64)}))
