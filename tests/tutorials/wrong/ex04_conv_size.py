# hint: that of the convolution


def output_size(size, kernel, stride, before, after):
    return (size + before + after - kernel) // stride + 1
