"""Gradient penalties: WGAN-GP, R1, R2 and DRAGAN, with their second derivatives by hand.

All four punish D for how steep it is. For points x (N, ...) and D's logits s (N, 1), each image's own gradient is

    g[n] = d s[n] / d x[n]                              a row of as many numbers as an image has, over all its pixels

and the penalty is P = 1/N sum_n p(g[n]), a plain function of these rows:

    WGAN-GP, DRAGAN   p = weight (|g| - target)^2       dP/dg[n] = 2 weight / N (|g[n]| - target) g[n] / |g[n]|
    R1, R2            p = weight / 2 |g|^2              dP/dg[n] = weight / N g[n]

They differ in the points x: between real and fake images, around real ones, real ones, fake ones.

All rows at once. s[n] depends only on x[n], so d s[n] / d x[m] = 0 for n != m, and the gradient of the *sum* of the
logits with respect to x[n] is g[n]: one backward pass with dy = 1 for each logit. With a batch norm in D, s[m] depends
on x[n] too. The same pass then gives sum_m d s[m] / d x[n], which is not the gradient of any one logit, and the penalty
is not the paper's (Gulrajani et al. 2017, section 4, "No critic batch normalization"). `check_discriminator` refuses
such a D. A D that packs m images into one (N / m logits) is allowed: it scores packs, and the rows of g are those of
packs.

With respect to the parameters. D is layers y_k = A_k x_k + b_k and rectifiers y_k = f_k x_k, where each entry of f_k is
1 or the slope. Backward is the same chain the other way round, from delta = 1 at the logits:

    delta_k = A_k^T delta_k+1        or        f_k delta_k+1,                  g = delta_1.

f_k jumps where a sign changes and is constant in between, so g depends on the parameters only through the A_k: it is a
product of matrices, and each A_k^T is in it once. Let u = dP/dg, with the shape of x. Then
dP = sum u dg, and if only A_k changes, dg = A_1^T f_1 ... dA_k^T ... delta_k+1, so

    dP = <u, A_1^T f_1 ... dA_k^T delta_k+1> = <... f_1 A_1 u, dA_k^T delta_k+1> = <dA_k t_k, delta_k+1>
    t_1 = u,        t_k+1 = A_k t_k          or        t_k+1 = f_k t_k.

The *tangent* t is u pushed forward through D, linearised where x is, and without the biases: no bias is in g, so its
gradient is 0. And dP = <dA_k t_k, delta_k+1> is what the ordinary weight gradient comes from,
dL = <dA_k x_k, dy_k>, with the tangent in place of the input and delta in place of dy: for a dense layer t^T delta,
for a convolution its own weight gradient. So no layer needs a new formula: that is `double_backward`, layer by layer.
If a layer is curved (Tanh), f depends on x, so g depends on the layers before it in more ways: P has further
derivatives, and `check_discriminator` refuses such a D, unless the layer says how P depends on its x (`bend`). That
gradient then goes back through the layers before it as any other does (`Composite.double_backward`).

Groups. A layer with a `group_size`, such as `MinibatchStdDev`, lets the scores of a group of M images depend on each
other. D is then a critic of groups, f(X) = mean_m s[m] for X = (x[1], ..., x[M]). Measure the distance of two groups by
the mean distance of their images, |X - Y| = mean_m |x[m] - y[m]|. Then
    - f has slope at most 1 where each image has |d f / d x[m]| <= 1 / M, that is, |sum_k d s[k] / d x[m]| <= 1. These
      sums are the rows g that the one backward pass gives: the cross terms belong there;
    - the Wasserstein distance of groups of independent images is that of single images: to move a group, move each
      image; and a critic of single images, averaged, is one of groups.
So WGAN-GP asks groups for what it asks of single images, and the value of the loss keeps its meaning. Karras et al.
2018 (arXiv:1710.10196) train so. Each image of a group is mixed by an e of its own. R1 and R2 punish the slope of the
sum of a group's scores in the same way. A batch norm is a group of the whole batch; it has no `bend` here, and is
refused.

The cost: a forward pass, one back to the images, the tangent forward, and the weight gradients. R1 and R2 use the same
images as the loss, and can reuse its passes: see `minigan.penalties.joint`.
"""

from collections.abc import Callable

import numpy as np

from minigan.batch import Batch, as_batch, between
from minigan.checks import at_least_0, whole
from minigan.layers import Layer
from minigan.penalties.base import Penalty


