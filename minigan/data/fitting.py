"""How pictures of many shapes come to one size: which size, and where each picture goes in it.

Each picture is cropped or padded by itself, to the shape of the target, and then resized. So one small file changes
nothing for the others. All sizes are (height, width).
"""

from collections.abc import Sequence
from statistics import median_low
from typing import NamedTuple

from minigan.checks import pair

from .steps import MAX_SIDE, Size, is_framed

SIDE = 32  # of the square that pictures are brought to where nothing else is said
FITS = ("pad", "stretch", "crop")


class Place(NamedTuple):
    """Where a picture goes: the part in `box`, (left, top, right, bottom), is resized to `inner`, and that stands in
    the middle of the target."""

    box: tuple[float, float, float, float]
    inner: tuple[int, int]


def crop_place(size: tuple, target: tuple) -> Place:
    """The largest middle piece that has the shape of the target."""
    (H, W), (h, w) = size, target
    scale = min(H / h, W / w)
    left, top = (W - w * scale) / 2, (H - h * scale) / 2
    return Place((left, top, W - left, H - top), target)


def pad_place(size: tuple, target: tuple) -> Place:
    """All of it, as large as the target holds it."""
    (H, W), (h, w) = size, target
    scale = min(h / H, w / W)
    return Place((0, 0, W, H), (min(h, max(1, round(H * scale))), min(w, max(1, round(W * scale)))))


def stretch_place(size: tuple, target: tuple) -> Place:
    """All of it, pulled to the shape of the target."""
    return Place((0, 0, size[1], size[0]), target)


def frame_place(size: tuple, target: tuple) -> Place:
    """All of it as it is, pixel by pixel."""
    return Place((0, 0, size[1], size[0]), size)


PLACES = {"crop": crop_place, "pad": pad_place, "stretch": stretch_place, "frame": frame_place}


def choose(sizes: Sequence[tuple], size: Size | None, fit: str | None) -> tuple[str, tuple[int, int]]:
    """What is done to pictures of these sizes -> (a name in PLACES, the size of all).

    size: what is wished, or None. Small pictures of one size then stay as they are, others become squares of at most
    SIDE, a multiple of 4, as large as half of them can fill. fit: one of FITS, or None: "crop", but pictures of one
    size that lack only a few pixels get a frame, as MNIST's do (28 -> 32). Raises ValueError for other wishes.
    """
    if fit is not None and fit not in FITS:
        raise ValueError(f"expected a fit out of {', '.join(FITS)}, got {fit!r}")
    one_size = sizes[0] if len(set(sizes)) == 1 else None
    if size is not None:
        target = pair("size", size)
        if max(target) > MAX_SIDE:
            raise ValueError(f"size must be at most {MAX_SIDE} pixels, got {size!r}")
        framed = fit is None and one_size and is_framed(one_size, target)
        return "frame" if framed else fit or "crop", target
    if fit is None and one_size and max(one_size) <= SIDE:
        return "frame", one_size
    side = min(SIDE, median_low([(max if fit == "pad" else min)(one) for one in sizes]))
    side -= side % 4 if side > 4 else 0
    return fit or "crop", (side, side)


def note(sizes: Sequence[tuple], fit: str, target: tuple[int, int], background: str, fixed: bool = False) -> str:
    """A sentence on what `choose` chose; "" where all pictures stay as they are. fixed: whether the target is what it
    is, and no flag gives another."""
    if set(sizes) == {target}:
        return ""
    h, w = target
    ordered = sorted(set(sizes), key=lambda size: (size[0] * size[1], size))
    span = " to ".join(dict.fromkeys(f"{H} x {W}" for H, W in (ordered[0], ordered[-1])))
    span += " (height x width)" if any(H != W for H, W in ordered) else ""
    shape = "squares" if h == w else f"the shape of {h} x {w}"
    reshaped = sum(H * w != W * h for H, W in sizes)
    done = {
        "crop": f"cropped to {shape} ({'' if fixed else _whole(sizes, target)}--fit pad keeps all of each)",
        "pad": f"padded with {background} to {shape}",
        "stretch": f"stretched to {shape}",
    }
    places = [PLACES[fit](size, target) for size in sizes]
    enlarged = sum(place.inner[0] > place.box[3] - place.box[1] for place in places)
    parts = [span, *([done[fit]] if reshaped and fit in done else [])]
    parts.append(f"{'framed with ' + background + ' to' if fit == 'frame' else 'brought to'} {h} x {w}")
    parts += [f"{enlarged:,} of them enlarged"] if enlarged else []
    return ", ".join(parts)


def _whole(sizes, target):
    """The --image-size that crops about nothing, where all pictures have one shape, such as 2:3."""
    (H, W), side = sizes[0], min(target)
    if any(height * W != width * H for height, width in sizes):
        return ""
    h, w = (4 * round(side * one / min(H, W) / 4) if one > min(H, W) else side for one in (H, W))
    return f"--image-size {h}x{w} or "
