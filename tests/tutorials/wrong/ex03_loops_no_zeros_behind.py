# hint: which four pixels


def conv_loops(x, w, stride, pads):
    (N, H, W, _), (KH, KW, _, F) = x.shape, w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    y = np.zeros((N, OH, OW, F), x.dtype)
    padded = np.pad(x, ((0, 0), (top, 0), (left, 0), (0, 0)))
    for n, i, j, f in np.ndindex(N, OH, OW, F):
        window = padded[n, i * sh : i * sh + KH, j * sw : j * sw + KW]
        y[n, i, j, f] = np.sum(window * w[..., f])
    return y
