"""How good is it? Samples in, scores out: of a run, of pictures from anywhere, or of features made elsewhere."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minigan import data
from minigan.data.npz import read_arrays
from minigan.files import write_text
from minigan.metrics import Neighbours, Seen, nearest_neighbours, verdict
from minigan.recipes.options import OPTIONS
from minigan.recipes.reference import Reference, reference, reference_for
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.scoring import Scores, check_enough, halvings, score_with_floor
from minigan.recipes.setup import labels_asked, noise_of, to_stderr
from minigan.report import evaluation as report
from minigan.report import numbers, pictures

MANY_CLASSES = 100  # more are not listed one by one
SHOWN = 10  # images in a row of the picture of neighbours
CHUNK = 500  # images that are drawn between two looks at the progress bar


@dataclass
class Evaluation:
    """What came out: of `n` samples of `subject`, held against `reference`.

    scores: Scores. notes: list of sentences to print. network: its hash. accuracy: of the network on the real images.
    classes: (shares of generated, of real). class_names: of `classes`. pictures: {name: uint8 picture}. None: there is
    none.
    """

    subject: str
    reference: str
    n: int
    n_real: int
    scores: Scores
    notes: list
    network: str | None = None
    accuracy: float | None = None
    classes: tuple | None = None
    class_names: tuple | None = None
    pictures: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """Everything but the pictures, as JSON can hold it."""
        scores = {name: score.as_dict() for name, score in self.scores.values.items()}
        for column, found in (("floor", self.scores.floor), ("matched", self.scores.matched)):
            for name, entry in scores.items():
                entry[column] = found[name].value if name in found else None
        times, half = self.scores.halves
        result = {
            "subject": self.subject, "reference": self.reference, "samples": self.n, "real_samples": self.n_real,
            "network": self.network, "accuracy": self.accuracy, "scores": scores,
            "floor": {"halvings": times, "samples": half}, "notes": self.notes,
        }  # fmt: skip
        if self.classes:
            result["classes"] = {"generated": self.classes[0].tolist(), "real": self.classes[1].tolist()}
            result["classes"] |= {"names": list(self.class_names)} if self.class_names else {}
        return result

    def write(self, folder: str | Path) -> Path:
        """scores.json and the pictures, into `folder`, made if need be -> its Path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "scores.json", json.dumps(self.as_dict(), indent=2) + "\n")
        for name, picture in self.pictures.items():
            pictures.save_png(folder / f"{name}.png", picture)
        return folder


@contextmanager
def progress_bar(total: int, shown: bool) -> Iterator[Callable[[str], None]]:
    """A bar over `total` parts, as a function that names the part that comes next."""
    from tqdm import tqdm

    with tqdm(total=total, disable=not shown, leave=False, unit="part", bar_format="{l_bar}{bar}{elapsed}") as bar:

        def tick(text):
            bar.set_description_str(text)
            bar.update()

        yield tick


def evaluate(run: str | Path | None = None, *, against: str | Path | None = None, n: int = 10_000,
             images: str | None = None, reference_name: str | None = None, split: str | None = None,
             fit: str | None = None, channels: int | None = None, features_real: str | Path | None = None,
             features_fake: str | Path | None = None, data_dir: str | None = None, seed: int = 0, progress: bool = True,
             say: Callable[[str], Any] = to_stderr) -> list[Evaluation]:  # fmt: skip
    """Score a run, or images, or features -> a list of one Evaluation, or of two with `against`.

    Just one of run, images (with reference_name) and features_real with features_fake is to be given; ValueError if
    not. The rest is as in `evaluate_run`, `evaluate_images` and `evaluate_features`.
    """
    kinds = {"RUN": run, "--images": images, "--features-real and --features-fake": features_real or features_fake}
    given = [kind for kind, value in kinds.items() if value]
    if len(given) != 1:
        raise ValueError(f"expected one of {', '.join(kinds)}, got {' and '.join(given) or 'none'}")
    OPTIONS["seed"].check(seed)
    of_images = {"--reference": reference_name, "--split": split, "--fit": fit, "--channels": channels}
    for name, value in {"--against": against, **of_images}.items():
        kind = "--images" if name in of_images else "RUN"
        if value is not None and not kinds[kind]:
            raise ValueError(f"{name} goes with {kind}; leave it out")
    options = dict(data_dir=data_dir, seed=seed, progress=progress, say=say)
    if images:
        if reference_name is None:
            raise ValueError("--images needs --reference, the data set to hold them against, such as mnist")
        return [evaluate_images(images, reference_name, split=split or "train", fit=fit, channels=channels, **options)]
    if not run:
        if not (features_real and features_fake):
            raise ValueError("--features-real and --features-fake go together; give both")
        return [evaluate_features(features_real, features_fake, seed=seed, progress=progress)]
    if against is None:
        return [evaluate_run(run, n=n, **options)]
    load_generator(against)  # a wrong folder is refused before the first run is scored
    first = evaluate_run(run, n=n, **options)
    return [first, evaluate_run(against, n=n, against=first, **options)]


