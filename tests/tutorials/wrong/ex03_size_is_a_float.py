# hint: is it a whole number


def output_size(size, kernel, stride, before, after):
    return np.floor((size + before + after - kernel) / stride) + 1
