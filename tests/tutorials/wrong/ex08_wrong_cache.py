# hint: which forward pass does each cache belong to


def d_step(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z)
    real_logits, cache = D.forward(real)
    fake_logits, cache = D.forward(fake)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    _, real_grads = D.backward(d_real, cache)
    _, fake_grads = D.backward(d_fake, cache)
    optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})
    return value
