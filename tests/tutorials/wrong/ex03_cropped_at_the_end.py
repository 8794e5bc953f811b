# hint: Where does it begin


def col2im(cols, x_shape, kernel, stride, pads):
    (N, H, W, C), (KH, KW) = x_shape, kernel
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    cols = cols.reshape(N, OH, OW, KH, KW, C)
    padded = np.zeros((N, top + H + bottom, left + W + right, C), cols.dtype)
    for p, q in np.ndindex(KH, KW):
        padded[:, p : p + sh * OH : sh, q : q + sw * OW : sw] += cols[:, :, :, p, q]
    return padded[:, :H, :W]
