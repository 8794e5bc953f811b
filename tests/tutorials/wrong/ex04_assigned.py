# hint: or only the last


def conv_transpose(x, w, stride, pads):
    (N, H, W, _), (KH, KW, F, _) = x.shape, w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    height, width = (H - 1) * sh + KH, (W - 1) * sw + KW
    canvas = np.zeros((N, height, width, F), x.dtype)
    for p, q in np.ndindex(KH, KW):
        canvas[:, p : p + sh * H : sh, q : q + sw * W : sw] = x @ w[p, q].T
    return canvas[:, top : height - bottom, left : width - right]
