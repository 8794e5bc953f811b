# hint: who may move in G's step


def g_step(G, D, loss, optimizer, z):
    fake, g_cache = G.forward(z)
    fake_logits, d_cache = D.forward(fake)
    value, d_fake = loss.generator(fake_logits)
    d_points, d_grads = D.backward(d_fake, d_cache)
    for key, grad in d_grads.items():
        D.params[key] -= 0.001 * grad
    _, grads = G.backward(d_points, g_cache)
    optimizer.step(grads)
    return value
