"""Layers of the twin that torch.nn has not, written in PyTorch from the papers' formulas, gradients left to autograd.

Images are (N, C, H, W), in the mirror of `twin`.
"""

from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import batch_norm, linear, pad


class Sum(torch.nn.Module):
    """y = f_1(x) + f_2(x) + ..."""

    def forward(self, x: Tensor) -> Tensor:
        return reduce(torch.add, (branch(x) for branch in self.children()))


class Concat(torch.nn.Module):
    """The outputs of all branches side by side."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class CroppedConv2d(torch.nn.Conv2d):
    """A convolution that does not see the first rows and columns."""

    def __init__(self, crop: tuple, **options: Any) -> None:
        super().__init__(**options)
        self.crop = crop

    def forward(self, x: Tensor) -> Tensor:
        down, right = self.crop
        return super().forward(x[:, :, down:, right:])


class EqualisedLinear(torch.nn.Linear):
    """Karras et al. 2018, section 4.1: the weight is multiplied by c at each pass."""

    def __init__(self, c: float, **options: Any) -> None:
        super().__init__(**options)
        self.c = c

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.c * self.weight, self.bias)


class EqualisedConv2d(torch.nn.Conv2d):
    """The same for a convolution."""

    def __init__(self, c: float, **options: Any) -> None:
        super().__init__(**options)
        self.c = c

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.c * self.weight, self.bias)


class Maxout(torch.nn.Module):
    """Of each `pieces` features next to each other, the largest."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (-1, self.pieces)).max(dim=2).values


class Pack(torch.nn.Module):
    """The channels of m consecutive samples side by side, as one sample."""

    def __init__(self, m: int) -> None:
        super().__init__()
        self.m = m

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(-1, self.m * x.shape[1], *x.shape[2:])


class LogSumExp(torch.nn.Module):
    """Salimans et al. 2016, section 5: the logit of "real", from the scores of the classes."""

    def forward(self, x: Tensor) -> Tensor:
        return x.logsumexp(dim=1, keepdim=True)


class MinibatchDiscrimination(torch.nn.Module):
    """Salimans et al. 2016, section 3.2, without the sample itself, whose closeness is 1."""

    def __init__(self, n_in: int, dims: int, kernels: int) -> None:
        super().__init__()
        self.shape, self.t = (dims, kernels), torch.nn.Parameter(torch.empty(n_in, dims * kernels))

    def forward(self, x: Tensor) -> Tensor:
        m = (x @ self.t).unflatten(1, self.shape)
        closeness = torch.exp(-(m[:, None] - m[None]).abs().sum(dim=2))
        return torch.cat([x, closeness.sum(dim=1) - 1], dim=1)


class InstanceNoise(torch.nn.Module):
    """Sonderby et al. 2017."""

    normal = staticmethod(torch.randn_like)  # a test hands over its own numbers

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(self, x: Tensor) -> Tensor:
        return x + self.sigma * self.normal(x)