class GradientPenalty(Penalty):
    """The base of the four. A subclass writes `points` (the x at which g is computed) and `score` (the mean of p and
    its gradient).

    weight: at least 0. every: "lazy regularisation" (Karras et al. 2020, arXiv:1912.04958, section 3.1): the penalty is
    computed in the first call and then in each every-th one, and counts `every` times as much; in the other calls it
    is 0. They found every=16 as good for R1 at a fraction of the cost. (They make Adam's memory shorter for it, too, as
    the penalty has steps of its own there; here it is part of the one step.)
    state: the number of calls so far, which a checkpoint keeps, so that a resumed run computes it when it is due.
    Raises ValueError for a weight that is no finite number of at least 0, or every < 1.
    """

    def __init__(self, weight: float, *, every: int = 1) -> None:
        self.weight, self.every = at_least_0(f"the weight of {type(self).__name__}", weight), whole("every", every)
        self.state = {"calls": np.zeros((), np.int64)}

    def points(self, real: Batch, fake: Batch, rng: np.random.Generator | None) -> Batch:
        """The points at which D's gradient is computed: M samples, and their conditions."""
        raise NotImplementedError(f"{type(self).__name__} must write points(self, real, fake, rng)")

    def score(self, g: np.ndarray) -> tuple[float, np.ndarray]:
        """g (M, pixels) -> mean of p over the rows, without weight, and its gradient with respect to g."""
        raise NotImplementedError(f"{type(self).__name__} must write score(self, g)")

    def __call__(
        self, D: Layer, real: Batch, fake: Batch, rng: np.random.Generator | None = None
    ) -> tuple[float, dict]:
        """-> value, and its gradients with respect to D's parameters; 0 and {} in a call that is left out.

        rng: the numpy Generator that random points are drawn from.
        Raises ValueError for a D that `check_discriminator` refuses, or batches that do not fit together.
        """
        check_discriminator(D)
        real, fake, due = as_batch(real), as_batch(fake), self.due
        self.count()
        if not due:
            return 0.0, {}
        g, push = image_gradients(D, self.points(real, fake, rng))
        value, dg = self.weighed(g)
        return value, push(dg)

    @property
    def due(self) -> bool:
        """Whether the next call computes the penalty."""
        return self.state["calls"] % self.every == 0

    def count(self) -> None:
        """One call more."""
        self.state["calls"] += 1

    def weighed(self, g: np.ndarray) -> tuple[float, np.ndarray]:
        """`score` times weight and `every`."""
        weight, (value, dg) = self.weight * self.every, self.score(g)
        return float(weight * value), weight * dg


def image_gradients(D: Layer, points: Batch) -> tuple[np.ndarray, Callable]:
    """The gradients g of D's logits with respect to the images (N, ...), a row for each logit, and the function
    push(dP/dg) -> dP/d params. Where there are labels, class scores may stand behind the logit: (N, 1 + classes)."""
    outputs, cache = D.apply(points.x, training=True, given=points.given)
    one_logit = outputs.shape[1:] in ((), (1,))
    if not one_logit and (outputs.ndim > 2 or outputs.size == 0 or "labels" not in points.given):
        raise ValueError(f"a gradient penalty expected a logit for each image, (N, 1), got {outputs.shape}; which one "
                         "of several would it be the gradient of? End D in Dense(..., 1)")  # fmt: skip
    g, trace = D.trace_back(unit_logits(outputs), cache)

    def push(dg: np.ndarray) -> dict:
        return D.double_backward(dg.reshape(points.x.shape), trace, cache)[1]

    return g.reshape(len(outputs), -1), push


def unit_logits(outputs: np.ndarray) -> np.ndarray:
    """dy = 1 for each logit, 0 for the class scores beside it."""
    dy = np.zeros_like(outputs)
    dy.reshape(len(dy), -1)[:, 0] = 1
    return dy


class TwoSided(GradientPenalty):
    """weight * mean (|g| - target)^2: a gradient norm below the target costs as much as one above.

    At g = 0 the norm has no derivative, and 0 is taken for it.
    """

    def __init__(self, weight: float = 10.0, *, target: float = 1.0, every: int = 1) -> None:
        super().__init__(weight, every=every)
        self.target = at_least_0("target, the gradient norm that D shall have,", target)

    def score(self, g: np.ndarray) -> tuple[float, np.ndarray]:
        norms = np.sqrt(np.einsum("np,np->n", g, g))[:, None]
        directions = np.divide(g, norms, out=np.zeros_like(g), where=norms > 0)
        off = norms - g.dtype.type(self.target)
        return np.mean(off**2), off * directions * g.dtype.type(2 / len(g))


