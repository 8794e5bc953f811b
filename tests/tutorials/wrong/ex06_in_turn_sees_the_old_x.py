# hint: in turn: which x does y see


def alternating(x, y, lr):
    return x - lr * y, y + lr * x
