"""R1 and R2 in one sweep with the loss: what they cost when D has looked at these very images anyway.

One after the other, the loss and the penalties go through D's layers seven times with each image: forward, back and
weight gradients for the loss; forward, back to the images, the tangent forward and weight gradients for the penalty.
Four are enough, for a D that gives one logit s[n] for each image x[n] and looks at it alone.

Let delta be what backward makes of 1 at each logit, layer by layer, and delta_k what it hands to layer k. Backward is
linear in dy, and row n of it depends on s[n] alone. So with d[n] = d loss / d s[n],

    the loss's       dy_k[n] = d[n] delta_k[n]              its weight gradient    sum_n x_k[n]^T d[n] delta_k[n]
    the penalty's    (see `minigan.penalties.gradient`)                            sum_n t_k[n]^T delta_k[n]

with x_k the input of layer k, and t_k the tangent, which begins as t_1 = u = dP/dg. The two have delta in common:

    both together    sum_n v_k[n]^T delta_k[n],             v_k[n] = d[n] x_k[n] + t_k[n].

And v needs no x_k: it can be pushed through the layers as the tangent is. A layer y = f (x A + b), with f = 1 or the
slope, entry by entry, makes x_k to x_k+1 = f (x_k A + b), and t_k to t_k+1 = f (t_k A), without the bias, so

    v_1[n] = d[n] x[n] + u[n],          v_k+1[n] = f (v_k[n] A + d[n] b),          db = sum_n d[n] f delta_k[n].

That is `double_backward` with share = d, which says how much of the bias goes along. So the sweep is: forward (which D
has done), delta back to the images, v forward, and the weight gradients. Where a layer adds something else to x (noise,
a batch norm's shift), or is the student's own, it has no `share`, and the penalties are computed apart, as WGAN-GP and
DRAGAN always are, whose points D has not seen. A Dropout has one mask for both here, and draws another when apart.
"""

import numpy as np

from minigan.layers.combine.sequential import Sequential
from minigan.penalties.gradient import R1, R2, GradientPenalty


def sweep(D, batches, slopes, caches, penalties):
    """The gradients by D.params of the loss and of those penalties that look at real or at fake images.

    batches: real and fake images. slopes: d loss / d logits of both, (N, 1) and (M, 1). caches: of D's passes over
    them, as `minigan.gan.judge` returned them. penalties: all of D's.
    Returns the value of the penalties in it, the gradients, and the list of penalties that are not in it. Or None if
    none of them can be, or is due: nothing was done then.
    """
    own = [penalty for penalty in penalties if place(penalty) is not None and penalty.due]
    if not own or not one_by_one(D, caches):
        return None
    x, d = np.concatenate(batches), np.concatenate(slopes)
    g, upstreams = D.trace_back(np.ones_like(d), *caches)

    v, value = d.reshape(-1, *[1] * (x.ndim - 1)) * x, 0.0
    rows = slice(len(batches[0])), slice(len(batches[0]), None)
    for penalty in own:
        penalty.count()
        here = rows[place(penalty)]
        more, u = penalty.weighed(g[here].reshape(len(g[here]), -1))
        value, v[here] = value + more, v[here] + u.reshape(v[here].shape)

    _, grads = D.double_backward(v, np.ones_like(d), *caches, upstreams=upstreams, share=d.reshape(-1))
    return value, grads, [penalty for penalty in penalties if penalty not in own]


def place(penalty):
    """0 for a penalty that looks at the real images just as they are, 1 at the fake ones, else None."""
    kind = type(penalty)
    if not isinstance(penalty, GradientPenalty) or kind.__call__ is not GradientPenalty.__call__:
        return None
    return {R1.points: 0, R2.points: 1}.get(kind.points)


def one_by_one(D, caches):
    """Whether D has seen both batches as one, each image for itself, and all its layers take a `share`."""
    return len(caches) == 1 and isinstance(D, Sequential) and D.joins == 1 and D.takes_share
