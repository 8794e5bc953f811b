"""Instance noise: D sees real and fake images with Gaussian noise on both.

Data lie on thin sheets, and so do fakes; two sheets hardly meet, so a perfect D exists, and its gradient is of no use.
With noise on both the two overlap, and their distance is a finite number that changes smoothly.

Sønderby et al. 2017, arXiv:1610.04490, section 3.2 (instance noise); Arjovsky & Bottou 2017, arXiv:1701.04862, section 3.
"""

SUMMARY = "D sees all samples through Gaussian noise"
KIND = "view"
CHOICES = {
    "loss": "non-saturating",
    "instance_noise": 0.1,
}
