# hint: what is cropped from the canvas


def output_size(size, kernel, stride, before, after):
    return (size - 1) * stride + kernel
