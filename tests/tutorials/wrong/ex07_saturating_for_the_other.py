# hint: which of G's two losses has a slope there


def generator_loss(fake_logits):
    return -np.mean(softplus(fake_logits)), -sigmoid(fake_logits) / fake_logits.size
