# hint: S1 S2 is not symmetric


def frechet_distance(m1, S1, m2, S2):
    inner = (S1 @ S2).astype(np.float32)
    covariances = np.trace(S1) + np.trace(S2) - 2 * np.trace(square_root(inner))
    return float(np.sum((m1 - m2) ** 2) + covariances)
