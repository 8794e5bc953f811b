"""The variational autoencoder: Kingma & Welling 2014 (arXiv:1312.6114), every gradient by hand.

An encoder E reads a sample x and says where its code z lies: a normal distribution q(z|x) with a mean mu and a log
variance for each number of z. A decoder G reads z and says what x is: a distribution p(x|z). Both learn one number, a
lower bound of log p(x) (their equation 3, the ELBO), here with its sign turned, to be minimised, in nats per sample:

    loss = E over z of [-log p(x|z)]  +  beta * KL(q(z|x) || N(0, 1))        reconstruction + KL; beta = 1 in the paper

z is drawn as  z = mu + exp(log_var / 2) * eps,  eps from N(0, 1), so that the gradient passes through z to mu and
log_var (section 2.4; one draw for each sample). With dz = d(-log p(x|z))/dz, which G's backward gives, and the KL of
each number j of z (appendix B),

    KL_j = (mu_j^2 + exp(log_var_j) - 1 - log_var_j) / 2

    d loss / d mu_j       =  dz_j                                     +  beta * mu_j
    d loss / d log_var_j  =  dz_j * eps_j * exp(log_var_j / 2) / 2    +  beta * (exp(log_var_j) - 1) / 2

The gradient of G's parameters is that of the reconstruction: G takes no part in the KL.

beta above 1 pays for fewer, more separate numbers (Higgins et al. 2017, beta-VAE). With `free_bits` each number of z
may say that much for nothing: max(free_bits, mean over the batch of KL_j) takes the place of KL_j, and where it is the
floor, KL_j has no gradient (Kingma et al. 2016, arXiv:1606.04934, section C.8, a group for each number).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from minigan.checks import at_least_0, positive, whole
from minigan.layers import Layer
from minigan.losses import sigmoid, softplus
from minigan.models.variants import without_tanh

LOG_2_PI = float(np.log(2 * np.pi))


class VaeStep(NamedTuple):
    """The numbers of one step, in nats per sample: the loss, and its parts without beta and without free bits."""

    loss: float
    reconstruction: float
    kl: float


# --- What x is, given z: the likelihoods ------------------------------------------------------------------------------


class Likelihood:
    """p(x|z). A subclass writes `loss`, and what is special of it."""

    def decoder(self, G: Layer) -> Layer:
        """The network whose output y `loss` takes: G, or G up to some layer. It shares G's layers and their names."""
        return G

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x, y (N, ...) -> -log p(x|z), summed over the numbers of each sample, (N,), in nats; and its gradient by y,
        (N, ...)."""
        raise NotImplementedError(f"{type(self).__name__} must write loss(self, x, y)")

    def grads(self, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        """The gradients of the sum of all losses by the parameters of this distribution itself, under the names that
        they have in G; most have none."""
        return {}


class Bernoulli(Likelihood):
    """Each pixel is a probability: t = (x + 1) / 2 of x in [-1, 1], as is p = (1 + tanh a) / 2 = sigmoid(2 a) of what
    G draws. y = a is what G's last Tanh takes: from logits l = 2 a the loss is finite for any a.

        -log p(x|z) = sum of  softplus(l) - t l         d/da = 2 (sigmoid(l) - t)

    (appendix C.1, the Bernoulli MLP; the pixels need not be 0 or 1.) Its least value is not 0 but the entropy of the
    grey pixels: a pixel of 0.5 costs at least log 2.
    """

    def decoder(self, G: Layer) -> Layer:
        """G up to its Tanh. Raises ValueError for a G that does not end in one."""
        return without_tanh(G)

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        check_same_shape(x, y)
        t, logits = (x + 1) / 2, 2 * y
        return summed(softplus(logits) - t * logits), 2 * (sigmoid(logits) - t)


class Gaussian(Likelihood):
    """Each number is normal around y, all with the same standard deviation sigma, d numbers in a sample:

        -log p(x|z) = sum of  (x - y)^2 / (2 sigma^2)  +  d (log sigma + log(2 pi) / 2)       d/dy = (y - x) / sigma^2

    sigma: a number, then fixed; or a `Sigma`, the layer at G's end that learns it:

        d/d log sigma = d - sum of (x - y)^2 / sigma^2

    so that sigma^2 becomes the mean squared error (Rybkin et al. 2021, arXiv:2006.13202). A fixed sigma only weighs
    reconstruction against KL: half the sigma is a quarter of the beta.
    """

    def __init__(self, sigma: "float | Sigma" = 1.0) -> None:
        self.learnt = sigma if isinstance(sigma, Sigma) else None
        self.fixed = None if self.learnt else float(positive("sigma, the standard deviation of p(x|z),", sigma))

    @property
    def sigma(self) -> float:
        """The standard deviation now."""
        return float(np.exp(self.learnt.params["log_sigma"][0])) if self.learnt else self.fixed

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        check_same_shape(x, y)
        d, away, precision = y[0].size, y - x, 1 / self.sigma**2
        nll = summed(away * away) * (precision / 2) + d * (np.log(self.sigma) + LOG_2_PI / 2)
        return nll.astype(y.dtype, copy=False), away * y.dtype.type(precision)

    def grads(self, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        if not self.learnt:
            return {}
        d_log_sigma = y.size - ((y - x) ** 2).sum() / self.sigma**2
        return {f"{Sigma.name}.log_sigma": np.array([d_log_sigma], y.dtype)}


class Sigma(Layer):
    """The standard deviation of p(x|z), learnt: a layer at the end of G that hands on what it is given, y = x, and
    holds log_sigma (1,). So it is trained, averaged and kept with G. `Gaussian.grads` has its gradient; backward's is
    0.

    It begins small, at `first`, so that the code must be used: from a sigma as wide as the data, the way is short to a
    G that always draws the mean, and z says nothing.
    """

    per_sample = True
    name = "sigma"  # in G

    def __init__(self, first: float = 0.1) -> None:
        self.params = {"log_sigma": np.full(1, np.log(positive("first, the sigma to begin with,", first)), np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        return x, self.seal(shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return dy, {"log_sigma": np.zeros_like(self.params["log_sigma"])} if param_grads else {}


# --- The code: reparameterisation and KL ------------------------------------------------------------------------------


def code_of(outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What E gives, (N, 2 Z) -> mu and log_var, (N, Z) each. Raises ValueError for another shape."""
    if outputs.ndim != 2 or outputs.shape[1] % 2:
        raise ValueError(f"the encoder expected to give (N, 2 Z) numbers, a mean and a log variance for each number of "
                         f"z, got shape {outputs.shape}; make it with recogniser(D, 2 * z_dim)")  # fmt: skip
    return np.split(outputs, 2, axis=1)


