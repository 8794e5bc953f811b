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
multiplication by the Hessian"). One pass forwards and one backwards through the network make both: see `Moving`.
"""

import copy
from typing import Any, NamedTuple

import numpy as np

from minigan.batch import Batch, as_batch, joined, of_samples
from minigan.checks import whole
from minigan.gan import Drawn, GStep, added, check_batches, draw
from minigan.gan_fused import as_one, judge, judge_backward
from minigan.layers import Conv2D, Conv2DTranspose, Dense, Layer, LeakyReLU, MaxoutDense, Sequential
from minigan.layers.combine.base import joined_name
from minigan.losses import Loss, Minimax, NonSaturating, sigmoid
from minigan.objectives import Gan
from minigan.optim import SGD, Adam, Optimizer
from minigan.terms import Term

BILINEAR = (Dense, Conv2D, Conv2DTranspose)  # linear in x for a given w, and in w and b for a given x
LOGISTIC = (Minimax, NonSaturating)  # losses whose D is paid by log-probabilities


class Unrolled(Gan):
    """The game in which G's step looks `steps` steps of D ahead, at least 1.

    D and its optimizer are left as they are, bit for bit. Terms see the D ahead; of their gradient the first term of
    (12) is counted alone. second_order: whether the second term of (12) is there. Other arguments: see `Gan`.
    Raises ValueError as `check_unrolled` does.
    """

    def __init__(self, *args: Any, steps: int, second_order: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.steps, self.second_order = steps, second_order
        check_unrolled(self.D, self.loss, self.d_optimizer, steps, self.penalties, second_order=second_order)

    def replace(self, **networks: Layer) -> None:
        D = networks.get("D", self.D)
        later, order = self.d_optimizer.replaced(D.params), self.second_order
        check_unrolled(D, self.loss, later, self.steps, self.penalties, second_order=order)
        super().replace(**networks)

    def g_gradients(self, real: Batch, fake: Drawn) -> tuple[GStep, dict, list]:
        """Against the D of some steps ahead -> its logits, the gradients."""
        check_batches(real.x, fake.x)
        loss = self.loss.about(real.given)
        ahead, moves = look_ahead(self.D, loss, self.d_optimizer, real, fake, self.steps)
        terms = (*self.terms, Answer(loss, moves)) if self.second_order else self.terms
        step, grads, own_grads = self.rules.g_gradients(self.G, ahead, loss, fake, real=real, terms=terms)
        return step, grads, own_grads[: len(self.terms)]


def unrolled_g_step(
    G: Layer, D: Layer, loss: Loss, g_optimizer: Optimizer, d_optimizer: Optimizer, z: np.ndarray, *, real: np.ndarray,
    steps: int, second_order: bool = True, terms: tuple = (),
) -> GStep:  # fmt: skip
    """`minigan.gan.g_step` against the D of `steps` steps ahead. real: the images that D looks at in all of them."""
    options = {"steps": steps, "second_order": second_order, "terms": terms}
    game = Unrolled(G, D, loss, g_optimizer, d_optimizer, None, **options)
    return game.g_step(as_batch(real), draw(G, z))


class Move(NamedTuple):
    """One step of D that was only thought of: D before it, its gradients, its optimizer after it."""

    before: Layer
    grads: dict
    optimizer: Optimizer


def look_ahead(
    D: Layer, loss: Loss, d_optimizer: Optimizer, real: Batch, fake: Batch, steps: int
) -> tuple[Layer, list[Move]]:
    """`steps` steps of D on the same two batches -> the D after them, and the Moves. Copies move, not D."""
    real, fake = as_batch(real), as_batch(fake)
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


class Answer(Term):
    """The second term of (12), as a term of G's objective: D's answer to G's images."""

    def __init__(self, loss: Loss, moves: list[Move]) -> None:
        self.loss, self.moves = loss, moves

    def __call__(self, ahead: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> what f_K has beside the loss, its gradient by the images, {}."""
        value, by_theta = by_discriminator(self.loss, ahead, real, fake)
        d_images, carried = np.zeros_like(fake.x), {}
        for before, grads, optimizer in reversed(self.moves):
            back = BACK[type(optimizer)]
            direction = {}
            for key, g in grads.items():
                direction[key], carried[key] = back(optimizer, key, g, by_theta[key], carried.get(key, (0.0, 0.0)))
            more, d_more = response(before, self.loss, real, fake, direction)
            by_theta, d_images = added(by_theta, more), d_images + d_more
        return value, d_images, {}


def by_discriminator(loss: Loss, D: Layer, real: Batch, fake: Batch) -> tuple[float, dict]:
    """G's objective by D's parameters -> its part that `loss.generator` leaves out, and the gradients of all of it.

    In `Minimax` both play for one number, f = E[log D(x)] + E[log(1 - D(G(z)))] = -L_D. Its first half does not depend
    on G, and G's loss leaves it out; but it depends on theta_K, which does depend on G.
    """
    if type(loss) is Minimax:
        (real_logits, fake_logits), caches = judge(D, real, fake)
        value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
        return -value - loss.generator(fake_logits)[0], judge_backward(D, -d_real, -d_fake, caches)
    logits, cache = D.apply(fake.x, training=True, given=fake.given)
    return 0.0, D.param_grads(loss.generator(logits)[1], cache)


def back_through_sgd(
    optimizer: Optimizer, key: str, g: np.ndarray, t: np.ndarray, carried: tuple
) -> tuple[np.ndarray, tuple]:
    """p <- p - lr g: with t = d f / d p after the step, d f / d g = -lr t. Nothing is carried from step to step."""
    return -optimizer.lr * t, carried


def back_through_adam(
    optimizer: Optimizer, key: str, g: np.ndarray, t: np.ndarray, carried: tuple
) -> tuple[np.ndarray, tuple]:
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


def response(D: Layer, loss: Loss, real: Batch, fake: Batch, direction: dict) -> tuple[dict, np.ndarray]:
    """R{d L_D / d theta} (a dict) and R{d L_D / d fake}, where D's parameters move in `direction` (a dict).

    For one logit s of N, L_D'' = sigmoid(s) sigmoid(-s) / N in both losses, with or without smoothing.
    """
    one, moving = as_one(D, real), moving_network(D, direction)
    passes = [through(moving, batch) for batch in ([joined(real, fake)] if one else [real, fake])]
    logits = np.split(passes[0][0], [len(real) // D.pack_size]) if one else [s for s, _, _ in passes]
    slopes = loss.discriminator(*logits)[1:]
    curvatures = [(sigmoid(s) * sigmoid(-s) / len(s)).astype(s.dtype) for s in logits]
    if one:
        slopes, curvatures = [np.concatenate(slopes)], [np.concatenate(curvatures)]
    grads = {}
    for (_, logits_dot, cache), slope, curvature in zip(passes, slopes, curvatures, strict=True):
        both, more = moving.backward(np.concatenate([slope, curvature * logits_dot]), cache)
        grads = added({key: more[own] for own, key in moving_keys(moving)}, grads)
    return grads, both[len(both) // 2 :][-len(fake) :]


def through(moving: Layer, batch: Batch) -> tuple[np.ndarray, np.ndarray, Any]:
    """A batch through a moving network -> the logits, how fast they change, the cache."""
    facts = {name: np.concatenate([fact, fact]) if of_samples(fact) else fact for name, fact in batch.given.items()}
    both, cache = moving.apply(np.concatenate([batch.x, np.zeros_like(batch.x)]), training=True, given=facts)
    return *np.split(both, 2), cache


def moving_network(D: Layer, direction: dict) -> Layer:
    """D with a `Moving` in the place of each layer, for parameters that move in `direction`. A rectifier or a maximum
    that a layer has taken along becomes a layer of its own."""

    def change(name: str, layer: Layer) -> list:
        own = name.rpartition(".")[2] or "layer"
        way = {key: direction[joined_name(name, key)] for key in layer.params}
        if isinstance(layer, MaxoutDense):
            layer, *rest = layer.apart()
        elif isinstance(layer, BILINEAR) and layer.slope != 1:
            layer, rest = copy.copy(layer), [LeakyReLU(layer.slope)]
            layer.slope = 1.0
        else:
            rest = []
        return [(own, Moving(layer, way, name)), *((f"{own} then", Moving(part, {}, name)) for part in rest)]

    changed = D.rebuilt(change)
    return changed if isinstance(changed, Layer) else Sequential(*changed)


def moving_keys(moving: Layer) -> list[tuple[str, str]]:
    """(its name in a moving network, its name in D) of every parameter: in a branch, two layers in the place of one
    have a name of their own around them."""
    return [
        (joined_name(at, key), joined_name(layer.name, key)) for at, layer in moving.leaves() for key in layer.params
    ]


class Moving(Layer):
    """A layer, and how fast what it computes changes while its parameters w move in a direction V.

    A dot is R, the change. x and x_dot come as one batch, the dots behind: (2N, ...); so do y, dy and dx. From
    y = x w + b and its backward pass (a convolution is such a product, too),

        y      = x w + b                     y_dot  = x_dot w + (x V + b_V)
        dx     = dy w^T                      dx_dot = dy_dot w^T + dy V^T
        dw     = x^T dy                      dw_dot = x_dot^T dy + x^T dy_dot

    Each is a pass that the layer has: x_dot w and x_dot^T dy are its `double_backward` of x_dot, dy_dot w^T and
    x^T dy_dot its `backward` of dy_dot, and those with V are `forward` and `backward` of a layer that has V for its w.
    A layer without parameters, linear piece by piece, has the first of each pair alone. The gradients are dw_dot.
    name: the layer's own in D.
    """

    def __init__(self, layer: Layer, direction: dict, name: str) -> None:
        self.layer, self.name, self.by_direction = layer, name, None
        if direction:
            self.by_direction = copy.copy(layer)
            self.by_direction.params = direction

    @property
    def params(self) -> dict[str, np.ndarray]:
        return self.layer.params

    def forward(self, both: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        x, x_dot = np.split(both, 2)
        given = given and {key: fact[: len(fact) // 2] if of_samples(fact) else fact for key, fact in given.items()}
        y, cache = self.layer.apply(x, training, given)
        y_dot, _ = self.layer.double_backward(x_dot, np.zeros_like(y), cache)
        moved = None
        if self.by_direction is not None:
            more, moved = self.by_direction.apply(x, training, given)
            y_dot = y_dot + more
        return np.concatenate([y, y_dot]), (x_dot, cache, moved)

    def hand_on(self, given: dict | None) -> dict | None:
        return self.layer.hand_on(given)

    def backward(self, both: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (dy, dy_dot), (x_dot, cache, moved) = np.split(both, 2), cache
        dx = self.layer.input_grad(dy, cache)
        dx_dot, grads = self.layer.pull_back(dy_dot, cache)
        if self.by_direction is not None:
            dx_dot = dx_dot + self.by_direction.input_grad(dy, moved)
        _, more = self.layer.double_backward(x_dot, dy, cache)
        return np.concatenate([dx, dx_dot]), added(more, grads)


def check_unrolled(
    D: Layer, loss: Loss, d_optimizer: Optimizer, steps: int, penalties: tuple = (), *, second_order: bool = True
) -> None:
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
    for name, layer in D.leaves():
        linear = type(layer).double_backward is not Layer.double_backward and not hasattr(layer, "rng")
        if not (type(layer) in (*BILINEAR, MaxoutDense) or (linear and not layer.params)):
            raise ValueError(f"unrolling goes back through D's layers and can do so for Dense, Conv2D, Conv2DTranspose "
                             f"and layers without parameters or chance that are linear piece by piece; layer {name!r} "
                             f"is {type(layer).__name__}")  # fmt: skip
