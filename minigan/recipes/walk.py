"""Walks: from one noise to the next and back to the first, or with the same noise from one class to the next.

Where a small step in the noise is a small step in the picture, G has not learnt its pictures by heart (Radford et al.
2016, arXiv:1511.06434, section 6.1, "walking in the latent space"). Between two classes the labels are mixtures of
both: what G draws there it was never trained to draw (Miyato & Koyama 2018, arXiv:1802.05637, section 4, "category
morphing").
"""

from collections.abc import Callable

import numpy as np

from minigan.recipes.numbered import Numbered
from minigan.report.samples import Look, kind_of

LARGEST = 1_000_000_000  # bytes of all frames together, before they are compressed


def straight(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point at the share t of the straight line from a to b, both (n, d): (1 - t) a + t b."""
    return (1 - t) * a + t * b


def spherical(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point at the share t of the arc from a to b, both (n, d), row by row:

        (sin((1 - t) angle) a + sin(t angle) b) / sin(angle)

    (Shoemake 1985, "Animating rotation with quaternion curves"; for the noise of a GAN, White 2016, arXiv:1609.04468,
    section 2.1). Noise of many dimensions is nearly always about sqrt(d) long; the middle of a straight line is shorter
    than anything that G has seen, and that of the arc is not. Where a and b point the same way, or opposite ways, no
    arc is the one, and the line is taken.
    """
    lengths = np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True)
    cosine = np.sum(a * b, axis=1, keepdims=True) / np.maximum(lengths, np.finfo(np.float32).tiny)
    angle = np.arccos(np.clip(cosine, -1, 1))
    sine = np.sin(angle)
    bent = sine > 1e-4
    sine = np.where(bent, sine, 1)
    arc = np.sin((1 - t) * angle) / sine * a + np.sin(t * angle) / sine * b
    return np.where(bent, arc, straight(a, b, t)).astype(a.dtype)


PATHS: dict[str, Callable] = {"spherical": spherical, "straight": straight}


def path_of(stops: np.ndarray, frames: int, way: Callable) -> np.ndarray:
    """A closed path through the noises `stops` (S, n, d), in `frames` steps from each to the next, and from the last to
    the first -> (S * frames, n, d); [0], [frames], [2 * frames], ... are the stops."""
    pairs = zip(stops, np.roll(stops, -1, axis=0), strict=True)
    return np.stack([way(a, b, k / frames) for a, b in pairs for k in range(frames)])


def stops_of(run: Numbered, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The noise of the numbers (S, n), S stops of n walkers -> (S, n, d), and the walkers' labels (n,) or None.

    A code and a label are one of several kinds, with nothing between them: each walker keeps those of its first stop.
    """
    stops = np.stack([run.noise(row) for row in numbers])
    stops[:, :, run.source.z_dim :] = stops[0, :, run.source.z_dim :]
    return stops, run.labels(numbers[0])


def walk(run: Numbered, numbers: np.ndarray, *, frames: int = 12, way: str = "spherical", side: int = 500,
         zoom: int | None = None) -> list[np.ndarray]:  # fmt: skip
    """The frames of a walk through the numbers (S, n), as `stops_of` and `path_of` have them: uint8 pictures (h, w, 3).
    side, zoom: see `minigan.report.samples.Look`.

    Raises ValueError for fewer than two stops, frames below 1, an unknown way, or frames too large to hold.
    """
    check(len(numbers), frames, "noises")
    if way not in PATHS:
        raise ValueError(f"unknown --path {way!r}; expected one of: {', '.join(PATHS)}")
    (stops, labels), z_dim = stops_of(run, numbers), run.source.z_dim
    look = Look(side=side, zoom=zoom, within=np.concatenate([run.draw(z, labels) for z in stops]),
                texts=run.texts(list(numbers[0])))  # fmt: skip
    check_size(run, stops[0], labels, look, len(stops) * frames)
    path = path_of(stops[:, :, :z_dim], frames, PATHS[way])
    codes = np.broadcast_to(stops[0, :, z_dim:], (*path.shape[:2], stops.shape[2] - z_dim))
    picture = kind_of(run.shape).picture
    return [picture(run.draw(z, labels), look) for z in np.concatenate([path, codes], axis=2)]


def walk_through_classes(run: Numbered, numbers: list[int], classes: list[int], *, frames: int = 12, side: int = 500,
                         zoom: int | None = None) -> list[np.ndarray]:  # fmt: skip
    """The frames of a walk of the numbers (n,), which keep their noise, from class to class and back to the first,
    along the straight lines between one-hot rows: a frame's labels are shares (n, classes). The rest is as for `walk`.

    Raises ValueError too where a layer of G takes whole labels only.
    """
    check(len(classes), frames, "classes, such as --class 3,7,1,")
    z, picture = run.noise(numbers), kind_of(run.shape).picture
    ends = [np.full(len(z), k) for k in classes]
    mixtures = path_of(np.eye(run.classes, dtype=z.dtype)[np.array(ends)], frames, straight)  # (S * frames, n, classes)
    check_mixtures(run, z, mixtures[min(1, frames - 1)])
    look = Look(side=side, zoom=zoom, within=np.concatenate([run.draw(z, labels) for labels in ends]),
                texts=[""] * len(z))  # fmt: skip
    check_size(run, z, ends[0], look, len(mixtures))
    names = [run.names[k] for k in classes]
    between = [f"{a} \u2192 {b}" for a, b in zip(names, names[1:] + names[:1], strict=True)]
    texts = [between[i // frames] if i % frames else names[i // frames] for i in range(len(mixtures))]
    return [picture(run.draw(z, m), look._replace(texts=[text] * len(z)))
            for m, text in zip(mixtures, texts, strict=True)]  # fmt: skip


def check(stops: int, frames: int, what: str) -> None:
    """Raise ValueError unless there are stops to walk between, and frames."""
    if stops < 2:
        raise ValueError(f"--walk needs at least 2 {what} to walk between, got {stops}")
    if frames < 1:
        raise ValueError(f"--frames must be at least 1, got {frames}")


def check_mixtures(run: Numbered, z: np.ndarray, mixtures: np.ndarray) -> None:
    """Raise ValueError if G does not draw mixtures of classes. Each class by itself it draws: a Numbered has tried."""
    try:
        run.draw(z, mixtures)
    except (ValueError, IndexError, TypeError) as error:
        raise ValueError(f"the generator of {run.path} cannot draw mixtures of classes ({error}); a walk from class to "
                         "class needs layers that take the labels by minigan.batch.memberships; for one class after "
                         "another: --class all") from error  # fmt: skip


def check_size(run: Numbered, z: np.ndarray, labels: np.ndarray | None, look: Look, count: int) -> None:
    """Raise ValueError for so many frames if they are too large to hold."""
    each = kind_of(run.shape).picture(run.draw(z, labels), look).nbytes
    if count * each > LARGEST:
        raise ValueError(f"{count:,} frames of {each / 1e6:.1f} MB are too large to hold ({LARGEST / 1e9:.0f} GB is "
                         "the limit); give fewer --frames, a smaller -n or a smaller --zoom")  # fmt: skip
