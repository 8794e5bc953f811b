"""InfoGAN: a code with ten values is given to G beside the noise, and a network Q reads it back from the sample.

E[log Q(c | G(z, c))] + H(c) is a lower bound of the mutual information of code and sample. With it in G's loss the
code must show, and on digits it becomes, without a label, which digit is drawn.

Chen et al. 2016, arXiv:1606.03657: equations 5 and 6, lambda 1 for a categorical code; figure 2 varies the code on
MNIST. D's learning rate is 2e-4 there and G's 1e-3 (appendix C).
"""

SUMMARY = "a categorical code that must show in the sample"
KIND = "entropy"
CHOICES = {
    "loss": "non-saturating",
    "codes": 10,
    "term": ("information:1",),  # lambda: 1 for categorical codes
    "g_lr": 1e-3,  # appendix C
    "d_lr": 2e-4,
    "beta1": 0.5,
}
