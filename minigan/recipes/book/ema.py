"""The exponential moving average of G: what is shown is the mean of G's last thousand places.

G circles around the solution; the average of the places it has been at lies nearer. Nothing learns from it, and it
costs no gradient. The running statistics of batch norm are averaged with the weights that they belong to.

Yazici et al. 2019, arXiv:1806.04498, which shows the circling in a bilinear game. They take 0.9999 for long trainings;
here 0.999, for short ones.
"""

SUMMARY = "what is shown is a moving average of G"
KIND = "dynamics"
CHOICES = {"loss": "non-saturating", "ema": 0.999}
