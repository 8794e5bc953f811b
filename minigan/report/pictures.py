"""Arrays to pictures: image grids, animations, scatter plots, curves. All files are written whole or not at all."""

import io

import numpy as np

from minigan.files import replacing

BLUE, ORANGE = "#0072B2", "#D55E00"  # of the colour-blind safe set of Okabe & Ito 2008


def grid(images, columns=None, gap=2, cell=64):
    """Images (N, H, W, C), float in [0, 1] -> one uint8 picture (h, w, 3): rows of `columns` images with grey gaps.

    Small images are enlarged by a whole factor, every pixel a block, to at most `cell` pixels.
    """
    N, H, W, C = images.shape
    columns = columns or int(np.ceil(np.sqrt(N)))
    rows = -(-N // columns)
    scale = max(1, cell // max(H, W))
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    pixels = np.broadcast_to(pixels, (N, H, W, 3)) if C == 1 else pixels
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    h, w = H * scale + gap, W * scale + gap
    picture = np.full((rows * h + gap, columns * w + gap, 3), 128, np.uint8)
    for n in range(N):
        top, left = gap + n // columns * h, gap + n % columns * w
        picture[top : top + H * scale, left : left + W * scale] = pixels[n]
    return picture


def save_png(path, picture):
    """Write a uint8 picture (h, w, 3) as PNG."""
    from PIL import Image

    with replacing(path) as file:
        Image.fromarray(picture).save(file, format="png")


def save_gif(path, pictures, seconds=6.0, longest_side=480):
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


def scatter(real, fake, title=""):
    """Real and generated points (N, 2) in one picture (h, w, 3)."""
    figure, axes = new_figure(5.6, 5.6)
    axes.scatter(*real.T, s=6, c=BLUE, alpha=0.35, linewidths=0, label="real")
    axes.scatter(*fake.T, s=6, c=ORANGE, alpha=0.6, linewidths=0, label="generated")
    low, high = real.min(axis=0), real.max(axis=0)
    margin = 0.25 * (high - low).max()
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal")
    axes.set_title(title)
    axes.legend(loc="upper right", markerscale=3)
    return rendered(figure)


def loss_curves(steps, d_loss, g_loss, d_real, d_fake):
    """The numbers of a run against its steps: both losses above, D(real) and D(fake) below, as one picture."""
    figure, (upper, lower) = new_figure(8, 6, rows=2)
    for values, colour, label in ((d_loss, BLUE, "discriminator"), (g_loss, ORANGE, "generator")):
        _curve(upper, steps, values, colour, label)
    for values, colour, label in ((d_real, BLUE, "D(real)"), (d_fake, ORANGE, "D(fake)")):
        _curve(lower, steps, values, colour, label)
    upper.set(ylabel="loss")
    lower.set(ylabel="mean probability of real", xlabel="step", ylim=(0, 1))
    lower.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")
    for axes in (upper, lower):
        axes.legend(loc="upper right")
    return rendered(figure)


def before_after(rows, titles):
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


def new_figure(width, height, rows=1):
    """A Matplotlib figure of `rows` panels, one below the other -> figure, axes."""
    figure = empty_figure(width, height)
    return figure, figure.subplots(rows, 1)


def empty_figure(width, height, dpi=100):
    """A Matplotlib figure, in inches, that needs no screen and no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def rendered(figure):
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))
