"""The unrolled game: G is judged by the D of some steps ahead (Metz et al. 2017, arXiv:1611.02163).

A G that collapses to the one image which D likes best is right for a moment, and wrong as soon as D has seen it. So let
D play K steps, on copies, and ask that D; numbers of equations are the paper's:

    theta_0 = D's parameters,    theta_k+1 = theta_k - lr g(theta_k)     with g = d L_D / d theta                 (6, 7)
    G minimises  f_K = L_G(D_theta_K)                                                                             (9)

D's own step stays what it was (11), and K = 0 is the usual game. The gradient has two terms:

    d f_K     part f_K     part f_K     d theta_K
    -----  =  --------  +  -------- * -------------                                                               (12)
    d G        part G    part theta_K    d G

The first is `g_step` against the D ahead, as if that D were a fact. It is what k steps of D for each one of G give,
too. In the second D answers: if G moves there, D_K will have moved thus. It is why unrolling helps (section 2.4), and
the paper's experiments keep it (section 2.3: one goes back through the steps of the optimizer): they unroll Adam
(section 2.2), and so does this file, exactly, for Adam and SGD.
`second_order=False` leaves it out; that is Goodfellow's k steps, with D put back afterwards, and no unrolled GAN.

The images X = G(z) are the same in all K steps, and so are the real ones, as in the paper's experiments ("we use fixed
minibatches", section 3; new ones for each step made no significant difference). So G is run once, all that f_K has of G
it has through X, and one backward pass of G is enough.

The second term, from the last step to the first. Let t = d f_K / d theta_k+1 be known (at first, part f_K / part
theta_K). Step k was given the gradient g = g(theta_k, X), and moved theta by it; with a = d f_K / d g, which is -lr t
for SGD, and for Adam see `back_through_adam`,

    d f_K / d theta_k  =  t  +  (d g / d theta)^T a  =  t + R{ d L_D / d theta }
    d f_K / d X       +=        (d g / d X)^T a      =      R{ d L_D / d X }

where R{y} = d/de y(theta + e a), at e = 0, is how fast y changes when theta moves in the direction a: second
derivatives do not mind the order, so d/dX of the number (a . dL/dtheta) is d/de of dL/dX (Pearlmutter 1994, "Fast exact
multiplication by the Hessian"). One pass forwards and one backwards along the layers make both: see `Tangent`.
"""

import copy
from typing import NamedTuple

import numpy as np

from minigan.checks import whole
from minigan.gan import added, as_one, check_batches, g_step, judge, judge_backward
from minigan.layers import Conv2D, Conv2DTranspose, Dense, LeakyReLU, MaxoutDense
from minigan.layers.base import Layer
from minigan.losses import Minimax, NonSaturating, sigmoid
from minigan.optim import SGD, Adam, Optimizer

BILINEAR = (Dense, Conv2D, Conv2DTranspose)  # linear in x for a given w, and in w and b for a given x
LOGISTIC = (Minimax, NonSaturating)  # losses whose D is paid by log-probabilities


def unrolled_g_step(
    G, D, loss, g_optimizer, d_optimizer, z, drawn=None, *, real, steps, second_order=True, terms=()
):  # fmt: skip
    """One step of the generator against the D of `steps` steps ahead -> GStep, with that D's logits.

    Arguments as for `g_step`; real: the batch that D looks at in all steps ahead. D and d_optimizer are left as they
    are, bit for bit. terms: they see the D ahead, and only their first term of (12) is counted.
    Raises ValueError as `check_unrolled` does.
    """
    if steps == 0:
        return g_step(G, D, loss, g_optimizer, z, drawn, real=real, terms=terms)
    check_unrolled(D, loss, d_optimizer, steps, second_order=second_order)
    drawn = drawn or G.forward(z, training=True)
    check_batches(real, drawn[0])
    ahead, moves = look_ahead(D, loss, d_optimizer, real, drawn[0], steps)
    answer = (Answer(loss, moves),) if second_order else ()
    return g_step(G, ahead, loss, g_optimizer, z, drawn, real=real, terms=(*terms, *answer))


class Move(NamedTuple):
    """One step of D that was only thought of: D before it, its gradients, its optimizer after it."""

    before: Layer
    grads: dict
    optimizer: Optimizer


def look_ahead(D, loss, d_optimizer, real, fake, steps):
    """`steps` steps of D on the same two batches -> the D after them, and the list of Moves. Copies move, not D."""
    ahead, optimizer, moves = D, d_optimizer, []
    for _ in range(steps):
        before = ahead
        ahead, optimizer = copy.deepcopy((ahead, optimizer))  # in one call: the copied optimizer moves the copied D
        (real_logits, fake_logits), caches = judge(ahead, real, fake)
        _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
        grads = judge_backward(ahead, d_real, d_fake, caches)
        optimizer.step(grads)
        moves.append(Move(before, grads, optimizer))
    return ahead, moves


