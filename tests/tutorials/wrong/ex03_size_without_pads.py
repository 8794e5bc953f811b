# hint: how much room is there


def output_size(size, kernel, stride, before, after):
    return (size - kernel) // stride + 1
