# hint: whose loss does G go down


def g_step(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    fake_logits, d_cache = D.forward(fake)
    value, _, d_fake = loss.discriminator(fake_logits, fake_logits)
    d_points, _ = D.backward(d_fake, d_cache, param_grads=False)
    _, grads = G.backward(d_points, g_cache)
    optimizer.step(grads)
    return value
