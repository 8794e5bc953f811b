# hint: in which order do the rows of your matrix W


class MyConv(MyConv):
    def forward(self, x):
        w, (N, H, W, _) = self.params["w"], x.shape
        OH = output_size(H, self.kernel[0], self.stride[0], *self.pads[0])
        OW = output_size(W, self.kernel[1], self.stride[1], *self.pads[1])
        cols = im2col(x, self.kernel, self.stride, self.pads)
        y = cols @ w.transpose(2, 0, 1, 3).reshape(-1, w.shape[3]) + self.params["b"]
        return y.reshape(N, OH, OW, -1), (cols, x.shape)
