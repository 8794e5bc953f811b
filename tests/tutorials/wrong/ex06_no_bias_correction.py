# hint: How large are they after step 1


class Adam:
    """Kingma & Ba 2015, algorithm 1."""

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m = {key: np.zeros_like(p) for key, p in params.items()}
        self.v = {key: np.zeros_like(p) for key, p in params.items()}
        self.t = 0

    def step(self, grads):
        """Move every parameter once."""
        self.t += 1
        for key, p in self.params.items():
            g = grads[key]
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * g**2
            m_hat = self.m[key]
            v_hat = self.v[key]
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
