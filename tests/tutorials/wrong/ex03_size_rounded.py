# hint: may the last window stick out


def output_size(size, kernel, stride, before, after):
    return round((size + before + after - kernel) / stride) + 1
