"""Instance noise: D sees real and fake images with Gaussian noise on both.

Data lie on thin sheets, and so do fakes; two sheets hardly meet, so a perfect D exists, and its gradient is of no use.
With noise on both the two overlap, and their distance is a finite number that changes smoothly.

Sønderby et al. 2017, arXiv:1610.04490 (instance noise); Arjovsky & Bottou 2017, arXiv:1701.04862, section 3. Both let
the noise fall to 0 in the course of the training, and so does this.
"""

SUMMARY = "D sees all samples through Gaussian noise"
KIND = "view"
CHOICES = {"loss": "non-saturating", "instance_noise": 0.1}  # at the start; images span [-1, 1]
