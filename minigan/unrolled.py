"""The unrolled game: G's loss is computed with the D of K steps ahead (Metz et al. 2017, arXiv:1611.02163).

If G draws only the one image that D scores highest, G's loss is low now, but D's next steps learn to reject this image.
So copy D, train the copy for K steps, and compute G's loss with the copy. Equation numbers are those of the paper:

    theta_0 = D's parameters,    theta_k+1 = theta_k - lr g(theta_k)     with g = d L_D / d theta                 (6, 7)
    G minimises  f_K = L_G(D_theta_K)                                                                             (9)

D's own step is the usual one (11), and K = 0 is the usual game. The gradient has two summands:

    d f_K     part f_K     part f_K     d theta_K
    -----  =  --------  +  -------- * -------------                                                               (12)
    d G        part G    part theta_K    d G

The first summand treats theta_K as a constant: it is `g_step` against the D ahead, as with k steps of D for each step
of G. The second summand says how D's K steps change when G's images change. Unrolling helps because of it (section
2.4), and the paper's experiments use it: they differentiate through the optimizer's steps (section 2.3), with Adam
(section 2.2). So does this file, exactly, for Adam and SGD. `second_order=False` leaves out the second summand: this is
Goodfellow's k steps of D, with D put back afterwards, and not the unrolled GAN.

The images X = G(z) are the same in all K steps, and so are the real ones, as in the paper's experiments ("we use fixed
minibatches", section 3; new ones for each step made no significant difference). f_K depends on G only through X. So one
forward and one backward pass of G are enough.

The second summand is computed from the last step to the first. Let dp = d f_K / d theta_k+1 be known (at first, part
f_K / part theta_K). Step k had the gradient g = g(theta_k, X), and the optimizer changed theta with it. Let
a = d f_K / d g. This is -lr dp for SGD; for Adam see `back_through_adam`. Then

    d f_K / d theta_k  =  dp  +  (d g / d theta)^T a  =  dp + R{ d L_D / d theta }
    d f_K / d X       +=         (d g / d X)^T a      =       R{ d L_D / d X }

R{y} is the derivative of y(theta + e a) with respect to e at e = 0: how fast y changes when theta moves in the
direction a. Second derivatives can be taken in either order. So the derivative of (a . dL/dtheta) with respect to X is
R{dL/dX} (Pearlmutter 1994, "Fast exact multiplication by the Hessian"). One forward and one backward pass through the
network compute both: see `Moving`.
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
LOGISTIC = (Minimax, NonSaturating)  # losses in which D maximises log-probabilities


class Unrolled(Gan):
    """The game in which G's step uses the D that is `steps` steps ahead, at least 1.

    G's step does not change D and its optimizer in any bit. `terms` are computed with the D ahead. Their gradient
    treats that D as a constant: it has the first summand of (12), without the second.
    second_order: whether G's loss gets the second summand of (12). Other arguments: see `Gan`.
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
        """As `Gan.g_gradients`, with the D that is `steps` steps ahead."""
        check_batches(real.x, fake.x)
        loss = self.loss.about(real.given)
        ahead, moves = look_ahead(self.D, loss, self.d_optimizer, real, fake, self.steps)
        terms = (*self.terms, Answer(loss, moves)) if self.second_order else self.terms
        step, grads, term_grads = self.rules.g_gradients(self.G, ahead, loss, fake, real=real, terms=terms)
        return step, grads, term_grads[: len(self.terms)]


def unrolled_g_step(
    G: Layer, D: Layer, loss: Loss, g_optimizer: Optimizer, d_optimizer: Optimizer, z: np.ndarray, *, real: np.ndarray,
    steps: int, second_order: bool = True, terms: tuple = (),
) -> GStep:  # fmt: skip
    """`minigan.gan.g_step` against the D that is `steps` steps ahead. real: the real images of all these steps, or a
    Batch with what is given with them."""
    options = {"steps": steps, "second_order": second_order, "terms": terms}
    game = Unrolled(G, D, loss, g_optimizer, d_optimizer, None, **options)
    real = as_batch(real)
    return game.g_step(real, draw(G, z, real.given))


class Move(NamedTuple):
    """One step of a copy of D: D before the step, the gradients of the step, the optimizer after it."""

    D_before: Layer
    grads: dict
    optimizer: Optimizer


