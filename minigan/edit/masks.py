"""Which pixels are seen: masks (H, W) of bool, true where a pixel is, by name or from a picture.

left, right, top, bottom     this half is hidden
box                          a box in the middle, of half the height and half the width, is hidden
random:0.8                   so large a share of the pixels is hidden, drawn at random
FILE.png                     black pixels are hidden, white ones are seen; grey ones as what they are nearer to
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RANDOM = "random:"
WHITE, HALF = 255, 128
NEAR = 7  # pixels: the side of the neighbourhood that a weight looks at (Yeh et al. use 7)


def half(side: str, H: int, W: int) -> np.ndarray:
    """A mask that hides the half `side`: left, right, top or bottom; of an odd number of rows, the smaller half."""
    visible = np.ones((H, W), bool)
    hidden = {"left": np.s_[:, : W // 2], "right": np.s_[:, W - W // 2 :],
              "top": np.s_[: H // 2], "bottom": np.s_[H - H // 2 :]}  # fmt: skip
    visible[hidden[side]] = False
    return visible


def box(H: int, W: int) -> np.ndarray:
    """A mask that hides a box in the middle, of half the height and half the width."""
    visible = np.ones((H, W), bool)
    visible[H // 4 : H // 4 + max(1, H // 2), W // 4 : W // 4 + max(1, W // 2)] = False
    return visible


def scattered(share: float, H: int, W: int, rng: np.random.Generator) -> np.ndarray:
    """A mask that hides this share of the pixels, rounded, drawn by rng; at least one is hidden and one seen."""
    hidden = int(np.clip(round(share * H * W), 1, H * W - 1))
    visible = np.ones(H * W, bool)
    visible[rng.choice(H * W, hidden, replace=False)] = False
    return visible.reshape(H, W)


def mask_of(text: str, H: int, W: int, rng: np.random.Generator,
            say: Callable[[str], Any] = lambda note: None) -> np.ndarray:  # fmt: skip
    """The mask that `text` names (see above), bool (H, W). say: function (text) for what was done to a file.

    Raises ValueError for an unknown name, a share out of (0, 1), and a file that is no picture, of another size, or
    that hides all or nothing.
    """
    if text in ("left", "right", "top", "bottom"):
        return half(text, H, W)
    if text == "box":
        return box(H, W)
    if text.startswith(RANDOM):
        return scattered(share_of(text), H, W, rng)
    if Path(text).suffix:
        return mask_from_file(Path(text), H, W, say)
    raise ValueError(f"unknown --mask {text!r}; expected left, right, top, bottom (the half that is hidden), box, "
                     "random:0.8 (the share that is hidden), or a picture FILE.png whose black pixels are "
                     "hidden")  # fmt: skip


def share_of(text: str) -> float:
    """0.8 of "random:0.8". Raises ValueError for anything that is not a number between 0 and 1."""
    try:
        share = float(text.removeprefix(RANDOM))
    except ValueError:
        share = float("nan")
    if not 0 < share < 1:
        raise ValueError(f"--mask {RANDOM}SHARE expected the share of pixels to hide, above 0 and below 1, got {text!r}"
                         f"; try {RANDOM}0.8")  # fmt: skip
    return share


def mask_from_file(path: Path, H: int, W: int, say: Callable[[str], Any]) -> np.ndarray:
    """The mask in a picture file: black is hidden. It must have the size (H, W) of the pictures: a mask that is
    resized has no sharp edge. What is neither black nor white, as beside the edges of a .jpg, is taken for what it is
    nearer to; how many pixels, is said."""
    from minigan.data.pictures import black_and_white, decode, depth_of, header_of, opened, to_8_bits

    try:
        with opened(path) as image:
            size = header_of(image, path).size
            if size != (H, W):
                raise ValueError(f"--mask {path} is {size[0]} x {size[1]}, and the pictures are {H} x {W}; fix: draw "
                                 "the mask at that size")  # fmt: skip
            whole = depth_of(image) == "whole"
            values, extent, _ = decode(image, 1, "crop", size)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"--mask {path} is no picture that can be read ({error}); fix: a .png whose black pixels are "
                         "hidden") from None  # fmt: skip
    if values.dtype != np.uint8:  # wider grey
        values = to_8_bits(values, *black_and_white(*extent, whole))
    visible = values[..., 0] >= HALF
    if grey := np.count_nonzero((values > 0) & (values < WHITE)):
        say(f"note: {grey:,} of {visible.size:,} pixels of --mask {path} are neither black nor white; those below "
            f"{HALF} are hidden, those from {HALF} on are seen")  # fmt: skip
    if visible.all() or not visible.any():
        what = "no pixel" if visible.all() else "all pixels"
        raise ValueError(f"--mask {path} hides {what}; fix: paint what is to be hidden black, the rest white")
    return visible


def importance(visible: np.ndarray, near: int = NEAR) -> np.ndarray:
    """How much each pixel tells of the hole: the share of hidden ones among its neighbours, in a square of `near`
    pixels around it (Yeh et al. 2017, arXiv:1607.07539, equation 3); 0 for the hidden ones themselves.

        W[i] = mean over j near i of (1 - M[j])     where M[i] = 1, else 0

    visible: bool (H, W) -> float64 (H, W). What lies beyond the picture does not count.
    """
    reach = near // 2
    hidden, inside = (np.pad(a.astype(float), reach) for a in (~visible, np.ones_like(visible)))
    window = (near, near)
    sums = [np.lib.stride_tricks.sliding_window_view(a, window).sum(axis=(2, 3)) for a in (hidden, inside)]
    return np.where(visible, sums[0] / sums[1], 0.0)
