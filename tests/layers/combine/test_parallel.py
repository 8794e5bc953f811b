"""Sum, Concat, Identity: gradients of both orders over drawn branches, and what every tool makes of branches."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import (
    BatchNorm,
    Concat,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Identity,
    Layer,
    LeakyReLU,
    Maxout,
    MaxoutDense,
    Pack,
    Sequential,
    StaleCacheError,
    Sum,
    Tanh,
    UpSampling2D,
    summary,
    total_flop,
)
from minigan.layers.combine.base import Composite
from minigan.losses import NonSaturating
from minigan.models import Noise
from minigan.objectives import Gan
from minigan.optim import Adam, HistoricalAveraging
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.training.ema import Average

number = st.integers


def branch(rng, c_in, c_out, stride, depth):
    """A layer from (N, H, W, c_in) to (N, H / stride, W / stride, c_out), rounded up, with branches in it."""
    kinds = ["conv"] * (depth == 0) + ["identity"] * (c_in == c_out and stride == (1, 1))
    kind = rng.choice(kinds + (["chain", "sum"] + ["concat"] * (c_out > 1)) * (depth > 0))
    kernel = tuple(int(k) for k in rng.integers(1, 4, 2))
    if kind == "identity":
        return Identity()
    if kind == "sum":
        return Sum(*(branch(rng, c_in, c_out, stride, depth - 1) for _ in range(rng.integers(1, 3))))
    if kind == "concat":
        k = int(rng.integers(1, c_out))
        return Concat(*(branch(rng, c_in, c, stride, depth - 1) for c in (k, c_out - k)))
    if kind == "chain":
        first = Conv2D(c_in, 2, kernel, stride=stride, rng=rng)
        return Sequential(first, LeakyReLU(0.3), branch(rng, 2, c_out, (1, 1), depth - 1))
    return Conv2D(
        c_in, c_out, kernel, stride=stride, slope=rng.choice([0.0, 0.2, 1.0]), bias=rng.random() < 0.5, rng=rng
    )


def off(network, rng):
    """Float64, off its initial values: biases are 0 there."""
    network.astype(np.float64)
    for p in network.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    return network


def residual(rng, dtype=np.float64):
    """A D with a block in a block, a skip with a stride, and unequal widths side by side, nothing square."""
    inner = Sum(("body", Sequential(Conv2D(2, 2, (1, 3), slope=0.2, rng=rng))), ("skip", Identity()))
    body = Sequential(("down", Conv2D(1, 2, (3, 2), stride=(2, 1), slope=0.3, rng=rng)), ("inner", inner))
    block = Sum(("body", body), ("skip", Conv2D(1, 2, 1, stride=(2, 1), bias=False, rng=rng)))
    wide = Concat(("thin", Conv2D(2, 1, 2, slope=0.1, rng=rng)), ("same", Identity()))
    D = Sequential(("block", block), LeakyReLU(0.2), ("wide", wide), Flatten(), ("logit", Dense(2 * 3 * 3, 1, rng=rng)))
    return off(D, rng).astype(dtype)


@settings(max_examples=4)
@given(H=number(3, 6), W=number(3, 6), C=number(1, 2), c_out=number(1, 3), stride=st.tuples(number(1, 2), number(1, 2)),
       seed=number(0, 999))  # fmt: skip
def test_gradients_of_both_orders_over_drawn_branches(H, W, C, c_out, stride, seed):
    rng = np.random.default_rng(seed)
    network = Sequential(("drawn", branch(rng, C, c_out, stride, 2)), LeakyReLU(0.2))
    shape = (2, H, W + (H == W), C)
    assert (report := check_double_backward(network, input_shape=shape, rng=rng, training=True)).ok, report


def test_gradients_of_a_residual_network(rng):
    D = residual(rng)
    assert D.per_sample and not D.parameter_free
    for check in (check_layer, check_double_backward):
        assert (report := check(D, input_shape=(3, 4, 3, 1))).ok, report


@pytest.mark.parametrize("kind", [Sum, Concat, Identity])
def test_alone(kind):
    layer = kind() if kind is Identity else kind(Identity(), LeakyReLU(0.3), Identity())
    assert layer.parameter_free and layer.per_sample and layer.pack_size == 1
    for check in (check_layer, check_double_backward):
        assert (report := check(layer, input_shape=(3, 4, 2))).ok, report


def test_in_words(rng):
    x, one, two = rng.standard_normal((4, 3)), Dense(3, 2, rng=rng), Dense(3, 2, rng=rng)
    ys = [layer.forward(x)[0] for layer in (one, two)]
    np.testing.assert_array_equal(Sum(one, two).forward(x)[0], ys[0] + ys[1])
    np.testing.assert_array_equal(Concat(one, two).forward(x)[0], np.hstack(ys))
    y, _ = Identity().forward(x)
    assert np.array_equal(y, x) and not np.shares_memory(y, x)
    assert not np.shares_memory(Concat(Identity()).forward(x)[0], x)


LAYERS = {
    "leaky": lambda rng: LeakyReLU(0.3), "tanh": lambda rng: Tanh(),
    "dense": lambda rng: Dense(4, 6, slope=0.2, rng=rng),
    "maxout": lambda rng: Maxout(2), "maxout dense": lambda rng: MaxoutDense(4, 3, 2, rng=rng),
    "batch norm": lambda rng: BatchNorm(4, slope=0.3), "dropout": lambda rng: Dropout(0.4, rng=rng),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_a_part_of_dy_that_lies_between_others_is_taken_rightly(name, dtype, rng):
    """The dy of a branch of Concat is not contiguous; its layer makes of it what it makes of a copy."""
    layer = LAYERS[name](rng).astype(dtype)
    network, x = Concat(("before", Identity()), ("layer", layer), ("after", Identity())), rng.standard_normal((5, 4))
    y, cache = network.forward(x.astype(dtype))
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx, grads = network.backward(dy, cache)
    want, want_grads = layer.backward(dy[:, 4:-4].copy(), cache[1][0])
    np.testing.assert_array_equal(dx, dy[:, :4] + want + dy[:, -4:])
    assert dx.dtype == y.dtype == dtype and grads.keys() == {f"layer.{key}" for key in layer.params}
    for key, grad in want_grads.items():
        np.testing.assert_array_equal(grads[f"layer.{key}"], grad)


def test_names_and_views(rng):
    net = Sum(("body", Sequential(Dense(2, 3, rng=rng), BatchNorm(3))), Dense(2, 3, bias=False, rng=rng))
    assert list(net.layers) == ["body", "dense1"]
    assert list(net.params) == ["body.dense1.w", "body.dense1.b", "body.batchnorm1.gamma", "body.batchnorm1.beta",
                                "dense1.w"]  # fmt: skip
    assert list(net.state) == ["body.batchnorm1.mean", "body.batchnorm1.var"]
    assert [name for name, _ in net.leaves()] == ["body.dense1", "body.batchnorm1", "dense1"]
    net.params["dense1.w"][...] = 7
    assert (net.layers["dense1"].params["w"] == 7).all()
    assert not net.per_sample and not net.parameter_free


def test_what_is_not_asked_for_is_left_out(rng):
    D = residual(rng)
    y, cache = D.forward(rng.standard_normal((3, 4, 3, 1)))
    dy = rng.standard_normal(y.shape)
    dx, grads = D.backward(dy, cache)
    assert grads.keys() == D.params.keys()
    nothing, same = D.backward(dy, cache, input_grad=False)
    assert nothing is None and all(np.array_equal(same[key], grads[key]) for key in grads)
    again, nothing = D.backward(dy, cache, param_grads=False)
    np.testing.assert_array_equal(again, dx)
    assert nothing == {}
    np.testing.assert_array_equal(D.trace_back(dy, cache)[0], dx)
    ddx = rng.standard_normal(dx.shape)
    one, two = D.double_backward(ddx, dy, cache), D.double_backward(ddx, D.trace_back(dy, cache)[1], cache)
    assert np.array_equal(one[0], two[0]) and all(np.array_equal(one[1][key], two[1][key]) for key in D.params)


def test_a_branch_whose_parameters_changed_makes_the_cache_stale(rng):
    D = residual(rng)
    y, cache = D.forward(rng.standard_normal((3, 4, 3, 1)))
    D.params["block.body.inner.body.conv2d1.w"][0, 0, 0, 0] += 1e-9
    for use in (D.backward, D.trace_back, lambda dy, cache: D.double_backward(np.zeros((3, 4, 3, 1)), dy, cache)):
        with pytest.raises(StaleCacheError, match="layer 'block': layer 'body': layer 'inner': layer 'body': layer"):
            use(y, cache)


def test_errors_carry_the_name_of_the_branch(rng):
    x = rng.standard_normal((4, 3))
    with pytest.raises(ValueError, match="layer 'skip': Dense was made for 2 features"):
        Sum(("body", Dense(3, 2)), ("skip", Dense(2, 2))).forward(x)
    with pytest.raises(
        ValueError, match=r"must have the same shape, got {'body': \(4, 2\), 'skip': \(4, 3\)}; replace Id"
    ):
        Sum(("body", Dense(3, 2)), ("skip", Identity())).forward(x)
    with pytest.raises(ValueError, match="may differ only in the last axis, got"):
        Concat(("a", Identity()), ("b", UpSampling2D())).forward(rng.standard_normal((2, 3, 2, 1)))
    with pytest.raises(NotImplementedError, match="layer 'a': layer 'tanh1': Tanh has no double_backward"):
        D = Sum(("a", Sequential(Tanh())), ("b", Identity()))
        y, cache = D.forward(x)
        D.double_backward(x, y, cache)
    with pytest.raises(ValueError, match=r"\(N, ..., C\), may differ only in the last axis, got {'a': \(4,\)"):
        Concat(("a", Rows()), ("b", Rows())).forward(x)
    y, cache = Concat(Identity(), Identity()).forward(x)
    with pytest.raises(ValueError, match=r"expected dy with 6 entries in its last axis, got \(4, 5\)"):
        Concat(Identity(), Identity()).backward(y[:, 1:], cache)
    for kind in (Sum, Concat):
        with pytest.raises(ValueError, match=f"{kind.__name__}.backward expected the cache that its forward returned"):
            kind(Identity()).backward(x, None)
        with pytest.raises(ValueError, match=f"{kind.__name__} expected at least one layer"):
            kind()
    y, cache = Identity().forward(x)
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        Identity().double_backward(x[1:], y, cache)


class Rows(Layer):
    """One number for each sample, without an axis for it: Concat would put samples behind samples."""

    def forward(self, x):
        return x.sum(axis=1), None


class Odd(ValueError):
    """An error that is not made of a message alone."""

    def __init__(self, where, what):
        super().__init__(f"{where}: {what}")


def test_an_error_that_cannot_carry_a_name_is_not_hidden():
    class Layer1(Layer):
        def forward(self, x):
            raise Odd("here", "that")

    with pytest.raises(Odd, match="here: that"):
        Sequential(Layer1()).forward(np.zeros((2, 2)))


def test_a_layer_with_arrays_is_in_a_network_once(rng):
    shared, bare = Dense(2, 2, rng=rng), LeakyReLU()
    for one, two in [(shared, shared), (shared, Sequential(shared)), (Sequential(shared), Sum(Identity(), shared)),
                     (Sequential(BatchNorm(2)),) * 2]:  # fmt: skip
        with pytest.raises(ValueError, match="in this network already; make a second one, with weights of its own"):
            Sum(one, two)
    Sum(Sequential(bare), Sequential(Dense(2, 2), bare))  # nothing is trained twice


def test_astype_reaches_every_branch(rng):
    D = residual(rng)
    for dtype in (np.float32, np.float64):
        assert D.astype(dtype) is D and {p.dtype for p in D.params.values()} == {np.dtype(dtype)}
        x = rng.standard_normal((2, 4, 3, 1)).astype(dtype)
        y, cache = D.forward(x)
        dx, grads = D.backward(y, cache)
        ddy, second = D.double_backward(dx, y, cache)
        arrays = [y, dx, ddy, *grads.values(), *second.values(), *(visit.y for visit in D.walk(x))]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}


class Counting(Layer):
    def __init__(self):
        self.state = {"calls": np.array([3]), "mean": np.zeros(2, np.float32)}


def test_whole_numbers_in_the_state_stay_whole():
    net = Sequential(Counting()).astype(np.float64)
    assert net.state["counting1.calls"].dtype == np.int64 and net.state["counting1.mean"].dtype == np.float64


def test_rebuilt_with_no_change_shares_the_layers(rng):
    D = residual(rng)
    again = D.rebuilt(lambda name, layer: layer)
    assert again is not D and again.layers["block"] is not D.layers["block"]
    for (name, layer), (same, other) in zip(D.leaves(), again.leaves(), strict=True):
        assert name == same and layer is other
    assert all(again.params[key] is D.params[key] for key in D.params)


def test_rebuilt_puts_several_layers_in_the_place_of_one(rng):
    D, seen = residual(rng), []

    def change(name, layer):
        seen.append(name)
        return [("first", layer), ("then", Identity())] if isinstance(layer, Conv2D) else layer

    more = D.rebuilt(change)
    assert seen == [name for name, _ in D.leaves()]
    assert isinstance(more.layers["block"].layers["skip"], Sequential), "a branch becomes a Sequential"
    assert [name for name, _ in more.leaves()] == [
        "block.body.first", "block.body.then", "block.body.inner.body.first", "block.body.inner.body.then",
        "block.body.inner.skip", "block.skip.first", "block.skip.then", "leakyrelu1", "wide.thin.first",
        "wide.thin.then", "wide.same", "flatten1", "logit",
    ]  # fmt: skip
    x = rng.standard_normal((3, 4, 3, 1))
    np.testing.assert_array_equal(more.forward(x)[0], D.forward(x)[0])
    assert "block.skip.w" in D.params, "and the first network is as it was"


def test_walk_goes_the_way_of_forward(rng):
    D, x = residual(rng), rng.standard_normal((3, 4, 3, 1))
    walk, visits = D.walk(x), []
    while True:
        try:
            visits.append(next(walk))
        except StopIteration as end:
            y = end.value
            break
    np.testing.assert_array_equal(y, D.forward(x, training=False)[0])
    assert [visit.name for visit in visits] == [name for name, _ in D.leaves()]
    by_name = {visit.name: visit for visit in visits}
    for name in ("block.body.down", "block.skip"):
        np.testing.assert_array_equal(by_name[name].x, x)
    np.testing.assert_array_equal(by_name["wide.same"].x, by_name["leakyrelu1"].y)
    np.testing.assert_array_equal(by_name["wide.thin"].x, by_name["leakyrelu1"].y)
    for visit in visits:
        np.testing.assert_array_equal(visit.layer.apply(visit.x, False)[0], visit.y)


@pytest.mark.parametrize("name, before", [("wide", 2), ("logit", 4), ("wide.same", 2), ("leakyrelu1", 1)])
def test_split_leaves_branches_whole(name, before, rng):
    D, x = residual(rng), rng.standard_normal((3, 4, 3, 1))
    lower, upper = D.split(name)
    assert [*lower.layers, *upper.layers] == list(D.layers) and len(lower.layers) == before
    np.testing.assert_array_equal(upper.forward(lower.forward(x)[0])[0], D.forward(x)[0])


def test_split_inside_a_chain_that_holds_blocks(rng):
    block = Sum(("body", Dense(3, 3, rng=rng)), ("skip", Identity()))
    D = Sequential(
        ("trunk", Sequential(("in", Dense(2, 3, rng=rng)), ("block", block))), ("logit", Dense(3, 1, rng=rng))
    )
    x = rng.standard_normal((4, 2)).astype(np.float32)
    for name in ("trunk.block", "trunk.block.body"):
        lower, upper = D.split(name)
        assert [n for n, _ in lower.leaves()] == ["trunk.in"]
        assert [n for n, _ in upper.leaves()] == ["trunk.block.body", "trunk.block.skip", "logit"]
        np.testing.assert_array_equal(upper.forward(lower.forward(x)[0])[0], D.forward(x)[0])
    for name in ("trunk", "trunk.in", "trunk.block.nowhere", "trunk.", "nowhere", "log", ""):
        with pytest.raises(ValueError, match="has layers before it"):
            D.split(name)
    with pytest.raises(ValueError, match="Sum cannot be split at 'body': it is one layer"):
        block.split("body")


def test_summary_has_a_line_for_each_layer_inside(rng):
    D = residual(rng, np.float32)
    lines = summary(D, (4, 3, 1)).splitlines()
    assert [line.split()[0] for line in lines[2:-2]] == [name for name, _ in D.leaves()]
    assert lines[2].split()[1:] == ["Conv2D", "2", "x", "3", "x", "2", "14", "0.00"]
    assert lines[-1].split()[1] == str(sum(p.size for p in D.params.values()))
    products = [2 * 6 * 12, 2 * 6 * 12, 2 * 6 * 2, 2 * 6 * 8, 2 * 18]  # 6 pixels of each map, the weights of one
    assert total_flop(D, (4, 3, 1)) == sum(products)


def test_copies_have_arrays_of_their_own(rng):
    D, x = residual(rng), rng.standard_normal((3, 4, 3, 1))
    E = copy.deepcopy(D)
    assert not any(np.shares_memory(E.params[key], p) for key, p in D.params.items())
    E.params["block.skip.w"] += 1
    assert not np.array_equal(D.forward(x)[0], E.forward(x)[0])
    y, cache = E.forward(x)
    E.backward(y, copy.deepcopy(cache))


def test_packs_go_through_branches(rng):
    def made(kind, width):
        return kind(*(Sequential(Pack(2), Dense(6, 4, rng=rng)) for _ in range(2))), width

    for branches, width in (made(Sum, 4), made(Concat, 8)):
        D = Sequential(branches, Given(), Dense(width, 1, rng=rng))
        assert branches.pack_size == D.pack_size == 2 and branches.output_shape((3,)) == (width,)
        y, _ = D.forward(rng.standard_normal((6, 3)), given={"labels": np.arange(6)})
        assert y.shape == (3, 1) and D.layers["given1"].seen.tolist() == [[0, 1], [2, 3], [4, 5]]


class Given(Layer):
    """The identity, which remembers the labels."""

    def forward(self, x, given=None):
        self.seen = given["labels"]
        return x, None


def test_every_branch_is_given_the_facts(rng):
    one, two, last = Given(), Given(), Given()
    net = Sequential(Sum(Sequential(one), two), last)
    labels = np.arange(4)
    net.forward(rng.standard_normal((4, 3)), given={"labels": labels})
    list(Concat(one, two).walk(rng.standard_normal((4, 3)), given={"labels": labels}))
    assert all(layer.seen is labels for layer in (one, two, last))


# --- A student's own -------------------------------------------------------------------------------------------------


class Twice(Sequential):
    """A chain whose forward and backward are other ones: y is twice that of the layers."""

    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return 2 * y, cache

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        return super().backward(2 * dy, cache, param_grads, input_grad)


def test_who_writes_another_forward_alone_is_a_single_layer_to_every_tool(rng):
    twice, x = Twice(Dense(3, 2, rng=rng), LeakyReLU()), rng.standard_normal((4, 3)).astype(np.float32)
    net = Sequential(("twice", twice), ("last", Dense(2, 1, rng=rng)))
    y = net.forward(x)[0]
    assert (report := check_layer(net, input_shape=(4, 3))).ok, report
    assert [name for name, _ in net.leaves()] == ["twice", "last"] and not net.per_sample
    assert [visit.name for visit in net.walk(x)] == ["twice", "last"]
    seen = []
    again = net.rebuilt(lambda name, layer: seen.append(name) or layer)
    assert seen == ["twice", "last"] and np.array_equal(again.forward(x)[0], y)
    assert twice.parts() == [("network", twice)]
    for cut in (lambda: twice.split("leakyrelu1"), lambda: net.split("twice.leakyrelu1")):
        with pytest.raises(ValueError):
            cut()
    with pytest.raises(NotImplementedError, match="layer 'twice': Twice has no double_backward"):
        y, cache = net.forward(x)
        net.double_backward(x, y, cache)
    assert "twice" in summary(net, (3,))


def test_who_writes_another_backward_alone_goes_no_second_order_of_the_parents(rng):
    class Reversed(Sequential):
        def backward(self, dy, cache, param_grads=True, input_grad=True):
            return super().backward(-dy, cache, param_grads, input_grad)

    net, x = Reversed(Dense(3, 2, rng=rng)), rng.standard_normal((4, 3))
    y, cache = net.forward(x)
    np.testing.assert_array_equal(net.trace_back(y, cache)[0], net.backward(y, cache)[0])
    with pytest.raises(NotImplementedError, match="Reversed has no double_backward"):
        net.double_backward(x, y, cache)


class Mean(Sum):
    """A student's composite, whole: y is the mean of the branches."""

    def forward(self, x, training=True, given=None):
        y, cache = super().forward(x, training, given)
        return y / len(self.layers), cache

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        return super().backward(dy / len(self.layers), cache, param_grads, input_grad)

    def trace_back(self, dy, cache):
        return super().trace_back(dy / len(self.layers), cache)

    def second_order(self, ddx, trace, cache, rule):
        ddy, grads = super().second_order(ddx, trace, cache, rule)
        return ddy / len(self.layers), grads

    def walk(self, x, training=False, given=None, name=""):
        y = yield from super().walk(x, training, given, name)
        return y / len(self.layers)


