# hint: the mean KL is 0, and what is exp of 0


def inception_score(probs):
    probs = np.asarray(probs, np.float64)
    return float(p_log_p(probs).sum(axis=1).mean() - p_log_p(probs.mean(axis=0)).sum())
