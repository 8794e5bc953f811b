"""Where a training starts: at the beginning, with the networks of another run, or at a checkpoint of its own."""

import glob
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minigan import data
from minigan.recipes.inherited import inherited
from minigan.recipes.options import optimizer_options
from minigan.recipes.settings import Settings
from minigan.recipes.setup import file_name, load_samples
from minigan.report.folder import RunFolder
from minigan.training import Trainer, load_checkpoint
from minigan.training.checkpoint import load_networks, read_header

Say = Callable[[str], Any]


@dataclass
class Start:
    """A start at the beginning, with random networks.

    folder, settings: of the run. origin: the run whose networks it began with, for config.json and checkpoints: its
    `path`, the `sha256` of its checkpoint, its `step`, and of how many steps its average is; None: random ones.
    spent: seconds of the run's --minutes that are over.
    """

    folder: RunFolder
    settings: Settings
    origin: dict[str, Any] | None = None
    spent: float = 0.0

    def load_samples(self) -> tuple[data.Dataset, Any]:
        """The data, as `minigan.recipes.setup.load_samples`."""
        return load_samples(self.settings)

    def put(self, trainer: Trainer, data_hash: str, say: Say) -> None:
        """Put the state to start with into the trainer."""

    @property
    def header(self) -> dict[str, Any]:
        """What config.json and each checkpoint say of the start."""
        return {"origin": self.origin} if self.origin else {}


class WithNetworks(Start):
    """A start with the networks of another run, `origin`."""

    def put(self, trainer: Trainer, data_hash: str, say: Say) -> None:
        checkpoint = RunFolder(self.origin["path"]).checkpoint
        if sha256(checkpoint) != self.origin["sha256"]:
            raise ValueError(f"the run begins with the networks of {checkpoint}, which is gone or has changed; put it "
                             "back, or begin a new run")  # fmt: skip
        header = load_networks(checkpoint, trainer)
        if trainer.growth and trainer.stage in trainer.growth.fades:
            raise ValueError(f"the run {self.origin['path']} was stopped while a size faded in; go on with it by "
                             "--resume until that is over")  # fmt: skip
        if trainer.ema:
            trainer.ema.before = self.origin["average"]
        has_average = header["settings"].get("ema")
        average = (", and their average" if has_average and trainer.ema else ", not their average (--ema is 0)"
                   if has_average else "")  # fmt: skip
        say(f"beginning with the networks of {self.origin['path']} after step {header['step']}: "
            f"{' and '.join(self.settings.players)}{average}; the optimizers begin anew")  # fmt: skip


class Resumed(Start):
    """A start at the checkpoint of the run."""

    def load_samples(self) -> tuple[data.Dataset, Any]:
        kind, _, path = self.settings.data.partition(":")
        try:
            return super().load_samples()
        except ValueError as error:
            if path and not Path(path).exists():
                raise ValueError(f"{error}; if it lies elsewhere now, seen from here, say where: --data {kind}:PATH "
                                 "(and it must not have changed)") from error  # fmt: skip
            raise

    def put(self, trainer: Trainer, data_hash: str, say: Say) -> None:
        header = load_checkpoint(self.folder.checkpoint, trainer)
        check_data(header["data"], data_hash, self.folder.checkpoint)
        if trainer.ema and self.origin:
            trainer.ema.before = self.origin["average"]
        say(f"resuming {self.folder.path} after step {trainer.t}")


class Again(Resumed):
    """A start at the beginning, of a run that was stopped before its first checkpoint: with random networks, or with
    those that it had begun with."""

    def put(self, trainer: Trainer, data_hash: str, say: Say) -> None:
        check_data(self.folder.read_config()["data"]["sha256"], data_hash, self.folder.config)
        say(f"{self.folder.path} has settings and no checkpoint: it was stopped before the first one, and begins again")
        if self.origin:
            WithNetworks.put(self, trainer, data_hash, say)


