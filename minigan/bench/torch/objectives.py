"""Losses and penalties of the twin, written in PyTorch from the papers' formulas, gradients left to autograd."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus

from minigan.bench.torch.terms import features


class NonSaturating:
    """Goodfellow et al. 2014; `smooth` of Salimans et al. 2016: cross-entropy with the target `smooth`."""

    paired = False

    def __init__(self, smooth: float = 1.0) -> None:
        self.smooth = smooth

    def real(self, logits: Tensor) -> Tensor:
        return (softplus(logits) - self.smooth * logits).mean()

    def fake(self, logits: Tensor) -> Tensor:
        return softplus(logits).mean()

    def generator(self, logits: Tensor) -> Tensor:
        return softplus(-logits).mean()

    def unrolled(self, D: Callable, real: Tensor, fake: Tensor) -> Tensor:
        """G's loss where D depends on G too."""
        return self.generator(D(fake))


class Minimax(NonSaturating):
    def generator(self, logits: Tensor) -> Tensor:
        return -softplus(logits).mean()

    def unrolled(self, D: Callable, real: Tensor, fake: Tensor) -> Tensor:
        return -self.real(D(real)) - self.fake(D(fake))


class LeastSquares:
    """Mao et al. 2017, eq. 2."""

    paired = False

    def __init__(self, a: float, b: float, c: float) -> None:
        self.a, self.b, self.c = a, b, c

    def real(self, logits: Tensor) -> Tensor:
        return 0.5 * (logits - self.b).square().mean()

    def fake(self, logits: Tensor) -> Tensor:
        return 0.5 * (logits - self.a).square().mean()

    def generator(self, logits: Tensor) -> Tensor:
        return 0.5 * (logits - self.c).square().mean()


class Wasserstein:
    """Arjovsky et al. 2017, algorithm 1; `drift` of Karras et al. 2018, appendix A.1."""

    paired = False

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = drift

    def real(self, logits: Tensor) -> Tensor:
        return -logits.mean() + (self.drift * logits.square().mean() if self.drift else 0)

    def fake(self, logits: Tensor) -> Tensor:
        return logits.mean()

    def generator(self, logits: Tensor) -> Tensor:
        return -logits.mean()


class Hinge(Wasserstein):
    """Miyato et al. 2018, eqs. 16 and 17."""

    def real(self, logits: Tensor) -> Tensor:
        return (1 - logits).relu().mean()

    def fake(self, logits: Tensor) -> Tensor:
        return (1 + logits).relu().mean()


class RelativisticPaired:
    """Jolicoeur-Martineau 2018, section 4.1."""

    paired = True

    def pairs(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return softplus(fake_logits - real_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        return softplus(real_logits - fake_logits).mean()


class AuxiliaryClassifier:
    """Odena et al. 2017, section 3: the game of another loss on D's first output, and the cross-entropy of the labels
    on the others. The game sets `labels` (N,)."""

    labels: Tensor

    def __init__(self, loss: dict, weight: float) -> None:
        self.loss, self.weight = LOSSES[loss["kind"]](**loss["options"]), weight
        self.paired = self.loss.paired

    def of_class(self, outputs: Tensor) -> Tensor:
        return self.weight * cross_entropy(outputs[:, 1:], self.labels)

    def real(self, outputs: Tensor) -> Tensor:
        return self.loss.real(outputs[:, :1]) + self.of_class(outputs)

    def fake(self, outputs: Tensor) -> Tensor:
        return self.loss.fake(outputs[:, :1]) + self.of_class(outputs)

    def pairs(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.loss.pairs(real[:, :1], fake[:, :1]) + self.of_class(real) + self.of_class(fake)

    def generator(self, fake: Tensor, *real: Tensor) -> Tensor:
        return self.loss.generator(fake[:, :1], *(outputs[:, :1] for outputs in real)) + self.of_class(fake)


LOSSES = {
    loss.__name__: loss
    for loss in (
        NonSaturating, Minimax, LeastSquares, Wasserstein, Hinge, RelativisticPaired, AuxiliaryClassifier
    )
}  # fmt: skip


class Penalty:
    """place: "real" or "fake", where the logits that the loss needs are those of the penalty too, as one writes it in
    PyTorch; or "own", where it is computed `apart`, at `points` of its own. every: computed in each every-th step, and
    counted as often."""

    place, calls = "own", 0

    def __init__(self, weight: float, every: int = 1) -> None:
        self.weight, self.every = weight, every

    def due(self) -> bool:
        """Count this step -> whether the penalty is computed in it."""
        self.calls += 1
        return (self.calls - 1) % self.every == 0

    def apart(self, D: Callable, real: Tensor, fake: Tensor) -> Tensor:
        x = self.points(real, fake).requires_grad_()
        return self(D(x), x)

    def __call__(self, logits: Tensor, x: Tensor) -> Tensor:
        (gradient,) = torch.autograd.grad(logits[:, 0].sum(), x, create_graph=True)  # the others are class scores
        return self.weight * self.every * self.score(gradient.reshape(len(logits), -1)).mean()


class WGANGP(Penalty):
    """Gulrajani et al. 2017, algorithm 1."""

    uniform, normal = staticmethod(torch.rand), staticmethod(torch.randn)  # a test hands over its own numbers

    def __init__(self, weight: float, every: int, target: float) -> None:
        super().__init__(weight, every)
        self.target = target

    def points(self, real: Tensor, fake: Tensor) -> Tensor:
        e = self.uniform(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
        return e * real + (1 - e) * fake

    def score(self, gradient: Tensor) -> Tensor:
        return (gradient.norm(dim=1) - self.target).square()


class DRAGAN(WGANGP):
    """Kodali et al. 2017, section 2.3."""

    def __init__(self, weight: float, every: int, target: float, spread: float) -> None:
        super().__init__(weight, every, target)
        self.spread = spread

    def points(self, real: Tensor, fake: Tensor) -> Tensor:
        return real + self.spread * real.std(correction=0) * self.normal(*real.shape, dtype=real.dtype)


class R1(Penalty):
    """Mescheder et al. 2018, eq. 9."""

    place = "real"

    def score(self, gradient: Tensor) -> Tensor:
        return gradient.square().sum(dim=1) / 2


class R2(R1):
    """Mescheder et al. 2018, eq. 10."""

    place = "fake"


class Supervised(Penalty):
    """Salimans et al. 2016, section 5: the cross-entropy of a labelled batch's class scores."""

    choose = staticmethod(lambda count, size: torch.randperm(count)[:size])  # a test hands over its own numbers

    def __init__(self, weight: float, batch_size: int, layer: str, images: Tensor, labels: Tensor) -> None:
        super().__init__(weight)
        self.batch_size, self.layer, self.images, self.labels = batch_size, layer, images, labels

    def apart(self, D: Callable, real: Tensor, fake: Tensor) -> Tensor:
        chosen = self.choose(len(self.images), self.batch_size)
        return self.weight * cross_entropy(features(D, self.images[chosen], self.layer), self.labels[chosen])


PENALTIES = {penalty.__name__: penalty for penalty in (WGANGP, DRAGAN, R1, R2, Supervised)}
