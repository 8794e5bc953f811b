"""BigGAN's parts, at a size for two cores: what the recipe sagan has, and three things more.

    shared embedding    one learnt row for each class, from which each norm in G's blocks makes its scale and shift by a
                        matrix of its own (section 3; the last norm, before the image, has no condition)
    skip-z              a part of the noise goes straight to each block, beside the embedded class (appendix B, fig. 15)
    orthogonal          G pays for filters that are not orthogonal to each other (eq. 3, beta 1e-4)

Its weights begin orthogonal (Saxe et al. 2014), and an average of G is shown, as in the recipe sagan here. Two things
act when samples are drawn: truncation, where each number of the noise is drawn again until it lies in [-T, T], so that
single samples are better and the set is less varied (section 3.1, --truncation); and batch statistics made anew
(--standing).

Brock, Donahue & Simonyan 2019, arXiv:1809.11096. The paper also has, and this recipe has not: batches of 2,048, which
are half of its gain in Inception Score, far larger networks, batch norm over many devices, spectral norm of the
matrices that make scale and shift, and two D steps for each G step. Its learning rates are 2e-4 (D) and 5e-5 (G); those
here are larger, for some thousand steps.
"""

from minigan.recipes.book import sagan

SUMMARY = "conditional: SAGAN with a shared embedding, skip-z and orthogonal filters"
KIND = "conditional"
CHOICES = sagan.CHOICES | {
    "shared_embedding": 32,
    "skip_z": True,
    "orthogonal": 1e-4,  # beta of eq. 3
}
