# hint: the last included


def size_after_conv(size, stride):
    return size // stride
