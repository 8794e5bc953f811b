# hint: is that the h that was handed in?


def numeric_gradient(f, x, h=1e-5):
    gradient, h = np.zeros_like(x), 0.1
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        gradient[index] = (above - f(x)) / (2 * h)
        x[index] = kept
    return gradient
