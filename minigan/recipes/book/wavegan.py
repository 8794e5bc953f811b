"""Sound from noise: WaveGAN, a DCGAN whose convolutions go along the time, trained as a Wasserstein GAN.

Pictures are smooth; sound is periods, in phase. Kernels of 25 steps see a whole period of a tone at once; and phase
shuffle moves D's maps by up to two steps, so that D must judge the sound, and not the place where the pattern of G's
strides happens to lie. Plucked strings of eight known pitches are the data, made by a program: so the pitches that G
draws can be counted (`minigan evaluate RUN`), its spectra held against real ones, and its notes be heard
(`minigan sample RUN --out notes.wav`).

Donahue, McAuley & Puckette 2019, "Adversarial Audio Synthesis", arXiv:1802.04208, make one second of speech, drums and
birds by WGAN-GP with lambda 10, five steps of D for one of G, Adam with 1e-4, 0.5 and 0.9, batches of 64, 200,000
steps, some days of a GPU. Here three minutes of one core have to do: one step of D for one of G, a learning rate twenty
times as large that falls to 0, no momentum, batches of 32, an average of G, three layers of 16 to 64 channels. After a
minute, k = 2 had 26 % of its notes of high quality, k = 1 35 %. R1 in place of the penalty (non-saturating, r1:0.1:8,
batch norm in G) had 44 %, but of four pitches.
"""

SUMMARY = "WaveGAN: sound from noise, by WGAN-GP with phase shuffle"
KIND = "baseline"
CHOICES = {
    "preset": "wavegan",
    "data": "plucks",
    "loss": "wasserstein",
    "penalty": ("wgan-gp:10",),
    "lr": 2e-3,
    "lr_schedule": "cosine",
    "beta1": 0.0,
    "beta2": 0.9,
    "k": 1,
    "ema": 0.998,
    "d_norm": "none",
    "steps": 7000,
}
