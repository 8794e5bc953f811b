# hint: which way does w go


def alternating_step(theta, w, real, z, lr):
    fake = z + theta
    _, d_real, d_fake = discriminator_loss(w * real, w * fake)
    w = w + lr * (np.sum(d_real * real) + np.sum(d_fake * fake))
    _, d_fake = generator_loss(w * fake)
    theta = theta - lr * np.sum(d_fake * w)
    return theta, w