class Answer:
    """The second term of (12), in the form of a term of G's objective (`minigan.terms`): D's answer to G's images."""

    def __init__(self, loss, moves):
        self.loss, self.moves = loss, moves

    def __call__(self, ahead, fake, z, real):
        """-> what f_K has beside the loss, its gradient by the images, {}."""
        value, by_theta = by_discriminator(self.loss, ahead, real, fake)
        d_images, carried = np.zeros_like(fake), {}
        for before, grads, optimizer in reversed(self.moves):
            back = BACK[type(optimizer)]
            direction = {}
            for key, g in grads.items():
                direction[key], carried[key] = back(optimizer, key, g, by_theta[key], carried.get(key, (0.0, 0.0)))
            more, d_more = response(before, self.loss, real, fake, direction)
            by_theta, d_images = added(by_theta, more), d_images + d_more
        return value, d_images, {}


def by_discriminator(loss, D, real, fake):
    """G's objective by D's parameters -> its part that `loss.generator` leaves out, and the gradients of all of it.

    In `Minimax` both play for one number, f = E[log D(x)] + E[log(1 - D(G(z)))] = -L_D. Its first half does not depend
    on G, and G's loss leaves it out; but it depends on theta_K, which does depend on G.
    """
    if type(loss) is Minimax:
        (real_logits, fake_logits), caches = judge(D, real, fake)
        value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
        return -value - loss.generator(fake_logits)[0], judge_backward(D, -d_real, -d_fake, caches)
    logits, cache = D.forward(fake, training=True)
    return 0.0, D.backward(loss.generator(logits)[1], cache, input_grad=False)[1]


def back_through_sgd(optimizer, key, g, t, carried):
    """p <- p - lr g: with t = d f / d p after the step, d f / d g = -lr t. Nothing is carried from step to step."""
    return -optimizer.lr * t, carried


def back_through_adam(optimizer, key, g, t, carried):
    """The lines of `minigan.optim.Adam` from the last to the first. optimizer: after the step; t = d f / d p after it.

    With root = sqrt(vhat), and dm, dv = d f / d m, d f / d v carried from the step after:
        dm <- dm - lr t / ((root + eps) (1 - beta1^t))
        dv <- dv + lr t mhat / (root + eps)^2 / (2 root (1 - beta2^t))           (0 where root is: there g is, too)
        d f / d g = (1 - beta1) dm + (1 - beta2) 2 g dv,      and on to the step before go  beta1 dm, beta2 dv.
    """
    o, (dm, dv) = optimizer, carried
    correct_m, correct_v = 1 - o.beta1 ** o.steps[key], 1 - o.beta2 ** o.steps[key]
    mhat, root = o.state["m"][key] / correct_m, np.sqrt(o.state["v"][key] / correct_v)
    below = root + o.eps
    dm = dm - o.lr * t / (below * correct_m)
    d_root = o.lr * t * mhat / below**2
    dv = dv + np.divide(d_root, 2 * root * correct_v, out=np.zeros_like(root), where=root > 0)
    return (1 - o.beta1) * dm + (1 - o.beta2) * 2 * g * dv, (o.beta1 * dm, o.beta2 * dv)


BACK = {SGD: back_through_sgd, Adam: back_through_adam}


