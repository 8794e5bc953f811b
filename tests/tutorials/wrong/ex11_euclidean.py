# hint: or a root of squares?


def closeness(M):
    distance = np.sqrt(((M[:, None] - M[None]) ** 2).sum(axis=2))  # (i, j, b)
    return np.exp(-distance).sum(axis=1) - 1  # without j = i, which adds exp(0)
