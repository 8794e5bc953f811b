"""The same noise, drawn by a network that grows: a column for each size, `stages.png`.

At the end of each size the images of the fixed noise are kept in stages/size_0008.png, pixel for pixel, one below the
other; so a run that is resumed has them all.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from minigan.report import pictures
from minigan.report.folder import RunFolder
from minigan.report.samples import PROJECTOR, draw

ROWS = 8  # noises that are shown


def enlarged(images: np.ndarray, side: int | None) -> np.ndarray:
    """Images (N, H, W, C) whose longer side is nearest to `side`, each pixel a block; None: as they are. So pictures of
    all sizes of a network that grows are equally large, and make an animation."""
    scale = max(1, (side or 1) // max(images.shape[1:3]))
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


def keep(folder: RunFolder, images: np.ndarray) -> None:
    """Keep what the first noises become, images (N, size, size, C) in [0, 1], as the column of their size."""
    column = np.concatenate(list(images[:ROWS]))  # (ROWS size, size, C)
    column = np.round(np.clip(column, 0, 1) * 255).astype(np.uint8)
    pictures.save_png(folder.stage_path(images.shape[2]), np.broadcast_to(column, (*column.shape[:2], 3)).copy())


def draw_stages(folder: RunFolder, sizes: Sequence[int]) -> bool:
    """stages.png, of the columns that were kept of these sizes -> whether there are any."""
    columns = {size: folder.stage_path(size) for size in sizes if folder.stage_path(size).exists()}
    if not columns:
        return False
    kept = [enlarged(kept_images(path), max(columns)) for path in columns.values()]
    table = np.stack(kept, axis=1).reshape(-1, *kept[0].shape[1:])  # noise by noise, size by size
    heads = [f"{size} x {size}" for size in columns]
    picture = draw(table, side=PROJECTOR, columns=heads, rows=[""] * len(kept[0]))
    pictures.save_png(folder.path / "stages.png", picture)
    return True


def kept_images(path: Path) -> np.ndarray:
    """The images of a column that was kept, (N, size, size, 3) in [0, 1]."""
    from PIL import Image

    with Image.open(path) as image:
        column = np.asarray(image.convert("RGB"), np.float32) / 255
    return column.reshape(-1, column.shape[1], *column.shape[1:])
