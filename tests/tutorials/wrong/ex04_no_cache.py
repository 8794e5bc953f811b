# hint: what does the docstring of MyTransposed.forward say


class MyTransposed(MyTransposed):
    def forward(self, x):
        return conv_transpose(x, self.params["w"], self.stride, self.pads) + self.params["b"]
