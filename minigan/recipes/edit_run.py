"""`minigan edit RUN VERB`: what a finished generator is good for. VERBS is the table of verbs."""

import json
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minigan.checks import positive, whole
from minigan.edit.find import Search
from minigan.edit.masks import mask_of
from minigan.edit.objective import ERRORS
from minigan.edit.tasks import Denoise, Enlarge, Repair, Task
from minigan.files import replacing, write_text
from minigan.recipes import edit_explore as explore
from minigan.recipes.edit_enhance import enhance, seen_shape
from minigan.recipes.edit_restore import Restored, restore, ticks
from minigan.recipes.edit_subject import Pictures, Subject
from minigan.report.pictures import save_png

FILES = (".png", ".jpg", ".gif", ".npz", ".json", ".csv")  # which --out is not
SHOWN, MANY = 16, 200  # held-out pictures: of a verb, of the benchmark


@dataclass(frozen=True)
class Wish:
    """What is asked for; see `minigan edit --help`."""

    pictures: Sequence[str] = ()
    held_out: int | None = None
    mask: str | None = None
    blend: str | None = None
    sigma: float | None = None
    factor: int | None = None
    classes: str | None = None
    frames: int | None = None
    count: int | None = None
    error: str | None = None
    realism: float | None = None
    prior: float | None = None
    starts: int | None = None
    steps: int | None = None
    fit: str | None = None
    background: str | None = None
    invert: bool = False

    def check(self, verb: str) -> None:
        """Raise ValueError for what the verb has no use for, or that cannot be."""
        if verb not in VERBS:
            raise ValueError(f"unknown verb {verb!r}; expected one of: {', '.join(VERBS)}")
        for field, flag in FLAGS.items():
            given = tuple(self.pictures) if field == "pictures" else getattr(self, field)
            if given != getattr(Wish, field) and field not in VERBS[verb].takes:
                goes = ", ".join(name for name, v in VERBS.items() if field in v.takes)
                raise ValueError(f"{flag} is not for edit {verb}, but for {goes}; leave it out")
        if self.pictures and self.held_out is not None:
            raise ValueError("pictures of yours and --held-out are two choices; leave one of the two out")
        if not self.pictures and (self.fit is not None or self.background is not None or self.invert):
            raise ValueError("--fit, --background and --invert are for pictures of yours, and none is given; leave "
                             "them out")  # fmt: skip
        for field in ("held_out", "starts", "steps", "count"):
            if getattr(self, field) is not None:
                whole(FLAGS[field], getattr(self, field))
        if self.frames is not None:
            whole("--frames", self.frames, least=2)
        if self.error is not None and self.error not in ERRORS:
            raise ValueError(f"unknown --error {self.error!r}; expected one of: {', '.join(ERRORS)}")
        if self.realism is not None and not 0 <= self.realism < np.inf:
            raise ValueError(f"--realism must be a finite number of at least 0, got {self.realism}")
        if self.prior is not None:
            positive("--prior", self.prior)
        if self.sigma is not None and not 0 < self.sigma <= 2:
            raise ValueError(f"--sigma, the deviation of the noise where black is 0 and white is 1, must be above 0 "
                             f"and at most 2, got {self.sigma}")  # fmt: skip

    @property
    def search(self) -> Search:
        given = {name: value for name in ("starts", "steps") if (value := getattr(self, name)) is not None}
        if "steps" in given:
            given["rounds"] = min(Search.rounds, given["steps"])
        return Search(**given)


FLAGS = {name: f"--{name.replace('_', '-')}" for name in Wish.__dataclass_fields__}
FLAGS |= {"pictures": "a list of PICTURES", "classes": "--class"}
INPUT = {"pictures", "held_out", "fit", "background", "invert"}
SEARCH = {"starts", "steps"}
RESTORE = INPUT | SEARCH | {"classes", "error", "realism", "prior"}


