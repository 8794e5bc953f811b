# hint: what happens to it at the LeakyReLU?


def tangent(W, b, x, u):
    return u @ W
