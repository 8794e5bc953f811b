"""Arrays to pictures: image grids, animations, scatter plots, curves. All files are written whole or not at all."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigan.files import replacing

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # colour-blind safe: Okabe & Ito 2008
BLUE, ORANGE = COLOURS[:2]
LETTERS = 10  # the least height of the letters of a label, in pixels
LONGEST = 12  # heights of a letter: the most room that is left for a text beside a row
TITLES = {"d_loss": "discriminator", "g_loss": "generator", "d_real": "D(real)", "d_fake": "D(fake)"}


def grid(
    images: np.ndarray, columns: int | None = None, gap: int = 2, cell: int = 64, labels: Sequence[Any] | None = None,
    zoom: int | None = None,
) -> np.ndarray:  # fmt: skip
    """Images (N, H, W, C), float in [0, 1] -> one uint8 picture (h, w, 3): rows of `columns` images with grey gaps.

    Images are enlarged by the whole factor `zoom`, every pixel a block; without one, small images to at most `cell`
    pixels. labels: N texts, such as the names of classes; each stands below its image, cut to its width.
    """
    N, H, W, C = images.shape
    columns = columns or columns_of(N)
    rows = -(-N // columns)
    scale = zoom or max(1, cell // max(H, W))
    letters = max(LETTERS, W * scale // 8)
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    pixels = np.broadcast_to(pixels, (N, H, W, 3)) if C == 1 else pixels
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    h, w = H * scale + gap + (0 if labels is None else letters + 2), W * scale + gap
    picture = np.full((rows * h + gap, columns * w + gap, 3), 128, np.uint8)
    for n in range(N):
        top, left = gap + n // columns * h, gap + n % columns * w
        picture[top : top + H * scale, left : left + W * scale] = pixels[n]
        if labels is not None:
            strip = picture[top + H * scale : top + h - gap, left : left + W * scale]
            strip[...] = _text(str(labels[n]), *strip.shape[:2], letters)
    return picture


def columns_of(N: int) -> int:
    """How many of N images stand in a row of a grid that is nearly square."""
    return int(np.ceil(np.sqrt(N)))


def zoom_to(side: int, shape: Sequence[int], gap: int = 2, columns: int | None = None) -> int:
    """The whole factor, at least 1, that brings the longer side of a grid of images, shape (N, H, W, C), nearest to
    `side` pixels. columns: of the grid; None: as `grid` has it."""
    N, H, W, _ = shape
    columns = columns or columns_of(N)
    cells, pixels = max((-(-N // columns), H), (columns, W), key=lambda way: way[0] * way[1])
    return max(1, round((side - gap * (cells + 1)) / (cells * pixels)))


def headed(picture: np.ndarray, rows: Sequence[str], columns: Sequence[str], gap: int = 2) -> np.ndarray:
    """A `grid` with a text beside each row and above each column -> uint8 (h, w, 3). Where all texts of a side are
    empty, there is no strip for them. What is longer than LONGEST letters is cut off."""
    h, w = ((length - gap) // len(texts) for length, texts in zip(picture.shape, (rows, columns), strict=False))
    letters = int(np.clip(w // 5, LETTERS, 24))
    left = int(min(LONGEST * letters, max(_font(letters).getlength(text) for text in rows) + letters)) * any(rows)
    top = (letters + 6) * any(columns)
    whole = np.zeros((top + len(picture), left + picture.shape[1], 3), np.uint8)
    whole[top:, left:] = picture
    for i, text in enumerate(rows):
        whole[top + gap + i * h : top + (i + 1) * h, :left] = _text(text, h - gap, left, letters)
    for j, text in enumerate(columns):
        whole[:top, left + gap + j * w : left + (j + 1) * w] = _text(text, top, w - gap, letters)
    return whole


def _font(letters):
    """Matplotlib's font: it has the letters of most languages, pillow's own has those of English."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", letters)