class PhaseShuffle(torch.nn.Module):
    """Donahue et al. 2019, section 3.3, a shift for each sample; all at once, by a gather."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def draw(self, n: int) -> Tensor:
        """The shifts, to the right."""
        return torch.randint(-self.most, self.most + 1, (n,))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        last = x.shape[2] - 1
        t = (torch.arange(last + 1) - self.draw(len(x))[:, None]).abs()  # reflected at the first step
        t = torch.where(t > last, 2 * last - t, t)  # and at the last
        return x.gather(2, t[:, None].expand_as(x))


class DiffAugment(torch.nn.Module):
    """Zhao et al. 2020: each change with probability p, for each sample by itself."""

    def __init__(self, policy: tuple, p: float) -> None:
        super().__init__()
        self.policy, self.p = policy, p

    def forward(self, x: Tensor) -> Tensor:
        for name in self.policy:
            chosen = torch.rand(len(x)) < self.p
            if chosen.any():
                x = getattr(self, name)(x, self.draw(name, chosen, x))
        return x

    def draw(self, name: str, chosen: Tensor, x: Tensor) -> Tensor:
        """How much of the change each sample gets; none, where it is not chosen."""
        N, uniform = len(x), torch.rand(len(x), dtype=x.dtype)
        if name == "brightness":
            return chosen * (uniform - 0.5)
        if name in ("saturation", "contrast"):
            return torch.where(chosen, 2 * uniform if name == "saturation" else 0.5 + uniform, 1.0)
        if name == "translation":
            return chosen * torch.stack([torch.randint(-most, most + 1, (N,)) for most in self.most(x)])
        hidden = chosen[:, None, None]
        for axis, side in enumerate(x.shape[2:]):
            cut = int(side / 2 + 0.5)
            place = torch.arange(side) - (torch.randint(0, side + 1 - cut % 2, (N, 1)) - cut // 2)
            hidden = hidden & ((place >= 0) & (place < cut)).unsqueeze(2 - axis)
        return ~hidden[:, None]

    @staticmethod
    def most(x: Tensor) -> list[int]:
        """The largest move down and right."""
        return [int(side / 8 + 0.5) for side in x.shape[2:]]

    def brightness(self, x: Tensor, b: Tensor) -> Tensor:
        return x + b[:, None, None, None]

    def saturation(self, x: Tensor, s: Tensor, axes: tuple = (1,)) -> Tensor:
        mean = x.mean(dim=axes, keepdim=True)
        return mean + s[:, None, None, None] * (x - mean)

    def contrast(self, x: Tensor, s: Tensor) -> Tensor:
        return self.saturation(x, s, (1, 2, 3))

    def translation(self, x: Tensor, by: Tensor) -> Tensor:
        (down, right), (N, _, H, W) = self.most(x), x.shape
        rows = (torch.arange(H) - by[0][:, None] + down)[:, :, None]
        columns = (torch.arange(W) - by[1][:, None] + right)[:, None]
        wide = pad(x, (right, right, down, down)).permute(0, 2, 3, 1)
        return wide[torch.arange(N)[:, None, None], rows, columns].permute(0, 3, 1, 2)

    def cutout(self, x: Tensor, mask: Tensor) -> Tensor:
        return x * mask


class Reference(torch.nn.Module):
    """Before the inputs, a batch that stays."""

    def __init__(self, shape: tuple) -> None:
        super().__init__()
        self.register_buffer("batch", torch.empty(shape))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.batch, x])


class Examples(torch.nn.Module):
    """Without the reference."""

    def __init__(self, reference_size: int) -> None:
        super().__init__()
        self.reference_size = reference_size

    def forward(self, x: Tensor) -> Tensor:
        return x[self.reference_size :]


class VirtualBatchNorm(torch.nn.Module):
    """Salimans et al. 2016, section 3.5: an example's mean and variance are those of the reference and itself."""

    def __init__(self, num_features: int, reference_size: int, eps: float) -> None:
        super().__init__()
        self.weight, self.bias = (torch.nn.Parameter(torch.empty(num_features)) for _ in range(2))
        self.reference_size, self.eps = reference_size, eps

    def forward(self, x: Tensor) -> Tensor:
        R, values = self.reference_size, x.flatten(2) if x.ndim > 2 else x[:, :, None]  # (R + N, C, P)
        a, b = R / (R + 1), 1 / (R + 1)
        mean_R, mean_n = values[:R].mean(dim=(0, 2)), values[R:].mean(dim=2)  # on a CPU, var_mean takes longer
        var_R = (values[:R] - mean_R[:, None]).square().mean(dim=(0, 2))
        var_n = (values[R:] - mean_n[:, :, None]).square().mean(dim=2)
        mean, var = a * mean_R + b * mean_n, a * var_R + b * var_n + a * b * (mean_n - mean_R).square()
        mean, var = torch.cat([mean_R.expand(R, -1), mean]), torch.cat([var_R.expand(R, -1), var])
        scale = self.weight * (var + self.eps).rsqrt()
        return torch.addcmul((self.bias - mean * scale)[:, :, None], values, scale[:, :, None]).view_as(x)


