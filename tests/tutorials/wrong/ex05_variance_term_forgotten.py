# hint: two arrows leave x - mean in the graph


def backward(dy, cache):
    xhat, r, gamma = cache
    g = gamma * dy
    dx = r * (g - g.mean(axis=0))
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)
