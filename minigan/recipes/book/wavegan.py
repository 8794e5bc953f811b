"""draft"""

SUMMARY = "sound from noise"
KIND = "baseline"
CHOICES = {
    "preset": "wavegan",
    "data": "plucks",
    "loss": "wasserstein",
    "penalty": ("wgan-gp:10",),
    "lr": 1e-3,
    "beta1": 0.0,
    "beta2": 0.9,
    "k": 3,
}
