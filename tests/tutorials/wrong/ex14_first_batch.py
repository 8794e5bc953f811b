# hint: how many different samples does D ever see?


def next_batch(samples, n, rng):
    return samples[:n]
