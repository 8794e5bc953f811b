"""A demonstration: D wins at once, and the gradient that G learns from vanishes.

Digits and the noise that G draws first lie far apart. D has five steps for each of G's, and larger ones, so it tells
them apart without an error. With the loss of equation 1, log(1 - D(G(z))), G's slope is D's probability that a fake is
real. It falls to a hundred-thousandth, and G learns nothing any more. What one sees: grey noise from the first picture
to the last, and in loss.png D(real) at 1, D(fake) at 0. With `--loss non-saturating` the same G does learn: its
pictures become dark at the edge and bright in the middle.

Arjovsky & Bottou 2017, arXiv:1701.04862: theorem 2.1 (where the supports are apart there is a perfect D), theorem 2.4
(the gradient vanishes as D becomes perfect), figure 2. Goodfellow et al. 2014, arXiv:1406.2661, end of section 3.
"""

SUMMARY = "D is never wrong, and G's gradient vanishes: grey noise for ever"
KIND = "demonstration"
CHOICES = {
    "data": "digits",
    "preset": "mlp",
    "loss": "minimax",
    "k": 5,
    "d_lr": 1e-3,
    "g_lr": 1e-4,
    "batch_size": 64,
    "steps": 400,
}
