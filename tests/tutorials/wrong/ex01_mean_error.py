# hint: does one wrong entry among many still show?


def relative_error(analytic, numeric):
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.mean(np.abs(analytic - numeric) / np.where(size > 0, size, 1))