def draw(G: Any, noise: Iterable[np.ndarray], classes: int = 0,
         tick: Callable[[], Any] = lambda: None) -> np.ndarray | None:  # fmt: skip
    """What G makes of each array of noise, together: points (n, 2), or uint8 images, as a file would hold them. None if
    G draws NaNs or infinities. classes: as for `sample`. tick: called before each array."""
    parts = []
    for z in noise:
        tick()
        x = sample(G, z, classes=classes)
        if not np.isfinite(x).all():
            return None
        parts.append(data.to_uint8(x) if x.ndim == 4 else x)
    return np.concatenate(parts)


def evaluate_run(path: str | Path, *, n: int = 10_000, seed: int = 0, against: Evaluation | None = None,
                 progress: bool = True, **options: Any) -> Evaluation:  # fmt: skip
    """Score `n` samples of the run in folder `path` -> Evaluation.

    against: an Evaluation whose reference is used, so that both are seen through the same eyes; its network must be
    that of this run's data. options: for `reference`. Raises ValueError for a folder that is no run, an n below
    10, a generator that draws NaNs.
    """
    check_enough(fake=n)
    G, config = load_generator(path)
    ref = reference_for(config["settings"], config["data"]["sample_shape"], progress=progress, **options)
    if against is not None and against.network != ref.sha256:
        raise ValueError(f"{path} and {against.subject} are of different data ({ref.name}, {against.reference}): each "
                         "is scored by the network of its own data, and such scores cannot be compared")  # fmt: skip
    z, classes = noise_of(config["settings"]).sample(n, np.random.default_rng(seed)), config["data"]["classes"]
    chunks = [z[i : i + CHUNK] for i in range(0, n, CHUNK)]
    asked = [labels_asked(G, len(chunk), classes) for chunk in chunks]
    labels = None if asked[0] is None or ref.labels is None else np.concatenate(asked)
    with progress_bar(len(chunks) + 9 + halvings(len(ref.real)), progress) as tick:
        samples = draw(G, chunks, classes, lambda: tick(f"drawing {n:,} {ref.unit}"))
        if samples is None:
            raise ValueError(f"the generator of {path} draws NaNs or infinities: its training diverged; train anew")
        return _evaluate(str(path), samples, ref, seed, tick, labels)


def evaluate_images(spec: str, reference_name: str, *, seed: int = 0, progress: bool = True,
                    say: Callable[[str], Any] = to_stderr, fit: str | None = None, channels: int | None = None,
                    **options: Any) -> Evaluation:  # fmt: skip
    """Score the images of `spec` (folder:PATH, npz:FILE or the name of a data set), held against another data set ->
    Evaluation. fit, channels: for `spec`. options: for `reference`. Labels that are classes of the reference count as
    what was asked for. Raises ValueError as `minigan.data.load` does."""
    images = data.load(spec, split="all" if spec.startswith(("folder:", "npz:", "npy:")) else "train", fit=fit,
                       channels=channels, rng=np.random.default_rng(seed))  # fmt: skip
    if not images.is_images:
        raise ValueError(f"--images expected folder:PATH or npz:FILE of pictures, got {spec}, which holds "
                         f"{images.report.unit}")  # fmt: skip
    check_enough(fake=len(images))
    say(f"images: {images.name}, {images.report}")
    ref = reference(reference_name, progress=progress, say=say, **options)
    if ref.network is None:
        raise ValueError(f"{reference_name} holds points; give images a --reference of images, such as mnist")
    labels = labels_for(images, ref)
    with progress_bar(9 + halvings(len(ref.real)), progress) as tick:
        evaluation = _evaluate(spec, images.x, ref, seed, tick, labels)
    if images.labels is not None and labels is None:
        evaluation.notes.append(f"no label accuracy: the classes of {spec} are not those of {reference_name}")
    return evaluation


def labels_for(images: data.Dataset, ref: Reference) -> np.ndarray | None:
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