def reparameterise(mu: np.ndarray, log_var: np.ndarray, eps: np.ndarray) -> np.ndarray:
    """z = mu + sigma * eps, (N, Z), with sigma = exp(log_var / 2)."""
    return mu + np.exp(log_var / 2) * eps


def reparameterise_backward(dz: np.ndarray, log_var: np.ndarray, eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dz (N, Z) -> d_mu, d_log_var: dz, and dz * eps * d sigma / d log_var = dz * eps * sigma / 2."""
    return dz, dz * eps * np.exp(log_var / 2) / 2


def kl(mu: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL(q || N(0, 1)) of each number of z, (N, Z), in nats."""
    return (mu * mu + np.exp(log_var) - 1 - log_var) / 2


def kl_backward(mu: np.ndarray, log_var: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """d KL_j / d mu_j and d KL_j / d log_var_j, (N, Z) each."""
    return mu, (np.exp(log_var) - 1) / 2


def paid(each: np.ndarray, free_bits: float) -> tuple[float, np.ndarray]:
    """The KLs (N, Z) -> what is paid for them, sum over j of max(free_bits, mean over n of KL_nj); and for each j
    whether it is paid for, (Z,) of 0 and 1: d paid / d KL_nj = that / N."""
    means = each.mean(axis=0)
    above = means > free_bits if free_bits else np.ones(len(means), bool)  # KL_j is at least 0, but for its rounding
    return float(np.where(above, means, free_bits).sum()), above.astype(each.dtype)


# --- The step ---------------------------------------------------------------------------------------------------------


def elbo_gradients(
    G: Layer, E: Layer, likelihood: Likelihood, x: np.ndarray, eps: np.ndarray, *, beta: float = 1.0,
    free_bits: float = 0.0, given: Mapping[str, Any] | None = None,
) -> tuple[VaeStep, dict, dict]:  # fmt: skip
    """-> the loss (minus the ELBO) of a batch and its parts, and the gradients with the keys of G.params and E.params.

    G: the decoder, up to where `likelihood` takes it (`likelihood.decoder(G)`). E: the encoder, x -> (N, 2 Z).
    x: samples (N, ...). eps: standard normal (N, Z). All means are over the batch.
    """
    N = len(x)
    outputs, e_cache = E.apply(x, training=True, given=given)
    mu, log_var = code_of(outputs)
    z = reparameterise(mu, log_var, eps)
    y, g_cache = G.apply(z, training=True, given=given)

    nll, dy = likelihood.loss(x, y)
    each = kl(mu, log_var)
    price, above = paid(each, free_bits)
    step = VaeStep(float(nll.mean()) + beta * price, float(nll.mean()), float(each.sum() / N))

    dz, g_grads = G.pull_back(dy / N, g_cache)
    g_grads |= {key: grad / N for key, grad in likelihood.grads(x, y).items()}

    d_mu, d_log_var = reparameterise_backward(dz, log_var, eps)
    kl_mu, kl_log_var = kl_backward(mu, log_var)
    weight = beta * above / N
    d_outputs = np.concatenate([d_mu + weight * kl_mu, d_log_var + weight * kl_log_var], axis=1)
    return step, g_grads, E.param_grads(d_outputs.astype(outputs.dtype, copy=False), e_cache)


# --- How good is it: a tighter bound ----------------------------------------------------------------------------------


def importance_bound(
    G: Layer, E: Layer, likelihood: Likelihood, x: np.ndarray, K: int, rng: np.random.Generator, *, batch: int = 512
) -> np.ndarray:  # fmt: skip
    """A lower bound of log p(x) for each sample, (N,) float64, in nats (Burda et al. 2016, arXiv:1509.00519, eq. 8):

        log 1/K sum over k of p(x, z_k) / q(z_k|x),     z_1 ... z_K drawn from q(z|x)

    K = 1 is the ELBO; its mean over the draws rises with K, towards log p(x). G: up to where `likelihood` takes it.
    Networks run in evaluation, `batch` rows at a time; logarithms are added up in float64.
    """
    K, bounds = whole("K, the draws for each sample,", K), []
    for some in chunks(x, max(1, batch // K)):
        mu, log_var = (one.astype(np.float64) for one in code_of(E.apply(some, training=False)[0]))
        logs = np.empty((K, len(some)))
        for draws in chunks(np.arange(K), max(1, batch // len(some))):
            eps = rng.standard_normal((len(draws), *mu.shape))
            z = reparameterise(mu, log_var, eps)  # (draws, N, Z)
            y, _ = G.apply(z.reshape(-1, z.shape[2]).astype(x.dtype), training=False)
            repeated = np.tile(some, (len(draws), *[1] * (some.ndim - 1)))
            nll = likelihood.loss(repeated.astype(np.float64), y.astype(np.float64))[0].reshape(len(draws), -1)
            # log p(z) - log q(z|x): the log 2 pi of both cancel, and (z - mu) / sigma = eps
            logs[draws] = -nll + (eps**2 - z**2 + log_var).sum(axis=2) / 2
        bounds.append(log_mean_exp(logs))
    return np.concatenate(bounds)


def log_mean_exp(logs: np.ndarray) -> np.ndarray:
    """log of the mean of exp(logs) over the first axis, (K, N) -> (N,): the largest is taken out, so that no
    exponential overflows."""
    largest = logs.max(axis=0)
    return largest + np.log(np.exp(logs - largest).mean(axis=0))


def chunks(x: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """x in parts of `size` rows."""
    return (x[i : i + size] for i in range(0, len(x), size))


def summed(values: np.ndarray) -> np.ndarray:
    """(N, ...) -> the sum for each sample, (N,)."""
    return values.reshape(len(values), -1).sum(axis=1)


def check_same_shape(x: np.ndarray, y: np.ndarray) -> None:
    """Raise ValueError unless the decoder draws what the samples are."""
    if x.shape != y.shape:
        raise ValueError(f"samples have shape {x.shape}, the decoder draws {y.shape}; prepare the data to its size")


def check_weights(beta: float, free_bits: float) -> tuple[float, float]:
    """Both as floats; ValueError unless they are finite numbers of at least 0."""
    return (at_least_0("beta, the weight of the KL,", beta),
            at_least_0("free_bits, the nats that each number of z has for nothing,", free_bits))  # fmt: skip
