"""The plain game with R1 at every eighth step, and an average of G is shown: what `minigan train` does with pictures.

R1 keeps D flat at the real images (Mescheder et al. 2018; see the recipe r1). Without it, a D that has seen the same
digits many times begins to know them by heart, and some digits become rare. The penalty changes slowly, so it need not be paid
in each step: every eighth step with eight times the weight costs little and does the same. The average of G lies nearer
to the solution than any of the places that G circles through (see the recipe ema).

Karras et al. 2020 (StyleGAN2, arXiv:1912.04958): section 3.1 and appendix B are lazy regularisation, with R1 every 16
steps and with an average of G. Theirs: gamma 10 for 1024 x 1024 pictures, and far longer trainings; here gamma 0.1 was
chosen on digits. The trainings are short, so the average is over the last 500 steps.
"""

SUMMARY = "the plain game, R1 every eighth step, an average of G: the default for pictures"
KIND = "baseline"
CHOICES = {
    "loss": "non-saturating",
    "penalty": ("r1:0.1:8",),  # gamma, every so many steps
    "d_norm": "none",
    "ema": 0.998,
}
