"""A folder of pictures: read in order, brought to one size only when asked, bad files named."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from minigan.data.folder import read_folder, read_pictures


@pytest.fixture
def save(tmp_path):
    """Function (name, pixels): write a picture below tmp_path/pictures; returns that folder."""

    def write(name, pixels):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return tmp_path / "pictures"

    return write


def huge_png(side):
    """A PNG of a few bytes whose header promises side x side pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def test_recursive_sorted_and_without_hidden_files(save, noise):
    pixels = noise(5, 6, 4)
    for name, picture in zip(["b.png", "a/z.png", "a/deep/x.PNG", "c.bmp"], pixels, strict=False):
        folder = save(name, picture)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "._b.png").write_text("left by a file manager")
    (folder / ".trash").mkdir()
    save(".trash/old.png", pixels[4])
    images, *_, report = read_folder(folder)
    assert images.shape == (4, 6, 4, 1) and images.dtype == np.uint8
    np.testing.assert_array_equal(images[..., 0], pixels[[2, 1, 0, 3]])  # a/deep/x, a/z, b, c
    assert str(report) == (
        "4 images: all kept; 1 file is no picture: 1 .txt; not looked at: 1 hidden file and 1 hidden folder; "
        "no labels, because 2 of 4 pictures lie beside the subfolders; "
        "fix: move each into the subfolder of its class"
    )


def test_jpeg(save, noise):
    smooth = np.add.outer(np.arange(16), np.arange(16)).astype(np.uint8) * 8
    images, *_ = read_folder(save("a.jpg", np.stack([smooth] * 3, axis=2)))
    assert images.shape == (1, 16, 16, 3)
    assert np.abs(images[0, ..., 0].astype(int) - smooth).mean() < 4


