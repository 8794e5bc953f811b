# hint: where does eps stand


def forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    r = 1 / (np.sqrt(var) + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)
