# hint: holds a real and a generated sample?


def what_d_sees(real, fake, m):
    both = np.stack([real, fake], axis=1).reshape(2 * len(real), -1)
    return pack(both[: len(real)], m), pack(both[len(real) :], m)
