# hint: y wants V = x y to be large


def simultaneous(x, y, lr):
    return x - lr * y, y - lr * x


def alternating(x, y, lr):
    x = x - lr * y
    return x, y - lr * x
