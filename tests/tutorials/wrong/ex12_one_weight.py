# hint: does the whole batch share one?


def points_between(real, fake, rng):
    e = rng.random()
    return e * real + (1 - e) * fake
