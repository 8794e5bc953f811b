"""Two time-scales: D learns faster than G, one step for each.

If D moves on a faster scale than G, both converge to a local equilibrium, under the assumptions of two time-scale
stochastic approximation. So several steps of D for each of G (`wgan`, k 5) become one with a larger learning rate.

Heusel et al. 2017, arXiv:1706.08500 (the paper of the FID): theorem 1; table 1 has their rates, which differ from
network to network, in some of them with G the faster. Those here are of Zhang et al. 2019 (SAGAN), arXiv:1805.08318:
4e-4 for D and 1e-4 for G, Adam without momentum.
"""

SUMMARY = "D learns four times as fast as G"
KIND = "dynamics"
CHOICES = {
    "loss": "non-saturating",
    "d_lr": 4e-4,
    "g_lr": 1e-4,
    "beta1": 0.0,
    "beta2": 0.9,
    "k": 1,
}
