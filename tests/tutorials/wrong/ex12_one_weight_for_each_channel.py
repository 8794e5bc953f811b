# hint: if each number in them has an e of its own


def points_between(real, fake, rng):
    e = rng.random((len(real), 1, 1, real.shape[3]))  # one for each pair, all pixels alike
    return e * real + (1 - e) * fake