def test_who_writes_the_whole_way_is_a_composite(rng):
    net, x = Mean(Dense(3, 2, slope=0.2, rng=rng), Dense(3, 2, rng=rng)), rng.standard_normal((4, 3))
    off(net, rng)
    assert net.per_sample and len(list(net.leaves())) == 2
    for check in (check_layer, check_double_backward):
        assert (report := check(net, input_shape=(4, 3))).ok, report
    more = net.rebuilt(lambda name, layer: [("a", layer), ("b", Identity())])
    assert isinstance(more, Mean) and np.array_equal(more.forward(x)[0], net.forward(x)[0])


class Block(Layer):
    """A student's residual block, which keeps its layers as attributes and merges their dicts each time."""

    per_sample = True

    def __init__(self, n, rng):
        self.one, self.rest = Dense(n, 4, slope=0.2, rng=rng), [Dense(4, n, rng=rng), BatchNorm(n)]

    def merged(self, kind):
        inner = {"one": self.one, "two": self.rest[0], "norm": self.rest[1]}
        return {f"{name}/{key}": a for name, layer in inner.items() for key, a in getattr(layer, kind).items()}

    params = property(lambda self: self.merged("params"))
    state = property(lambda self: self.merged("state"))

    def forward(self, x, training=True):
        h, first = self.one.forward(x, training)
        h, second = self.rest[0].forward(h, training)
        y, third = self.rest[1].forward(h, training)
        return x + y, (first, second, third)

    def backward(self, dy, cache, param_grads=True):
        dh, norm = self.rest[1].backward(dy, cache[2])
        dh, two = self.rest[0].backward(dh, cache[1])
        dx, one = self.one.backward(dh, cache[0])
        grads = {"one": one, "two": two, "norm": norm}
        return dx + dy, {f"{name}/{key}": grad for name, own in grads.items() for key, grad in own.items()}


