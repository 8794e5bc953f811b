# hint: are these errors of one size?


def relative_error(analytic, numeric):
    return np.max(np.abs(analytic - numeric))
