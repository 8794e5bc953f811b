# hint: is it a whole number


def modes_found(points, centres, sigma):
    distance = np.linalg.norm(points[:, None] - centres, axis=2)  # (N, modes)
    return float(np.any(distance <= 3 * sigma, axis=0).sum())
