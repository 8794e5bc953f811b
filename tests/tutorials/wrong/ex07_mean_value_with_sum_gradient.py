# hint: how many logits share the value


def discriminator_loss(real_logits, fake_logits):
    value = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
    return value, -sigmoid(-real_logits), sigmoid(fake_logits)
