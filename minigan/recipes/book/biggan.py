"""BigGAN's parts, at a size for two cores: what SAGAN has, and four things more.

    shared embedding    one learnt row for each class, from which every norm of G makes its scale and shift by a matrix
                        of its own (section 3)
    skip-z              a part of the noise goes straight to each block, beside the embedded class (appendix B, fig. 15)
    orthogonal          weights begin orthogonal (Saxe et al. 2014), and are kept from becoming alike (eq. 3, beta 1e-4)
    truncation          samples are drawn with the noise cut off near its middle: better each, less varied together
                        (section 3.1): --truncation of sample and evaluate

and an average of G, shown with batch statistics made anew (--standing). Brock, Donahue & Simonyan 2019,
arXiv:1809.11096.

Not as there: batches of 2,048, which are half of the paper's gain, and hundreds of millions of parameters; a truncated
normal noise while training; cross-replica batch norm; spectral norm of the matrices that make scale and shift; two D
steps a G step (theirs is 2; here 1); D's learning rate of 2e-4 and G's of 5e-5, larger here for some thousand steps.
"""

from minigan.recipes.book import sagan

SUMMARY = "conditional: SAGAN with a shared embedding, skip-z and orthogonal filters"
KIND = "conditional"
CHOICES = sagan.CHOICES | {
    "shared_embedding": 32,
    "skip_z": True,
    "orthogonal": 1e-4,  # beta of eq. 3
}