def block_trainer(seed):
    rng = np.random.default_rng(seed)
    G = Sequential(Dense(3, 2, rng=rng), ("block", Block(2, rng)))
    D = Sequential(("block", Block(2, rng)), Dense(2, 1, rng=rng))
    game = Gan(G, D, NonSaturating(), Adam(G.params), HistoricalAveraging(Adam(D.params), 0.1), Noise(3))
    samples = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    return Trainer(game, samples, batch_size=6, rng=rng, ema=Average(G, 0.9))


def test_params_may_be_a_property_that_merges(rng, tmp_path):
    """Its gradients, its dtype, its training and its checkpoint."""
    for layer in (Block(3, rng), Sequential(Block(3, rng), Dense(3, 1, rng=rng))):
        assert (report := check_layer(layer, input_shape=(5, 3))).ok, report
        assert {a.dtype for a in layer.astype(np.float64).params.values()} == {np.dtype(np.float64)}
    whole = block_trainer(1)
    before = {key: array.copy() for key, array in whole.arrays().items()}
    for t in range(6):
        if t == 4:
            save_checkpoint(tmp_path / "c.npz", whole, {})
        whole.step()
    assert all(not np.array_equal(array, before[key]) for key, array in whole.arrays().items() if "block" in key)
    resumed = block_trainer(2)
    load_checkpoint(tmp_path / "c.npz", resumed)
    resumed.step(), resumed.step()
    assert all(array.tobytes() == resumed.arrays()[key].tobytes() for key, array in whole.arrays().items())
    assert (
        whole.objective.D.layers["block"].one.params["w"].tobytes() == whole.arrays()["D/params/block.one/w"].tobytes()
    )


