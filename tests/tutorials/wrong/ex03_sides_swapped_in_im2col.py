# hint: which pair of pads belongs to the rows


def im2col(x, kernel, stride, pads):
    (N, H, W, C), (KH, KW) = x.shape, kernel
    (sh, sw), ((left, right), (top, bottom)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    cols = np.empty((N, OH, OW, KH, KW, C), x.dtype)
    for p, q in np.ndindex(KH, KW):
        cols[:, :, :, p, q] = padded[:, p : p + sh * OH : sh, q : q + sw * OW : sw]
    return cols.reshape(N * OH * OW, KH * KW * C)
