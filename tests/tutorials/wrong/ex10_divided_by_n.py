# hint: which is unbiased


def moments(features):
    features = np.asarray(features, np.float64)
    m = features.mean(axis=0)
    centred = features - m
    return m, centred.T @ centred / len(features)
