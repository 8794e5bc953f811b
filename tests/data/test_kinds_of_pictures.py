"""Forty kinds of folders with pictures: what minigan says of each and what it trains stands in a table in
minigan/data/README.md, and is what it really says and trains.

Where it is not, the test prints the line that belongs there.
"""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from minigan import data
from minigan.data import load

PAGE = (Path(data.__file__).parent / "README.md").read_text(encoding="utf-8")
KINDS = {}  # name: (function (folder) that makes it, options of load)


def kind(name, **options):
    """Adds a function (folder) to KINDS. What it returns, if anything, is a function (Dataset) with more asserts."""

    def add(make):
        KINDS[name] = (make, options)
        return make

    return add


def picture(seed, height=40, width=60, channels=3):
    """A smooth picture with a square in it, PIL, as no other seed makes it."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (3, 4, 3), dtype=np.uint8))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    image.paste(tuple(rng.integers(0, 256, 3).tolist()), (width // 3, height // 3, width // 2, height // 2))
    return image if channels == 3 else image.convert("L")


def save(folder, name, image, **options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def some(folder, count=3, suffix="png", **size):
    """Pictures 0, 1, ... of one format."""
    for i in range(count):
        save(folder, f"{i}.{suffix}", picture(i, **size))


def png(pixels, depth, colour, *more, size=None):
    """The bytes of a PNG of any depth. more: chunks behind the pixels, (kind, bytes). size: lets the header lie."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    height, width = size or pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), *more, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def ramp(top, seed=0, side=28):
    """uint16 from 0 to top, on a slope, with the seed's noise."""
    slope = np.add.outer(np.arange(side), np.arange(side)) / (2 * side - 2)
    return np.round(slope * top * (1 - 0.1 * np.random.default_rng(seed).random((side, side)) * (slope < 0.9))).astype(
        np.uint16
    )


# The usual.


@kind("small pictures of one size")
def _(folder):
    some(folder, height=28, width=28, channels=1)


@kind("small pictures of one size, not square")
def _(folder):
    some(folder, height=24, width=20)


@kind("28 x 28, trained at 32", size=32)
def _(folder):
    some(folder, height=28, width=28)
    return lambda dataset: np.testing.assert_array_equal(dataset.x[0, 2:30, 2:30], np.asarray(picture(0, 28, 28)))


@kind("photos of many sizes, portrait and landscape")
def _(folder):
    for i, (height, width) in enumerate([(480, 640), (640, 480), (800, 600), (300, 900)]):
        save(folder, f"{i}.jpg", picture(i, height, width))


@kind("the same, --image-size 64", size=64)
def _(folder):
    for i, (height, width) in enumerate([(480, 640), (640, 480), (800, 600), (300, 900)]):
        save(folder, f"{i}.jpg", picture(i, height, width))


@kind("photos of one size, --image-size 32x48", size=(32, 48))
def _(folder):
    some(folder, suffix="jpg", height=200, width=300)


@kind("wide ones among them, --image-size 32x48", size=(32, 48))
def _(folder):
    some(folder, height=200, width=300)
    save(folder, "wide.png", picture(9, 100, 400))


@kind("--fit pad --background white", fit="pad", background="white")
def _(folder):
    some(folder, height=40, width=80)
    return lambda dataset: (dataset.x[:, :8] == 255).all() and (dataset.x[:, 24:] == 255).all()


@kind("--fit stretch", fit="stretch")
def _(folder):
    some(folder, height=40, width=80)


@kind("one tiny file among large ones")
def _(folder):
    some(folder, height=90, width=120)
    save(folder, "tiny.png", picture(9, 8, 8))


# Formats and names.


@kind("6 PNG and 24 WebP files")
def _(folder):
    for i in range(30):
        save(folder, f"{i:02}.{'webp' if i % 5 else 'png'}", picture(i))


