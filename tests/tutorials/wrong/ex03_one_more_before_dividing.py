# hint: which is cut into steps


def output_size(size, kernel, stride, before, after):
    return (size + before + after - kernel + 1) // stride
