# hint: is the array itself changed


class Momentum:
    """v <- momentum v + g;    p <- p - lr v"""

    def __init__(self, params, lr=0.01, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.v = {key: np.zeros_like(p) for key, p in params.items()}

    def step(self, grads):
        """Move every parameter once."""
        for key, p in self.params.items():
            self.v[key] = self.momentum * self.v[key] + grads[key]
            self.params[key] = p - self.lr * self.v[key]
