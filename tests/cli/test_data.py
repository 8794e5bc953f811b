"""`minigan data` and `minigan summary`."""


def test_data_and_summary(terminal, tmp_path):
    done = terminal.ok("data digits")
    assert "1,437 images: all kept" in done.stdout and (tmp_path / "data-digits.png").exists()
    assert "2,048" in terminal.ok("summary paper32").stdout
    assert (terminal.ok("data ring --out r.png"), (tmp_path / "r.png").exists())[1]
