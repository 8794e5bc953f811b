# hint: overlap


def filtered(x, g):
    tiles = np.stack([x[k : k + 4] for k in range(0, len(x) - 2, 4)])
    return transform_back(transform_data(tiles) * transform_filter(g)).reshape(-1)