def edit_run(path: str | Path, verb: str, *, out: str | Path | None = None, seed: int = 0, data_dir: str | None = None,
             progress: bool = True, say: Callable[[str], Any] | None = None, **wish: Any) -> list:  # fmt: skip
    """Do what `verb` says with the run in folder `path` -> [Restored or Made, ...], written into the folder `out`
    (None: RUN/edit/VERB): picture.png, found.npz and table.json; the benchmark has a picture and an .npz for each task.

    Raises ValueError, before any work, for what cannot be.
    """
    wish = Wish(**wish)
    wish.check(verb)
    if seed < 0:
        raise ValueError(f"--seed must be at least 0, got {seed}")
    out = Path(path) / "edit" / verb if out is None else Path(out)
    if out.suffix in FILES or out.is_file():
        raise ValueError(f"--out is a folder, for picture.png, found.npz and table.json, got {out}; fix: --out "
                         f"{out.with_suffix('')}")  # fmt: skip
    subject = Subject(path, seed=seed, search=wish.search, data_dir=data_dir, **({"say": say} if say else {}))
    check_game(subject, verb)
    subject.check_realism(given_or(wish.realism, 0.0))
    check_writable(out)
    made = VERBS[verb].do(subject, wish, progress)
    write(made, out)
    return made


def check_game(subject: Subject, verb: str) -> None:
    """Raise ValueError for a verb that searches the noise of a run without any, and the other way round."""
    if subject.game.draws == VERBS[verb].searches:
        return
    if subject.game.draws:
        raise ValueError(f"edit {verb} is for an enhancer, and the G of {subject.path} draws from noise; give it "
                         "denoise or enlarge, or train one: minigan train --recipe enhance")  # fmt: skip
    raise ValueError(f"edit {verb} searches the noise of pictures, and {subject.path} is an enhancer, which has none; "
                     f"fix: minigan edit {subject.path} enhance")  # fmt: skip


def given_or(value: Any, default: Any) -> Any:
    """The value that was given, 0 and "" too; else the default."""
    return default if value is None else value


# --- The verbs -------------------------------------------------------------------------------------------------------


def pictures_of(subject: Subject, wish: Wish, size: tuple[int, int] | None = None) -> Pictures:
    """Those that are asked for, held-out ones unless there are others. size: of pictures of yours; None: as of G's."""
    if not wish.pictures:
        return subject.held_out(wish.held_out, SHOWN)
    return subject.given(wish.pictures, size or subject.shape[:2], fit=wish.fit, background=wish.background,
                         invert=wish.invert)  # fmt: skip


def restored(subject: Subject, wish: Wish, progress: bool, task: Task, title: str, came: Pictures | None = None,
             y: np.ndarray | None = None, whole: bool = False) -> Restored:  # fmt: skip
    """One task on the pictures that are asked for. whole: whether yours are what they should be, as held-out ones are:
    there is a table then."""
    came = came or pictures_of(subject, wish)
    task.prior = task.prior if wish.prior is None else wish.prior
    with bar(ticks(subject, len(came.x)), title, progress) as tick:
        return restore(subject, task, came, title=title, held_out=whole or not wish.pictures, y=y, tick=tick,
                       label=subject.label(wish.classes), error=given_or(wish.error, "squared"),
                       realism=given_or(wish.realism, 0.0))  # fmt: skip


def do_find(subject: Subject, wish: Wish, progress: bool) -> list:
    return [restored(subject, wish, progress, Task(), "find", whole=True)]


def do_repair(subject: Subject, wish: Wish, progress: bool) -> list:
    return [restored(subject, wish, progress, *repairing(subject, wish))]


def repairing(subject: Subject, wish: Wish) -> tuple[Task, str]:
    """The Repair that is asked for, and its title."""
    mask = given_or(wish.mask, "right")
    visible = mask_of(mask, *subject.shape[:2], subject.rng(8), subject.say)
    return Repair(visible, given_or(wish.blend, "poisson")), f"repair {mask}"


def do_denoise(subject: Subject, wish: Wish, progress: bool) -> list:
    if wish.pictures and wish.sigma is None:
        raise ValueError("how noisy are your pictures? give --sigma, the deviation of the noise where black is 0 and "
                         "white is 1, such as --sigma 0.3")  # fmt: skip
    sigma = given_or(wish.sigma, 0.5)
    return [restored(subject, wish, progress, Denoise(sigma), f"denoise {sigma:g}")]