@kind("one each of 13 formats")
def _(folder):
    suffixes = "png jpg jpeg jfif bmp gif webp tif tiff jp2 ppm tga pcx".split()
    for i, suffix in enumerate(suffixes):
        save(folder, f"{i}.{suffix}", picture(i))
    return lambda dataset: len(dataset) == len(suffixes) == 13


@kind("AVIF, where Pillow has it")
def _(folder):
    if not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    some(folder, suffix="avif")


@kind("suffixes in capitals")
def _(folder):
    for i, suffix in enumerate(("PNG", "JPG", "Tif", "WebP")):
        save(folder, f"{i}.{suffix}", picture(i))


@kind("a .jpg that is a WebP inside")
def _(folder):
    some(folder, suffix="jpg")
    save(folder, "wrong.jpg", picture(9), format="WEBP")


@kind("pictures without a suffix, or with that of something else")
def _(folder):
    for i, (name, form) in enumerate({"photo": "JPEG", "download.bin": "PNG", "b.txt": "GIF", "c.d": "BMP"}.items()):
        save(folder, name, picture(i), format=form)


@kind("names with spaces, accents and signs; deep subfolders")
def _(folder):
    for i, name in enumerate(("Été ☀/eins zwei.png", "Été ☀/a/b/c/d/e/f.png", "12 %s'\"/#.png", "12 %s'\"/ü.png")):
        save(folder, name, picture(i))


# What is no picture.


