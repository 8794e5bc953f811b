# hint: where does b come in


class MyDense(MyDense):
    def forward(self, x):
        return x @ self.params["w"], x
