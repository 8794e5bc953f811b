"""The bound of a variational autoencoder: its gradients against differences, its value against integrals that are known
or computed on a grid, and its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import Conv2D, Dense, Flatten, Reshape, Sequential, Tanh
from minigan.models.variants import without_tanh
from minigan.vae import (
    Bernoulli,
    Gaussian,
    Likelihood,
    Sigma,
    code_of,
    elbo_gradients,
    importance_bound,
    kl,
    kl_backward,
    log_mean_exp,
    paid,
    reparameterise,
    reparameterise_backward,
)

sizes = st.integers(1, 4)


def agree(analytic, f, array):
    numeric = numeric_gradient(f, array)
    assert analytic.shape == array.shape
    assert relative_error(analytic, numeric.gradient)[numeric.smooth].max(initial=0) <= 1e-6


@given(N=sizes, Z=sizes, seed=st.integers(0, 99))
def test_gradients_of_the_code(N, Z, seed):
    mu, log_var, eps, weight = np.random.default_rng(seed).standard_normal((4, N, Z))
    for array, analytic in zip((mu, log_var), reparameterise_backward(weight, log_var, eps), strict=True):
        agree(analytic, lambda: (weight * reparameterise(mu, log_var, eps)).sum(), array)
    for array, analytic in zip((mu, log_var), kl_backward(mu, log_var), strict=True):
        agree(analytic, lambda: kl(mu, log_var).sum(), array)


@given(shape=st.lists(sizes, min_size=2, max_size=4), seed=st.integers(0, 99), kind=st.sampled_from(["b", "g", "s"]))
def test_gradients_of_the_likelihoods(shape, seed, kind):
    rng = np.random.default_rng(seed)
    x, y, layer = rng.uniform(-1, 1, shape), 2 * rng.standard_normal(shape), Sigma(0.7).astype(np.float64)
    likelihood = {"b": Bernoulli(), "g": Gaussian(0.3), "s": Gaussian(layer)}[kind]
    nll, dy = likelihood.loss(x, y)
    assert nll.shape == (shape[0],)
    agree(dy, lambda: likelihood.loss(x, y)[0].sum(), y)
    grads = likelihood.grads(x, y)
    assert grads.keys() == ({"sigma.log_sigma"} if kind == "s" else set())
    for grad in grads.values():
        agree(grad, lambda: likelihood.loss(x, y)[0].sum(), layer.params["log_sigma"])


def networks(rng, z_dim=2, image=(3, 2, 1), sigma=False):
    """A decoder with a Tanh before its Reshape, and an encoder, float64."""
    d = int(np.prod(image))
    more = [("sigma", Sigma(0.6))] if sigma else []
    G = Sequential(("hidden", Dense(z_dim, 5, slope=0.2, rng=rng)), ("output", Dense(5, d, rng=rng)), ("tanh", Tanh()),
                   ("reshape", Reshape(*image)), *more)  # fmt: skip
    E = Sequential(Conv2D(image[2], 2, 3, slope=0.2, rng=rng), Flatten(), Dense(2 * d // image[2], 2 * z_dim, rng=rng))
    return G.astype(np.float64), E.astype(np.float64)


def likelihood_of(kind, G):
    return {"bernoulli": Bernoulli, "fixed": lambda: Gaussian(0.4), "learnt": lambda: Gaussian(G.layers["sigma"])}[
        kind
    ]()


@pytest.mark.parametrize("kind", ["bernoulli", "fixed", "learnt"])
@settings(max_examples=4)
@given(N=st.integers(1, 3), z_dim=st.integers(1, 3), beta=st.sampled_from([1.0, 0.0, 4.0]),
       free_bits=st.sampled_from([0.0, 0.3, 5.0]), seed=st.integers(0, 99))  # fmt: skip
def test_gradients_of_the_whole_loss(kind, N, z_dim, beta, free_bits, seed):
    rng = np.random.default_rng(seed)
    G, E = networks(rng, z_dim, sigma=kind == "learnt")
    likelihood = likelihood_of(kind, G)
    decoder, x, eps = likelihood.decoder(G), rng.uniform(-1, 1, (N, 3, 2, 1)), rng.standard_normal((N, z_dim))

    def step():
        return elbo_gradients(decoder, E, likelihood, x, eps, beta=beta, free_bits=free_bits)

    _, g_grads, e_grads = step()
    for network, grads in ((G, g_grads), (E, e_grads)):
        assert grads.keys() == dict(network.params).keys()
        for key, array in network.params.items():
            agree(grads[key], lambda: step()[0].loss, array)


def test_the_parts_of_the_loss(rng):
    G, E = networks(rng)
    x, eps, likelihood = rng.uniform(-1, 1, (5, 3, 2, 1)), rng.standard_normal((5, 2)), Bernoulli()
    decoder = likelihood.decoder(G)
    plain = elbo_gradients(decoder, E, likelihood, x, eps)[0]
    assert plain.loss == pytest.approx(plain.reconstruction + plain.kl) and plain.kl > 0
    assert elbo_gradients(decoder, E, likelihood, x, eps, beta=3.0)[0].loss == pytest.approx(
        plain.reconstruction + 3 * plain.kl
    )
    none = elbo_gradients(decoder, E, likelihood, x, eps, beta=0.0)
    assert none[0].loss == plain.reconstruction
    # a floor above all KLs is paid in full, and has no gradient: as with beta 0
    floor = elbo_gradients(decoder, E, likelihood, x, eps, free_bits=50.0)
    assert floor[0].loss == pytest.approx(plain.reconstruction + 2 * 50) and floor[0].kl == plain.kl
    assert all(np.array_equal(floor[2][key], none[2][key]) for key in E.params)


def test_free_bits_are_for_each_number_over_the_batch():
    each = np.array([[0.0, 3.0], [0.2, 1.0]])  # means 0.1 and 2
    assert paid(each, 0.0) == (pytest.approx(2.1), pytest.approx([1, 1]))
    value, above = paid(each, 0.5)
    assert value == pytest.approx(2.5) and above.tolist() == [0, 1]


def test_pixels_as_probabilities():
    x, p = np.array([[1.0, -1.0, 0.0]]), np.array([[0.8, 0.3, 0.5]])
    nll, dy = Bernoulli().loss(x, np.arctanh(2 * p - 1))
    assert nll == pytest.approx(-np.log(0.8) - np.log(0.7) - np.log(0.5)) and dy[0, 2] == pytest.approx(0)
    for dtype in (np.float32, np.float64):
        with np.errstate(over="raise", invalid="raise"):
            nll, dy = Bernoulli().loss(np.ones((1, 2), dtype), np.array([[1e4, -1e4]], dtype))
        assert nll == pytest.approx([2e4]) and nll.dtype == dy.dtype == dtype


def test_a_learnt_sigma_comes_to_rest_at_the_root_of_the_mean_square():
    x, y = np.zeros((3, 2)), np.array([[1.0, 2.0], [0.5, 1.0], [3.0, 0.0]])
    layer = Sigma(np.sqrt((y**2).mean())).astype(np.float64)
    assert Gaussian(layer).grads(x, y)["sigma.log_sigma"] == pytest.approx([0], abs=1e-6)
    layer.params["log_sigma"] += 0.1
    assert Gaussian(layer).grads(x, y)["sigma.log_sigma"][0] > 0


# --- Against integrals ------------------------------------------------------------------------------------------------


def log_p(G, likelihood, x, reach=12.0, n=6001):
    """log of the integral of p(x|z) N(z; 0, 1) dz for one number z, on a grid -> (N,)."""
    z = np.linspace(-reach, reach, n)[:, None]
    y = G.apply(z, training=False)[0]
    found = []
    for one in x:
        logs = -likelihood.loss(np.repeat(one[None], n, axis=0), y)[0] - z[:, 0] ** 2 / 2 - np.log(2 * np.pi) / 2
        found.append(log_mean_exp(logs[:, None])[0] + np.log(2 * reach * n / (n - 1)))
    return np.array(found)


def elbo(G, E, likelihood, x, nodes=60):
    """The ELBO of each sample, (N,), with the mean over eps by Gauss-Hermite quadrature."""
    eps, weights = np.polynomial.hermite_e.hermegauss(nodes)
    values = [[elbo_gradients(G, E, likelihood, one[None], np.array([[e]]))[0].loss for e in eps] for one in x]
    return -np.array(values) @ weights / weights.sum()


@pytest.mark.parametrize("kind", ["bernoulli", "fixed"])
@pytest.mark.parametrize("seed", range(3))
def test_the_bounds_are_below_log_p_and_rise_towards_it(kind, seed):
    rng = np.random.default_rng(seed)
    G, E = networks(rng, z_dim=1)
    likelihood = likelihood_of(kind, G)
    decoder, x = likelihood.decoder(G), rng.uniform(-1, 1, (3, 3, 2, 1))
    E.params["dense1.w"] *= 0.3
    exact, plain = log_p(decoder, likelihood, x), elbo(decoder, E, likelihood, x)
    assert (plain < exact - 1e-3).all()  # this encoder is not the posterior
    before, times = None, 400
    many = np.repeat(x, times, axis=0)
    for K in (1, 8, 64):
        found = importance_bound(decoder, E, likelihood, many, K, rng).reshape(3, times)
        mean, error = found.mean(axis=1), found.std(axis=1) / np.sqrt(times)
        assert (mean <= exact + 5 * error).all()
        if before is None:
            assert (abs(mean - plain) <= 5 * error).all()  # one draw: the ELBO
        else:
            assert (mean > before - 5 * error).all() and mean.mean() > before.mean()
        before = mean
    assert exact - mean == pytest.approx(0, abs=0.3 * (exact - plain).max())


def test_with_the_exact_posterior_the_bound_is_log_p_itself(rng):
    """x = a z + b + s * noise: all is normal, and the posterior of z is known (Bishop 2006, section 2.3.3)."""
    a, b, s = rng.standard_normal((1, 3)), rng.standard_normal(3), 0.4
    G, E = Sequential(Dense(1, 3)).astype(np.float64), Sequential(Dense(3, 2)).astype(np.float64)
    variance = 1 / (1 + (a @ a.T).item() / s**2)
    G.params["dense1.w"][...], G.params["dense1.b"][...] = a, b
    weights = variance * a[0] / s**2
    E.params["dense1.w"][...] = np.stack([weights, np.zeros(3)], axis=1)
    E.params["dense1.b"][...] = -weights @ b, np.log(variance)
    x = 2 * rng.standard_normal((4, 3))
    covariance = a.T @ a + s**2 * np.eye(3)
    away = x - b
    square = (away @ np.linalg.inv(covariance) * away).sum(axis=1)
    exact = -(square + np.linalg.slogdet(covariance)[1] + 3 * np.log(2 * np.pi)) / 2
    assert log_p(G, Gaussian(s), x) == pytest.approx(exact, abs=1e-6)
    assert elbo(G, E, Gaussian(s), x) == pytest.approx(exact, abs=1e-9)
    for K in (1, 5):  # each draw alone gives log p(x): p(x, z) / q(z|x) = p(x) for all z
        for batch in (1, 3, 512):  # the parts that it is computed in
            assert importance_bound(G, E, Gaussian(s), x, K, rng, batch=batch) == pytest.approx(exact, abs=1e-9)


def test_the_mean_of_exponentials_does_not_overflow():
    assert log_mean_exp(np.array([[-2000.0], [-2000.0 + np.log(3)]])) == pytest.approx(-2000 + np.log(2))
    assert log_mean_exp(np.array([[2000.0, 0.0]])) == pytest.approx([2000, 0])


# --- Wrong inputs -----------------------------------------------------------------------------------------------------


def test_wrong_inputs_are_refused(rng):
    G, E = networks(rng)
    x = rng.uniform(-1, 1, (2, 3, 2, 1))
    with pytest.raises(ValueError, match=r"expected to give \(N, 2 Z\) numbers, .* got shape \(2, 3\)"):
        code_of(np.zeros((2, 3)))
    for likelihood in (Bernoulli(), Gaussian(1.0)):
        with pytest.raises(ValueError, match=r"samples have shape \(2, 4\), the decoder draws \(2, 3\)"):
            likelihood.loss(np.zeros((2, 4)), np.zeros((2, 3)))
    for bad in (0, -1.0, np.nan):
        with pytest.raises(ValueError, match="sigma, the standard deviation of .*, must be a finite number above 0"):
            Gaussian(bad)
    with pytest.raises(ValueError, match="K, the draws for each sample, must be a whole number of at least 1"):
        importance_bound(G, E, Gaussian(1.0), x, 0, rng)
    with pytest.raises(ValueError, match="expected a generator that ends in Tanh, got one that ends in Dense"):
        Bernoulli().decoder(Sequential(Dense(2, 3)))
    with pytest.raises(NotImplementedError, match="Likelihood must write loss"):
        Likelihood().loss(x, x)


def test_the_network_before_the_tanh_shares_all_layers(rng):
    G, _ = networks(rng)
    decoder, z = without_tanh(G), rng.standard_normal((3, 2))
    assert np.tanh(decoder.apply(z)[0]) == pytest.approx(G.apply(z)[0])
    assert all(decoder.params[key] is array for key, array in G.params.items())
    assert dict(decoder.params).keys() == dict(G.params).keys()


def test_the_layer_of_the_deviation_hands_on_what_it_is_given():
    layer, x = Sigma(0.25), np.arange(6.0).reshape(2, 3)
    y, cache = layer.forward(x)
    dx, grads = layer.backward(2 * x, cache)
    assert np.array_equal(y, x) and np.array_equal(dx, 2 * x) and grads["log_sigma"] == [0]
    assert Gaussian(layer).sigma == pytest.approx(0.25)
