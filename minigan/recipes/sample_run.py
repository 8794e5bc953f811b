"""`minigan sample`: what a finished run draws, as a picture, arrays, sound, a folder of single ones, or a walk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from minigan.recipes.crossed import Crossed
from minigan.recipes.numbered import ACROSS, Numbered, numbers_of
from minigan.recipes.setup import file_name, to_stderr
from minigan.recipes.sound import MANY, rate_for, say_clipped
from minigan.recipes.walk import walk, walk_through_classes
from minigan.report import pictures
from minigan.report.animation import OPTIONS as ANIMATIONS
from minigan.report.animation import save_animation
from minigan.report.folder import RunFolder, save_samples
from minigan.report.samples import MEANWHILE, PROJECTOR, Look, kind_of
from minigan.report.sound import save_wav

LONGEST = 16_000  # pixels of a picture's side
LARGEST = 4_000_000_000  # bytes of arrays
WALKERS = 16  # that walk side by side, unless -n says otherwise


@dataclass(frozen=True)
class Wish:
    """What is asked for; see `minigan sample --help`.

    n, numbers: how many, or which, as a text like "3,17,40-44". walk: stops of a walk; 0: the numbers are its stops;
    None: no walk. way: "spherical" or "straight"; None: spherical. classes: the class of all samples; or several, such
    as "3,7,1", "all" or "across", each drawn from the same noises (`minigan.recipes.crossed`), or the stops of a walk
    with the noise as it is. force: whether a folder may have files in it already. rate: steps a second of sound; None:
    as the data have it.
    """

    n: int | None = None
    numbers: str | None = None
    seed: int = 0
    truncation: float | None = None
    classes: str | None = None
    code: int | None = None
    standing: int | None = None
    zoom: int | None = None
    numbered: bool = False
    walk: int | None = None
    frames: int = 12
    way: str | None = None
    force: bool = False
    rate: int | None = None

    def check(self) -> None:
        """Raise ValueError for what cannot be, or does not go together."""
        if self.n is not None and self.n < 1:
            raise ValueError(f"-n must be at least 1, got {self.n}")
        if self.n is not None and self.numbers is not None:
            raise ValueError("-n draws the first so many numbers, and --numbers names them; leave one of the two out")
        if self.zoom is not None and self.zoom < 1:
            raise ValueError(f"--zoom must be at least 1, got {self.zoom}")
        if self.walk == 0 and self.numbers is None and self.classes is None:
            raise ValueError("--walk without a number walks through the samples of --numbers, or through the classes "
                             "of --class 3,7,1; give either")  # fmt: skip
        if self.walk and self.numbers is not None and len(numbers_of(self.numbers)) != self.walk:
            raise ValueError(f"--walk {self.walk} and {len(numbers_of(self.numbers))} --numbers to walk through do not "
                             "agree; write --walk alone")  # fmt: skip
        if self.walk is not None and self.numbered:
            raise ValueError("--numbered is for a still picture: on a walk most frames lie between two numbers")

    def chosen(self, many: int) -> list[int]:
        """The numbers that are asked for; many: how many, unless it is said."""
        return list(range(self.n or many)) if self.numbers is None else numbers_of(self.numbers)

    def stops(self, many: int) -> np.ndarray:
        """The numbers of a walk, (stops, walkers): walker w begins at number w, and has n + w, 2n + w, ... before it.
        Chosen numbers are the stops of a single walker."""
        if self.numbers is not None:
            return np.array(numbers_of(self.numbers))[:, None]
        return np.arange(self.walk * (n := self.n or many)).reshape(self.walk, n)

    def check_classes(self, classes: list[int]) -> None:
        """Raise ValueError for what does not go together with several classes, by their numbers."""
        if self.walk and len(classes) > 1:
            raise ValueError(f"--walk {self.walk} walks through noises, and --class {self.classes} through classes; "
                             "write --walk alone, with -n for how many walk, or name one class")  # fmt: skip
        if self.walk is not None and self.classes == ACROSS:
            raise ValueError("--class across is for a still picture; to walk through all classes, --class all")
        if self.walk is not None and self.way and len(classes) > 1:
            raise ValueError("--path is for a walk through noises: from class to class it is straight; leave it out")
        if self.walk == 0 and self.numbers is None and len(classes) == 1:
            raise ValueError("--walk without a number walks through the samples of --numbers, or through several "
                             f"classes, such as --class 3,7,1, got --class {self.classes}; give either")  # fmt: skip
        if self.walk is None and len(set(classes)) < len(classes):
            raise ValueError(f"--class {self.classes} names a class twice; name it once")

    def name(self) -> str:
        """A name for the file, without its ending, that tells apart what is drawn differently."""
        which = f"numbers-{self.numbers}" if self.numbers else f"n-{self.n}" if self.n else ""
        how = {"truncation": self.truncation, "class": self.classes, "code": self.code, "standing": self.standing}
        said = [f"{key}-{value}" for key, value in how.items() if value is not None]
        walk = [] if self.walk is None else ["walk", self.walk or "", self.way or ""]
        text = "-".join(map(str, filter(None, (*walk, f"seed-{self.seed}", which, *said))))
        return "".join(letter if letter.isalnum() or letter in "-,." else "_" for letter in text)[:100]


def sample_run(path: str | Path, out: str | Path | None = None, **wish) -> Path:
    """Draw what is wished (the fields of `Wish`) of the run in folder `path` -> the Path of the file or folder.

    out, by its ending:
        .png     a grid of images, or a plot of numbers; with `walk`, an animated PNG. .gif, .webp: with `walk`
        .npz     arrays: key `images`, float32 in [0, 1], (n, H, W, C); or `points`, `table`, `signals`, in the
                 units of the data; of a conditional G also `labels`, int64 (n,). Of several classes, one after the
                 other, and with "across" one noise after the other
        .wav     sound: signals one after the other, with silences between them
        none     a folder, with one PNG, or of signals one .wav, for each number; of a conditional G in a subfolder for
                 each class
        None: a new file in the folder "drawn" of the run.
    Raises ValueError, before anything is drawn, for a wish or an ending that cannot be, or a folder with files in it.
    """
    wish = Wish(**wish)
    wish.check()
    if out is None:
        out = RunFolder(path).path / "drawn" / f"{wish.name()}.{'png' if wish.walk is None else 'gif'}"
    write, suffix = writer_for(out, wish), Path(out).suffix
    run = Numbered(path, wish.seed, wish.truncation, wish.code, wish.standing)
    if wish.classes is not None:
        classes = run.classes_in(wish.classes)
        wish.check_classes(classes)
        if wish.walk == 0 and len(classes) > 1:
            write = partial(write_walk_through_classes, classes=classes)
        else:
            run = told(run, classes, wish, Path(out))
    if wish.rate is not None and (suffix, kind_of(run.shape).key) not in ((".wav", "signals"), ("", "signals")):
        raise ValueError(f"--rate is for sound, a .wav or a folder of them, and {out} is none; leave it out")
    if wish.zoom and not kind_of(run.shape).single:
        raise ValueError(f"--zoom enlarges images, and {path} draws {kind_of(run.shape).key}; leave it out")
    if wish.numbered and (suffix != ".png" or not kind_of(run.shape).single):
        raise ValueError(f"--numbered writes the numbers below images of a .png, and {out} is of "
                         f"{kind_of(run.shape).key}; leave it out")  # fmt: skip
    write(run, wish, Path(out))
    return Path(out)


def told(run: Numbered, classes: list[int], wish: Wish, out: Path) -> Numbered | Crossed:
    """The samples of one class, or of several with the same noises for each."""
    if len(classes) == 1 and wish.classes != ACROSS:
        return run.of_class(classes[0])
    if out.suffix == ".png" and not kind_of(run.shape).single:
        raise ValueError(f"--class {wish.classes} draws a table of images, and {run.path} draws "
                         f"{kind_of(run.shape).key}; "
                         "name one class, or write all to an .npz file")  # fmt: skip
    return Crossed(run, classes, wish.classes == ACROSS)


def writer_for(out: str | Path, wish: Wish) -> Callable:
    """The function (run, wish, out) that writes such a file. Raises ValueError if there is none."""
    out, suffix = str(out), Path(out).suffix
    if wish.walk is not None:
        if suffix not in ANIMATIONS:
            raise ValueError(f"with --walk, --out must end in {', '.join(ANIMATIONS)}, got {out}")
        return write_walk
    if suffix in WRITERS and not out.endswith("/"):
        return WRITERS[suffix]
    if suffix and not out.endswith("/") and not Path(out).is_dir():
        walks = "; for a walk through the noise, give --walk" if suffix in ANIMATIONS else ""
        raise ValueError(f"--out must end in .png (a picture), .npz (arrays) or .wav (sound), or be a folder (for "
                         f"single pictures or sounds), such as "
                         f"{Path(out).with_suffix('')}/, got {out}{walks}")  # fmt: skip
    check_folder(Path(out), wish.force)
    return write_folder


def check_folder(folder: Path, force: bool) -> None:
    """Raise ValueError for a folder that is a file, or has files in it unless `force`."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out {folder} is a file, and should be a folder for single pictures; choose another name")
    held = sum(1 for _ in folder.iterdir()) if folder.exists() else 0
    if held and not force:
        raise ValueError(f"the folder {folder} is not empty (entries: {held}); choose another --out, or write into it "
                         "with --force, which replaces pictures of the same numbers")  # fmt: skip