def evaluate_features(real_path: str | Path, fake_path: str | Path, *, seed: int = 0,
                      progress: bool = True) -> Evaluation:  # fmt: skip
    """Score features made elsewhere: two .npz files, each with an array (N, d) under `features` or alone in it.

    Raises ValueError for files that are none, or arrays that do not fit together.
    """
    real, fake = (Seen(read_features(path), None) for path in (real_path, fake_path))
    with progress_bar(5 + halvings(len(real.features)), progress) as tick:
        scores = score_with_floor(real, fake, rng=seed, tick=tick)
    notes = ["the features are your own: compare only with scores of the same network", *_notes(scores, real)]
    return Evaluation(str(fake_path), str(real_path), len(fake.features), len(real.features), scores, notes)


def read_features(path: str | Path) -> np.ndarray:
    """The array (N, d) of an .npz: under the key `features`, or the only one there. ValueError for anything else."""
    arrays = read_arrays(path)
    if "features" not in arrays and len(arrays) != 1:
        raise ValueError(f"{path}: expected the key 'features' or a single array, found {sorted(arrays)[:9]}; "
                         "fix: np.savez(path, features=...)")  # fmt: skip
    features = arrays.get("features", next(iter(arrays.values())))
    if features.ndim != 2:
        raise ValueError(f"{path}: expected features (N, d), found {features.shape}; fix: features.reshape(N, -1)")
    return features


def _evaluate(subject, samples, ref, seed, tick, labels=None):
    """The Evaluation of `samples`, uint8 images or points. labels: the classes that they were drawn for, or None."""
    tick("looking at them")
    fake, train = ref.see(samples, labels), ref.see(ref.train)
    real = ref.see(ref.real, None if labels is None else ref.labels)
    near = None
    if ref.network:
        tick("nearest training images")
        near = [nearest_neighbours(seen.features, train.features) for seen in (real, fake)]
    scores = score_with_floor(real, fake, neighbours=near, rng=seed, tick=tick, **ref.counts).seen_by(ref.sha256)
    notes = ([ref.note] if ref.note else []) + _notes(scores, real)
    made = Evaluation(subject, ref.name, len(samples), len(ref.real), scores, notes, ref.sha256)
    tick("pictures")
    if ref.network:
        made.pictures["neighbours"] = neighbours_picture(samples, near[1], ref)
    else:
        made.pictures["samples"] = numbers.draw(samples[:2000], ref.real[:2000], subject)
    if ref.labels is not None:
        made.accuracy = float(np.mean(real.probs.argmax(axis=1) == ref.labels))
    if ref.labels is not None and len(ref.classes) <= MANY_CLASSES:
        shares = np.bincount(ref.labels, minlength=len(ref.classes)) / len(ref.real)
        made.classes, made.class_names = (verdict(fake.probs).shares, shares), ref.classes
        made.pictures["classes"] = report.class_histogram(*made.classes, ref.classes)
    return made


def _notes(scores, real):
    d = real.features.shape[1]
    return [] if "fid" in scores.values else [f"no FID: features of width {d} need {d + 1} samples on both sides"]


def neighbours_picture(samples: np.ndarray, nearest: Neighbours, ref: Reference) -> np.ndarray:
    """Generated images above their nearest training images (Neighbours): the first ones, and those nearest of all."""
    closest = np.argsort(nearest.distance[:, 0], kind="stable")[:SHOWN]
    size, channels, _ = ref.network.sizes
    rows = [
        (data.prepare_images(images, size, channels) + 1) / 2
        for chosen in (np.arange(min(SHOWN, len(samples))), closest)
        for images in (samples[chosen], ref.train[nearest.index[chosen, 0]])
    ]
    titles = ("generated", "nearest training images", "generated: those nearest to any training image",
              "the training images they are near to")  # fmt: skip
    return pictures.before_after(rows, titles)


def write_and_print(evaluations: list[Evaluation], folder: str | Path, as_json: bool,
                    out: Callable[[str], Any] = print) -> None:  # fmt: skip
    """Write one or two Evaluations into `folder` (the first one) and print them: a table, or JSON."""
    path = evaluations[0].write(folder)
    if as_json:
        dicts = [evaluation.as_dict() for evaluation in evaluations]
        out(json.dumps(dicts[0] if len(dicts) == 1 else {"runs": dicts}, indent=2))
    else:
        out(report.comparison(*evaluations) if len(evaluations) == 2 else report.table(evaluations[0]))
        out("written: " + ", ".join(str(path / name) for name in sorted(p.name for p in path.iterdir())))