def do_enlarge(subject: Subject, wish: Wish, progress: bool) -> list:
    factor = 4 if wish.factor is None else whole("--factor", wish.factor, least=2)
    if any(side % factor for side in subject.shape[:2]):
        raise ValueError(f"--factor must divide the sides of G's pictures, {subject.shape[0]} x {subject.shape[1]}, "
                         f"got {factor}; try 2 or 4")  # fmt: skip
    task, title = Enlarge(factor), f"enlarge {factor}x"
    if not wish.pictures:
        return [restored(subject, wish, progress, task, title)]
    came = pictures_of(subject, wish, tuple(side // factor for side in subject.shape[:2]))
    return [restored(subject, wish, progress, task, title, came, came.x)]


def do_enhance(subject: Subject, wish: Wish, progress: bool) -> list:
    if not wish.pictures:
        return [enhance(subject, subject.held_out(wish.held_out, MANY))]
    return [enhance(subject, pictures_of(subject, wish, seen_shape(subject)[:2]), held_out=False)]


def do_benchmark(subject: Subject, wish: Wish, progress: bool) -> list:
    came, made = subject.held_out(wish.held_out, MANY), []
    H, W = subject.shape[:2]
    for side in ("right", "top"):
        made.append((Repair(mask_of(side, H, W, subject.rng(8))), f"repair {side}"))
    made += [(Denoise(sigma), f"denoise {sigma:g}") for sigma in (0.5, 0.3)]
    made += [(Enlarge(factor), f"enlarge {factor}x") for factor in (4, 2) if H % factor == W % factor == 0]
    return [restored(subject, wish, progress, task, title, came) for task, title in made]


def do_walk(subject: Subject, wish: Wish, progress: bool) -> list:
    came = pictures_of(subject, wish) if wish.pictures else subject.held_out(wish.held_out, 4)
    with bar(subject.ticks(len(came.x)), "walk", progress) as tick:
        return [explore.walk(subject, came, given_or(wish.frames, 8), subject.label(wish.classes), tick)]


def do_directions(subject: Subject, wish: Wish, progress: bool) -> list:
    return [explore.directions(subject, given_or(wish.count, 8), subject.label(wish.classes))]


def do_odd(subject: Subject, wish: Wish, progress: bool) -> list:
    explore.check_odd(subject, wish.classes)
    came = subject.held_out(wish.held_out)
    explore.check_both(subject, came, all_of_them=wish.held_out is None)
    with bar(subject.ticks(len(came.x)), "odd", progress) as tick:
        return [explore.odd(subject, came, tick)]


@dataclass(frozen=True)
class Verb:
    """do: function (Subject, Wish, progress) -> what was made. takes: the fields of Wish that it has a use for.
    searches: whether it is about a G that draws from noise."""

    do: Callable[[Subject, Wish, bool], list]
    takes: set[str]
    searches: bool = True


VERBS = {
    "find": Verb(do_find, RESTORE),
    "repair": Verb(do_repair, RESTORE | {"mask", "blend"}),
    "denoise": Verb(do_denoise, RESTORE | {"sigma"}),
    "enlarge": Verb(do_enlarge, RESTORE | {"factor"}),
    "enhance": Verb(do_enhance, INPUT, searches=False),
    "benchmark": Verb(do_benchmark, {"held_out", "error", "realism", "prior"} | SEARCH),
    "walk": Verb(do_walk, INPUT | SEARCH | {"classes", "frames"}),
    "directions": Verb(do_directions, {"classes", "count"}),
    "odd": Verb(do_odd, {"held_out", "classes"} | SEARCH),
}


# --- What is written -------------------------------------------------------------------------------------------------


def check_writable(out: Path) -> None:
    """Raise ValueError if the folder `out` cannot be made or written, which is to be known before the work. What had to
    be made for it goes again, as the work may be refused yet, or fail."""
    missing = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        with replacing(out / ".writable") as file:
            file.write(b"")
        (out / ".writable").unlink()
    except OSError as error:
        raise no_place(out, error) from error
    finally:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()


def no_place(out: Path, error: OSError) -> ValueError:
    """What to say of a folder that cannot be written."""
    return ValueError(f"cannot write to {out}: {error.strerror}; choose another place with --out")


def write(made: list, out: Path) -> None:
    """picture.png, found.npz, table.json; of several tasks the name of each stands in front of the first two."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for part in made:
            front = "" if len(made) == 1 else part.as_dict()["task"].replace(" ", "-") + "-"
            save_png(out / f"{front}picture.png", part.picture())
            with replacing(out / f"{front}found.npz") as file:
                np.savez_compressed(file, **part.arrays())
        tables = [part.as_dict() for part in made]
        write_text(out / "table.json", json.dumps(tables[0] if len(tables) == 1 else tables, indent=2,
                                                  allow_nan=False) + "\n")  # fmt: skip
    except OSError as error:
        raise no_place(out, error) from error


@contextmanager
def bar(total: int, title: str, shown: bool) -> Any:
    """A progress bar of so many steps, as a function to call after each."""
    from tqdm import tqdm

    with tqdm(total=total, desc=title, unit=" steps", disable=not shown, leave=False) as one:
        yield lambda: one.update()
