# hint: V is what D makes large


def discriminator_loss(real_logits, fake_logits):
    value = -np.mean(softplus(-real_logits)) - np.mean(softplus(fake_logits))
    return value, sigmoid(-real_logits) / real_logits.size, -sigmoid(fake_logits) / fake_logits.size
