# hint: divided by 2


def transform_filter(g):
    g0, g1, g2 = g
    return np.stack([g0, g0 + g1 + g2, g0 - g1 + g2, g2])
