# hint: how near must a point be


def modes_found(points, centres, sigma):
    distance = np.linalg.norm(points[:, None] - centres, axis=2)  # (N, modes)
    return len(np.unique(distance.argmin(axis=1)))