def begin(settings: Settings, out: str | Path | None, resume: bool, source: str | Path | None, given: Iterable[str],
          say: Say) -> Start:  # fmt: skip
    """How the training starts that `minigan.recipes.train` is asked for, which explains the arguments.

    Raises ValueError for what does not go together, a folder that holds a run already, or none where there must be one.
    """
    if resume and source:
        raise ValueError("--resume goes on with the run in --out, and --from begins another; leave one of the two out")
    if resume:
        return resumed(settings, RunFolder(out or default_folder(settings.resolved(), resume)), given)
    if source:
        settings = inherited(settings, source, say)
    full = settings.resolved()
    if "beta1" in given and "beta1" not in optimizer_options(full.optimizer):
        raise ValueError(f"--beta1 is no setting of --optimizer {full.optimizer}; leave it out")
    folder = RunFolder(out or default_folder(full, resume))
    if folder.in_use():
        raise ValueError(f"{folder.path} already holds a run; go on with --resume, or choose another --out")
    return WithNetworks(folder, full, origin_of(source)) if source else Start(folder, full)


def resumed(settings: Settings, folder: RunFolder, given: Iterable[str]) -> Start:
    """The start that a folder has everything for: its checkpoint, or config.json alone."""
    if folder.checkpoint.exists():
        header = read_header(folder.checkpoint)
        full = settings.merged_for_resume(elsewhere(header["settings"], settings, given), given)
        spent = 0.0 if "minutes" in given else header.get("seconds", 0.0)
        return Resumed(folder, full, header.get("origin"), spent)
    if not folder.config.exists():
        begins = "nothing of a run is there" if folder.path.is_dir() else "there is no such folder"
        raise ValueError(f"there is no checkpoint {folder.checkpoint}: {begins}; to begin a run, leave --resume out")
    steps = len(folder.read_metrics())
    if steps or (folder.path / "final.png").exists():
        raise ValueError(f"{folder.path} was trained for {steps} steps, and its checkpoint.npz is gone; put it back, "
                         "or start anew in another --out")  # fmt: skip
    config = folder.read_config()
    try:
        saved, _ = config["settings"], config["data"]["sha256"]
        full = settings.merged_for_resume(elsewhere(saved, settings, given), given)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder.config} is not a config of this minigan ({error}); start anew in another "
                         "--out") from error  # fmt: skip
    return Again(folder, full, config.get("origin"))


def elsewhere(saved: dict[str, Any], settings: Settings, given: Iterable[str]) -> dict[str, Any]:
    """The saved settings, with the data where they lie now: a folder or a file may have another path. `check_data` sees
    to it that it is the same."""
    kinds = [str(place).partition(":") for place in (saved.get("data"), settings.data)]
    moved = "data" in given and all(colon for _, colon, _ in kinds) and kinds[0][0] == kinds[1][0]
    return saved | {"data": settings.data} if moved else saved


def check_data(before: str, now: str, file: Path) -> None:
    """Raise ValueError unless the hash of the data is what it was."""
    if before != now:
        raise ValueError(f"the data have changed since {file} was written; restore them, or start anew")


def origin_of(source: str | Path) -> dict[str, Any]:
    """What a run remembers of the one whose networks it begins with."""
    folder = RunFolder(Path(source).resolve())
    header = read_header(folder.checkpoint)
    average = header["step"] + header.get("origin", {}).get("average", 0) if header["settings"].get("ema") else 0
    return {"path": str(folder.path), "sha256": sha256(folder.checkpoint), "step": header["step"],
            "average": average}  # fmt: skip


def sha256(path: Path) -> str:
    """The hash of a file; "" where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def default_folder(settings: Settings, resume: bool) -> str:
    """runs/<data>-<recipe, or else preset>-<number>: one more than the largest there, or for a resume the largest."""
    stem = f"{file_name(settings.data)}-{settings.recipe or settings.preset}-"
    found = [path.name.removeprefix(stem) for path in Path("runs").glob(f"{glob.escape(stem)}*")]
    newest = max((int(number) for number in found if number.isdecimal()), default=0)
    if resume and not newest:
        raise ValueError(f"found no run runs/{stem}* to resume; name its folder with --out")
    return f"runs/{stem}{newest if resume else newest + 1}"
