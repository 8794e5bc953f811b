# hint: whose array does this line write into


class MyLeakyReLU(MyLeakyReLU):
    def forward(self, x):
        x[x < 0] *= self.slope
        return x, x
