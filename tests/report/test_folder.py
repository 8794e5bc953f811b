"""The files of a run: a table with any columns, and samples with their labels."""

import csv

import numpy as np
import pytest
from PIL import Image

from minigan.report.folder import RunFolder, save_samples


@pytest.fixture
def folder(tmp_path):
    """The folder of a run that has been made."""
    made = RunFolder(tmp_path / "run")
    made.create()
    return made


def write(folder, step, columns, rows):
    writer = folder.metrics_writer(step, columns)
    for row in rows:
        writer(row)
    writer.close()
    return writer


def test_the_columns_are_those_of_the_game(folder):
    columns = ("step", "reconstruction_loss", "kl", "seconds")
    rows = [dict(step=k, reconstruction_loss=1.5 / k, kl=0.125, seconds=0.01) for k in (1, 2, 3)]
    write(folder, 0, columns, rows)
    assert folder.metrics.read_text().splitlines()[:2] == ["step,reconstruction_loss,kl,seconds", "1,1.5,0.125,0.0100"]
    assert [row["kl"] for row in folder.read_metrics()] == ["0.125"] * 3
    again = write(folder, 2, columns, [dict(rows[2], kl=9.0)])
    assert again.kept == 2 and [row["kl"] for row in folder.read_metrics()] == ["0.125", "0.125", "9"]
    folder.write_loss_curves()
    with Image.open(folder.path / "loss.png") as picture:
        assert min(picture.size) > 300


def test_other_columns_after_a_resume_lose_nothing(folder):
    write(folder, 0, ("step", "old"), [dict(step=1, old=5.0)])
    write(folder, 1, ("step", "new_loss"), [dict(step=2, new_loss=7.0)])
    with open(folder.metrics) as file:
        assert list(csv.DictReader(file)) == [
            {"step": "1", "new_loss": "nan", "old": "5"}, {"step": "2", "new_loss": "7", "old": "nan"},
        ]  # fmt: skip


def test_a_column_of_words_is_kept_and_not_drawn(folder):
    columns = ("step", "d_loss", "sign")
    write(folder, 0, columns, [dict(step=1, d_loss=1.0, sign="early"), dict(step=2, d_loss=2.0, sign="no alarm")])
    assert [row["sign"] for row in folder.read_metrics()] == ["early", "no alarm"]
    write(folder, 1, columns, [dict(step=2, d_loss=2.0, sign="D has won")])
    assert [row["sign"] for row in folder.read_metrics()] == ["early", "D has won"]
    folder.write_loss_curves()
    assert (folder.path / "loss.png").exists()


def test_an_unfinished_line_is_left_out_and_another_table_refused(folder):
    folder.metrics.write_text("step,a\n1,2\n2")
    assert folder.read_metrics() == [{"step": "1", "a": "2"}]
    for text in ("a,b\n1,2\n", "step,a\n1,x\n", "step,a\n1.5,2\n"):
        folder.metrics.write_text(text)
        with pytest.raises(ValueError, match="metrics.csv is not the table of a run"):
            folder.read_metrics()


def test_samples_with_and_without_labels(tmp_path, rng):
    images = rng.uniform(size=(5, 4, 4, 1))
    save_samples(tmp_path / "a.npz", images, np.arange(5, dtype=np.uint8))
    save_samples(tmp_path / "b.npz", images[:, 0, :2, 0])
    with np.load(tmp_path / "a.npz") as file:
        assert list(file) == ["images", "labels"] and file["labels"].tolist() == [0, 1, 2, 3, 4]
        assert file["images"].dtype == np.float32
    with np.load(tmp_path / "b.npz") as file:
        assert list(file) == ["points"]
