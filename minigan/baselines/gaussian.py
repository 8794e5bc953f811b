"""The Gaussian whose covariance has low rank and a diagonal: PCA and factor analysis are both of this kind.

    x = mean + W z + noise,   z ~ N(0, I_q),   noise ~ N(0, diag(psi))     =>   x ~ N(mean, W W^T + diag(psi))

Write y = x - mean, P = diag(1 / psi), and M = I_q + W^T P W, a q x q matrix. The Woodbury identity and the matrix
determinant lemma need no d x d matrix:

    y^T (W W^T + diag(psi))^-1 y = y^T P y - (W^T P y)^T M^-1 (W^T P y)
    log |W W^T + diag(psi)|      = log |M| + sum of log psi

This takes O(d q^2) once and O(d q) for each sample. The dense formula takes O(d^3) and O(d^2).
"""

import numpy as np

LOG_2PI = float(np.log(2 * np.pi))


def low_rank_log_density(y: np.ndarray, W: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """log N(y; 0, W W^T + diag(psi)) of each row of y (N, d): (N,). W (d, q), psi (d,)."""
    d, q = W.shape
    PW = W / psi[:, None]
    M = np.eye(q) + W.T @ PW
    L = np.linalg.cholesky(M)  # M = L L^T, so v^T M^-1 v = |L^-1 v|^2
    v = np.linalg.solve(L, (y @ PW).T)
    distances = np.einsum("nd,nd,d->n", y, y, 1 / psi) - np.einsum("qn,qn->n", v, v)
    log_determinant = 2 * np.log(np.diag(L)).sum() + np.log(psi).sum()
    return -0.5 * (d * LOG_2PI + log_determinant + distances)


def latent_mean(y: np.ndarray, W: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The posterior of z for each row of y (N, d): its means M^-1 W^T P y, (N, q), and the covariance M^-1 (q, q),
    which is the same for all."""
    PW = W / psi[:, None]
    covariance = np.linalg.inv(np.eye(W.shape[1]) + W.T @ PW)
    return y @ PW @ covariance, covariance


def low_rank_draw(n: int, W: np.ndarray, psi: np.ndarray, rng: np.random.Generator, noise: float = 1.0) -> np.ndarray:
    """n rows (n, d) of W z + noise * sqrt(psi) * e. noise: 1 for the model; 0 for its mean given z."""
    d, q = W.shape
    x = rng.standard_normal((n, q)) @ W.T
    return x + noise * np.sqrt(psi) * rng.standard_normal((n, d)) if noise else x


def closed_form(variances: np.ndarray, directions: np.ndarray, q: int, floor: float) -> tuple[np.ndarray, float]:
    """The most likely W (d, q) and noise variance (Tipping & Bishop 1999, eq. 7 and 8): see `pca.py`.

    variances (r,), largest first, directions (r, d): eigenvalues and eigenvectors of the covariance, of which those
    that are not there are 0. floor: the least noise variance.
    """
    d = directions.shape[1]
    noise = max(float(variances[q:].sum()) / (d - q), floor)
    scales = np.zeros(q)
    scales[: len(variances)] = np.sqrt(np.maximum(variances[:q] - noise, 0))
    W = np.zeros((d, q))
    W[:, : len(directions)] = directions[:q].T
    return W * scales, noise