def look_ahead(
    D: Layer, loss: Loss, d_optimizer: Optimizer, real: Batch, fake: Batch, steps: int
) -> tuple[Layer, list[Move]]:
    """`steps` steps of a copy of D on the same two batches -> the D after them, and the Moves. D does not change."""
    real, fake = as_batch(real), as_batch(fake)
    ahead, optimizer, moves = D, d_optimizer, []
    for _ in range(steps):
        D_before = ahead
        ahead, optimizer = copy.deepcopy((ahead, optimizer))  # in one call: the copied optimizer holds the copied D
        (real_logits, fake_logits), caches = judge(ahead, real, fake)
        _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
        grads = judge_backward(ahead, d_real, d_fake, caches)
        optimizer.step(grads)
        moves.append(Move(D_before, grads, optimizer))
    return ahead, moves


class Answer(Term):
    """The second summand of (12), as a `Term`: how D's K steps answer a change of G's images."""

    def __init__(self, loss: Loss, moves: list[Move]) -> None:
        self.loss, self.moves = loss, moves

    def __call__(self, ahead: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """Returns three things: the part of f_K that `loss.generator` leaves out (0 for NonSaturating); the second
        summand of (12) with respect to the images, shape of fake.x; {} because it has no network of its own."""
        value, dtheta = objective_dtheta(self.loss, ahead, real, fake)
        d_images, carried = np.zeros_like(fake.x), {}
        for D_before, grads, optimizer in reversed(self.moves):
            back = BACK[type(optimizer)]
            direction = {}
            for key, g in grads.items():
                dm_dv = carried.get(key, (0.0, 0.0))  # dm, dv = 0 after the last step
                direction[key], carried[key] = back(optimizer, key, g, dtheta[key], dm_dv)
            more_dtheta, more_d_images = response(D_before, self.loss, real, fake, direction)
            dtheta, d_images = added(dtheta, more_dtheta), d_images + more_d_images
        return value, d_images, {}


def objective_dtheta(loss: Loss, D: Layer, real: Batch, fake: Batch) -> tuple[float, dict]:
    """Returns the part of f_K that `loss.generator` leaves out, and df_K/dtheta_K (a dict). D: the D ahead.

    In `Minimax` both players share one value, f = E[log D(x)] + E[log(1 - D(G(z)))] = -L_D. G's loss omits E[log D(x)],
    because it does not contain G. Here it counts: D has the parameters theta_K, and these depend on G.
    """
    if type(loss) is Minimax:
        (real_logits, fake_logits), caches = judge(D, real, fake)
        value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
        omitted = -value - loss.generator(fake_logits)[0]  # f - L_G = E[log D(x)]
        return omitted, judge_backward(D, -d_real, -d_fake, caches)
    logits, cache = D.apply(fake.x, training=True, given=fake.given)
    return 0.0, D.param_grads(loss.generator(logits)[1], cache)


def back_through_sgd(
    optimizer: Optimizer, key: str, g: np.ndarray, dp: np.ndarray, carried: tuple
) -> tuple[np.ndarray, tuple]:
    """p <- p - lr g: with dp = d f / d p after the step, d f / d g = -lr dp. Nothing is carried from step to step."""
    return -optimizer.lr * dp, carried


def back_through_adam(
    optimizer: Optimizer, key: str, g: np.ndarray, dp: np.ndarray, carried: tuple
) -> tuple[np.ndarray, tuple]:
    """The lines of `minigan.optim.Adam` from the last to the first. optimizer: after step t; dp = d f / d p after it.

    With root = sqrt(vhat), and carried = (dm, dv) = (d f / d m, d f / d v), from step t + 1:
        dm <- dm - lr dp / ((root + eps) (1 - beta1^t))
        dv <- dv + lr dp mhat / (root + eps)^2 / (2 root (1 - beta2^t))        (0 where root = 0: there v = 0, so g = 0)
        d f / d g = (1 - beta1) dm + (1 - beta2) 2 g dv
    Returns d f / d g, and (beta1 dm, beta2 dv) for step t - 1.
    """
    dm, dv = carried
    lr, beta1, beta2, t = optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.steps[key]
    correct_m, correct_v = 1 - beta1**t, 1 - beta2**t
    mhat, root = optimizer.state["m"][key] / correct_m, np.sqrt(optimizer.state["v"][key] / correct_v)
    denominator = root + optimizer.eps
    dm = dm - lr * dp / (denominator * correct_m)
    droot = lr * dp * mhat / denominator**2
    dv = dv + np.divide(droot, 2 * root * correct_v, out=np.zeros_like(root), where=root > 0)
    return (1 - beta1) * dm + (1 - beta2) * 2 * g * dv, (beta1 * dm, beta2 * dv)


BACK = {SGD: back_through_sgd, Adam: back_through_adam}


def response(D: Layer, loss: Loss, real: Batch, fake: Batch, direction: dict) -> tuple[dict, np.ndarray]:
    """R{d L_D / d theta} (a dict) and R{d L_D / d fake}, where D's parameters move in `direction` (a dict).

    For one logit s of N, L_D'' = sigmoid(s) sigmoid(-s) / N in both losses, with or without smoothing.
    """
    in_one_pass, moving = as_one(D, real), moving_network(D, direction)
    passes = [through(moving, batch) for batch in ([joined(real, fake)] if in_one_pass else [real, fake])]
    logits = np.split(passes[0][0], [len(real) // D.pack_size]) if in_one_pass else [s for s, _, _ in passes]
    dlogits = loss.discriminator(*logits)[1:]
    curvatures = [(sigmoid(s) * sigmoid(-s) / len(s)).astype(s.dtype) for s in logits]
    if in_one_pass:
        dlogits, curvatures = [np.concatenate(dlogits)], [np.concatenate(curvatures)]
    grads = {}
    for (_, logits_dot, cache), ds, curvature in zip(passes, dlogits, curvatures, strict=True):
        dx_and_dot, grads_dot = moving.backward(np.concatenate([ds, curvature * logits_dot]), cache)
        grads = added({key: grads_dot[moving_key] for moving_key, key in moving_keys(moving)}, grads)
    _, dx_dot = np.split(dx_and_dot, 2)  # of the last pass: real and fake images, or fake ones only; the fake come last
    return grads, dx_dot[-len(fake) :]


def through(moving: Layer, batch: Batch) -> tuple[np.ndarray, np.ndarray, Any]:
    """A batch through a moving network -> the logits s, R{s}, the cache. R{x} = 0 for the images."""
    given = {name: np.concatenate([c, c]) if of_samples(c) else c for name, c in batch.given.items()}
    s_and_dot, cache = moving.apply(np.concatenate([batch.x, np.zeros_like(batch.x)]), training=True, given=given)
    return *np.split(s_and_dot, 2), cache


def moving_network(D: Layer, direction: dict) -> Layer:
    """D with a `Moving` in the place of each layer, for parameters that move in `direction` (a dict).

    A Dense or convolution with a slope becomes two layers: the same without slope, then LeakyReLU. A MaxoutDense
    becomes Dense, then Maxout.
    """

    def change(name: str, layer: Layer) -> list:
        last_name = name.rpartition(".")[2] or "layer"
        direction_of_layer = {key: direction[joined_name(name, key)] for key in layer.params}
        if isinstance(layer, MaxoutDense):
            layer, *rest = layer.apart()
        elif isinstance(layer, BILINEAR) and layer.slope != 1:
            layer, rest = copy.copy(layer), [LeakyReLU(layer.slope)]
            layer.slope = 1.0
        else:
            rest = []
        first = (last_name, Moving(layer, direction_of_layer, name))
        # the space: no layer of D is likely to have this name
        return [first, *((f"{last_name} activation", Moving(activation, {}, name)) for activation in rest)]

    changed = D.rebuilt(change)
    return changed if isinstance(changed, Layer) else Sequential(*changed)


def moving_keys(moving: Layer) -> list[tuple[str, str]]:
    """Pairs (key in the moving network, key in D), one for each parameter. The keys differ inside a Sum or Concat:
    there the new layers are wrapped in a Sequential, which adds a name."""
    return [
        (joined_name(at, key), joined_name(layer.name, key)) for at, layer in moving.leaves() for key in layer.params
    ]


class Moving(Layer):
    """A layer that also computes R of its results, for parameters w that move in the direction V.

    x_dot is R{x}. x and x_dot are stacked in one batch (2N, ...), x first; y, dy and dx likewise. From y = x w + b and
    its backward pass (a convolution is such a product, too),

        y      = x w + b                     y_dot  = x_dot w + (x V + b_V)
        dx     = dy w^T                      dx_dot = dy_dot w^T + dy V^T
        dw     = x^T dy                      dw_dot = x_dot^T dy + x^T dy_dot

    The layer's own methods compute each product:

        x_dot w,  x_dot^T dy         layer.double_backward(x_dot, dy)
        dy_dot w^T,  x^T dy_dot      layer.backward(dy_dot)
        x V + b_V,  dy V^T           forward and backward of the same layer with the parameters V

    A piecewise linear layer without parameters has no products with V. The gradients that backward returns are dw_dot.
    direction: V, a dict with the keys of the layer's params. name: the layer's name in D.
    """

    def __init__(self, layer: Layer, direction: dict, name: str) -> None:
        self.layer, self.name, self.layer_with_V = layer, name, None
        if direction:
            self.layer_with_V = copy.copy(layer)
            self.layer_with_V.params = direction

    @property
    def params(self) -> dict[str, np.ndarray]:
        return self.layer.params

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        x, x_dot = np.split(x, 2)
        if given:
            given = {name: c[: len(x)] if of_samples(c) else c for name, c in given.items()}
        y, cache = self.layer.apply(x, training, given)
        y_dot, _ = self.layer.double_backward(x_dot, np.zeros_like(y), cache)
        cache_with_V = None
        if self.layer_with_V is not None:
            x_V, cache_with_V = self.layer_with_V.apply(x, training, given)
            y_dot = y_dot + x_V
        return np.concatenate([y, y_dot]), (x_dot, cache, cache_with_V)

    def hand_on(self, given: dict | None) -> dict | None:
        return self.layer.hand_on(given)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (dy, dy_dot), (x_dot, cache, cache_with_V) = np.split(dy, 2), cache
        dx = self.layer.input_grad(dy, cache)
        dx_dot, grads = self.layer.pull_back(dy_dot, cache)  # grads: x^T dy_dot
        if self.layer_with_V is not None:
            dx_dot = dx_dot + self.layer_with_V.input_grad(dy, cache_with_V)
        _, more_grads = self.layer.double_backward(x_dot, dy, cache)  # x_dot^T dy
        return np.concatenate([dx, dx_dot]), added(more_grads, grads)


def check_unrolled(
    D: Layer, loss: Loss, d_optimizer: Optimizer, steps: int, penalties: tuple = (), *, second_order: bool = True
) -> None:
    """Raise ValueError if this D, loss or optimizer cannot be unrolled."""
    whole("unroll, the steps of D that G looks ahead,", steps)
    if penalties:
        raise ValueError("unrolling does not support penalties of D; remove penalties=..., or use Gan in place of "
                         "Unrolled")  # fmt: skip
    if any(d_optimizer.params[key] is not p for key, p in D.params.items()):
        raise ValueError("unrolling expected D's optimizer, made with D.params; this one updates other arrays")
    if not second_order:
        return
    if type(loss) not in LOGISTIC:
        raise ValueError(f"unrolling with second_order=True supports the losses Minimax and NonSaturating, got "
                         f"{type(loss).__name__}")  # fmt: skip
    if type(d_optimizer) not in BACK:
        raise ValueError(f"unrolling with second_order=True supports the optimizers Adam and SGD (not wrapped in "
                         f"Clipped), got {type(d_optimizer).__name__}")  # fmt: skip
    for name, layer in D.linear_parts():
        linear = type(layer).double_backward is not Layer.double_backward and not hasattr(layer, "rng")
        if not (type(layer) in (*BILINEAR, MaxoutDense) or (linear and not layer.params)):
            raise ValueError(f"unrolling with second_order=True supports the layers Dense, Conv2D, Conv2DTranspose, "
                             f"MaxoutDense, and piecewise linear layers that have no parameters and draw no random "
                             f"numbers; layer {name!r} is {type(layer).__name__}")  # fmt: skip