class WGANGP(TwoSided):
    """weight * mean (|grad D(xhat)| - 1)^2 at xhat = e x + (1 - e) G(z), with e uniform in [0, 1): Gulrajani et al.
    2017 (arXiv:1704.00028), eq. 3 and algorithm 1, lines 4 to 7, weight 10.

    Each pair of a real and a fake image has one e for all pixels: xhat is on the line between the two. The norm is
    over all pixels and channels.
    """

    def points(self, real: Batch, fake: Batch, rng: np.random.Generator | None) -> Batch:
        if real.x.shape != fake.x.shape:
            raise ValueError(f"WGAN-GP mixes pairs of real and fake images; both batches must have the same shape, got "
                             f"{real.x.shape} and {fake.x.shape}")  # fmt: skip
        e = drawing(self, rng).random((len(real),) + (1,) * (real.x.ndim - 1), real.x.dtype)
        return between(real, fake, e)


class DRAGAN(TwoSided):
    """weight * mean (|grad D(x + delta)| - 1)^2 around real images x: Kodali et al. 2017 (arXiv:1705.07215), section
    2.3, weight 10, delta normal with the same deviation in each pixel.

    spread: that deviation, as a share of the batch's own over all its entries; 0.5 is that of the authors' code (which
    draws delta uniform and positive, and so moves the images to the bright side).
    """

    def __init__(self, weight: float = 10.0, *, target: float = 1.0, spread: float = 0.5, every: int = 1) -> None:
        super().__init__(weight, target=target, every=every)
        self.spread = at_least_0("spread", spread)

    def points(self, real: Batch, fake: Batch, rng: np.random.Generator | None) -> Batch:
        x = real.x
        deviation = x.dtype.type(self.spread * x.std())
        return Batch(x + deviation * drawing(self, rng).standard_normal(x.shape, x.dtype), real.given)


class Squared(GradientPenalty):
    """weight / 2 * mean |g|^2, which has its least where D is flat."""

    def __init__(self, weight: float = 10.0, *, every: int = 1) -> None:
        super().__init__(weight, every=every)

    def score(self, g: np.ndarray) -> tuple[float, np.ndarray]:
        return np.vdot(g, g) / (2 * len(g)), g / g.dtype.type(len(g))


class R1(Squared):
    """weight / 2 * mean |grad D(x)|^2 at real images x: Mescheder et al. 2018 (arXiv:1801.04406), eq. 9; their gamma is
    `weight`, 10 in their experiments. When G's images are distributed as the data, D should be flat at the data. R1
    asks for that; without it the two players go on circling (section 2)."""

    def points(self, real: Batch, fake: Batch, rng: np.random.Generator | None) -> Batch:
        return real


class R2(Squared):
    """weight / 2 * mean |grad D(G(z))|^2 at fake images: Mescheder et al. 2018, eq. 10."""

    def points(self, real: Batch, fake: Batch, rng: np.random.Generator | None) -> Batch:
        return fake


def check_discriminator(D: Layer) -> None:
    """Raise ValueError, with the layer's name and the reason, for a D that cannot have a gradient penalty: one with a
    layer that is not per_sample (packs and groups are allowed), or that has no double_backward."""
    layers = list(D.leaves())
    if not D.per_sample and all(layer.per_sample for _, layer in layers):
        layers = [("", D)]  # D itself does not declare per_sample, though all of its layers do
    for name, layer in layers:
        kind, where = type(layer).__name__, f"layer {name!r}: " if name else ""
        if not (layer.per_sample or layer.group_size):
            raise ValueError(
                f"{where}a gradient penalty needs each image's score to depend on that image alone, and {kind} looks "
                "at the whole batch: the gradient of the sum of all scores then mixes several images (Gulrajani et al. "
                "2017, arXiv:1704.00028, section 4); leave it out of D. If y[n] of a layer of your own depends only on "
                "x[n], declare it: per_sample = True"
            )
    for name, layer in D.leaves():
        if "." in name and type(layer).bend is not Layer.bend:
            kind = type(layer).__name__
            raise ValueError(
                f"layer {name!r}: {kind} is curved, and inside of another layer a gradient penalty cannot go through "
                "it; put it into the Sequential that is D itself"
            )
    for name, layer in D.linear_parts():
        kind, where = type(layer).__name__, f"layer {name!r}: " if name else ""
        if type(layer).double_backward is Layer.double_backward:
            raise ValueError(f"{where}{kind} has no double_backward; {layer.curved}")


def drawing(penalty: Penalty, rng: np.random.Generator | None) -> np.random.Generator:
    """The Generator, or ValueError if there is none."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"{type(penalty).__name__} draws random points; give it (and d_step) rng, a numpy Generator, "
                         f"for example np.random.default_rng(0); got {rng!r}")  # fmt: skip
    return rng
