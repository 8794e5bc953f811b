"""AC-GAN's loss: D also says which class an image is of, and both players want it to be right."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from minigan.batch import labels_of
from minigan.checks import at_least_0, whole
from minigan.losses.base import Loss
from minigan.losses.checks import both_checked
from minigan.losses.cross_entropy import softmax_cross_entropy


class AuxiliaryClassifier(Loss):
    """The game of another loss on D's first output, and weight times the cross entropy of the classes on the others.

    D gives (N, 1 + classes): a logit s of "real", and scores c whose softmax is P(class | image). In the words of the
    paper (Odena, Olah & Shlens 2017, arXiv:1610.09585, section 3) D maximises L_S + L_C and G maximises L_C - L_S:

        L_S = E[log P(real | real image)] + E[log P(fake | fake image)]
        L_C = E[log P(class = k | real image)] + E[log P(class = k | fake image)]

    with k a real image's own label, or the one that G was given.

    Here `loss` takes the place of L_S: loss.discriminator of -L_S for D, loss.generator of L_S for G. Both players
    minimise, so with CE = mean of -log softmax(c)[k]
        discriminator   loss.discriminator(s_real, s_fake) + weight (CE(c_real) + CE(c_fake))
        generator       loss.generator(s_fake)             + weight CE(c_fake)
    and the gradient of a row is (d s, weight (softmax(c) - onehot(k)) / N): side by side, since s and c are.

    loss: a Loss of logits, plain or paired. weight >= 0, 1 in the paper. The labels come with the batch: `about` gives
    the loss of a batch. Raises ValueError for outputs of another width, and without labels.
    """

    def __init__(self, loss: Loss, classes: int, weight: float = 1.0) -> None:
        self.loss, self.classes = loss, whole("classes", classes, least=2)
        self.weight = at_least_0("weight, the factor of the classes' cross entropy,", weight)
        self.given: Mapping[str, Any] = {}

    @property
    def paired(self) -> bool:
        """As of the loss inside."""
        return self.loss.paired

    @property
    def game(self) -> Loss:
        """The loss inside."""
        return self.loss

    def about(self, given: Mapping[str, Any]) -> "AuxiliaryClassifier":
        """The loss for a batch with the labels given["labels"] (N,)."""
        bound = copy.copy(self)
        bound.given = given
        return bound

    def logits(self, outputs: np.ndarray) -> np.ndarray:
        return self.parts("outputs", outputs)[0]

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Outputs (N, 1 + classes), twice -> value, d value / d real outputs, d value / d fake outputs."""
        (s_real, c_real), (s_fake, c_fake) = self.parts("real", real_logits), self.parts("fake", fake_logits)
        both_checked(s_real, s_fake)
        value, ds_real, ds_fake = self.loss.discriminator(s_real, s_fake)
        of_real, dc_real = self.cross_entropy(c_real)
        of_fake, dc_fake = self.cross_entropy(c_fake)
        return value + of_real + of_fake, np.hstack([ds_real, dc_real]), np.hstack([ds_fake, dc_fake])

    def generator(self, fake_logits: np.ndarray, *real_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """Outputs (N, 1 + classes) -> value, d value / d fake outputs. real_logits: for a paired loss."""
        s, c = self.parts("fake", fake_logits)
        value, ds = self.loss.generator(s, *(self.logits(outputs) for outputs in real_logits))
        of_class, dc = self.cross_entropy(c)
        return value + of_class, np.hstack([ds, dc])

    def cross_entropy(self, scores: np.ndarray) -> tuple[float, np.ndarray]:
        """weight times CE of the batch's labels, and its gradient (N, classes)."""
        if "labels" not in self.given:
            raise ValueError('AuxiliaryClassifier needs the labels of the batch; write loss.about({"labels": labels}), '
                             "or train on labelled data")  # fmt: skip
        labels = labels_of(self.given, len(scores), self.classes, "AuxiliaryClassifier")
        value, d_scores, _ = softmax_cross_entropy(scores, labels)
        return self.weight * value, (self.weight * d_scores).astype(scores.dtype)

    def parts(self, name: str, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The logits (N, 1) and the class scores (N, classes) of D's outputs."""
        if np.ndim(outputs) != 2 or outputs.shape[1] != 1 + self.classes:
            raise ValueError(f"{name}: AuxiliaryClassifier expected a logit and {self.classes} class scores for each "
                             f"sample, (N, {1 + self.classes}), got {np.shape(outputs)}; end D in "
                             f"Dense(..., {1 + self.classes})")  # fmt: skip
        return outputs[:, :1], outputs[:, 1:]
