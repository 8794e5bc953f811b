# hint: nine tenths of the past, or one tenth


def track(mean, var, x, momentum=0.9):
    M = len(x)
    new_mean = (1 - momentum) * mean + momentum * x.mean(axis=0)
    new_var = (1 - momentum) * var + momentum * x.var(axis=0) * M / (M - 1)
    return new_mean, new_var
