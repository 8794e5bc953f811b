# hint: of each channel, or of each row


def forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)
