"""Exercise 08: a GAN on a ring. Fill in the four functions; each raises NotImplementedError until you do.

    minigan exercise check ex08 work        (work: the folder that this file is in)

Tutorial 08 derives all of it. The players are the library's: `y, cache = network.forward(x)` and
`dx, grads = network.backward(dy, cache)`, where grads is a dict from a parameter's name to its gradient. The loss gives

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    value, d_fake         = loss.generator(fake_logits)

and `optimizer.step(grads)` moves the parameters that it was made for.
"""

import numpy as np  # noqa: F401


def ring_centres(modes):
    """The centres of `modes` heaps, equally spaced on the circle of radius 1 around the origin -> (modes, 2).

    The first is (1, 0); then they go round counter-clockwise.
    """
    raise NotImplementedError("ring_centres is still to be written")


def modes_found(points, centres, sigma):
    """How many of the centres (modes, 2) have at least one of the points (N, 2) within 3 sigma -> a whole number."""
    raise NotImplementedError("modes_found is still to be written")


def d_step(G, D, loss, optimizer, real, z):
    """One step of the discriminator; `optimizer` is D's. Return the value of the loss."""
    raise NotImplementedError("d_step is still to be written")


def g_step(G, D, loss, optimizer, z):
    """One step of the generator; `optimizer` is G's. Return the value of the loss."""
    raise NotImplementedError("g_step is still to be written")
