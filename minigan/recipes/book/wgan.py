"""Wasserstein: D is a critic, whose mean difference between real and fake is a distance, if its slope is bounded.

The distance between p_data and p_G is the largest E[D(x)] - E[D(G(z))] over all D with slope at most 1. It changes
smoothly where the two do not touch, when the divergence of the first game is constant. D comes near to it by five
steps for each of G, and its slope is bounded by the crudest means: each weight is clipped into a box.

Arjovsky, Chintala & Bottou 2017, arXiv:1701.07875: algorithm 1 has all numbers; figure 3 shows that the loss falls as
samples get better. Momentum made it unstable (section 4), hence RMSProp.
"""

SUMMARY = "Wasserstein distance by a critic with clipped weights"
KIND = "slope"
CHOICES = {
    "loss": "wasserstein",
    "clip": 0.01,  # c of algorithm 1
    "optimizer": "rmsprop",  # no momentum: section 4
    "beta2": 0.99,  # rho of their code
    "lr": 5e-5,  # alpha of algorithm 1
    "k": 5,  # n_critic of algorithm 1
    "batch_size": 64,  # m of algorithm 1
}
