"""`minigan data` and `minigan summary`."""

from PIL import Image


def test_data_and_summary(terminal, tmp_path):
    """A picture that nobody has asked for a place for goes to the cache, and the current folder stays clean."""
    cache = tmp_path / "cache"
    (tmp_path / "here").mkdir()
    terminal.cwd = tmp_path / "here"
    done = terminal.ok("data digits-8x8", env={"XDG_CACHE_HOME": str(cache)})
    assert "1,437 images: all kept" in done.stdout and not list(terminal.cwd.iterdir())
    picture = done.stdout.rstrip().rpartition("picture: ")[2]
    assert picture.endswith("data-digits-8x8.png") and open(picture, "rb").read(4) == b"\x89PNG"
    assert "2,048" in terminal.ok("summary paper32").stdout
    assert (terminal.ok("data ring --out r.png"), (tmp_path / "here/r.png").exists())[1]


def test_a_folder_of_ones_own(terminal, tmp_path):
    (tmp_path / "mine").mkdir()
    Image.effect_noise((60, 40), 60).save(tmp_path / "mine/a.webp")
    done = terminal.ok("data folder:mine --image-size 16 --background white --fit pad --out b.png --split all")
    assert "40 x 60 (height x width), padded with white to squares" in done.stdout and (tmp_path / "b.png").exists()


def test_the_summary_of_a_recipe_alone(terminal):
    assert "preset points" in terminal.ok("summary --recipe r3gan-points").stdout
