"""A game in which D is no judge: it learns to tell real from fake, and G looks only at what D has seen in them."""

import numpy as np

from minigan.losses.checks import checked


class OnlyDiscriminator:
    """D's loss is that of another loss; G's is 0, with gradient 0, so that only the terms of G's objective move it.

    So Salimans et al. 2016 (arXiv:1606.03498, section 3.1) train G by feature matching *instead of* against D's logit:
    the term compares features of D, which go on changing as D learns to discriminate.

    `adversarial` tells the Trainer so, which then leaves D's logits of G's images out of G's step: `terms_step`.

    loss: any loss of `minigan.losses`; a paired one, too, for D. G's step asks for no real logits: it reads none.
    Raises ValueError if `loss` has no discriminator.
    """

    paired = adversarial = False

    def __init__(self, loss):
        if not callable(getattr(loss, "discriminator", None)) or isinstance(loss, type):
            raise ValueError(f"loss expected an object such as NonSaturating(), got {loss!r}")
        self.loss = loss

    def discriminator(self, real_logits, fake_logits):
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits: those of the loss."""
        return self.loss.discriminator(real_logits, fake_logits)

    def generator(self, fake_logits):
        """(N, 1) logits -> 0, zeros (N, 1)."""
        return 0.0, np.zeros_like(checked("fake_logits", fake_logits))
