# hint: is it a whole number


def products(size, taps, height, width):
    return (size + taps - 1) ** 2 * (height / size) * (width / size)
