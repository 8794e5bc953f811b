# hint: cannot see two mistakes that cancel


def along_a_direction(f, gradient, x, rng, h=1e-5):
    v = np.ones(x.shape)
    return (f(x + h * v) - f(x - h * v)) / (2 * h), np.sum(gradient * v)