def test_missing_empty_and_unreadable_folders(tmp_path, one_line_error):
    with one_line_error("nowhere", "expected a folder", "nothing"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with one_line_error("expected a folder", "a file"):
        read_folder(tmp_path / "file")
    with one_line_error("found none", "fix:"):
        read_folder(tmp_path)
    (tmp_path / "a.png").write_text("just text")
    (tmp_path / "b.jpg").write_text("just text")
    with one_line_error("none of 2 is", "a.png, b.jpg (no picture inside)", "fix:"):
        read_folder(tmp_path)


def test_a_text_file_named_png_is_dropped_counted_and_named(save, noise):
    for i, picture in enumerate(noise(3, 6, 4)):
        folder = save(f"{i}.png", picture)
    (folder / "1b.png").write_text("just text")
    images, *_, report = read_folder(folder)
    assert len(images) == 3
    assert report.examples == {"unreadable": ["1b.png (no picture inside)"]}
    assert str(report) == ("4 images: 3 kept, 1 unreadable dropped; unreadable: 1b.png (no picture inside)")


def test_a_truncated_picture_is_dropped_and_the_rest_stay_in_place(save, noise):
    for i, picture in enumerate(noise(4, 20, 20)):
        folder = save(f"{i}.png", picture)
    content = (folder / "1.png").read_bytes()
    (folder / "1.png").write_bytes(content[: len(content) // 2])
    images, *_, report = read_folder(folder)
    np.testing.assert_array_equal(images[..., 0], noise(4, 20, 20)[[0, 2, 3]])
    assert report.dropped == {"unreadable": 1} and report.examples["unreadable"][0].startswith("1.png (")


def test_more_than_half_unreadable(save, noise, one_line_error):
    folder = save("a.png", noise(6, 4))
    for name in ("b.png", "c.png"):
        (folder / name).write_text("just text")
    with one_line_error("pictures", "1 kept, 2 unreadable", "first unreadable: b.png", "fix:"):
        read_folder(folder)


def test_duplicates_and_constants_are_named_by_file(save, noise):
    for i, picture in enumerate(noise(4, 6, 4)):
        save(f"{i}.png", picture)
    save("5.png", noise(4, 6, 4)[0])
    folder = save("6.png", np.full((6, 4), 9, np.uint8))
    images, *_, report = read_folder(folder)
    assert len(images) == 4
    assert report.examples == {"constant": ["6.png"], "duplicate": ["5.png"]}


def test_each_picture_is_fitted_by_itself(save, noise, one_line_error):
    """Pictures that are blocks of pixels, so that what is left after shrinking is known exactly."""
    tall, wide = noise(12, 8), noise(8, 16)
    save("a.png", tall.repeat(5, axis=0).repeat(5, axis=1))
    folder = save("b.png", wide)
    with one_line_error("pad, stretch, crop", "'squash'"):
        read_folder(folder, fit="squash")
    images, *_, report = read_folder(folder)
    assert images.shape == (2, 8, 8, 1)
    np.testing.assert_array_equal(images[1, :, :, 0], wide[:, 4:12])
    assert np.corrcoef(images[0].ravel(), tall[2:10].ravel())[0, 1] > 0.95  # the middle, though each block is shrunk
    assert report.notes == ("8 x 16 to 60 x 40 (height x width), cropped to squares (--fit pad keeps all of each), "
                            "brought to 8 x 8",)  # fmt: skip
    padded, *_, report = read_folder(folder, fit="pad", background="white")
    assert padded.shape == (2, 16, 16, 1) and "padded with white to squares" in report.notes[0]
    np.testing.assert_array_equal(padded[1, 4:12, :, 0], wide)
    assert (padded[1, :4] == 255).all() and (padded[1, 12:] == 255).all()
    stretched, *_, report = read_folder(folder, fit="stretch", size=(8, 16))
    assert "stretched to the shape of 8 x 16" in report.notes[0]
    np.testing.assert_array_equal(stretched[1, ..., 0], wide)


def test_one_small_file_does_not_shrink_the_others(save, noise):
    for i in range(8):
        save(f"{i}.png", noise(80, 64 + i))
    images, *_, report = read_folder(save("tiny.png", noise(9, 7)))
    assert images.shape == (9, 32, 32, 1) and "1 of them enlarged" in report.notes[0]


def test_the_wished_size_is_that_of_all(save, noise, one_line_error):
    save("a.png", noise(40, 60))
    folder = save("b.png", noise(60, 90))
    images, *_, report = read_folder(folder, size=(24, 36))  # the same shape: nothing is cropped
    assert images.shape == (2, 24, 36, 1)
    assert report.notes == ("40 x 60 to 60 x 90 (height x width), brought to 24 x 36",) and report.largest == (60, 90)
    assert read_folder(folder, size=20)[0].shape == (2, 20, 20, 1)
    for wrong in (0, -3, "8", (8, 8, 8), 9_000):
        with one_line_error("size must be"):
            read_folder(folder, size=wrong)


def test_a_set_of_one_size_that_lacks_a_few_pixels_gets_a_frame(save, noise):
    pixels = noise(2, 28, 28)
    for i, picture in enumerate(pixels):
        folder = save(f"{i}.png", picture)
    images, *_, report = read_folder(folder, size=32, background="white")
    np.testing.assert_array_equal(images[:, 2:30, 2:30, 0], pixels)
    assert (images[:, :2] == 255).all() and report.notes == ("28 x 28, framed with white to 32 x 32",)
    assert read_folder(folder)[4].notes == () and read_folder(folder, size=28)[4].notes == ()


def test_a_large_picture_is_averaged_over_all_its_pixels(save):
    """Checkers of one pixel and a white dot per block: whatever looks at some pixels only, does not see grey."""
    checkers = (np.indices((3000, 3000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    left = np.where(np.arange(3000) % 2 == 0, 255, 0).astype(np.uint8) * np.ones((3000, 1), np.uint8)
    for suffix in ("png", "jpg"):
        save(f"a.{suffix}", checkers)
        folder = save(f"b.{suffix}", left)
    images, *_ = read_folder(folder, size=32)
    assert np.abs(images.astype(int) - 127.5).max() < 3


def test_grey_among_colour_becomes_colour_and_that_is_said(save, noise, one_line_error):
    save("a.png", noise(6, 4))
    folder = save("b.png", noise(6, 4, 3))
    with one_line_error("1 or 3 channels", "2"):
        read_folder(folder, channels=2)
    colour, *_, report = read_folder(folder)
    np.testing.assert_array_equal(colour[1], noise(6, 4, 3))
    np.testing.assert_array_equal(colour[0], np.repeat(noise(6, 4)[..., None], 3, axis=2))
    assert report.notes == ("1 grey and 1 in colour, all taken in colour (--channels 1 does otherwise)",)
    grey, *_, report = read_folder(folder, channels=1)
    assert grey.shape == (2, 6, 4, 1) and "all taken as grey" in report.notes[0]


def test_a_picture_that_would_fill_the_memory_is_not_decoded(save, noise):
    for i, picture in enumerate(noise(3, 6, 4)):
        folder = save(f"{i}.png", picture)
    (folder / "big.png").write_bytes(huge_png(9_000))
    (folder / "bomb.png").write_bytes(huge_png(60_000))
    tracemalloc.start()
    images, *_, report = read_folder(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(images) == 3 and peak < 2**24
    assert report.dropped == {"unreadable": 2}
    assert all("67,108,864 pixels" in example for example in report.examples["unreadable"])


def test_a_set_that_would_fill_the_memory(save, noise, one_line_error, monkeypatch):
    monkeypatch.setattr("minigan.data.folder.MAX_BYTES", 40)
    save("a.png", noise(6, 4))
    with one_line_error("2 pictures of 6 x 4", "40 bytes", "fix:"):
        read_folder(save("b.png", noise(6, 4)[::-1]))


def labelled(images, labels, classes, pixels, names):
    """The class name of every image, found by its pixels, is that of its file."""
    by_pixels = {picture.tobytes(): name.split("/")[0] for name, picture in zip(names, pixels, strict=True)}
    assert [classes[k] for k in labels] == [by_pixels[image[..., 0].tobytes()] for image in images]


def test_subfolders_are_classes_whatever_they_are_called(save, noise):
    names = [f"{kind}/{i}.png" for kind in ("10", "9", "Été ☀", "two words", "0", "1") for i in range(3)]
    names += ["9/deep/er/x.png", "Été ☀/9/y.png"]
    pixels = noise(len(names), 6, 4)
    for name, picture in zip(names, pixels, strict=True):
        folder = save(name, picture)
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    images, labels, classes, _, report = read_folder(folder)
    assert classes == ("0", "1", "9", "10", "two words", "Été ☀") and labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [3, 3, 4, 3, 3, 4]
    labelled(images, labels, classes, pixels, names)
    assert report.notes == (
        "not looked at: 1 hidden folder",
        "6 classes, the subfolders 0, 1, 9, 10, two words and 1 more",
        "no class for subfolders without a usable picture: empty",
    )


def test_natural_order_of_classes(save, noise):
    names = ["b2", "b10", "b1", "a", "10a", "2b", "2", "02"]
    for name, picture in zip(names, noise(8, 6, 4), strict=True):
        folder = save(f"{name}/1.png", picture)
    order = ("02", "2", "2b", "10a", "a", "b1", "b2", "b10")
    assert read_folder(folder)[2] == order == read_folder(folder)[2]


def test_labels_stay_with_their_pictures_when_others_are_dropped(save, noise):
    names = [f"{kind}/{i}.png" for kind in "abc" for i in range(5)]
    pixels = noise(15, 6, 4)
    for name, picture in zip(names, pixels, strict=True):
        folder = save(name, picture)
    (folder / "a/0.png").write_text("just text")
    content = (folder / "c/1.png").read_bytes()
    (folder / "c/1.png").write_bytes(content[: len(content) // 2])
    save("b/2.png", pixels[1])  # a copy of a/1.png
    save("b/3.png", np.full((6, 4), 9, np.uint8))
    images, labels, classes, _, report = read_folder(folder)
    assert classes == ("a", "b", "c") and report.dropped == {"unreadable": 2, "constant": 1, "duplicate": 1}
    assert np.bincount(labels).tolist() == [4, 3, 4]
    labelled(images, labels, classes, pixels, names)


def test_a_class_of_which_nothing_is_usable_is_closed_up(save, noise):
    names = [f"{kind}/{i}.png" for kind in "abc" for i in range(3)]
    pixels = noise(9, 6, 4)
    for name, picture in zip(names, pixels, strict=True):
        folder = save(name, picture)
    for i in range(3):
        (folder / f"b/{i}.png").write_text("just text")
    images, labels, classes, _, report = read_folder(folder)
    assert classes == ("a", "c") and labels.tolist() == [0, 0, 0, 1, 1, 1]
    labelled(images, labels, classes, pixels, names)
    assert "without a usable picture: b" in report.notes[-1]


def test_pictures_beside_the_subfolders_take_the_labels_away(save, noise):
    for name, picture in zip(["a/1.png", "b/1.png", "c.png"], noise(3, 6, 4), strict=True):
        folder = save(name, picture)
    _, labels, classes, _, report = read_folder(folder)
    assert labels is None and classes is None and "1 of 3 pictures lie beside the subfolders" in report.notes[0]
    (folder / "c.png").write_text("just text")  # a picture that is dropped takes nothing away
    assert read_folder(folder)[1].tolist() == [0, 1]


def test_single_pictures_keep_their_order_and_nothing_is_dropped(save, noise, tmp_path):
    a, b = noise(2, 6, 4)
    for name, pixels in (("z.png", a), ("same.png", a), ("deep/a.png", b)):
        save(name, pixels)
    (tmp_path / "pictures/notes.txt").write_text("x")
    files = [tmp_path / "pictures/z.png", tmp_path / "pictures/same.png"]
    images, names, notes = read_pictures(files, size=(6, 4), channels=1)
    assert names == ("z.png", "same.png") and not notes and (images == a.reshape(1, 6, 4, 1)).all()
    images, names, notes = read_pictures([files[1], tmp_path / "pictures"], size=(3, 2), channels=3)
    assert names == ("same.png", "deep/a.png", "same.png", "z.png") and images.shape == (4, 3, 2, 3)
    assert any("6 x 4" in note for note in notes) and any("colour" in note for note in notes)
    assert any("txt" in note for note in notes)
    *_, notes = read_pictures(files[:1], size=(4, 4), channels=1)
    assert "(--fit pad keeps all of each)" in notes[0] and "--image-size" not in notes[0]


def test_single_pictures_that_are_none(save, noise, tmp_path):
    save("good.png", noise(1, 4, 4)[0])
    good, broken = tmp_path / "pictures/good.png", tmp_path / "broken.png"
    broken.write_bytes(huge_png(2**15))
    for path, said in ((broken, "broken.png .*above the limit of .* pixels"), (tmp_path / "no.png", "found nothing")):
        with pytest.raises(ValueError, match=said):
            read_pictures([good, path], size=(4, 4), channels=1)
    with pytest.raises(ValueError, match="expected a fit out of"):
        read_pictures([good], size=(4, 4), channels=1, fit="squash")
