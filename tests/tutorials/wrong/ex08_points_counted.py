# hint: do you count points, or centres


def modes_found(points, centres, sigma):
    distance = np.linalg.norm(points[:, None] - centres, axis=2)  # (N, modes)
    return int(np.any(distance <= 3 * sigma, axis=1).sum())
