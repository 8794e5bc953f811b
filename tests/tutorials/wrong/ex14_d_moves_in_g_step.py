# hint: who moves in G's half of the step


def step(G, D, g_optimizer, d_optimizer, real, z):
    fake, g_cache = G.forward(z, training=True)

    real_logits, real_cache = D.forward(real)
    fake_logits, fake_cache = D.forward(fake)
    d_value, d_real, d_fake = d_loss(real_logits, fake_logits)
    _, real_grads = D.backward(d_real, real_cache)
    _, fake_grads = D.backward(d_fake, fake_cache)
    d_optimizer.step({key: real_grads[key] + fake_grads[key] for key in real_grads})

    fake_logits, fake_cache = D.forward(fake)
    g_value, d_fake = g_loss(fake_logits)
    d_samples, _ = D.backward(d_fake, fake_cache, param_grads=False)
    _, g_grads = G.backward(d_samples, g_cache)
    g_optimizer.step(g_grads)
    d_optimizer.step(D.backward(d_fake, D.forward(fake)[1])[1])
    return d_value, g_value
