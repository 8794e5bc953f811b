"""The watch over a run: it looks at the game, and says whether it works: while it trains, and in files of the folder.

signs.csv   a row for each look, at the steps of the pictures: its numbers (`minigan.training.looks`) and its signs
signs.txt   the signs of the last look, in sentences, each with what to try (`minigan.training.signs`)
path.png    of points: the way of the middle of G's points
"""

import numpy as np

from minigan.files import write_text
from minigan.recipes.score_log import ScoreLog
from minigan.report import pictures
from minigan.report.folder import RunFolder, read_table
from minigan.training import Trainer
from minigan.training.looks import look
from minigan.training.signs import NO_ALARM, TOO_EARLY, History, all_well, found

MIDDLE = ("x", "y")  # of points: the mean of G's points


class Watch:
    """Looks at a run whenever a picture is drawn.

    columns: those of metrics.csv. scores: the ScoreLog of the run, or None. Nothing is drawn from the training's random
    numbers, so a watched run goes exactly as one that is not.
    """

    def __init__(self, folder: RunFolder, trainer: Trainer, scores: ScoreLog | None = None) -> None:
        self.path, self.text, self.picture = (folder.path / name for name in ("signs.csv", "signs.txt", "path.png"))
        self.trainer, self.scores = trainer, scores
        self.history = History(getattr(trainer.objective, "loss", None))
        self.before: np.ndarray | None = None  # G's samples at the look before
        self.word, self.rows = TOO_EARLY, []
        if trainer.t:
            self._recall(folder)

    def _recall(self, folder: RunFolder) -> None:
        """What was known at the step that the run goes on from."""
        for row in folder.read_metrics()[-self.history.steps.maxlen :]:
            if int(row["step"]) <= self.trainer.t:
                self.history.steps.append({key: float(text) for key, text in row.items() if key != "sign"})
        self.rows = [row for row in read_table(self.path) if int(row["step"]) <= self.trainer.t]
        self.history.looks = [{key: float(text) for key, text in row.items() if key != "sign"} for row in self.rows]
        self.word = self.rows[-1]["sign"] if self.rows else TOO_EARLY

    def step(self, numbers: dict[str, float]) -> dict[str, float | str]:
        """Note the numbers of a step -> the same with the sign that was there at the last look."""
        self.history.steps.append(numbers)
        return numbers | {"sign": self.word}

    def look(self, step: int, samples: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Look at the samples that are drawn in the picture of this step: images in [0, 1], or numbers as G makes
        them. labels: the classes that they were drawn for, if G is told any."""
        fake = 2 * samples - 1 if samples.ndim == 4 else samples
        numbers = {"step": step} | look(self.trainer, fake, self.before, labels)
        if samples.shape[1:] == (2,):
            numbers |= dict(zip(MIDDLE, samples.mean(axis=0).tolist(), strict=True))
        self.before = fake
        self.history.looks.append(numbers)
        self.word = self.verdict()
        self.rows.append({key: format(value, "d" if key == "step" else ".6g") for key, value in numbers.items()})
        self.rows[-1]["sign"] = self.word
        self.write()

    def verdict(self) -> str:
        """The signs that are there now, in a few words."""
        if self.history.early:
            return TOO_EARLY
        return " and ".join(sign.word for sign, _ in found(self.history)) or NO_ALARM

    def sentences(self) -> list[str]:
        """What to say of the run now."""
        said = [sign.sentences(numbers) for sign, numbers in found(self.history)]
        if self.history.early:
            looks = len(self.history.looks)
            said = [f"{TOO_EARLY}: after {self.trainer.t} steps and {looks} pictures nothing can be said yet."]
        elif not said:
            said = [all_well(self.history)]
        return said + (self.scores.sentences() if self.scores else [NO_SCORE])

    def write(self) -> None:
        """signs.csv and signs.txt."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        lines = [",".join(names), *(",".join(row.get(name, "nan") for name in names) for row in self.rows)]
        write_text(self.path, "\n".join(lines) + "\n")
        write_text(self.text, f"after step {self.trainer.t}\n" + "\n".join(self.sentences()) + "\n")

    def finish(self, samples: np.ndarray, labels: np.ndarray | None = None) -> list[str]:
        """A last look, at the samples of the end of the run, unless there was one after this step -> the sentences.
        labels: as in `look`."""
        if not self.rows or int(self.rows[-1]["step"]) != self.trainer.t:
            self.look(self.trainer.t, samples, labels)
        self.write()
        return self.sentences()

    def draw(self) -> None:
        """path.png, of points."""
        if self.rows and MIDDLE[0] in self.rows[-1]:
            middle = np.array([[float(row[name]) for name in MIDDLE] for row in self.rows])
            pictures.save_png(self.picture, pictures.path(middle, self.trainer.samples[:1000]))


NO_SCORE = ("no score was taken, so whether the samples still get better is not known; --every 200 would tell, and "
            "--keep-best keep the best.")  # fmt: skip
