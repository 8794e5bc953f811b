"""RMSProp against a path worked out by hand, and against PyTorch's."""

import numpy as np
import pytest

from minigan.optim import RMSProp


def test_by_hand(walk):
    # s = 0.1 * 4 = 0.4, then 0.9 * 0.4 + 0.1 * 1 = 0.46; eps outside the root
    p1 = 1 - 0.1 * 2 / (0.4**0.5 + 0.5)
    p2 = p1 - 0.1 * 1 / (0.46**0.5 + 0.5)
    assert walk(RMSProp, [2.0, 1.0], lr=0.1, rho=0.9, eps=0.5) == pytest.approx([p1, p2], rel=1e-12)


def test_it_is_pytorchs(rng):
    """With rho = 0.99, PyTorch's alpha, as in WGAN's code."""
    torch = pytest.importorskip("torch")
    w = rng.standard_normal((3, 4))
    twin = torch.tensor(w.copy(), requires_grad=True)
    ours, theirs = RMSProp({"w": w}, lr=5e-3, rho=0.99), torch.optim.RMSprop([twin], lr=5e-3)
    for _ in range(5):
        g = rng.standard_normal((3, 4))
        ours.step({"w": g})
        twin.grad = torch.tensor(g)
        theirs.step()
        np.testing.assert_allclose(w, twin.detach().numpy(), rtol=1e-12)
