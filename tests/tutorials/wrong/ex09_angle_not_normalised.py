# hint: not of length 1


def walk(z0, z1, count):
    cosine = z0 @ z1
    omega = np.arccos(np.clip(cosine, -1 + 1e-12, 1 - 1e-12))
    t = np.linspace(0, 1, count)[:, None]
    return (np.sin((1 - t) * omega) * z0 + np.sin(t * omega) * z1) / np.sin(omega)
