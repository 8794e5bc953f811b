# hint: what is its root, and what should it be


def square_root(S):
    values, vectors = np.linalg.eigh(S)
    return (vectors * np.sqrt(values)) @ vectors.T
