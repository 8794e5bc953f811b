# hint: float64


def scaled(w, n_in):
    return w * np.sqrt(2 / n_in)
