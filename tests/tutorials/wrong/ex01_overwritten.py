# hint: each use sends something back: was the first part kept?


def graph(x, y):
    p = x * y
    q = p + y
    f = q * x
    dq, dx = x, q
    dp, dy = dq, dq
    dx = dp * y
    dy = dp * x
    return f, dx, dy
