# hint: what are the shapes


def im2col(x, kernel, stride, pads):
    (N, H, W, C), (KH, KW) = x.shape, kernel
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    padded = np.pad(x, ((0, 0), (top, 0), (left, 0), (0, 0)))
    cols = np.empty((N, OH, OW, KH, KW, C), x.dtype)
    for p, q in np.ndindex(KH, KW):
        cols[:, :, :, p, q] = padded[:, p : p + sh * OH : sh, q : q + sw * OW : sw]
    return cols.reshape(N * OH * OW, KH * KW * C)