def _text(text, height, width, letters):
    """White letters on black, in the middle of a uint8 picture (height, width, 3); what is too wide is cut off."""
    from PIL import Image, ImageDraw

    font, picture = _font(letters), Image.new("RGB", (width, height))
    left = max(0, (width - font.getlength(text)) // 2)
    ImageDraw.Draw(picture).text((left, height // 2), text, "white", font, anchor="lm")
    return np.asarray(picture)


def save_png(path: str | Path, picture: np.ndarray) -> None:
    """Write a uint8 picture (h, w, 3) as PNG."""
    from PIL import Image

    with replacing(path) as file:
        Image.fromarray(picture).save(file, format="png")


def save_gif(path: str | Path, pictures: Sequence[np.ndarray], seconds: float = 6.0, longest_side: int = 480) -> None:
    """Write pictures of one size as an endlessly repeated animation of about `seconds`, the last one held longer."""
    from PIL import Image

    frames = [Image.fromarray(picture) for picture in pictures]
    shrink = min(1.0, longest_side / max(frames[0].size))
    size = tuple(max(1, round(side * shrink)) for side in frames[0].size)
    frames = [frame.resize(size, Image.Resampling.BOX).quantize(64) for frame in frames]
    each = int(np.clip(1000 * seconds / len(frames), 60, 500))
    with replacing(path) as file:
        frames[0].save(file, format="gif", save_all=True, append_images=frames[1:], loop=0,
                       duration=[each] * (len(frames) - 1) + [each + 1500])  # fmt: skip


def scatter(
    real: np.ndarray | None, fake: np.ndarray, title: str = "", side: int = 560, within: np.ndarray | None = None
) -> np.ndarray:
    """Real and generated points (N, 2) in one square picture (side, side, 3). real: None: generated ones alone.
    within: the points that shall all be in sight, if they are not those that are drawn: for pictures of one scale."""
    figure = empty_figure(5.6, 5.6, dpi=side / 5.6)
    axes = figure.subplots()
    draw_points(axes, real, fake, size=6, margin=0.25, within=within)
    axes.set_title(title)
    axes.legend(loc="upper right", markerscale=3)
    return rendered(figure)


def draw_points(axes: Any, real: np.ndarray | None, fake: np.ndarray, size: float, margin: float,
                within: np.ndarray | None = None) -> None:  # fmt: skip
    """Real and generated points (N, 2) as dots of this size; around those in `within` (without one, the real ones) a
    margin, a share of their width. real: None: there are none."""
    if real is not None:
        axes.scatter(*real.T, s=size, c=BLUE, alpha=0.35, linewidths=0, label="real")
    axes.scatter(*fake.T, s=size, c=ORANGE, alpha=0.6, linewidths=0, label="generated")
    within = next(points for points in (within, real, fake) if points is not None)
    low, high = within.min(axis=0), within.max(axis=0)
    edge = margin * (high - low).max() or 1.0  # a single point has no width
    axes.set(xlim=(low[0] - edge, high[0] + edge), ylim=(low[1] - edge, high[1] + edge), aspect="equal")


def path(middle: np.ndarray, real: np.ndarray) -> np.ndarray:
    """The way of the middle of G's points, (looks, 2), from a circle to a square, over real points, as one picture."""
    figure, axes = new_figure(5.6, 5.6)
    axes.scatter(*real.T, s=6, c=BLUE, alpha=0.35, linewidths=0, label="real")
    axes.plot(*middle.T, ".-", color=ORANGE, linewidth=1, markersize=4, label="the mean of the generated points")
    axes.plot(*middle[0], "o", color="black", label="at the start")
    axes.plot(*middle[-1], "s", color="black", label="at the end")
    axes.set(aspect="equal")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8)  # above: the way may be anywhere
    return rendered(figure)


def loss_curves(steps: np.ndarray, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The numbers of a run, {name: (steps,)}, against its steps, as one picture: those that end in `_loss` above, the
    others below. D(real) and D(fake) are probabilities, so their panel goes from 0 to 1."""
    losses = [name for name in columns if name.endswith("_loss")]
    panels = [names for names in (losses, [name for name in columns if name not in losses]) if names]
    figure, all_axes = new_figure(8, 3 * len(panels), rows=len(panels))
    for axes, names in zip(np.atleast_1d(all_axes), panels, strict=True):
        for k, name in enumerate(names):
            _curve(axes, steps, columns[name], COLOURS[k % len(COLOURS)], TITLES.get(name, name))
        if names == losses:
            axes.set(ylabel="loss")
        elif set(names) <= TITLES.keys():
            axes.set(ylabel="mean probability of real", ylim=(0, 1))
            axes.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")
        axes.legend(loc="upper right")
    axes.set(xlabel="step")
    return rendered(figure)


def before_after(rows: Sequence[np.ndarray], titles: Sequence[str]) -> np.ndarray:
    """Rows of images, each (N, H, W, C) in [0, 1], one above the other with titles, as one picture."""
    figure, all_axes = new_figure(10, 1.6 * len(rows) + 0.4, rows=len(rows))
    for axes, images, title in zip(np.atleast_1d(all_axes), rows, titles, strict=True):
        axes.imshow(grid(images, columns=len(images)), interpolation="nearest")
        axes.set_title(title, fontsize=10)
        axes.axis("off")
    return rendered(figure)


def _curve(axes, steps, values, colour, label):
    """The values thin and pale, their running mean over a fiftieth of the run on top."""
    axes.plot(steps, values, color=colour, linewidth=0.5, alpha=0.3)
    window = max(1, len(values) // 50)
    mean = np.convolve(values, np.ones(window) / window, mode="valid")
    axes.plot(np.asarray(steps)[window - 1 :], mean, color=colour, linewidth=1.6, label=label)


def new_figure(width: float, height: float, rows: int = 1) -> tuple[Any, Any]:
    """A Matplotlib figure of `rows` panels, one below the other -> figure, axes."""
    figure = empty_figure(width, height)
    return figure, figure.subplots(rows, 1)


def empty_figure(width: float, height: float, dpi: int = 100) -> Any:
    """A Matplotlib figure, in inches, that needs no screen and no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def rendered(figure: Any) -> np.ndarray:
    """A Matplotlib figure as a uint8 picture (h, w, 3)."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))
