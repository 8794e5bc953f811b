# hint: Where does your formula use dout?


def multiply_backward(dout, cache):
    a, b = cache
    return b, a
