# hint: a flipped filter


def filtered(x, g):
    tiles = np.stack([x[k : k + 4] for k in range(0, len(x) - 2, 2)])
    return transform_back(transform_data(tiles) * transform_filter(g[::-1])).reshape(-1)