@kind("texts and films between them")
def _(folder):
    some(folder)
    for i in range(8):
        (folder / f"{i}.txt").write_text("BM is how this text begins")
    for i in range(4):
        (folder / f"{i}.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(40))


@kind("hidden files and folders")
def _(folder):
    some(folder)
    (folder / ".DS_Store").write_bytes(bytes(9))
    (folder / "._0.png").write_bytes(bytes(9))
    save(folder, ".thumbnails/0.png", picture(5))


@kind("EPS, PDF and SVG: drawings, not pixels")
def _(folder):
    some(folder)
    (folder / "a.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (folder / "a.pdf").write_text("%PDF-1.4")
    (folder / "a.svg").write_text("<svg/>")


@kind("HEIC, as telephones make it")
def _(folder):
    some(folder, suffix="jpg")
    (folder / "IMG_1.HEIC").write_bytes(b"\0\0\0\x24ftypheic" + bytes(40))
    (folder / "renamed.jpg").write_bytes(b"\0\0\0\x24ftypheic" + bytes(40))


@kind("raw files of a camera")
def _(folder):
    some(folder, suffix="jpg")
    save(folder, "a.nef", picture(0), format="TIFF")  # what they are inside, with a tiny preview first


@kind("a text that is called .png, and an empty file")
def _(folder):
    some(folder)
    (folder / "a.png").write_text("just text")
    (folder / "b.png").write_bytes(b"")


@kind("files that are cut off")
def _(folder):
    some(folder, 5)
    for suffix in ("png", "jpg"):
        path = save(folder, f"cut.{suffix}", picture(9, 200, 200))
        path.write_bytes(path.read_bytes()[:-2000])


@kind("a file that promises 3,600,000,000 pixels")
def _(folder):
    some(folder)
    (folder / "bomb.png").write_bytes(png(np.zeros((1, 1), np.uint8), 8, 0, size=(60_000, 60_000)))


@kind("copies, and pages of one colour")
def _(folder):
    some(folder, 4)
    save(folder, "copy.bmp", picture(0))
    save(folder, "blank.png", Image.new("RGB", (60, 40), "white"))


@kind("a link to the folder itself, and one to nothing")
def _(folder):
    some(folder)
    try:
        os.symlink(folder, folder / "loop")
        os.symlink(folder / "nowhere.png", folder / "lost.png")
    except OSError:
        pytest.skip("no links here")


# Modes.


@kind("photos that the camera was held upright for: JPEG, PNG, WebP, TIFF")
def _(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    for i, suffix in enumerate(("jpg", "png", "webp", "tiff")):
        save(folder, f"{i}.{suffix}", picture(i, 30, 20).transpose(Image.Transpose.ROTATE_90), exif=exif)
    late = np.asarray(picture(4, 30, 20).transpose(Image.Transpose.ROTATE_90))
    (folder / "4.png").write_bytes(png(late, 8, 2, (b"eXIf", exif.tobytes()[6:])))

    def check(dataset):
        upright = np.stack([np.asarray(picture(i, 30, 20)) for i in range(5)]).astype(int)
        exact = all((dataset.x[i] == upright[i]).all() for i in (1, 3, 4))
        return exact and np.abs(dataset.x[[0, 2]] - upright[[0, 2]]).mean() < 8

    return check


@kind("RGBA and grey with alpha")
def _(folder):
    for i in range(3):
        image = picture(i, 28, 28)
        image.putalpha(Image.fromarray(np.eye(28, dtype=np.uint8) * 255))
        save(folder, f"{i}.png", image if i else image.convert("LA"))
    return lambda dataset: (dataset.x[:, 0, 1:] == 0).all()


@kind("the same, --background white", background="white")
def _(folder):
    for i in range(3):
        image = picture(i, 28, 28)
        image.putalpha(Image.fromarray(np.eye(28, dtype=np.uint8) * 255))
        save(folder, f"{i}.png", image if i else image.convert("LA"))
    return lambda dataset: (dataset.x[:, 0, 1:] == 255).all()


@kind("grey with alpha, --background #ff8800", background="#ff8800")
def _(folder):
    for i in range(3):
        image = picture(i, 28, 28, channels=1)
        image.putalpha(Image.fromarray(np.eye(28, dtype=np.uint8) * 255))
        save(folder, f"{i}.png", image)
    return lambda dataset: (dataset.x[:, 0, 1:] == (255, 136, 0)).all()


@kind("an alpha channel that hides nothing")
def _(folder):
    for i in range(3):
        save(folder, f"{i}.png", picture(i, 28, 28).convert("RGBA"))


@kind("palettes, some with a transparent entry")
def _(folder):
    for i in range(4):
        save(folder, f"{i}.png", picture(i, 28, 28).quantize(16), **({"transparency": 0} if i > 1 else {}))


@kind("black and white, 1 bit")
def _(folder):
    for i in range(3):
        save(folder, f"{i}.png", picture(i, 28, 28).convert("1"))
    return lambda dataset: set(np.unique(dataset.x)) == {0, 255}


@kind("CMYK, for printing: JPEG and TIFF")
def _(folder):
    for i, suffix in enumerate(("jpg", "tiff")):
        save(folder, f"{i}.{suffix}", picture(i, 28, 28).convert("CMYK"))
    return lambda dataset: np.abs(dataset.x[1].astype(int) - np.asarray(picture(1, 28, 28))).max() <= 1


@kind("grey and colour")
def _(folder):
    for i in range(5):
        save(folder, f"{i}.png", picture(i, 28, 28, channels=1 if i else 3))


@kind("grey and colour, --channels 1", channels=1)
def _(folder):
    for i in range(5):
        save(folder, f"{i}.png", picture(i, 28, 28, channels=1 if i else 3))


@kind("16-bit grey")
def _(folder):
    for i in range(3):
        save(folder, f"{i}.png", Image.fromarray(ramp(65535, i)))
    return lambda dataset: dataset.x.min() == 0 and dataset.x.max() == 255


@kind("12 bits in 16-bit files, one of them dark")
def _(folder):
    for i, top in enumerate((400, 4000, 4095)):
        save(folder, f"{i}.{'tiff' if i else 'png'}", Image.fromarray(ramp(top, i)))
    return lambda dataset: [int(x.max()) for x in dataset.x] == [25, 249, 255]


@kind("16-bit colour")
def _(folder):
    for i in range(3):
        pixels = np.stack([ramp(65535, 3 * i + c) for c in range(3)], axis=2)
        (folder / f"{i}.png").write_bytes(png(pixels.astype(">u2"), 16, 2))
    return lambda dataset: dataset.x.max() == 255


@kind("12 bits in 16-bit colour")
def _(folder):
    for i in range(3):
        pixels = np.stack([ramp(4095, 3 * i + c) for c in range(3)], axis=2)
        (folder / f"{i}.png").write_bytes(png(pixels.astype(">u2"), 16, 2))


@kind("32-bit whole numbers, some below 0")
def _(folder):
    for i in range(3):
        save(folder, f"{i}.tiff", Image.fromarray(ramp(3000, i).astype(np.int32) - 1000))
    return lambda dataset: dataset.x.min() == 0 and dataset.x.max() == 255


@kind("floats from 0 to 1, one file with NaN")
def _(folder):
    for i in range(4):
        numbers = ramp(1000, i).astype(np.float32) / 1000
        numbers[0, 0] = np.nan if i == 2 else 0
        save(folder, f"{i}.tiff", Image.fromarray(numbers))
    return lambda dataset: dataset.x.min() == 0 and dataset.x.max() == 255


@kind("films and pages: GIF, APNG, WebP, TIFF")
def _(folder):
    for i, suffix in enumerate(("gif", "png", "webp", "tiff")):
        pages = [picture(10 * i + k, 28, 28) for k in range(3)]
        save(folder, f"{i}.{suffix}", pages[0], save_all=True, append_images=pages[1:])
    return lambda dataset: (dataset.x[1] == np.asarray(picture(10, 28, 28))).all()


# Classes, and folders that cannot be trained on.


@kind("subfolders as classes")
def _(folder):
    for i in range(24):
        save(folder, f"{'cat' if i % 2 else 'dog'}/{i}.png", picture(i, 28, 28))
    (folder / "empty").mkdir()
    return lambda dataset: dataset.classes == ("cat", "dog")


@kind("subfolders, and a picture beside them")
def _(folder):
    for i in range(24):
        save(folder, f"{'cat' if i % 2 else 'dog'}/{i}.png", picture(i, 28, 28))
    save(folder, "cover.png", picture(50, 28, 28))


@kind("a folder without pictures")
def _(folder):
    (folder / "a.txt").write_text("text")
    (folder / "b.csv").write_text("text")


@kind("only HEIC")
def _(folder):
    for i in range(3):
        (folder / f"IMG_{i}.HEIC").write_bytes(b"\0\0\0\x24ftypheic" + bytes(40))


@kind("more broken than whole")
def _(folder):
    some(folder, 1)
    for i in range(1, 4):
        (folder / f"{i}.png").write_text("just text")


@kind("a name instead of a path", spec="folder:my-picturs")
def _(folder):
    pass


@kind("--background pink", background="pink")
def _(folder):
    some(folder)


def rows():
    """{kind: its line} of the table on the page."""
    table = PAGE.partition("| kind |")[2].partition("\n\n")[0].splitlines()[2:]
    return {line.split(" | ")[0].removeprefix("| "): line for line in table}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_as_the_page_says(name, tmp_path):
    make, options = KINDS[name]
    options = dict(options)
    more = make(tmp_path)
    try:
        dataset = load(options.pop("spec", f"folder:{tmp_path}"), split="all", **options)
    except ValueError as error:
        assert more is None and "\n" not in str(error)
        said, trained = f"refused: {error}".replace(f"{tmp_path}: ", ""), "nothing"
    else:
        checked = more(dataset) if more else True
        assert checked is None or checked  # None: of numpy.testing, which raises by itself
        said, (N, H, W, C) = str(dataset.report), dataset.x.shape
        trained = f"{N} of {H} x {W}, {'colour' if C == 3 else 'grey'}"
    line = f"| {name} | {said} | {trained} |"
    assert rows().get(name) == line, f"write into the table of minigan/data/README.md:\n{line}"


def test_the_page_has_no_other_kinds():
    assert list(rows()) == list(KINDS) and len(KINDS) >= 25
