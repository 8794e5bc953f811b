"""`minigan data` and `minigan summary`."""

from PIL import Image


def test_data_and_summary(terminal, tmp_path):
    done = terminal.ok("data digits")
    assert "4,000 images: all kept" in done.stdout and (tmp_path / "data-digits.png").exists()
    (tmp_path / "mine").mkdir()
    Image.effect_noise((60, 40), 60).save(tmp_path / "mine/a.webp")
    done = terminal.ok("data folder:mine --image-size 16 --background white --fit pad --out b.png --split all")
    assert "40 x 60 (height x width), padded with white to squares" in done.stdout and (tmp_path / "b.png").exists()
    assert "2,048" in terminal.ok("summary paper32").stdout
    assert (terminal.ok("data ring --out r.png"), (tmp_path / "r.png").exists())[1]
