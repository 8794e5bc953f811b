"""Networks that grow: 4x4 pixels first, then 8x8, 16x16, 32x32, each size fading in over half of its steps.

Small images are learnt in few cheap steps: where the light is and what shapes there are. Each further size then adds
detail to what is right already, so that the players never meet a large image about which they know nothing. Karras et
al. 2018 (arXiv:1710.10196) found their trainings two to six times faster and steadier for it, and were the first to
draw faces of 1024 x 1024 pixels.

The game is theirs (appendix A.1): WGAN-GP with one step of D, and the drift term 0.001 E[D(x)^2], Adam with beta1 0 and
beta2 0.99, an average of G. The layers are those of sections 3 and 4: see `minigan.models.progressive`.
Theirs: learning rate 0.001, batches of 16, 800,000 images for each half of a stage, and an average over the last 10,000
images or so. Here the trainings are a few thousand steps, with far fewer channels. Weights of equalised layers are of
size 1, and a step of Adam moves them by about the learning rate: for so few steps 0.001 is too little. On the bundled
digits, seed 0, 2,000 samples, it had FID 10.3 after 2,500 steps (32 numbers of noise), and 0.005 had 5.1 after 1,300.
With R1 (recipe progressive-r1) 0.001 had 7.1 and 7.0 after 3,500 steps (gamma 0.1 and 1), and 0.005 had 2.4 after 2,000
(gamma 0.5).
"""

SUMMARY = "networks that grow from 4x4 to 32x32 pixels, with WGAN-GP as in the paper"
KIND = "growing"
CHOICES = {
    "preset": "progressive",
    "loss": "wasserstein",
    "drift": 0.001,
    "penalty": ("wgan-gp:10",),
    "k": 1,
    "lr": 5e-3,
    "beta1": 0.0,
    "beta2": 0.99,
    "ema": 0.99,
}
