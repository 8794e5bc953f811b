# hint: by a times h, or by b times h?


def multiply_backward(dout, cache):
    a, b = cache
    return dout * a, dout * b
