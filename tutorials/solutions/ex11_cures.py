"""Solution of exercise 11. See tutorials/exercises/ex11_cures.py for what is asked."""

import numpy as np


def pack(x, m):
    N, C = x.shape
    return x.reshape(N // m, m * C)  # rows lie one after the other in memory: m of them become one


def unpack(dy, m):
    packs, width = dy.shape
    return dy.reshape(packs * m, width // m)


def what_d_sees(real, fake, m):
    return pack(real, m), pack(fake, m)  # all of one kind in a pack


def closeness(M):
    distance = np.abs(M[:, None] - M[None]).sum(axis=2)  # (i, j, b)
    return np.exp(-distance).sum(axis=1) - 1  # without j = i, which adds exp(0)


def averaged(average, now, decay):
    return {key: decay * average[key] + (1 - decay) * now[key] for key in average}
