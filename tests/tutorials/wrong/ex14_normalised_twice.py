# hint: once, or twice?


def prepare(pictures):
    return pictures.astype(np.float32) / 255 / 127.5 - 1
