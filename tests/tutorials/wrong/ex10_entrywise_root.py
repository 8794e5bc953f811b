# hint: the root of each entry


def square_root(S):
    return np.sqrt(np.maximum(S, 0))


def frechet_distance(m1, S1, m2, S2):
    inner = S1 @ S2
    covariances = np.trace(S1) + np.trace(S2) - 2 * np.trace(square_root(inner))
    return float(np.sum((m1 - m2) ** 2) + covariances)
