"""Spectral normalisation: each weight of D is divided by the largest factor by which it can stretch a vector.

So D's slope is bounded everywhere by construction, and not only where a penalty looks, for the price of a few products
of the weight and a vector in each step (power iteration). With the hinge loss.

Miyato et al. 2018, arXiv:1802.05957: algorithm 1, equations 16 and 17 (hinge). Table 1 lists the settings of Adam that
they tried (C is the usual one of DCGAN), figure 1 the scores with each.
"""

SUMMARY = "spectral normalisation of D, hinge loss"
KIND = "slope"
CHOICES = {
    "loss": "hinge",
    "spectral_norm": True,
    "lr": 2e-4,  # table 1, setting C
    "beta1": 0.5,
    "beta2": 0.999,
    "k": 1,
    "d_norm": "none",  # batch norm would undo the bound
}
