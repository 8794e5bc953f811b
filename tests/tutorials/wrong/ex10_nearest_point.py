# hint: each centre that has a nearest point


def reverse_kl(points, centres):
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=0)
    q = np.bincount(nearest, minlength=len(centres)) / len(points)
    return float(p_log_p(q).sum() + np.log(len(centres)))
