# hint: in which format is it computed


def square_root(S):
    values, vectors = np.linalg.eigh(S.astype(np.float32))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
