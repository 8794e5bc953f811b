# hint: do before and after count once each


def output_size(size, kernel, stride, before, after):
    return (size - 1) * stride + kernel - 2 * before