def response(D, loss, real, fake, direction):
    """R{d L_D / d theta} (a dict) and R{d L_D / d fake}, where D's parameters move in `direction` (a dict).

    For one logit s of N, L_D'' = sigmoid(s) sigmoid(-s) / N in both losses, with or without smoothing.
    """
    one = as_one(D, real)
    ways = [Tangent(D, direction, x) for x in ([np.concatenate([real, fake])] if one else [real, fake])]
    logits = np.split(ways[0].logits, [len(real) // D.joins]) if one else [way.logits for way in ways]
    slopes = loss.discriminator(*logits)[1:]
    curvatures = [(sigmoid(s) * sigmoid(-s) / len(s)).astype(s.dtype) for s in logits]
    if one:
        slopes, curvatures = [np.concatenate(slopes)], [np.concatenate(curvatures)]
    grads, d_images = {}, None
    for way, slope, curvature in zip(ways, slopes, curvatures, strict=True):
        d_images, more = way.backward(curvature * way.forward(slope))
        grads = added(more, grads)
    return grads, d_images[-len(fake) :]


class Stop(NamedTuple):
    """One layer on the way of a batch through D, and if it has parameters the same layer with V in their place."""

    name: str
    layer: Layer
    cache: tuple
    moving: Layer | None = None
    push: np.ndarray | None = None  # x V + b_V
    moving_cache: tuple | None = None

    def named(self, grads):
        return {f"{self.name}.{key}": grad for key, grad in grads.items()}


class Tangent:
    """A batch's way through D, and what changes on it when D's parameters w move in a direction V.

    A dot is R, the change. From y = x w + b and its backward pass (a convolution is such a product, too),

        y      = x w + b                     y_dot  = x_dot w + (x V + b_V)
        dx     = dy w^T                      dx_dot = dy_dot w^T + dy V^T
        dw     = x^T dy                      dw_dot = x_dot^T dy + x^T dy_dot

    Each is a pass that the layer has: x_dot w and x_dot^T dy are its `double_backward` of x_dot, dy_dot w^T and
    x^T dy_dot its `backward` of dy_dot, and those with V are `forward` and `backward` of a layer that has V for its w.
    A layer without parameters, linear piece by piece, has the first of each pair alone.
    """

    def __init__(self, D, direction, x):
        self.x_shape, self.stops = x.shape, []
        for name, layer in unfused(D):
            y, cache = layer.apply(x)
            if layer.params:
                moving = copy.copy(layer)
                moving.params = {key: direction[f"{name}.{key}"] for key in layer.params}
                self.stops.append(Stop(name, layer, cache, moving, *moving.apply(x)))
            else:
                self.stops.append(Stop(name, layer, cache))
            x = y
        self.logits = x

    def forward(self, dy):
        """d L / d logits -> the change of the logits."""
        self.dys = [dy]
        for stop in self.stops[:0:-1]:
            self.dys.insert(0, stop.layer.pull_back(self.dys[0], stop.cache, param_grads=False)[0])
        dot, self.grads = np.zeros(self.x_shape, dy.dtype), {}
        for stop, upstream in zip(self.stops, self.dys, strict=True):
            dot, grads = stop.layer.double_backward(dot, upstream, stop.cache)
            dot = dot if stop.moving is None else dot + stop.push
            self.grads |= stop.named(grads)
        return dot

    def backward(self, dot):
        """The change of d L / d logits -> that of d L / dx, and that of the gradients, by their names in D."""
        for stop, dy in zip(self.stops[::-1], self.dys[::-1], strict=True):
            dot, grads = stop.layer.pull_back(dot, stop.cache)
            if stop.moving is not None:
                dot = dot + stop.moving.pull_back(dy, stop.moving_cache, param_grads=False)[0]
            self.grads = added(self.grads, stop.named(grads))
        return dot, self.grads


def unfused(D):
    """(name, layer) of D's layers; a rectifier or a maximum that a layer has taken along becomes a layer of its own.
    Their parameters are D's own arrays."""
    for name, layer in D.layers.items():
        if isinstance(layer, MaxoutDense):
            dense, maxout = layer.apart()
            yield from ((name, dense), (f"{name} maxout", maxout))
            continue
        if not layer.params or getattr(layer, "slope", 1.0) == 1.0:
            yield name, layer
            continue
        plain = copy.copy(layer)
        plain.slope = 1.0
        yield from ((name, plain), (f"{name} slope", LeakyReLU(layer.slope)))


def check_unrolled(D, loss, d_optimizer, steps, penalties=(), *, second_order=True):
    """Raise ValueError unless D's steps can be looked ahead, and, for the second term, be gone back through."""
    whole("unroll, the steps of D that G looks ahead,", steps)
    if penalties:
        raise ValueError("unrolling looks ahead by D's loss alone: leave out the penalties of D, or unroll")
    if any(d_optimizer.params[key] is not p for key, p in D.params.items()):
        raise ValueError("unrolling expected D's own optimizer, made with D.params; this one moves other arrays")
    if not second_order:
        return
    if type(loss) not in LOGISTIC:
        raise ValueError(f"unrolling needs the second derivative of D's loss and has that of the minimax and the "
                         f"non-saturating one, got {type(loss).__name__}")  # fmt: skip
    if type(d_optimizer) not in BACK:
        raise ValueError(f"unrolling goes back through the steps of D's optimizer and can do so for Adam and SGD "
                         f"without clipping, got {type(d_optimizer).__name__}")  # fmt: skip
    for name, layer in getattr(D, "layers", {"D": D}).items():
        linear = type(layer).double_backward is not Layer.double_backward and not hasattr(layer, "rng")
        if not (type(layer) in (*BILINEAR, MaxoutDense) or (linear and not layer.params)):
            raise ValueError(f"unrolling goes back through D's layers and can do so for Dense, Conv2D, Conv2DTranspose "
                             f"and layers without parameters or chance that are linear piece by piece; layer {name!r} "
                             f"is {type(layer).__name__}")  # fmt: skip
