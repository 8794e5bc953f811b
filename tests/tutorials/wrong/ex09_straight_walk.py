# hint: how long is the vector in the middle


def walk(z0, z1, count):
    t = np.linspace(0, 1, count)[:, None]
    return (1 - t) * z0 + t * z1
