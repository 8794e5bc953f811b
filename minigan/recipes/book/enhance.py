"""An enhancer: G makes pictures twice as large and takes noise out of them, learnt from pairs.

The pairs make themselves: each real picture is made smaller and noisy, and G, which sees only that copy, shall give
the picture back. Two losses teach it. The content term is the mean absolute difference of pixels. Alone, it gives the
median of all the pictures that the copy may have come from, which is blurred where they differ. D, which sees only
finished pictures, pays for that blur.

Isola et al. 2017 (pix2pix, arXiv:1611.07004): L1 with weight 100 beside the GAN; their D sees the input, too. Ledig et
al. 2017 (SRGAN, arXiv:1609.04802): residual networks that work at the small size and enlarge at the end; their D sees
the picture alone, as here. Both have U-shaped or deep networks for photos; here G has two residual blocks.

--no-adversarial trains by the content term alone, for comparison: nearer in pixels, and less sharp.
`minigan edit RUN enhance` applies a run to pictures, and compares it with bicubic enlarging on held-out ones.
"""

from minigan.recipes.book import lazy_r1

SUMMARY = "makes pictures larger and cleaner: a content term beside the game"
KIND = "enhancer"
CHOICES = lazy_r1.CHOICES | {
    "game": "enhance",
    "preset": "enhancer",
    "enlarge": 2,
    "grain": 0.1,
    "term": ("content:100",),
}
