# hint: which of the two comes first


def inception_score(probs):
    probs = np.asarray(probs, np.float64)
    marginal = probs.mean(axis=0)
    return float(np.exp(np.mean(np.sum(marginal * np.log(marginal / probs), axis=1))))
