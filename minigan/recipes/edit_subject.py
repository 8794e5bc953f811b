"""What `minigan edit` works on: the networks of a run, held-out pictures or yours, the training pictures, a judge."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minigan import data
from minigan.data.folder import read_pictures
from minigan.edit.find import Found, Search, Start, drawn, find, joined
from minigan.edit.objective import Objective
from minigan.edit.tasks import Task
from minigan.layers import Layer
from minigan.metrics import LeNet, feature_network
from minigan.models.conditional import takes_labels
from minigan.recipes.games import GAMES
from minigan.recipes.same_data import settings_of
from minigan.recipes.sampling import load_players
from minigan.recipes.settings import Settings, saved_settings
from minigan.recipes.setup import class_number, load_samples, to_stderr
from minigan.recipes.streams import noise_of
from minigan.report.folder import RunFolder
from minigan.report.samples import kind_of
from minigan.vae import code_of

LIGHTER = 0.8  # on the scale [-1, 1]
NEIGHBOURS = 8  # pictures that D is shown to see whether they matter to each other
AT_ONCE = 50  # pictures whose starts are in memory at once
TOUCHED = {"without_class": "", "subset": None, "labels": 0}  # what a run did to its training data


class Pictures(NamedTuple):
    """Pictures to edit. x (N, H, W, C) in [-1, 1]. labels (N,) or None. names: what stands below each."""

    x: np.ndarray
    labels: np.ndarray | None
    names: tuple[str, ...]


def corners(x: np.ndarray) -> float:
    """The mean of the four corners of all pictures (N, H, W, C)."""
    return float(x[:, [0, 0, -1, -1], [0, -1, 0, -1]].mean())


def judges_by_neighbours(D: Layer, shape: tuple[int, ...], rng: np.random.Generator) -> bool:
    """Whether D's outputs for a picture (H, W, C) change with the other pictures of the batch, in evaluation.

    A layer with a `group_size` says so itself. Of others that are not `per_sample` some have no use for neighbours in
    evaluation (BatchNorm), others have (MinibatchDiscrimination): so D is shown one picture with copies of it, and then
    with others, from the faint to the wild, as no distance is known to which a layer looks."""
    if D.per_sample:
        return False
    if any(layer.group_size for _, layer in D.leaves()):
        return True
    x = rng.uniform(-1, 1, (NEIGHBOURS, *shape)).astype(np.float32)
    given = {"labels": np.zeros(NEIGHBOURS, np.int64)} if takes_labels(D) else None
    alone, *others = (D.apply(np.concatenate([x[:1], x[:1] + far * (x[1:] - x[:1])]), training=False, given=given)[0][0]
                      for far in (0, 0.01, 0.1, 1))  # fmt: skip
    return not all(np.allclose(beside, alone, rtol=1e-4, atol=1e-6) for beside in others)


def game_of(path: str | Path) -> str:
    """The name of the game of the run in folder `path`; that of runs which are older than the choice is "gan"."""
    return (RunFolder(path).read_config().get("settings") or {}).get("game") or "gan"


class Subject:
    """The run in folder `path`. seed: of all that is drawn. search: how much is searched; None: the usual amount.
    D, E: its discriminator and its encoder, or None.

    Raises ValueError if it is no run, or draws no pictures.
    """

    def __init__(self, path: str | Path, *, seed: int = 0, search: Search | None = None, data_dir: str | None = None,
                 say: Callable[[str], Any] = to_stderr) -> None:  # fmt: skip
        self.path, self.seed, self.search, self.data_dir, self.say = path, seed, search, data_dir, say
        self.game = GAMES[game_of(path)]
        players, self.config = load_players(path, names=self.game.players)
        self.G, self.D, self.E = (players.get(name) for name in "GDE")
        self.shape = tuple(self.config["data"]["sample_shape"])
        if kind_of(self.shape).key != "images":
            raise ValueError(f"minigan edit is for pictures, and the run {path} draws {kind_of(self.shape).key} "
                             f"{self.shape}; fix: a run of pictures, such as minigan train --data digits")  # fmt: skip
        self.noise = noise_of(self.config["settings"])
        self.classes = self.config["data"]["classes"] if takes_labels(self.G) else 0
        self.names = tuple(self.config["data"]["class_names"])

    def rng(self, *stream: int) -> np.random.Generator:
        """The random generator of this seed with these further numbers."""
        return np.random.default_rng([self.seed, *stream])

    # --- The pictures ------------------------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> Settings:
        """The run's, with the name under which its data are found today."""
        return saved_settings(settings_of(self.path, self.config, data_dir=self.data_dir, say=self.say)
                              | {"data_dir": self.data_dir})  # fmt: skip

    @cached_property
    def train(self) -> np.ndarray:
        """The pictures that the run learnt from, in [-1, 1]."""
        return self.at_size(load_samples(self.settings)[1])

    def held_out(self, count: int | None = None, usual: int | None = None) -> Pictures:
        """`count` pictures of the test split. None: `usual`, or as many as there are; both None: all. They are drawn by
        the seed, so that several seeds see several pictures. Raises ValueError if there are fewer than `count`."""
        if self.settings.split == "all":
            self.say(f"note: {self.path} was trained on the test split, too (--split all)")
        dataset, x = load_samples(self.settings.but(split="test", **TOUCHED))
        if count is not None and not 1 <= count <= len(x):
            raise ValueError(f"--held-out must be in 1..{len(x):,}, as many pictures as the test split of "
                             f"{dataset.name} has, got {count:,}; try --held-out {len(x)}")  # fmt: skip
        if count is None and usual is not None and usual > len(x):
            self.say(f"note: the test split of {dataset.name} has {len(x):,} pictures; all are taken (the usual number "
                     f"is {usual:,})")  # fmt: skip
            count = len(x)
        count, chosen = count or usual, np.arange(len(x))
        if count is not None:
            chosen = self.rng(1).choice(chosen, count, replace=False)  # in any order: the first ones are of all classes
        told = None if dataset.labels is None else dataset.labels[chosen]
        names = [str(k) for k in chosen] if told is None else [dataset.classes[k] for k in told]
        return Pictures(self.at_size(x[chosen]), told, tuple(names))

    def given(self, paths: Sequence[str], size: tuple[int, int], *, fit: str | None = None,
              background: str | None = None, invert: bool = False) -> Pictures:  # fmt: skip
        """Your pictures, files and folders, brought to `size`; what was done to how many is said."""
        x, names, notes = read_pictures(paths, size=size, channels=self.shape[-1], fit=fit, background=background)
        for note in notes:
            self.say(f"note: {note}")
        x = data.normalise(255 - x if invert else x)
        if corners(x) > corners(self.samples(64)) + LIGHTER:
            self.say("note: the corners of your pictures are light, and those of G's are dark; --invert turns yours to "
                     "negatives")  # fmt: skip
        return Pictures(x, None, tuple(Path(name).stem for name in names))

    def samples(self, count: int) -> np.ndarray:
        """Pictures that G draws, in [-1, 1], where it draws from noise; else training pictures."""
        if not self.game.draws:
            return self.train[:count]
        labels = np.arange(count) % self.classes if self.classes else None
        return drawn(self.G, self.noise.sample(count, self.rng(9)), labels)

    def at_size(self, x: np.ndarray) -> np.ndarray:
        """Pictures in [-1, 1] at the size of G's."""
        if x.shape[1:] == self.shape:
            return x
        return data.prepare_images(data.to_uint8(data.denormalise(x)), self.shape[:2], self.shape[-1])

    # --- The judge ---------------------------------------------------------------------------------------------------

    @cached_property
    def judge(self) -> LeNet | None:
        """The network that reads the class of a picture, learnt from the full training split; None without classes,
        or with too few pictures to learn from."""
        full, _ = load_samples(self.settings.but(split="train", **TOUCHED))
        if full.labels is None or len(full.classes) < 2:
            return None
        try:
            return feature_network(full, say=self.say)
        except ValueError as error:  # too few to learn from: the search goes without
            self.say(f"note: nobody reads the class of a picture: {error}")
            return None

    def read(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The class that the judge reads from pictures in [-1, 1], and how sure it is: (N,), (N,) in 0..1."""
        size, channels, _ = self.judge.sizes
        pixels = data.to_uint8(data.denormalise(np.clip(x, -1, 1)))
        probs = self.judge.look(data.prepare_images(pixels, size, channels)).probs
        return probs.argmax(axis=1), probs.max(axis=1)

    # --- The search --------------------------------------------------------------------------------------------------

    def label(self, name: str | None) -> int | None:
        """The number of the class --class names; None: not given. Raises ValueError if G is not told classes."""
        if name is None:
            return None
        if not self.classes:
            raise ValueError(f"--class is for a generator that is told what to draw, and that of {self.path} takes no "
                             "labels; leave it out")  # fmt: skip
        return class_number(self.names, name)

    def search_for(self, objective: Callable[[np.ndarray], Objective], y: np.ndarray, *, label: int | None = None,
                   keep: int = 1, start: Start | None = None,
                   tick: Callable[[], Any] = lambda: None) -> Found:  # fmt: skip
        """The noises of what is seen, y (N, ...), AT_ONCE pictures at a time. objective: a function of some of y.
        label: the class of all; None: all are tried."""
        parts = []
        for i in range(0, len(y), AT_ONCE):
            some = y[i : i + AT_ONCE]
            told = None if label is None else np.full(len(some), label)
            parts.append(find(objective(some), self.noise, self.rng(2, i), self.search, classes=self.classes,
                              labels=told, keep=keep, start=start, tick=tick))  # fmt: skip
        return joined(parts)

    def ticks(self, count: int) -> int:
        """How often search_for ticks for so many pictures."""
        return -(-count // AT_ONCE) * (self.search or Search()).steps

    def start(self, task: Task) -> Start | None:
        """The first start of a search, where the run has an encoder: the mean that it gives for what is seen."""
        if self.E is None:
            return None
        return lambda y: code_of(self.E.apply(task.shown(y), training=False)[0])[0]

    def lacking(self) -> str:
        """Why there is no D that looks at each picture by itself; "" if there is."""
        if self.D is None:
            return f"{self.path} has no D"
        if any(layer.pack_size > 1 for _, layer in self.D.leaves()):
            return f"the D of {self.path} judges several pictures together (--pac)"
        if judges_by_neighbours(self.D, self.shape, self.rng(10)):
            return f"the D of {self.path} judges pictures by their neighbours (--minibatch, preset progressive)"
        return ""

    def check_realism(self, realism: float) -> None:
        """Raise ValueError where there is no D that has an opinion of a single picture."""
        if realism and self.lacking():
            raise ValueError(f"--realism asks D about each picture, and {self.lacking()}; leave it out")
