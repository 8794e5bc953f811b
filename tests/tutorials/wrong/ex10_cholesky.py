# hint: may yours be singular


def frechet_distance(m1, S1, m2, S2):
    root = np.linalg.cholesky(S1)
    inner = root.T @ S2 @ root
    covariances = np.trace(S1) + np.trace(S2) - 2 * np.trace(square_root(inner))
    return float(np.sum((m1 - m2) ** 2) + covariances)
