# hint: is it a whole number


def size_after_conv(size, stride):
    return np.ceil(size / stride)
