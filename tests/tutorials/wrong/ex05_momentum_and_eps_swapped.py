# hint: which of the two small numbers is eps


def forward(x, gamma, beta, eps=0.9):
    mean, var = x.mean(axis=0), x.var(axis=0)
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)


def track(mean, var, x, momentum=1e-5):
    M = len(x)
    new_mean = momentum * mean + (1 - momentum) * x.mean(axis=0)
    new_var = momentum * var + (1 - momentum) * x.var(axis=0) * M / (M - 1)
    return new_mean, new_var


def forward_evaluation(x, gamma, beta, mean, var, eps=0.9):
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)
