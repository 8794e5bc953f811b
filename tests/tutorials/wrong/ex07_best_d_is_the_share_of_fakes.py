# hint: should D be near 1 or near 0


def best_discriminator(p, q):
    return q / (p + q)
