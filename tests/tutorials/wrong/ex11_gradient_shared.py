# hint: get the mean of several gradients, or its own?


def unpack(dy, m):
    packs, width = dy.shape
    return np.repeat(dy.reshape(packs, m, -1).mean(axis=1), m, axis=0)
