# hint: on which x do mean and variance depend in evaluation


def backward_evaluation(dy, cache):
    xhat, r, gamma = cache
    g = gamma * dy
    dx = r * (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0))
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)
