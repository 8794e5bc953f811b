# hint: what stands in x's place here?


def penalty_gradients(W, b, v, c, x):
    P, u = penalty(slopes(W, b, v, x))
    delta = factors(W, b, x) * v.T
    return P, {
        "W": x.T @ delta,
        "b": np.zeros_like(b),
        "v": tangent(W, b, x, u).sum(axis=0)[:, None],  # h.T @ 1, with the tangent for h
        "c": np.zeros_like(c),
    }