class SumPool(torch.nn.Module):
    """The sum over all pixels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum(dim=(2, 3))


class Gain(torch.nn.Module):
    """Zhang et al. 2019, eq. 3: gamma."""

    def __init__(self) -> None:
        super().__init__()
        self.g = torch.nn.Parameter(torch.empty(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.g * x


class Attend(torch.nn.Module):
    """Zhang et al. 2019, eqs. 1 and 2, as BigGAN's published code computes it."""

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (branch(x) for branch in self.children())
        q, k, v = (one.flatten(2) for one in (query, key, value))  # (N, channels, places)
        weights = torch.bmm(q.transpose(1, 2), k).softmax(dim=2)  # (N, places of q, places of k)
        return torch.bmm(v, weights.transpose(1, 2)).unflatten(2, query.shape[2:])


class Labelled:
    """Before a module that knows its batch's labels (N,): the game sets them."""

    labels: Tensor


class OfLabel(Labelled, torch.nn.Embedding):
    """A learnt row for each label. Of its input only the number of samples counts."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.labels)


class AtLabel(Labelled, torch.nn.Module):
    """Of the scores of all classes, that of the sample's own."""

    def forward(self, x: Tensor) -> Tensor:
        return x.gather(1, self.labels[:, None])


class ConditionalBatchNorm(Labelled, torch.nn.Module):
    """Dumoulin et al. 2017, eq. 5."""

    def __init__(self, num_features: int, eps: float, momentum: float, classes: int) -> None:
        super().__init__()
        self.weight, self.bias = (torch.nn.Parameter(torch.empty(classes, num_features)) for _ in range(2))
        self.register_buffer("running_mean", torch.empty(num_features))
        self.register_buffer("running_var", torch.empty(num_features))
        self.eps, self.momentum = eps, momentum

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        return self.weight[self.labels], self.bias[self.labels]

    def forward(self, x: Tensor) -> Tensor:
        y = batch_norm(x, self.running_mean, self.running_var, training=True, momentum=self.momentum, eps=self.eps)
        scale, shift = (one.view(*one.shape, *[1] * (x.ndim - 2)) for one in self.scale_and_shift())
        return y * scale + shift


class ModulatedBatchNorm(ConditionalBatchNorm):
    """Brock et al. 2019, section 3. A SharedCondition sets `condition` (N, n)."""

    condition: Tensor

    def __init__(self, columns: tuple, **options: Any) -> None:
        super().__init__(classes=1, **options)
        del self.weight, self.bias
        self.columns = list(columns)
        shape = len(columns), options["num_features"]
        self.gain, self.shift = (torch.nn.Parameter(torch.empty(shape)) for _ in range(2))

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        c = self.condition[:, self.columns]
        return 1 + c @ self.gain, c @ self.shift


class SharedCondition(torch.nn.Module):
    """Brock et al. 2019, appendix B.1: the embedded label and the noise, for all norms inside."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def forward(self, z: Tensor) -> Tensor:
        condition = torch.cat([self.embedding(z), z], dim=1)
        for module in self.modules():
            if isinstance(module, ModulatedBatchNorm):
                module.condition = condition
        return self.body(z[:, : self.first])


class PixelNorm(torch.nn.Module):
    """Karras et al. 2018, section 4.2."""

    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(dim=1, keepdim=True) + self.eps).rsqrt()


class MinibatchStdDev(torch.nn.Module):
    """Karras et al. 2018, section 3."""

    def __init__(self, group_size: int, eps: float) -> None:
        super().__init__()
        self.group_size, self.eps = group_size, eps

    def forward(self, x: Tensor) -> Tensor:
        groups = x.unflatten(0, (-1, self.group_size))
        std = (groups.var(dim=1, correction=0) + self.eps).sqrt().mean(dim=(1, 2, 3))
        std = std.repeat_interleave(self.group_size)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        return torch.cat([x, std], dim=1)


class Fade(torch.nn.Module):
    """A share of what comes in."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        return self.share * x


OWN = {
    kind.__name__: kind
    for kind in (Sum, Concat, CroppedConv2d, Maxout, Pack, LogSumExp, MinibatchDiscrimination, InstanceNoise,
                 PhaseShuffle, DiffAugment, Reference, Examples, VirtualBatchNorm, SumPool, Gain, Attend, OfLabel,
                 AtLabel, ConditionalBatchNorm, ModulatedBatchNorm, SharedCondition, EqualisedLinear, EqualisedConv2d,
                 PixelNorm, MinibatchStdDev, Fade)
}  # fmt: skip
