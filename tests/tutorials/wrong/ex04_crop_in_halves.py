# hint: is it a whole number


def same_crop(kernel, stride):
    total = kernel - stride
    return np.floor(total / 2), np.ceil(total / 2)
