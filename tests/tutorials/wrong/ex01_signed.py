# hint: what becomes of a difference below 0


def relative_error(analytic, numeric):
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.max((analytic - numeric) / np.where(size > 0, size, 1))
