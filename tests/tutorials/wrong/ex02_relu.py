# hint: are they gone, or smaller


class MyLeakyReLU(MyLeakyReLU):
    def forward(self, x):
        return np.maximum(x, 0), x
