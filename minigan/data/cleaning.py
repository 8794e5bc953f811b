"""Cleaning: images that would harm a training are dropped, and a report says so.

Dropped are, in this order: images with values that are not finite (they turn every weight into NaN), images of one
single value (an empty page), and exact copies of an earlier image. A copy counts twice in the training, and a copy in
the test split makes the scores too good. The report counts each kind and names the first few.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .steps import check_nhwc, to_uint8

REASONS = ("non-finite", "constant", "duplicate")
EXAMPLES = 5  # how many of each kind a report names
DARK = 64  # pictures in 0..255 whose brightest value is below this were more likely made for another range
MAX_CLASSES = 10_000  # labels number the classes: a larger one is more likely the number of an image


@dataclass(frozen=True)
class CleaningReport:
    """What cleaning saw and did.

    Attributes:
        total: number of images looked at.
        kept: number that passed.
        dropped: reason -> count; only reasons that occurred.
        examples: reason -> the first few, as indices or as file names.
        unit: what is counted: "images", "points", "rows", "signals".
        notes: more that the user should know, such as a class without images.
        largest: (height, width) of the largest picture, where all were brought to one size, of which then the first
            note tells; or None.
    """

    total: int
    kept: int
    dropped: dict = field(default_factory=dict)
    examples: dict = field(default_factory=dict)
    unit: str = "images"
    notes: tuple[str, ...] = ()
    largest: tuple[int, int] | None = None

    def with_size_note(self, note: str) -> "CleaningReport":
        """The same with a note on the size, which stands first, or behind what the report tells of it."""
        place = 0 if self.largest is None else 1
        return replace(self, notes=(*self.notes[:place], note, *self.notes[place:]))

    def __str__(self):
        parts = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
        counts = f"{self.kept:,} kept, {parts} dropped" if self.dropped else "all kept"
        return "; ".join([f"{self.total:,} {self.unit}: {counts}", *self.notes])


def clean(images: np.ndarray, labels: np.ndarray | None = None, *, names: Sequence | None = None,
          already: dict[str, list] | None = None) -> tuple[np.ndarray, np.ndarray | None, CleaningReport]:  # fmt: skip
    """Drop non-finite, constant and duplicate images; of equal images the first is kept.

    Args:
        images: (N, H, W, C), uint8 or float.
        labels: (N,) or None; loses the same rows.
        names: N names or indices for the report; by default 0..N-1.
        already: reason -> list of names that an earlier step had to drop (files that could not be read); they
            count in the report and towards the limit below.

    Returns:
        (images, labels, CleaningReport), the images and labels as they came when nothing is dropped.

    Raises:
        ValueError: wrong shapes, no images, or more than half of the images unusable. So bad a set is
            more likely the wrong folder or a broken export than data with a few flaws.
    """
    _check_images(images)
    for what, other in (("labels", labels), ("names", names)):
        if other is not None and len(other) != len(images):
            raise ValueError(f"expected as many {what} as images ({len(images)}), got {len(other)}")
    found = {reason: list(which) for reason, which in (already or {}).items() if which}
    names = range(len(images)) if names is None else names
    codes = _reason_codes(images.reshape(len(images), math.prod(images.shape[1:])))
    for code, reason in enumerate(REASONS, start=1):
        which = np.flatnonzero(codes == code)
        if len(which):
            found.setdefault(reason, []).extend(names[i] for i in which)
    keep = codes == 0
    dropped = {reason: len(which) for reason, which in found.items()}
    kept = int(keep.sum())
    examples = {reason: which[:EXAMPLES] for reason, which in found.items()}
    report = CleaningReport(kept + sum(dropped.values()), kept, dropped, examples)
    refuse_if_mostly_unusable(report)
    if keep.all():
        return images, labels, report
    return images[keep], None if labels is None else labels[keep], report


def clean_foreign(
    images: np.ndarray, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None, CleaningReport]:
    """Check, turn into uint8 and clean images that somebody else made, in a file or by a function.

    Args:
        images: (N, H, W, C), (N, C, H, W) or (N, H, W), C = 1 or 3, numbers in one of the ranges of `as_uint8`. Images
            with NaN or infinity are dropped and counted.
        labels: class numbers, integers (N,) in 0..9,999, or None.

    Returns:
        (uint8 (N, H, W, C), int64 (N,) or None, CleaningReport, whose notes say what was done to all images).

    Raises:
        ValueError: other arrays than these, values out of range, or nothing usable.
    """
    images, moved = channels_last(images)
    images, labels, report = clean_pictures(images, checked_labels(labels, len(images)))
    return images, labels, replace(report, notes=moved + report.notes)


def clean_pictures(
    images: np.ndarray, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None, CleaningReport]:
    """`clean_foreign` for images (N, H, W, C), with whatever stands in `labels` (N,): the same rows of it are kept."""
    finite = np.isfinite(images).all(axis=(1, 2, 3)) if images.dtype.kind == "f" else np.ones(len(images), bool)
    if not finite.all():
        images, labels = images[finite], None if labels is None else labels[finite]
    images, notes = as_uint8(images)
    names, already = np.flatnonzero(finite).tolist(), {"non-finite": np.flatnonzero(~finite).tolist()}
    images, labels, report = clean(np.ascontiguousarray(images), labels, names=names, already=already)
    return images, labels, replace(report, notes=notes)


def clean_numbers(x: np.ndarray, labels: np.ndarray | None, unit: str) -> tuple[np.ndarray, np.ndarray | None,
                                                                                CleaningReport]:  # fmt: skip
    """Drop the samples of a table (N, d) or of signals (N, T, C) in which a number is NaN or infinite -> (x as it came
    or float64 for whole numbers, labels, CleaningReport). Samples that are the same, or of one value, are kept: in a
    table that is no flaw. Raises ValueError if more than half are dropped."""
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    finite = np.isfinite(x).all(axis=tuple(range(1, x.ndim)))
    broken = np.flatnonzero(~finite).tolist()
    found = {"non-finite": broken} if broken else {}
    report = CleaningReport(len(x), int(finite.sum()), {reason: len(which) for reason, which in found.items()},
                            {reason: which[:EXAMPLES] for reason, which in found.items()}, unit)  # fmt: skip
    refuse_if_mostly_unusable(report)
    return (x[finite], None if labels is None else labels[finite], report) if broken else (x, labels, report)


def channels_last(images: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Images (N, H, W), (N, H, W, C) or (N, C, H, W), C = 1 or 3 -> (N, H, W, C), and a note where axes were moved."""
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim == 4 and images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        return np.moveaxis(images, 1, 3), (f"channels first, {images.shape}: moved last",)
    if images.ndim != 4 or 0 in images.shape or images.shape[3] not in (1, 3):
        raise ValueError(f"expected images (N, H, W, C) with C = 1 or 3, or (N, H, W), found {images.shape}; "
                         "fix: move the axes, drop an alpha channel")  # fmt: skip
    return images, ()


