# hint: What does NumPy's ddof say


def forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)
