# hint: which samples are in your first pack?


def pack(x, m):
    N, C = x.shape
    return np.moveaxis(x.reshape(m, N // m, C), 0, 1).reshape(N // m, m * C)
