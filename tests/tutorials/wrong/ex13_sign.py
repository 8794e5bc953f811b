# hint: which way round is the difference


def transform_data(d):
    d0, d1, d2, d3 = np.moveaxis(d, -1, 0)
    return np.stack([d0 - d2, d1 + d2, d1 - d2, d1 - d3], axis=-1)
