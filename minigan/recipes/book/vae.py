"""The other way to draw: a variational autoencoder. An encoder writes a sample down as a code of a few numbers, a
decoder reads the code, and both learn one number, a lower bound of log p(x). No D, no game, no collapse; one loss that
falls, and can be compared from run to run.

What it pays for that: each pixel is drawn as likely as it is on its own, so where a stroke may lie here or there, the
picture shows both, blurred. In return the encoder gives a code for any picture, also for one that it has never seen
(reconstructions.png), and `minigan evaluate` a bound of log p(x) of held-out samples.

Kingma & Welling 2014, arXiv:1312.6114: the bound is equation 3, its gradient section 2.4, the KL appendix B, the pixels
as probabilities appendix C.1; figure 5 is MNIST with codes of 2 to 20 numbers. Theirs: dense layers of 500 units and
Adagrad; here the networks of the preset, D's as the encoder, and Adam with its usual beta1. --beta 4 makes it the
beta-VAE of Higgins et al. 2017, --free-bits 0.1 that of Kingma et al. 2016 (arXiv:1606.04934, appendix C.8).
"""

SUMMARY = "a variational autoencoder: a decoder and an encoder, one loss, no game"
KIND = "autoencoder"
CHOICES = {"game": "vae", "beta1": 0.9}  # DCGAN's 0.5 is against the swings of a game, and there is none
