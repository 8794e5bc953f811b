"""A demonstration: both players learn, and neither arrives. G circles around the data.

All data lie at (0, 0). G has one thing to learn, where its cloud lies, and D one slope. D points from the fakes to the
data, G moves that way, passes by, and D turns. What one sees (path.png, samples.gif): the cloud goes round (0, 0), more
than four times, and comes no nearer. `--penalty r1:1` ends it: the cloud arrives, and stays.

Mescheder et al. 2018, arXiv:1801.04406: section 2 (the Dirac-GAN, and lemma 2.3: the eigenvalues are imaginary),
section 4.1 (R1 makes it converge). Tutorial 07 derives both.
"""

SUMMARY = "G goes round the data and never arrives; --penalty r1:1 ends it"
KIND = "demonstration"
CHOICES = {
    "data": "dirac",
    "preset": "dirac",
    "loss": "minimax",
    "optimizer": "sgd",
    "lr": 0.1,
    "batch_size": 64,
    "steps": 600,
    "sample_every": 10,  # twelve pictures for each turn
}