def write_picture(run: Numbered, wish: Wish, out: Path) -> None:
    """One picture of all."""
    kind = kind_of(run.shape)
    numbers = wish.chosen(run.many)
    if kind.single:
        count, columns = len(numbers) * len(run.singles), run.columns(len(numbers))
        zoom = wish.zoom or pictures.zoom_to(PROJECTOR, (count, *run.shape), columns=columns)
        side = max(columns, -(-count // columns)) * zoom * max(run.shape[:2])
        if side > LONGEST:
            raise ValueError(f"a picture of {count:,} samples would be {side:,} pixels wide ({LONGEST:,} is the "
                             "limit); take fewer, a smaller --zoom, or a folder: --out pictures/")  # fmt: skip
    look = Look(side=PROJECTOR, zoom=wish.zoom, **run.heads(numbers, wish.numbered))
    save(out, pictures.save_png, kind.picture(run.samples(numbers), look))


def write_arrays(run: Numbered, wish: Wish, out: Path) -> None:
    """An .npz."""
    numbers = wish.chosen(run.many)
    check_size(run, len(numbers) * len(run.singles), "such as --numbers 0-99999, or a folder: --out pictures/")
    save(out, save_samples, run.samples(numbers), run.labels(numbers))


def write_sound(run: Numbered, wish: Wish, out: Path) -> None:
    """A .wav of all, one after the other."""
    rate, numbers = rate_for(run.singles[0], out, wish.rate), wish.chosen(MANY)
    check_size(run, len(numbers) * len(run.singles), "such as --numbers 0-999, or a folder: --out sounds/")
    signals = run.samples(numbers)
    say_clipped(signals, to_stderr)
    save(out, save_wav, signals, rate)


def write_folder(run: Numbered, wish: Wish, out: Path) -> None:
    """A file for each number: a picture, or a sound."""
    key = kind_of(run.shape).key
    if key not in SINGLES:
        raise ValueError(f"one of {key} makes no picture; write all to a .png or .npz file")
    SINGLES[key](run, wish, out)


def write_pictures(run: Numbered, wish: Wish, out: Path) -> None:
    """A picture for each number, at the size that G draws it unless there is a zoom."""
    kind, look = kind_of(run.shape), Look(zoom=wish.zoom or 1, gap=0)
    for places, images in single(run, wish, out, kind.many):
        for path, image in zip(places, images, strict=True):
            save(path.with_suffix(".png"), pictures.save_png, kind.picture(image[None], look))


def write_sounds(run: Numbered, wish: Wish, out: Path) -> None:
    """A .wav for each number."""
    rate, drawn = rate_for(run.singles[0], out, wish.rate), []
    for places, signals in single(run, wish, out, MANY):
        for path, one in zip(places, signals, strict=True):
            save(path.with_suffix(".wav"), save_wav, one[None], rate)
        drawn.append(signals)
    say_clipped(np.concatenate(drawn), to_stderr)


def single(run: Numbered, wish: Wish, out: Path, many: int) -> Iterator[tuple[list[Path], np.ndarray]]:
    """(where each belongs, without an ending; the samples), 64 at a time. Raises ValueError for a number
    that is named twice."""
    numbers = wish.chosen(many)
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"--numbers {wish.numbers} names a sample twice, and each has one file; name it once")
    for one, i in ((one, i) for one in run.singles for i in range(0, len(numbers), 64)):
        some = numbers[i : i + 64]
        folders = [out / name for name in map(file_name, one.texts(some) or [])] or [out] * len(some)
        places = [folder / f"{number:06d}" for number, folder in zip(some, folders, strict=True)]
        yield places, one.samples(some)


def check_size(run: Numbered, count: int, parts: str) -> None:
    """Raise ValueError for more samples than a file shall hold. parts: what to write in its place."""
    size = count * int(np.prod(run.shape)) * 4
    if size > LARGEST:
        raise ValueError(f"{count:,} samples are {size / 1e9:.1f} GB ({LARGEST / 1e9:.0f} GB is the limit); "
                         f"write parts of them, {parts}")  # fmt: skip


def write_walk(run: Numbered, wish: Wish, out: Path) -> None:
    """An animation."""
    kind = kind_of(run.shape)
    numbers = wish.stops(min(kind.many, WALKERS) if kind.single else kind.many)
    way = wish.way or "spherical"
    save(out, save_animation, walk(run, numbers, frames=wish.frames, way=way, side=MEANWHILE, zoom=wish.zoom))


def write_walk_through_classes(run: Numbered, wish: Wish, out: Path, classes: list[int]) -> None:
    """An animation of numbers that keep their noise, from class to class."""
    kind = kind_of(run.shape)
    numbers = wish.chosen(min(kind.many, WALKERS) if kind.single else kind.many)
    look = dict(frames=wish.frames, side=MEANWHILE, zoom=wish.zoom)
    save(out, save_animation, walk_through_classes(run, numbers, classes, **look))


def save(path: Path, write: Callable, *content) -> None:
    """write(path, *content), in a folder that is made if need be. Raises ValueError if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, *content)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror}; choose another place with --out") from error


WRITERS = {".png": write_picture, ".npz": write_arrays, ".wav": write_sound}
SINGLES = {"images": write_pictures, "signals": write_sounds}