def test_arrays_that_astype_cannot_reach_are_said(rng):
    class Hidden(Identity):
        @property
        def params(self):
            return {"w": self.__dict__.setdefault("w", np.ones(3, np.float32))}

    with pytest.raises(ValueError, match="Hidden could not convert w: params is a property that makes a new dict each"):
        Sequential(Hidden()).astype(np.float64)


class Squared(Layer):
    """y = x^2 s, with two values of one shape in the cache."""

    def __init__(self):
        self.params = {"s": np.full(3, 2.0, np.float32)}

    def forward(self, x, training=True):
        s = self.params["s"].astype(x.dtype)
        return np.sum(x * x * s, axis=1, keepdims=True), self.seal(x, x * x)

    def backward(self, dy, cache, param_grads=True):
        x, square = self.unseal(cache, dy)
        return 2 * dy * x * self.params["s"].astype(x.dtype), {"s": np.sum(dy * square, axis=0)}


def test_a_student_seals_what_they_like(rng):
    """The last value has x's shape, y has another one."""
    assert (report := check_layer(Squared(), input_shape=(4, 3))).ok, report
    layer = Squared()
    y, cache = layer.forward(rng.standard_normal((4, 3)))
    layer.params["s"] += 1
    with pytest.raises(StaleCacheError):
        layer.backward(y, cache)


class Keywords(Layer):
    """Written short: no training, and everything else by keyword."""

    def forward(self, x, **options):
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy, {}


class Wordy(Layer):
    def forward(self, x):
        return 2 * x, None

    def backward(self, dy, cache, **options):
        return 2 * dy, {}


@pytest.mark.parametrize("kind", [Keywords, Wordy])
def test_layers_may_be_written_short(kind, rng):
    net = Sequential(Sum(kind(), Identity()), Dense(3, 1, rng=rng))
    y, cache = net.forward(rng.standard_normal((4, 3)), given={"labels": np.arange(4)})
    dx, grads = net.backward(y, cache, input_grad=True)
    assert dx.shape == (4, 3) and grads.keys() == net.params.keys()


def test_a_composite_by_itself_has_no_way():
    with pytest.raises(NotImplementedError):
        Composite(Identity()).forward(np.zeros((2, 2)))
