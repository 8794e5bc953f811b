# hint: of the formula


def products(size, taps, height, width):
    return taps**2 * height * width
