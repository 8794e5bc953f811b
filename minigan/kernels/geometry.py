"""How large the output of a convolution is, and the two types that describe its windows."""

Pair = tuple[int, int]  # (height, width)
Pads = tuple[Pair, Pair]  # ((top, bottom), (left, right))


def output_size(size: int, kernel: int, stride: int, padding: Pair) -> int:
    """How many windows fit along one axis: floor((size + before + after - kernel) / stride) + 1."""
    return (size + padding[0] + padding[1] - kernel) // stride + 1


def output_sizes(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> Pair:
    """(OH, OW) of images (N, H, W, C) under a kernel (KH, KW, C, F)."""
    return tuple(output_size(*axis) for axis in zip(x_shape[1:3], w_shape[:2], stride, padding, strict=True))