def as_uint8(images: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Images of finite numbers -> the same as uint8, black 0 and white 255, and a note on what was done.

    The values decide what they mean: in [0, 1] and in [-1, 1], black and white are the ends of that range; in 0..255,
    they are 0 and 255. Above 1 but at most 2, numbers that are not whole are more likely a [0, 1] that has been
    overshot, by interpolation say. Raises ValueError for these, and for all others.
    """
    kind = images.dtype.kind
    if kind not in "uifb":
        raise ValueError(f"expected numbers, got {images.dtype}; fix: images.astype(np.uint8)")
    if not images.size:
        return images.astype(np.uint8), ()
    low, high = images.min(), images.max()
    if images.dtype == np.uint8 and high > 1:
        return images, ()
    if kind == "b":
        return images * np.uint8(255), ("bool: False is black, True is white",)
    whole = kind in "ui" or bool((np.rint(images) == images).all())
    ends = f"from {low:.4g} to {high:.4g}"
    if low >= 0 and high <= 1:
        return to_uint8(images if kind == "f" else images.astype(np.float32)), () if kind == "f" else (
            f"{images.dtype} {ends}: 0 is black, 1 is white",)  # fmt: skip
    if -1 <= low and high <= 1:
        return to_uint8((images.astype(np.promote_types(images.dtype, np.float32)) + 1) / 2), (
            f"{images.dtype} {ends}: -1 is black, 1 is white",)  # fmt: skip
    if low >= 0 and high <= 255 and (whole or high > 2):
        rounded = "" if whole else ", rounded"
        dark = f"; the brightest is {high:.4g}, so all are dark: scale them to 0..255 if they should not be"
        return np.rint(images).astype(np.uint8), (
            f"{images.dtype} {ends}: 0 is black, 255 is white{rounded}{dark if high < DARK else ''}",)  # fmt: skip
    outside = int(np.count_nonzero((images < 0) | (images > 1)))
    scaled = "images / images.max()" if low >= 0 else "(images - images.min()) / (images.max() - images.min())"
    raise ValueError(
        f"expected values in [0, 1], [-1, 1] or 0..255, got {images.dtype} {ends} ({outside:,} outside "
        f"[0, 1]); fix: bring them to one of these, such as {scaled} or np.clip(images, 0, 1)"
    )


def checked_labels(labels: np.ndarray | None, count: int) -> np.ndarray | None:
    """`labels` as int64. Raises ValueError unless they are None or `count` class numbers in 0..9,999."""
    if labels is None:
        return None
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(f"expected integer labels of shape ({count},), found {labels.dtype} {labels.shape}; "
                         "fix: one class number for each image")  # fmt: skip
    if count and (labels.min() < 0 or labels.max() >= MAX_CLASSES):
        raise ValueError(f"expected classes in 0..{MAX_CLASSES - 1:,}, found {labels.min():,} to {labels.max():,}; "
                         "fix: np.unique(labels, return_inverse=True)[1], or leave them out")  # fmt: skip
    return labels.astype(np.int64)


def _check_images(images):
    check_nhwc(images)
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        raise ValueError(f"expected uint8 or float images, got {images.dtype}; fix: images.astype(np.uint8)")


def _reason_codes(flat):
    """For each row of (N, D): 0 keep, 1 non-finite, 2 constant, 3 duplicate (the order of REASONS)."""
    codes = np.zeros(len(flat), np.uint8)
    codes[flat.max(axis=1) == flat.min(axis=1)] = 2
    if flat.dtype.kind == "f":
        codes[~np.isfinite(flat).all(axis=1)] = 1
    # A digest of each row, looked up in a set: one pass, not N^2 comparisons, and 16 bytes kept per image.
    # At 128 bits two different images share a digest about never (1e-29 for a million images).
    seen = set()
    for i in np.flatnonzero(codes == 0):
        digest = hashlib.blake2b(np.ascontiguousarray(flat[i]), digest_size=16).digest()
        if digest in seen:
            codes[i] = 3
        seen.add(digest)
    return codes


def refuse_if_mostly_unusable(report: CleaningReport) -> None:
    """Raise ValueError if less than half of what cleaning saw is left."""
    if report.total == 0:
        raise ValueError("expected at least one image, got none; fix: check the path of the data")
    if report.kept * 2 >= report.total:
        return
    reason, examples = next(iter(report.examples.items()))
    raise ValueError(f"expected at least half of the {report.unit} to be usable, got {report}; first {reason}: "
                     f"{examples[0]}; "
                     "fix: check that this is the right data")  # fmt: skip
