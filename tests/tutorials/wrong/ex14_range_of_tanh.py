# hint: which range has tanh?


def prepare(pictures):
    return pictures.astype(np.float32) / 255
