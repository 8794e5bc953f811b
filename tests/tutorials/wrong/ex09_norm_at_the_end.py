# hint: choose its own brightness


def generator_layers(image_size, channels, z_dim, rng):
    side = image_size // 4
    return [
        Dense(z_dim, side * side * 32, bias=False, rng=rng),
        BatchNorm(side * side * 32),
        LeakyReLU(0.2),
        Reshape(side, side, 32),
        Conv2DTranspose(32, 16, 4, stride=2, bias=False, rng=rng),
        BatchNorm(16),
        LeakyReLU(0.2),
        Conv2DTranspose(16, channels, 4, stride=2, rng=rng),
        BatchNorm(channels),
        Tanh(),
    ]
