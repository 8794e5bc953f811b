"""What samples are held against: real samples, or only the mean and covariance of their features."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minigan import data
from minigan.metrics import Neighbours, nearest_neighbours, verdict
from minigan.metrics.fid import check_enough, fid_to, moments
from minigan.metrics.lenet import FEATURES
from minigan.metrics.modes import CONFIDENT
from minigan.metrics.moments_file import SavedMoments, load_moments, save_moments
from minigan.metrics.network_files import BUNDLED
from minigan.recipes.by_class import MANY_CLASSES, lacking, score_by_class
from minigan.recipes.evaluation import Evaluation, Samples
from minigan.recipes.eye import USUAL, Eye, eye_of
from minigan.recipes.features import FID_ALONE, STATS, missing, replicates_for
from minigan.recipes.kinds_heard import count_kinds
from minigan.recipes.reference import Reference, against
from minigan.recipes.scoring import Scores, halvings, score_with_floor
from minigan.report import evaluation as report
from minigan.report import numbers, pictures
from minigan.report.by_class import picture as by_class_picture

SHOWN = 10  # images in a row of the picture of neighbours


def real_side(name: str, *, say: Callable[[str], Any], **options: Any) -> Any:
    """What `name` stands for as a --reference: stats:FILE.npz is SavedStats, all else RealSamples. options: as for
    `minigan.recipes.reference.against`."""
    if name.startswith(STATS):
        return saved_stats(name, say=say, **options)
    return RealSamples(against(name, say=say, **options))


@dataclass(frozen=True, eq=False)
class RealSamples:
    """Samples are held against those of a Reference: all scores, and the floor."""

    ref: Reference

    @property
    def name(self) -> str:
        return self.ref.name

    @property
    def sha256(self) -> str | None:
        """The hash of the network; None for points."""
        return self.ref.sha256

    @property
    def unit(self) -> str:
        return self.ref.unit

    @property
    def parts(self) -> int:
        """Of the progress bar."""
        return 9 + halvings(len(self.ref.real))

    def save(self, path: str | Path) -> str:
        """Write mean and covariance of the real features -> a line about it. Raises ValueError for too few."""
        features = self.ref.see(self.ref.real).features
        check_enough("real", features)
        save_moments(path, moments(features), self.sha256, len(features))
        return f"written: {path}, mean and covariance of {len(features):,} real {self.unit} of {self.name}"

    def evaluate(self, samples: Samples, *, seed: int, splits: int | None, tick: Callable[[str], Any],
                 by_judge: bool = False) -> Evaluation:  # fmt: skip
        """The Evaluation of Samples. Scores by class are those of the classes that they were drawn for, or with
        `by_judge` of those that the network reads. Raises ValueError if that knows none."""
        if by_judge and (why := lacking(self.ref)):
            raise ValueError(f"--by-class sorts by what the feature network reads; {why}; leave it out")
        ref, labels = self.ref, labels_for(samples, self.ref)
        tick("looking at them")
        fake, real = ref.see(samples.x, labels), ref.see(ref.real, None if labels is None else ref.labels)
        train = ref.see(ref.train) if ref.held_out else real
        near = None
        if ref.network:
            tick("nearest training images" if ref.held_out else "nearest real images")
            near = [nearest_neighbours(seen.features, train.features) for seen in (real, fake)]
        copies = near if ref.held_out else None
        scores = score_with_floor(real, fake, neighbours=copies, rng=seed, tick=tick, splits=splits, **ref.counts)
        made = Evaluation(samples.name, ref.name, len(samples.x), len(ref.real), scores.seen_by(ref.sha256),
                          [*ref.notes, *self.notes_on(samples, labels), *missing(scores, real, fake)], ref.sha256,
                          eye=ref.eye and str(ref.eye))  # fmt: skip
        tick("pictures")
        if ref.network:
            made.pictures["neighbours"] = neighbours_picture(samples.x, near[1], ref)
        else:
            made.pictures["samples"] = numbers.draw(samples.x[:2000], ref.real[:2000], samples.name)
        if ref.templates:
            count_kinds(made, ref, real, fake)
        elif ref.labels is not None:
            self.count_classes(made, real, fake)
        if by_judge or labels is not None and not lacking(ref):
            made.by_class = score_by_class(ref, real, train, fake, by_judge, seed)
            made.notes += made.by_class.notes
            made.pictures["by_class"] = by_class_picture(made.by_class)
        return made

    def count_classes(self, made: Evaluation, real: Any, fake: Any) -> None:
        """Write into an Evaluation how often the network is right, how often it is sure, and the share of each class on
        both sides."""
        ref = self.ref
        made.accuracy = float(np.mean(real.probs.argmax(axis=1) == ref.labels))
        made.clear = tuple(float(np.mean(seen.probs.max(axis=1) > CONFIDENT)) for seen in (fake, real))
        if len(ref.classes) <= MANY_CLASSES:
            shares = np.bincount(ref.labels, minlength=len(ref.classes)) / len(ref.real)
            made.classes, made.class_names = (verdict(fake.probs).shares, shares), ref.classes
            made.pictures["classes"] = report.class_histogram(*made.classes, ref.classes)

    def notes_on(self, samples: Samples, labels: np.ndarray | None) -> list[str]:
        """What to say of samples that differ in kind from the real ones."""
        ref, notes = self.ref, []
        if not ref.network:
            return notes
        if samples.x.shape[1:3] != ref.real.shape[1:3]:
            sizes = (f"{x.shape[1]}x{x.shape[2]}" for x in (samples.x, ref.real))
            notes.append("images of {} pixels are held against real ones of {}: a difference in sharpness counts"
                         .format(*sizes))  # fmt: skip
        if samples.x.shape[3] != ref.real.shape[3]:
            kinds = ("colour" if x.shape[3] == 3 else "grey" for x in (samples.x, ref.real))
            notes.append("images in {} are held against real ones in {}".format(*kinds))
        if ref.eye.classes and ref.labels is None:
            notes.append(f"the Inception Score is of the classes of {ref.eye.of}: it says little of pictures of other "
                         "things")  # fmt: skip
        if samples.labels is not None and labels is None and ref.held_out:
            notes.append(f"no label accuracy: the classes of {samples.name} are not those of {ref.name}")
        if labels is not None and lacking(ref):
            notes.append(lacking(ref))
        return notes


@dataclass(frozen=True, eq=False)
class SavedStats:
    """Samples are held against the mean and covariance in a file, seen through the network of an Eye: a FID alone."""

    name: str
    saved: SavedMoments
    eye: Eye
    notes: tuple[str, ...]
    unit = "images"
    parts = 2
    ref = None  # there are no real samples

    @property
    def sha256(self) -> str:
        """The hash of the network."""
        return self.eye.network.sha256

    def save(self, path: str | Path) -> str:
        raise ValueError(f"--save-stats needs real pictures, and {self.name} holds their mean and covariance already; "
                         "leave it out")  # fmt: skip

    def evaluate(self, samples: Samples, *, seed: int, splits: int | None, tick: Callable[[str], Any],
                 by_judge: bool = False) -> Evaluation:  # fmt: skip
        """The Evaluation of Samples. Raises ValueError if they are too few for a FID."""
        if by_judge:
            raise ValueError(f"--by-class needs real pictures, and {FID_ALONE}; leave it out")
        if splits is not None:
            raise ValueError(f"--fake-splits is of the Inception Score, and {FID_ALONE}; leave it out")
        tick("looking at them")
        size, channels, _ = self.eye.network.sizes
        features = self.eye.network.look(data.prepare_images(samples.x, size, channels)).features
        tick("FID")
        score = fid_to(self.saved.pair, features, replicates=replicates_for(features), rng=seed)
        scores = Scores({"fid": score}).seen_by(self.sha256)
        return Evaluation(samples.name, self.name, len(samples.x), self.saved.samples, scores,
                          [*self.notes, FID_ALONE], self.sha256, eye=str(self.eye))  # fmt: skip


def saved_stats(name: str, *, network: str | None = None, data_dir: str | None = None, split: str | None = None,
                fit: str | None = None, progress: bool = False, say: Callable[[str], Any] = lambda text: None,
                **others: Any) -> SavedStats:  # fmt: skip
    """The SavedStats of stats:FILE.npz. network: the name of a data set whose network made them; None: as the file
    says, and where it does not, that of the bundled digits. Raises ValueError for a file that no such network made."""
    if split or fit:
        raise ValueError(f"--split and --fit are for pictures, and {name} holds none; leave them out")
    saved = load_moments(name.removeprefix(STATS))
    named = {sha256: known for known, sha256 in BUNDLED.items()}
    if network is None and saved.network and saved.network not in named:
        raise ValueError(f"{name} was made by the network {saved.network[:12]}, which does not come with minigan; fix: "
                         "name the data set that it learnt from, with --network")  # fmt: skip
    if len(saved.mean) != FEATURES:
        raise ValueError(f"{name}: expected mean and covariance of {FEATURES} features of a minigan network, found "
                         f"{len(saved.mean):,}; fix: for features of your own, --features-real {name} --features-fake "
                         "FILE.npz")  # fmt: skip
    eye = eye_of(network or named.get(saved.network, USUAL), None, data_dir=data_dir, progress=progress, say=say)
    if saved.network not in (None, eye.network.sha256):
        raise ValueError(f"{name} was made by the network {saved.network[:12]}, and that of {eye.of} is "
                         f"{eye.network.sha256[:12]}: features of different units; fix: another --network")  # fmt: skip
    unsaid = (f"{name} does not say which network made it; that of {eye.of} is taken for it, and if it was another, "
              "this FID means nothing")  # fmt: skip
    return SavedStats(name, saved, eye, () if saved.network else (unsaid,))


def check_place(path: str | Path) -> None:
    """Raise ValueError unless a file of mean and covariance may be written there."""
    if not str(path).endswith(".npz"):
        raise ValueError(f"--save-stats must end in .npz, got {path}")
    if not Path(path).parent.is_dir():
        raise ValueError(f"--save-stats: there is no folder {Path(path).parent}; make it, or choose another")


def save_stats_of(side: Any, path: str | Path, say: Callable[[str], Any]) -> None:
    """Write mean and covariance of the real side, and say so."""
    say(side.save(path))


def labels_for(images: Any, ref: Reference) -> np.ndarray | None:
    """The labels of the images as class numbers of the reference, (N,): found by their names, or where the names are
    only numbers, as they are. None if either has no labels, or a class is unknown to the reference."""
    if images.labels is None or ref.labels is None:
        return None
    places = {name: k for k, name in enumerate(ref.classes)}
    if images.classes == tuple(map(str, range(len(images.classes)))) and len(images.classes) <= len(places):
        return images.labels
    if not places.keys() >= set(images.classes):
        return None
    return np.array([places[name] for name in images.classes])[images.labels]


def neighbours_picture(samples: np.ndarray, nearest: Neighbours, ref: Reference) -> np.ndarray:
    """Generated images above their nearest training images (Neighbours): the first ones, and those nearest of all."""
    closest = np.argsort(nearest.distance[:, 0], kind="stable")[:SHOWN]
    size, channels, _ = ref.network.sizes
    rows = [
        (data.prepare_images(images, size, channels) + 1) / 2
        for chosen in (np.arange(min(SHOWN, len(samples))), closest)
        for images in (samples[chosen], ref.train[nearest.index[chosen, 0]])
    ]
    kind = "training" if ref.held_out else "real"
    titles = ("generated", f"nearest {kind} images", f"generated: those nearest to any {kind} image",
              f"the {kind} images they are near to")  # fmt: skip
    return pictures.before_after(rows, titles)
