"""A demonstration: D wins at once, and the gradient that G learns from vanishes.

Digits and the noise that G draws first lie far apart, so a D with five steps for each of G's tells them apart without
an error. With the loss of equation 1, log(1 - D(G(z))), G's slope is D's probability that a fake is real. It falls to a
millionth, and G learns nothing any more. What one sees: grey noise, from the first picture to the last, and in loss.png
D(real) at 1, D(fake) at 0. `--loss non-saturating` is the usual way out.

Arjovsky & Bottou 2017, arXiv:1701.04862: theorem 2.1 (supports that are apart have a perfect D), theorem 2.4 (the
gradient vanishes as D becomes perfect), figure 2. Goodfellow et al. 2014, arXiv:1406.2661, end of section 3.
"""

SUMMARY = "D is never wrong, and G's gradient vanishes: grey noise for ever"
KIND = "demonstration"
CHOICES = {
    "data": "digits",
    "preset": "mlp",
    "loss": "minimax",
    "k": 5,
    "lr": 1e-3,
    "batch_size": 64,
    "steps": 600,
}
