"""A score: a number, its interval, its parts, and the feature network it was computed with."""


class Score(float):
    """A number with its interval and origin. It is a float: it can be printed, plotted, averaged and compared as one.

        score = fid(real, fake, replicates=200)
        score.value, score.interval           # 3.1, (2.9, 3.4)
        score.parts["means"], score.means     # what it is made of; either spelling

    Attributes:
        name: of the score.
        value: the number, a plain float.
        spread: standard deviation over the splits or subsets that the definition asks for; None if it asks for none.
        interval: (low, high), a bootstrap confidence interval; None if none was asked for. See `bootstrap`.
        parts: dict of what it is made of, Scores or numbers.
        network: the hash of the network whose features were scored; None for arrays of unknown origin.

    Features of two networks are in two spaces: a FID of 3 in one cannot be compared with a FID of 5 in the other. So
    comparing or subtracting scores of different networks raises ValueError.
    """

    def __new__(cls, value, *, name="", spread=None, interval=None, parts=None, network=None):
        score = super().__new__(cls, value)
        score.name, score.spread, score.interval, score.network = name, spread, interval, network
        score.parts = dict(parts or {})
        return score

    @property
    def value(self) -> float:
        """The number, as a plain float."""
        return float(self)

    def __getattr__(self, name):
        try:
            return self.__dict__["parts"][name]
        except KeyError:
            raise AttributeError(f"score {self.__dict__.get('name')!r} has no part {name!r}") from None

    def seen_by(self, network: str | None) -> "Score":
        """The same score, and its parts, with the hash of the network whose features were scored."""
        parts = {key: part.seen_by(network) if isinstance(part, Score) else part for key, part in self.parts.items()}
        return Score(self.value, **{**vars(self), "parts": parts, "network": network})

    def as_dict(self) -> dict:
        """The score as a dict that JSON can hold."""
        parts = {key: part.as_dict() if isinstance(part, Score) else part for key, part in self.parts.items()}
        own = {"value": self.value, "spread": self.spread, "interval": self.interval and list(self.interval)}
        return own | ({"parts": parts} if parts else {})

    def __str__(self):
        around = f" [{self.interval[0]:.4g}, {self.interval[1]:.4g}]" if self.interval else ""
        return f"{self.value:.4g}{around}"

    def __repr__(self):
        return f"{self.name or 'score'} {self}"


def _guarded(name):
    """The method of float with that name, after a check that both scores are of one feature network."""
    of_floats = getattr(float, name)

    def method(self, other):
        if isinstance(other, Score) and other.network != self.network:
            mine, theirs = (network[:12] if network else "unknown" for network in (self.network, other.network))
            raise ValueError(f"these scores are of different feature networks ({mine} and {theirs}), which measure in "
                             "different units; score both with the same one")  # fmt: skip
        return of_floats(self, other)

    method.__name__ = name
    return method


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__sub__", "__rsub__"):
    setattr(Score, _name, _guarded(_name))
Score.__hash__ = float.__hash__  # defining __eq__ takes it away; equal numbers keep equal hashes
