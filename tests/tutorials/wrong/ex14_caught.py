# hint: does D(G(z)) rise or fall?


def g_loss(fake_logits):
    return np.mean(softplus(fake_logits)), sigmoid(fake_logits) / len(fake_logits)
