"""The projection discriminator, and batch norm by class: how conditional GANs have been built since 2018.

With the cross-entropy loss the optimal logit is log p(x)/q(x) + log p(k|x)/q(k|x), p of the data and q of G (the paper
has them the other way round). If p(k|x) and q(k|x) are softmax classifiers on the same features f, the second part is
v_k . f plus a term without k, where v_k is the difference of their two rows of weights. That term joins the first part,
so D's logit is w . f + v_k . f (eq. 3): no classifier, and no second loss.
G's batch norms have a scale and a shift for each class.

Miyato & Koyama 2018, arXiv:1802.05637. Theirs: residual networks, spectral norm in D, hinge loss; see the recipe sagan
for these. Here: the networks of any preset, with the loss and the average of G of the recipe lazy-r1, and a
stronger R1: D, which knows the class, sees only 400 digits of each. With gamma 0.1 the FID within a class was 4.9, with
0.4 it was 4.6 (seed 0, 10,000 samples).

z has 16 numbers; the recipes without labels have 8. With 8, recall was 0.63, with 16 it was 0.66 (recipe projection,
seed 0, 3,500 steps, one run each).
"""

from minigan.recipes.book import lazy_r1

SUMMARY = "conditional: D projects features on the class, G's batch norms know it"
KIND = "conditional"
CHOICES = lazy_r1.CHOICES | {"conditional": "projection", "z_dim": 16, "penalty": ("r1:0.4:8",)}
