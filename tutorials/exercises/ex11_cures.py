"""Exercise 11: three cures for collapse, in NumPy.

Packing (PacGAN): D judges m samples of one kind together, side by side in one row.
Minibatch discrimination: D is told how close each sample is to the others of its batch.
The moving average: samples are drawn with a mean of G's past weights.

    minigan exercise check ex11 work        (work: the folder that this file is in)
"""


def pack(x, m):
    """x (N, C), N a multiple of m -> y (N/m, m C): row n holds the samples n m, n m + 1, ..., side by side.

    pack of [[1, 2], [3, 4], [5, 6], [7, 8]] with m = 2 is [[1, 2, 3, 4], [5, 6, 7, 8]].
    """
    raise NotImplementedError("pack: where does the number x[n m + j, c] go?")


def unpack(dy, m):
    """The gradient by x (N, C), given dy (N/m, m C), the gradient by y = pack(x, m)."""
    raise NotImplementedError("unpack: each number of x is in y once; where?")


def what_d_sees(real, fake, m):
    """The packs that D has to judge in one step: of a real and of a generated batch, both (N, C).

    Returns two arrays (N/m, m C): those that D should call real, and those that it should call generated.
    """
    raise NotImplementedError("what_d_sees: may a pack hold a real and a generated sample?")


def closeness(M):
    """o (N, B), from M (N, C, B): each of N samples has B rows of C numbers.

    o[i, b] = sum over all j other than i of exp(-sum over c of |M[i, c, b] - M[j, c, b]|)
    """
    raise NotImplementedError("closeness: np.abs(M[:, None] - M[None]) has the axes (i, j, c, b)")


def averaged(average, now, decay):
    """The moving average after one more step, a dict of new arrays: the old average keeps the share `decay`.

    average, now: dicts of arrays with the same keys. They are left as they are.
    """
    raise NotImplementedError("averaged: for each key")
