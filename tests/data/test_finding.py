"""What lies below a folder: nothing is left out unsaid, and nothing hangs."""

import os

import pytest
from PIL import Image

from minigan.data import finding
from minigan.data.finding import find_pictures, formats, printable, readable_suffixes, unreadable_notes
from minigan.data.folder import read_folder


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "cat/b.jpg", "cat/deep/er/c.webp"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), 9).save(path)
    return tmp_path


def names(folder):
    return [name for _, name in find_pictures(folder).pictures]


def test_all_are_found_in_the_order_of_their_names(folder):
    found = find_pictures(folder)
    assert names(folder) == ["a.png", "cat/b.jpg", "cat/deep/er/c.webp"]
    assert (found.unreadable, found.subfolders, found.notes) == ([], ["cat"], ())


@pytest.mark.parametrize("where, which", [("", "the folder"), ("cat/deep", "the subfolder cat/deep")])
def test_a_folder_that_cannot_be_looked_into_is_an_error(folder, monkeypatch, one_line_error, where, which):
    really = os.scandir

    def scandir(path):
        if os.fspath(path) == os.path.join(folder, where).rstrip("/"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with one_line_error(f"cannot look into {which} (Permission denied)", "chmod"):
        find_pictures(folder)


def test_files_without_permission_are_named(folder, monkeypatch):
    really = Image.open

    def refusing(path, *args, **options):
        if "b.jpg" in path.name:
            raise PermissionError(13, "Permission denied", path)
        return really(path, *args, **options)

    for i in range(3):
        Image.effect_noise((4, 4), 50 + i).save(folder / f"{i}.png")
    monkeypatch.setattr(Image, "open", refusing)
    assert "unreadable: cat/b.jpg (Permission denied)" in read_folder(folder)[4].notes


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_links_are_followed_once_and_pipes_are_not_opened(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    Image.new("L", (4, 4)).save(outside / "o.png")
    os.symlink(outside, folder / "linked")
    os.symlink(outside, folder / "linked again")
    os.symlink(folder / "cat", folder / "ring")
    os.symlink(folder, outside / "back")
    os.symlink("itself.png", folder / "itself.png")
    os.mkfifo(folder / "pipe.png")
    os.mkfifo(folder / "pipe.txt")
    found = find_pictures(folder)
    assert names(folder) == ["a.png", "cat/b.jpg", "cat/deep/er/c.webp", "linked/o.png"]
    assert found.unreadable == [("itself.png", "Too many levels of symbolic links"), ("pipe.png", "no plain file")]
    assert found.notes == (
        "1 file is no picture: 1 .txt",
        "not followed, as they lead to folders that are read anyway: linked again, ring, linked/back",
    )
    assert found.subfolders == ["cat", "linked"]


def test_old_pillows_say_what_they_cannot_read(folder, monkeypatch):
    (folder / "x.avif").write_bytes(b"\0\0\0\x20ftypavif" + bytes(20))
    readable_suffixes()  # loads all formats
    monkeypatch.delitem(Image.OPEN, "AVIF", raising=False)
    for i in range(9):
        Image.effect_noise((4, 4), 50 + i).save(folder / f"{i}.png")
    notes = " ".join(read_folder(folder)[4].notes)
    assert "unreadable: x.avif (AVIF, which this Pillow cannot read; fix: pip install -U pillow, or save" in notes


def test_dangerous_and_unmarked_formats_are_not_tried():
    assert not {"EPS", "WMF", "HDF5", "GRIB", "TGA", "SPIDER"} & set(formats(".png"))
    assert {"PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"} <= set(formats(".png"))
    assert "TGA" in formats(".TGA") and "EPS" not in formats(".eps")
    assert {".jfif", ".tif", ".mpo"} <= readable_suffixes().keys() and ".ps" not in readable_suffixes()


def test_names_that_cannot_be_printed(folder):
    assert printable("a\nb\udcff\x1b[31m ü☀") == "a?b??[31m ü☀"
    try:
        Image.new("L", (4, 4)).save(folder / "two\nlines.png")
    except OSError:
        pytest.skip("no such names here")
    assert "two?lines.png" in names(folder)


def test_heic_is_known_by_what_is_inside(folder):
    (folder / "photo").write_bytes(b"\0\0\0\x24ftypheic" + bytes(40))
    assert find_pictures(folder).unreadable == [("photo", finding.HEIC)]


def test_reasons_are_told_once():
    files = [(f"{i}.heic", finding.HEIC) for i in range(300)] + [("a.png", "an empty file")]
    (note,) = unreadable_notes(files)
    assert note == (f"unreadable: 0.heic, 1.heic, 2.heic, 3.heic, 4.heic and 295 more ({finding.HEIC}), "
                    "a.png (an empty file)")  # fmt: skip
    assert unreadable_notes([]) == ()
