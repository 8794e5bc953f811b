"""The self-organising map: prototypes on a grid, so that neighbours on the grid are alike.

Kohonen 1982, "Self-organized formation of topologically correct feature maps" (Biological Cybernetics 43, 59-69); 1990,
"The self-organizing map" (Proc. IEEE 78, 1464-1480). Each unit u has a place on the grid and a prototype w_u. Online,
for each sample x with the nearest prototype c(x), its winner:

    w_u += rate * h(u, c(x)) * (x - w_u)           h(u, c) = exp( -|place_u - place_c|^2 / (2 width^2) )

The neighbourhood h pulls the winner's neighbours along, too; its width shrinks, from half the grid to half a step.
Where the sum of these updates over all samples is 0, w_u is a mean weighted by h. The batch map (Kohonen 1990, section
V) goes there at once, without a rate and without chance in the order:

    w_u = sum over x of h(u, c(x)) x / sum over x of h(u, c(x))

The start is the plane of the two largest principal components. With width 0 this is k-means.

A map is no density. Samples here: a unit is drawn as often as it won, and its prototype is the sample; with noise > 0
plus a Gaussian with the deviation, in each number, of the samples that it won.
"""

import numpy as np

from minigan.baselines.base import Baseline, Portrait, check_enough
from minigan.baselines.distances import blocks, nearest_of
from minigan.checks import at_least_0, pair, positive, whole

SIDE = 20
LAST_WIDTH = 0.5  # steps of the grid


class SelfOrganisingMap(Baseline):
    """A self-organising map on a grid of rows and columns, by batches.

    size: (rows, columns), or one number for both; None: 20 x 20, or so many that a unit has five samples. epochs: how
    often it goes through the samples. last_width: of the neighbourhood, in steps of the grid. noise: of the samples,
    see above.

    `score` is the mean quantisation error: the Euclidean distance to the nearest prototype. Lower is better.
    After `fit`: prototypes (rows * columns, d), shares (how often each won), deviations, as prototypes.
    """

    summary = "a self-organising map: prototypes on a grid, neighbours alike"
    unit = "mean quantisation error, lower is better"

    def __init__(self, size: int | tuple[int, int] | None = None, epochs: int = 40, last_width: float = LAST_WIDTH,
                 noise: float = 0.0):  # fmt: skip
        self.size = None if size is None else pair("size", size)
        self.epochs, self.last_width = whole("epochs", epochs), positive("last_width", last_width)
        self.noise = at_least_0("noise", noise)

    def check_size(self, N: int, d: int) -> None:
        check_enough("SelfOrganisingMap", N, 2, "")

    def fit_rows(self, x, rng, images):
        usual = max(2, min(SIDE, int(np.sqrt(len(x) / 5))))
        self.grid = self.size or (usual, usual)
        places = np.stack(np.meshgrid(*map(np.arange, self.grid), indexing="ij"), axis=-1).reshape(-1, 2)
        apart = ((places[:, None] - places) ** 2).sum(axis=2)  # squared, between all units
        w = on_plane(x, places)
        first = max(max(self.grid) / 2, self.last_width)
        for width in np.geomspace(first, self.last_width, self.epochs):
            winners, _ = nearest_of(x, w)
            h = np.exp(-apart / (2 * width**2))
            sums, counts = per_unit(x, winners, len(w))
            weights = h @ counts  # above 0 but for a unit far from all winners, which stays
            w = np.where(weights[:, None] > 0, h @ sums / np.maximum(weights, 1e-300)[:, None], w)
        self.prototypes = w
        winners, _ = nearest_of(x, w)
        squares, counts = per_unit((x - w[winners]) ** 2, winners, len(w))
        self.shares = counts / len(x)
        self.deviations = np.sqrt(squares / np.maximum(counts, 1)[:, None])

    def topographic_error(self, x: np.ndarray) -> float:
        """The share of samples x (N, *shape) whose nearest and second nearest units are not neighbours on the grid, of
        which each has eight (Kiviluoto 1996). 0: the map keeps what is near together."""
        torn = []
        for _, d2 in blocks(self.rows_of(x), self.prototypes):
            two = np.argpartition(d2, 1, axis=1)[:, :2]
            steps = np.abs(np.diff(np.array(np.unravel_index(two, self.grid)), axis=2))
            torn.append(steps.max(axis=(0, 2)) > 1)
        return float(np.mean(np.concatenate(torn)))

    def sample_rows(self, n, rng):
        which = rng.choice(len(self.shares), size=n, p=self.shares)
        x = self.prototypes[which]
        return x + self.noise * self.deviations[which] * rng.standard_normal(x.shape) if self.noise else x

    def score_rows(self, x):
        return nearest_of(x, self.prototypes)[1]

    def portrait(self) -> Portrait:
        """The map itself."""
        return Portrait(self.prototypes.reshape(*self.grid, *self.shape), linked=True)


def on_plane(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Prototypes (U, d) for units at `places` (U, 2): spread over the plane of the two largest principal components of
    x (N, d), two deviations to each side. The longer side of the grid lies along the first component; a side of one
    unit stays in the middle. Of data with one dimension, on a line."""
    mean = x.mean(axis=0)
    _, scales, directions = np.linalg.svd(x - mean, full_matrices=False)
    ends = places.max(axis=0)
    steps = np.where(ends > 0, 2 * places / np.maximum(ends, 1) - 1, 0)  # -1 to 1 along each side
    steps = steps[:, ::-1] if ends[1] > ends[0] else steps
    across = 2 * steps[:, : len(scales)] * (scales[:2] / np.sqrt(len(x)))
    return mean + across @ directions[:2]


def per_unit(x: np.ndarray, winners: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the rows of x (N, d) that each unit won, (units, d), and how many, (units,)."""
    sums = np.zeros((units, x.shape[1]))
    np.add.at(sums, winners, x)
    return sums, np.bincount(winners, minlength=units)
