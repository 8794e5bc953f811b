"""One-sided label smoothing: D is asked for 0.9 on real images, not for 1.

With targets a for real and b for fake images the best D is (a p_data + b p_G) / (p_data + p_G). p_G in the numerator
is a trouble: where p_data is nearly 0 and p_G is large, fakes would not be asked to move. So only the real target is
smoothed, and b stays 0. D no longer gains from being extremely sure, and its slope at real images stays moderate.

Salimans et al. 2016, arXiv:1606.03498, section 3.4.
"""

SUMMARY = "one-sided label smoothing: the target for real images is 0.9"
KIND = "technique"
CHOICES = {"loss": "non-saturating", "smooth": 0.9}  # section 3.4
