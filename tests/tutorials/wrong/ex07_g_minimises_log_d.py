# hint: takes the fakes for real more often


def generator_loss(fake_logits):
    return -np.mean(softplus(-fake_logits)), sigmoid(-fake_logits) / fake_logits.size
