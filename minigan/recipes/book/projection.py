"""The projection discriminator, and batch norm by class: how conditional GANs have been built since 2018.

If D is optimal, its logit is log p(x)/q(x) + log p(k|x)/q(k|x), p of the data and q of G: is it real, and does it look
like its class? With softmax models of the class the second part is linear in what depends on k (eq. 2). So D's logit is
w . f + v_k . f, with features f of the image and a learnt row v_k for each class (eq. 3): no second loss.
G's batch norms have a scale and a shift for each class.

Miyato & Koyama 2018, arXiv:1802.05637. Theirs: residual networks, spectral norm in D, hinge loss; see the recipe sagan
for these. Here: the networks of any preset, with the loss, R1 and the average of G of the recipe lazy-r1.

The noise has 16 numbers, without labels 8: with labels, 8 left each class less varied (projection, seed 0, 3,500 steps:
recall 0.63 with 8 numbers, 0.66 with 16).
"""

from minigan.recipes.book import lazy_r1

SUMMARY = "conditional: D projects features on the class, G's batch norms know it"
KIND = "conditional"
CHOICES = lazy_r1.CHOICES | {"conditional": "projection", "z_dim": 16}
