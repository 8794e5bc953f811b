# hint: over how many channels


def conv_loops(x, w, stride, pads):
    (N, H, W, _), (KH, KW, _, F) = x.shape, w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    y = np.zeros((N, OH, OW, F), x.dtype)
    for n, i, j, f in np.ndindex(N, OH, OW, F):
        for p, q, c in np.ndindex(KH, KW, 1):
            row, column = i * sh + p - top, j * sw + q - left
            if 0 <= row < H and 0 <= column < W:
                y[n, i, j, f] += x[n, row, column, c] * w[p, q, c, f]
    return y
