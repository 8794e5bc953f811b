# hint: is your difference taken from both sides of x?


def numeric_gradient(f, x, h=1e-5):
    gradient, base = np.zeros_like(x), f(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        gradient[index] = (f(x) - base) / h
        x[index] = kept
    return gradient
