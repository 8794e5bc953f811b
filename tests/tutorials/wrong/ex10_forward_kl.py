# hint: which of q and p stands in front


def reverse_kl(points, centres):
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    q = np.bincount(nearest, minlength=len(centres)) / len(points)
    q = np.maximum(q, 1e-12)
    return float(-np.log(q * len(centres)).mean())
