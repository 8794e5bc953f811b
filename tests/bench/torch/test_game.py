"""The PyTorch twin plays numerically the same game: objectives, gradients, and steps of the optimizers, for every loss,
penalty and optimizer that it has."""

import subprocess
import sys

import numpy as np
import pytest

from minigan import gan
from minigan.batch import Batch
from minigan.bench.torch import exchange
from minigan.bench.torch import rules as torch_rules
from minigan.bench.torch import twin as torch_twin
from minigan.layers import (
    AveragePool2D,
    BatchNorm,
    Concat,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DiffAugment,
    Flatten,
    Gain,
    Identity,
    InstanceNoise,
    LeakyReLU,
    MaxPool2D,
    Reshape,
    Sequential,
    SpectralNorm,
    Sum,
    SumPool,
    Tanh,
    UpSampling2D,
    output_axes,
    self_attention,
    spectral_normalised,
)
from minigan.losses import LOSSES, AuxiliaryClassifier, Wasserstein
from minigan.models import dcgan, mlp, recogniser, variants
from minigan.models.conditional import CONDITIONALS
from minigan.models.noise import Noise
from minigan.models.progressive import progressive
from minigan.models.residual import residual
from minigan.models.variants import packed
from minigan.models.wavegan import wavegan
from minigan.objectives import Gan, TermsAlone
from minigan.optim import OPTIMIZERS, Adam, Clipped, HistoricalAveraging, Orthogonal
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Supervised
from minigan.terms import CodeInformation, FeatureMatching, PullAway, VariationalEntropy
from minigan.training import Trainer
from minigan.unrolled import Unrolled

torch = pytest.importorskip("torch")
from minigan.bench.torch import game as torch_game  # noqa: E402
from minigan.bench.torch import objectives as torch_objectives  # noqa: E402
from minigan.bench.torch import terms as torch_terms  # noqa: E402

BATCH, Z, SHAPES = 6, 5, {"g_widths": (6, 4), "d_widths": (4, 6)}


def residual_images(rng):
    """Blocks after ResNet: pre-activated, with a skip or a convolution in its place; branches side by side; a chain in
    a chain; a skip of features."""

    def block(c_in, c_out, skip):
        first = Conv2D(c_in, c_out, 3, slope=0.2, rng=rng)
        return Sum(("body", Sequential(LeakyReLU(0.1), first, Conv2D(c_out, c_out, 3, rng=rng))), ("skip", skip))

    up = Sequential(UpSampling2D(2), Conv2DTranspose(4, 4, 5, bias=False, rng=rng), BatchNorm(4))
    G = Sequential(
        ("project", Dense(Z, 36, rng=rng)), ("shape", Reshape(3, 3, 4)), BatchNorm(4, slope=0.1),
        ("up", Sum(("body", up), ("skip", UpSampling2D(2)))), LeakyReLU(), Conv2D(4, 2, 3, rng=rng), Tanh(),
    )  # fmt: skip
    wide, narrow = Conv2D(3, 2, 3, stride=2, rng=rng), Conv2D(3, 1, 5, stride=2, slope=0.2, rng=rng)
    features = Sequential(Dense(54, 54, slope=0.3, rng=rng), Dense(54, 54, rng=rng))
    D = Sequential(
        ("first", Conv2D(2, 3, 3, rng=rng)), ("block1", block(3, 3, Identity())), ("side", Concat(wide, narrow)),
        ("block2", block(3, 6, Conv2D(3, 6, 1, slope=0.2, rng=rng))), LeakyReLU(),
        ("end", Sequential(Flatten(), Sum(features, Identity()), LeakyReLU(), ("logit", Dense(54, 1, rng=rng)))),
    )  # fmt: skip
    return G, D


def residual_features(rng):
    """Blocks of dense layers, before an image and behind one."""

    def block(n, skip):
        return Sum(("body", Dense(n, n, slope=0.1, rng=rng)), ("skip", skip))

    G = Sequential(
        Dense(Z, 12, bias=False, rng=rng), BatchNorm(12), block(12, Identity()),
        Sequential(Reshape(2, 2, 3), Conv2D(3, 3, 3, rng=rng)),
    )  # fmt: skip
    both = Concat(Flatten(), Sequential(Conv2D(3, 2, 1, rng=rng), Flatten()))
    D = Sequential(both, block(20, Identity()), block(20, Dense(20, 20, rng=rng)), ("logit", Dense(20, 1, rng=rng)))
    return G, D


def cropped(rng):
    """Convolutions that leave out the last rows: in the mirror the first."""
    G, _ = mlp((12, 11, 2), z_dim=Z, width=9, bounded=True, rng=rng)
    body = Sequential(LeakyReLU(), Conv2D(2, 3, 3, stride=2, slope=0.2, rng=rng))
    D = Sequential(
        Sum(body, Conv2D(2, 3, 1, stride=2, rng=rng)),  # (6, 6, 3)
        Conv2D(3, 4, (3, 2), stride=(2, 1), padding="valid", rng=rng),  # (2, 5, 4)
        Conv2D(4, 4, 1, stride=(1, 3), padding=((0, 0), (0, 1)), rng=rng),  # (2, 2, 4)
        Flatten(), ("logit", Dense(16, 1, rng=rng)),
    )  # fmt: skip
    return G, D


def pooled(rng):
    """Pools of odd sizes, with a smaller block at each rim: in the mirror the first one."""
    G, _ = mlp((9, 7, 2), z_dim=Z, width=9, bounded=True, rng=rng)
    skip = Sequential(AveragePool2D(2), Conv2D(2, 3, 1, rng=rng))
    D = Sequential(
        Sum(Sequential(Conv2D(2, 3, 3, slope=0.2, rng=rng), AveragePool2D(2)), skip),  # (5, 4, 3)
        MaxPool2D((3, 2)), Conv2D(3, 4, 3, rng=rng), Gain(), LeakyReLU(), SumPool(), ("logit", Dense(4, 1, rng=rng)),
    )  # fmt: skip
    return G, D


def attending(rng):
    """Attention over maps of odd sizes in both players; in G once without a pool."""
    G = Sequential(
        ("project", Dense(Z, 60, rng=rng)), Reshape(5, 3, 4), BatchNorm(4, slope=0.0),
        ("look", self_attention(4, rng=rng)), UpSampling2D(2), ("look_again", self_attention(4, pool=False, rng=rng)),
        LeakyReLU(), Conv2D(4, 2, 3, rng=rng), Tanh(),
    )  # fmt: skip
    D = Sequential(
        Conv2D(2, 16, 3, stride=2, slope=0.2, rng=rng), ("look", self_attention(16, rng=rng)), SumPool(),
        ("logit", Dense(16, 1, rng=rng)),
    )  # fmt: skip
    return G, D


RESIDUAL = ["residual, images", "residual, features"]
STILL = {"z_dim": Z, "phase_shuffle": 0}
PAIRS = {
    "kernel 4": lambda rng: dcgan(8, kernel=4, z_dim=Z, **SHAPES, rng=rng),
    "kernel 5": lambda rng: dcgan(8, 3, kernel=5, z_dim=Z, hidden=(7,), **SHAPES, slope=0.3, init="glorot", rng=rng),
    "size 12, odd maps": lambda rng: dcgan(12, kernel=4, z_dim=Z, g_widths=(6, 4), d_widths=(4, 6, 5), rng=rng),
    "three maps": lambda rng: dcgan(12, kernel=5, last_kernel=7, z_dim=Z, g_widths=(6, 5, 4), d_widths=(4, 5), rng=rng),
    "dense, images": lambda rng: mlp((4, 4, 3), z_dim=Z, width=9, bounded=True, rng=rng),
    "dense, points": lambda rng: mlp((2,), z_dim=Z, width=9, rng=rng),
    "maxout": lambda rng: mlp((2,), z_dim=Z, width=9, g_norm=True, slope=0.0, pieces=3, d_width=7, d_depth=3, rng=rng),
    "packs of images": lambda rng: in_packs(3, dcgan(8, 3, kernel=5, z_dim=Z, **SHAPES, pac=3, rng=rng)),
    "residual, images": residual_images,
    "residual, features": residual_features,
    "rows left out": cropped,
    "pools": pooled,
    "attention": attending,
    "signals": lambda rng: wavegan((37, 2), widths=(6, 5), kernel=7, stride=3, **STILL, rng=rng),
    "signals, shuffled": lambda rng: wavegan((33, 1), z_dim=Z, widths=(4, 6), stride=2, kernel=5, rng=rng),
    "signals, norm": lambda rng: wavegan((32, 1), widths=(4, 6), kernel=5, g_norm=True, **STILL, rng=rng),
    "packs, dense": lambda rng: in_packs(2, mlp((4, 4, 3), z_dim=Z, width=9, bounded=True, pac=2, rng=rng)),
}  # fmt: skip
ADAM = {"lr": 1e-3, "beta1": 0.5, "beta2": 0.99, "eps": 1e-7}
ROUNDING = 1e-12
TOLERANCES = [(np.float32, 1e-4), (np.float64, 1e-9)]


def in_packs(m, pair):
    """G, D with a D that was built for packs of m samples, of the sizes used here."""
    G, D = pair
    return G, packed(D, m, G.output_shape((Z,)))


def made(pair, dtype, rng, loss="non-saturating", rule=Adam, options=ADAM, change=None, kind=Gan, **parts):
    """A Trainer whose samples are one batch, its networks off their initial values, so that no order is lost; and z.
    change: function (G, D) -> G, D. kind: of the game; parts: more of it."""
    G, D = PAIRS[pair](rng)
    shape = G.output_shape((Z,))
    G, D = (network.astype(dtype) for network in (change(G, D) if change else (G, D)))
    for network in (G, D):
        for array in (*network.params.values(), *network.state.values()):
            array += (0.1 * rng.uniform(0.5, 1, array.shape)).astype(array.dtype)
    real = rng.uniform(-1, 1, (BATCH, *shape)).astype(dtype)
    optimizers = rule(G.params, **options), rule(D.params, **options)
    loss = loss if not isinstance(loss, str) else LOSSES[loss]()
    game = kind(G, D, loss, *optimizers, Noise(Z), **parts)
    return Trainer(game, real, batch_size=BATCH, rng=rng), rng.standard_normal((BATCH, Z)).astype(dtype)


def twin_of(t, z, tmp_path, mode="contiguous", labels=None):
    """The twin, which draws the random numbers of penalties as a Generator of the seed 3 does."""
    torch.set_num_threads(1)  # tests run in several processes
    torch_rules.save(tmp_path / "twin.npz", t, t.samples, z, labels)
    twin = torch_game.TwinGame(**exchange.load(tmp_path / "twin.npz"), mode=mode)
    same = np.random.default_rng(3)
    for penalty in twin.penalties:
        penalty.choose = lambda count, size: torch.tensor(same.choice(count, size, replace=False))
        penalty.uniform = lambda *shape, dtype: torch.tensor(same.random(shape, z.dtype))
        penalty.normal = lambda *shape, dtype: torch.tensor(
            exchange.to_twin_samples(same.standard_normal(t.samples.shape, z.dtype))
        )
    return twin


def in_twin_layout(network, shape, arrays):
    """Arrays by the keys of network.params -> by the twin's names, in its layout."""
    found = {}
    for module in torch_twin.walk(network, shape):
        for key, (twin_key, to_twin) in module.layouts.items():
            if (ours := f"{module.ours[0]}.{key}") in arrays:
                raw = module.spectral_norm and key == "w"
                found[f"{module.name}.{'parametrizations.weight.original' if raw else twin_key}"] = to_twin(
                    arrays[ours]
                )
    return found


def assert_close(ours, theirs, tolerance):
    """Each array's difference is small against its size, or rounding: the gradient of a bias before a norm is 0."""
    assert ours.keys() == theirs.keys()
    for key in ours:
        theirs_key = np.zeros_like(ours[key]) if theirs[key] is None else theirs[key].detach().numpy()
        assert np.linalg.norm(ours[key] - theirs_key) <= tolerance * np.linalg.norm(ours[key]) + ROUNDING, key


def assert_same_parameters(t, z, twin, tolerance):
    """Both players' parameters are the same on both sides."""
    for network, module, x in ((t.objective.G, twin.G, z), (t.objective.D, twin.D, t.samples)):
        parameters = dict(module.named_parameters())
        assert_close(in_twin_layout(network, x.shape[1:], network.params), parameters, tolerance)


def play(t, z, twin, tolerance, before=lambda: None, **given):
    """k steps of D and one of G, on both sides, `before` called before each; everything must agree after each."""
    rng, seen, real, game = np.random.default_rng(3), {}, Batch(t.samples, given), t.objective
    for optimizer in (game.g_optimizer, game.d_optimizer):
        step = optimizer.step
        optimizer.step = lambda grads, step=step: (
            seen.update({key: g.copy() for key, g in grads.items()}),
            step(grads),
        )
    for player in ["D"] * game.k + ["G"]:
        seen.clear()
        before()
        if player == "D":
            fake = gan.draw(game.G, z, given)
            ours, theirs, network, module, x = game.d_step(real, fake, rng).loss, twin.d_step(), game.D, twin.D, real.x
        else:
            fake = gan.draw(game.G, z, given) if game.fresh_noise else fake
            ours, theirs, network, module, x = game.g_step(real, fake).loss, twin.g_step(), game.G, twin.G, z
        assert ours == pytest.approx(theirs, rel=max(tolerance, 1e-9), abs=tolerance)
        grads = {key: parameter.grad for key, parameter in module.named_parameters()}
        assert_close(in_twin_layout(network, x.shape[1:], seen), grads, tolerance)
        assert_same_parameters(t, z, twin, tolerance)


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "shuffled" not in pair])  # its shifts are drawn: see below
def test_every_network_and_its_running_statistics(pair, dtype, tolerance, mode, rng, tmp_path):
    t, z = made(pair, dtype, rng)
    twin = twin_of(t, z, tmp_path, mode)
    play(t, z, twin, tolerance)
    assert_statistics(t, twin, tolerance)


def assert_statistics(t, twin, tolerance):
    """The running statistics of batch norms are the same."""
    for network, module, size in ((t.objective.G, twin.G, (Z,)), (t.objective.D, twin.D, t.samples.shape[1:])):
        for part in torch_twin.describe(network, size):  # the running statistics, which describe reads anew
            buffers = {key: value for key, value in part["arrays"].items() if key.startswith("running")}
            theirs = {key: getattr(module.get_submodule(part["name"]), key) for key in buffers}
            assert_close(buffers, theirs, tolerance)


@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss, dtype, tolerance, rng, tmp_path):
    t, z = made("kernel 5", dtype, rng, loss=loss)
    play(t, z, twin_of(t, z, tmp_path), tolerance)


@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize(
    "penalties",
    [
        lambda: [WGANGP(7.0, target=0.9)],
        lambda: [DRAGAN(3.0, spread=0.4)],
        lambda: [R1(0.8)],
        lambda: [R2(0.6)],
        lambda: [R1(0.8), R2(0.6)],
        lambda: [WGANGP(every=2), R1(0.3, every=2)],
    ],
)
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "packs of images", "pools", *RESIDUAL])
def test_every_penalty(pair, penalties, dtype, tolerance, rng, tmp_path):
    t, z = made(pair, dtype, rng, penalties=penalties(), k=3)
    play(t, z, twin_of(t, z, tmp_path, "channels_last"), tolerance)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_with_penalties_beside_it(loss, rng, tmp_path):
    t, z = made("kernel 5", np.float64, rng, loss=loss, penalties=[R1(0.8), WGANGP(), R2(0.6)])
    play(t, z, twin_of(t, z, tmp_path), 1e-9)


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_every_optimizer_and_new_noise(rule, rng, tmp_path):
    t, z = made("maxout", np.float64, rng, rule=rule, options={"lr": 1e-2}, k=2, fresh_noise=True)
    twin = twin_of(t, z, tmp_path)
    play(t, z, twin, 1e-9)
    assert_statistics(t, twin, 1e-9)  # G draws once more, which its statistics show


@pytest.mark.parametrize("penalties", [[], [R1(0.5)]])
@pytest.mark.parametrize("pair", ["kernel 5", "dense, images", "maxout", "rows left out", "pools", *RESIDUAL])
def test_spectral_normalisation(pair, penalties, rng, tmp_path):
    """PyTorch begins with another u, goes on from v first, and iterates in each pass, not once for each new weight: the
    two are the same where u and v have converged, so both iterate until they have."""
    t, z = made(pair, np.float64, rng, penalties=penalties)
    t.objective.D = spectral_normalised(t.objective.D, rng=rng).astype(np.float64)
    twin = twin_of(t, z, tmp_path)

    def converge():
        for _, layer in t.objective.D.leaves():
            if isinstance(layer, SpectralNorm):
                layer.state["fingerprint"][...] = -1
                layer.iterate(300)
        with torch.no_grad():
            for _ in range(300):
                twin.D(twin.real[:1])

    play(t, z, twin, 1e-8, converge)


def test_every_loss_and_penalty_that_is_described_is_written():
    for described, written in (
        (torch_rules.LOSSES, torch_objectives.LOSSES),
        (torch_rules.PENALTIES, torch_objectives.PENALTIES),
        (torch_rules.TERMS, torch_terms.TERMS),
        (torch_rules.OPTIMIZERS, torch_game.OPTIMIZERS),
    ):
        assert {kind.__name__ for kind in described} == written.keys()


def q_of(D, n_out, dtype, rng):
    """A network Q off its initial values, and its optimizer."""
    Q = recogniser(D, n_out, rng=rng).astype(dtype)
    for array in Q.params.values():
        array += (0.1 * rng.uniform(0.5, 1, array.shape)).astype(dtype)
    return Q, Adam(Q.params, **ADAM)


@pytest.mark.parametrize(
    "pair, dtype, tolerance",
    [
        *((pair, *TOLERANCES[1]) for pair in RESIDUAL),  # their features are so alike that float32 is not enough
        *((pair, *both) for pair in ("kernel 5", "dense, points", "maxout") for both in TOLERANCES),
    ],
)
@pytest.mark.parametrize("term", ["feature-matching", "pull-away", "entropy", "information"])
def test_every_term(pair, term, dtype, tolerance, rng, tmp_path):
    t, z = made(pair, dtype, rng)
    z[:, -3:] = np.eye(3)[rng.integers(0, 3, BATCH)]  # a code
    if term == "feature-matching":
        terms = [FeatureMatching(3.0), FeatureMatching(0.5, list(t.objective.D.layers)[-2])]
    elif term == "pull-away":
        terms = [PullAway(2.0)]
    else:
        kind, n_out = (VariationalEntropy, 2 * Z) if term == "entropy" else (CodeInformation, 3)
        Q, optimizer = q_of(PAIRS[pair](rng)[1], n_out, dtype, rng)
        terms = [PullAway(0.3), kind(Q, optimizer, *([3] if term == "information" else []), weight=0.7)]
    t.objective.terms = terms
    twin = twin_of(t, z, tmp_path)
    play(t, z, twin, tolerance)
    for i, own in enumerate(terms, start=1):
        if own.network is not None:
            parameters = dict(twin.networks[f"Q{i}"].named_parameters())
            assert_close(in_twin_layout(own.network, t.samples.shape[1:], own.network.params), parameters, tolerance)


def test_features_of_no_layer():
    with pytest.raises(ValueError, match="no layer 'logits'"):
        torch_terms.features(torch.nn.Sequential(torch.nn.Flatten()), torch.zeros(2, 3), "logits")


@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", ["kernel 5", "residual, images"])
def test_a_classifier_that_g_does_not_play_against(pair, dtype, tolerance, rng, tmp_path):
    """The game of the semi-supervised recipe: labels for D, features for G."""
    t, z = made(
        pair, dtype, rng, change=lambda G, D: (G, variants.classifying(D, 4, rng=rng)),
        kind=TermsAlone, loss=LOSSES["non-saturating"](0.9), terms=(FeatureMatching(2.0),),
    )  # fmt: skip
    images = rng.uniform(-1, 1, (9, *t.samples.shape[1:])).astype(dtype)
    t.objective.penalties = (Supervised(images, rng.integers(0, 4, 9), 5, weight=0.6),)
    play(t, z, twin_of(t, z, tmp_path, "channels_last"), tolerance)


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "dense, images"])
def test_minibatch_discrimination(pair, dtype, tolerance, mode, rng, tmp_path):
    def change(G, D):
        return G, variants.minibatch_discriminating(D, kernels=4, dims=3, rng=rng)

    t, z = made(pair, dtype, rng, change=change)
    play(t, z, twin_of(t, z, tmp_path, mode), tolerance)


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", ["kernel 5", "maxout"])
def test_virtual_batch_norm(pair, dtype, tolerance, mode, rng, tmp_path):
    def change(G, D):
        return variants.virtually_normalised(G, rng.standard_normal((4, Z))), D

    t, z = made(pair, dtype, rng, change=change)
    play(t, z, twin_of(t, z, tmp_path, mode), tolerance)


@pytest.mark.parametrize("pair", ["kernel 5", "dense, points"])
def test_instance_noise(pair, rng, tmp_path):
    def change(G, D):
        return G, variants.seen_through(D, ("noise", InstanceNoise(0.4, rng=np.random.default_rng(5))))

    t, z = made(pair, np.float64, rng, change=change)
    t.objective.D.layers["noise"].state["sigma"] = np.array(0.4, np.float32)
    twin, same = twin_of(t, z, tmp_path), np.random.default_rng(5)

    def normal(x):
        ours = (len(x), *t.samples.shape[1:])
        return torch.tensor(exchange.to_twin_samples(same.standard_normal(ours)))

    twin.D.noise.normal = normal
    play(t, z, twin, 1e-9)


def test_changed_images(rng, tmp_path):
    """Each change by the amounts that minigan has drawn, in the twin's mirror."""
    policy, drawn = "translation,cutout,brightness,saturation,contrast", []

    def change(G, D):
        return G, variants.seen_through(D, ("augment", DiffAugment(policy, rng=rng)))

    t, z = made("kernel 5", np.float64, rng, change=change)
    t.objective.D.layers["augment"].state["p"] = np.array(1, np.float32)
    twin, forward = twin_of(t, z, tmp_path), t.objective.D.layers["augment"].forward

    def recorded(x, training=True):
        y, cache = forward(x, training)
        for start in range(0, len(x) if training else 0, BATCH):  # real and fake images went through as one batch
            part = slice(start, start + BATCH)
            amounts = [amount for _, amount in cache.values[0]]
            drawn.append(dict(zip(policy.split(","), amounts, strict=True)))
            drawn[-1] = {key: a[:, part] if key == "translation" else a[part] for key, a in drawn[-1].items()}
        return y, cache

    def draw(name, chosen, x):
        assert chosen.all()
        amount = drawn[0].pop(name)
        if not drawn[0]:
            drawn.pop(0)
        if name == "translation":
            return -torch.tensor(amount.astype(int))
        return torch.tensor(exchange.to_twin_samples(amount) if name == "cutout" else amount.ravel())

    t.objective.D.layers["augment"].forward, twin.D.augment.draw = recorded, draw
    play(t, z, twin, 1e-9)
    assert not drawn


def test_phase_shuffle_by_the_same_shifts(rng, tmp_path):
    """The twin lives in the mirror: to the left is to the right there."""
    t, z = made("signals, shuffled", np.float64, rng)
    twin, shuffle, drawn = twin_of(t, z, tmp_path), t.objective.D.layers["shuffle1"], []
    forward = shuffle.forward

    def recorded(x, training=True):
        y, cache = forward(x, training)
        for start in range(0, len(x) if training else 0, BATCH):  # real and fake signals went through as one batch
            drawn.append(cache.values[0][start : start + BATCH])
        return y, cache

    shuffle.forward, twin.D.shuffle1.draw = recorded, lambda n: -torch.tensor(drawn.pop(0))
    play(t, z, twin, 1e-9)
    assert not drawn
    shifts = torch_game.OWN["PhaseShuffle"](2).draw(4000)
    assert set(shifts.tolist()) == {-2, -1, 0, 1, 2} and torch.bincount(shifts + 2).min() > 600


@pytest.mark.parametrize("layer", ["end.leakyrelu1", "end.sum1.sequential1.dense2", "block2", "end"])
def test_features_deep_inside(layer, rng, tmp_path):
    """In a chain in a chain; before a Sum that the layer is a part of. What goes into the layer is not overwritten."""
    terms = [FeatureMatching(0.5, layer), PullAway(0.3, layer)]
    t, z = made("residual, images", np.float64, rng, terms=terms)
    play(t, z, twin_of(t, z, tmp_path), 1e-9)


def test_what_the_twin_draws_itself():
    """As much as minigan does, and as often."""
    torch.manual_seed(0)
    x = torch.zeros(4000, 1, 16, 9)
    layer = torch_game.OWN["DiffAugment"](("translation", "cutout", "brightness", "contrast"), 0.25)
    assert layer(x).shape == x.shape
    every, some = torch.ones(len(x), dtype=bool), torch.rand(len(x)) < 0.25
    moves = layer.draw("translation", every, x)
    assert [(int(a.min()), int(a.max())) for a in moves] == [(-2, 2), (-1, 1)]
    for name, least, most, none in (
        ("brightness", -0.5, 0.5, 0.0),
        ("saturation", 0, 2, 1.0),
        ("contrast", 0.5, 1.5, 1.0),
    ):
        amount = layer.draw(name, every, x)
        assert least <= amount.min() < least + 0.01 and most - 0.01 < amount.max() <= most
        assert (layer.draw(name, some, x)[~some] == none).all()
    assert (layer.draw("translation", some, x)[:, ~some] == 0).all()
    mask = layer.draw("cutout", some, x)
    assert mask[~some].all() and not mask[some].all(dim=(1, 2, 3)).any()
    hidden = (~layer.draw("cutout", every, x)).sum(dim=(1, 2, 3))
    assert hidden.max() == 8 * 5 and hidden.min() >= 4 * 2
    noise = torch_game.OWN["InstanceNoise"](0.3)(x)
    assert noise.std() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("rule, options", [(Adam, ADAM), (OPTIMIZERS["sgd"], {"lr": 0.3})])
@pytest.mark.parametrize("loss", ["non-saturating", "minimax"])
@pytest.mark.parametrize("pair", ["kernel 5", "maxout"])
def test_the_unrolled_game(pair, loss, rule, options, rng, tmp_path):
    t, z = made(pair, np.float64, rng, loss=loss, rule=rule, options=options, kind=Unrolled, steps=3)
    twin, game, real = twin_of(t, z, tmp_path), t.objective, Batch(t.samples)
    for _ in range(2):
        fake = gan.draw(game.G, z)
        game.d_step(real, fake, rng)
        twin.d_step()
        assert game.g_step(real, fake).loss == pytest.approx(twin.g_step(), rel=1e-9)
        assert_same_parameters(t, z, twin, 1e-7)


def test_historical_averaging(rng, tmp_path):
    t, z = made("dense, points", np.float64, rng)
    game, real = t.objective, Batch(t.samples)
    game.g_optimizer, game.d_optimizer = (HistoricalAveraging(own, 0.3) for own in (game.g_optimizer, game.d_optimizer))
    twin = twin_of(t, z, tmp_path)
    for _ in range(3):
        fake = gan.draw(game.G, z)
        game.d_step(real, fake, rng)
        game.g_step(real, fake)
        twin.step()
        assert_same_parameters(t, z, twin, 1e-9)


LABELS, CLASSES = np.array([2, 0, 1, 2, 2, 0]), 3


def told(way, pair, dtype, rng, **options):
    """A Trainer of a conditional game, and z. way: a name of CONDITIONALS."""
    way, loss = CONDITIONALS[way], LOSSES[options.pop("loss", "non-saturating")]()
    options["change"] = lambda G, D: way.told(G, D, CLASSES, rng)
    return made(pair, dtype, rng, loss=way.loss(loss, CLASSES), **options)


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "dense, images", "attention"])
@pytest.mark.parametrize("way", ["concat", "auxiliary", "projection"])
def test_every_way_to_tell_the_label(way, pair, dtype, tolerance, mode, rng, tmp_path):
    t, z = told(way, pair, dtype, rng)
    twin = twin_of(t, z, tmp_path, mode, LABELS)
    play(t, z, twin, tolerance, labels=LABELS)
    assert_statistics(t, twin, tolerance)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", ["concat", "auxiliary", "projection"])
def test_conditional_games_with_every_loss_and_a_penalty(way, loss, rng, tmp_path):
    t, z = told(way, "kernel 5", np.float64, rng, loss=loss, penalties=[R1(0.8, every=2)], k=2, fresh_noise=True)
    play(t, z, twin_of(t, z, tmp_path, labels=LABELS), 1e-9, labels=LABELS)


def test_the_weight_of_the_classes(rng, tmp_path):
    t, z = told("auxiliary", "kernel 5", np.float64, rng)
    t.objective.loss = AuxiliaryClassifier(t.objective.loss.loss, CLASSES, weight=0.3)
    play(t, z, twin_of(t, z, tmp_path, labels=LABELS), 1e-9, labels=LABELS)


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("skip_z", [False, True])
def test_a_shared_embedding(skip_z, mode, rng, tmp_path):
    """The networks of BigGAN, with all their parts. With SGD: Adam follows the rounding of gradients that are 0, those
    of biases before a norm."""

    def change(G, D):
        options = {"g_widths": (8, 6, 4), "d_widths": (4, 8, 9), "classes": CLASSES, "shared_embedding": 7}
        G, D = residual((8, 8, 3), z_dim=Z, **options, skip_z=skip_z, attention=4, rng=rng)
        return CONDITIONALS["projection"].told(G, D, CLASSES, rng)

    t, z = made("kernel 5", np.float64, rng, "hinge", OPTIMIZERS["sgd"], {"lr": 1e-5}, change)
    twin = twin_of(t, z, tmp_path, mode, LABELS)
    play(t, z, twin, 1e-9, labels=LABELS)
    assert_statistics(t, twin, 1e-9)


@pytest.mark.parametrize("pair", ["kernel 5", "residual, images", "dense, points", "attention"])
@pytest.mark.parametrize("normalised", [False, True])
def test_orthogonal_regularisation(pair, normalised, rng, tmp_path):
    """Dense and both kinds of convolution; also of the weights as they are before a SpectralNorm divides them."""
    t, z = made(pair, np.float64, rng)
    game, real = t.objective, Batch(t.samples)
    if normalised:
        game.G = spectral_normalised(game.G, rng=rng)
    game.g_optimizer = Orthogonal(Adam(game.G.params, **ADAM), 0.3, output_axes(game.G))
    game.d_optimizer = HistoricalAveraging(Orthogonal(Adam(game.D.params, **ADAM), 0.2, output_axes(game.D)), 0.1)
    described = torch_rules.rules(t)["g_optimizer"]
    assert len(described["options"]["axes"]) == len(output_axes(game.G))
    twin = twin_of(t, z, tmp_path)
    if normalised:  # the gradients of the term alone: u and v begin otherwise in PyTorch
        before = {name: p.detach().clone() for name, p in twin.G.named_parameters()}
        for p in twin.G.parameters():
            p.grad = torch.zeros_like(p)
        twin.g_optimizer.optimizer.step = lambda: None
        twin.g_optimizer.step()
        game.g_optimizer.optimizer.step = (seen := {}).update
        game.g_optimizer.step({key: np.zeros_like(p) for key, p in game.G.params.items()})
        assert_close(in_twin_layout(game.G, (Z,), seen), {key: p.grad for key, p in twin.G.named_parameters()}, 1e-9)
        assert before.keys() == dict(twin.G.named_parameters()).keys()
        return
    for _ in range(2):
        fake = gan.draw(game.G, z)
        game.d_step(real, fake, rng)
        game.g_step(real, fake)
        twin.step()
        assert_same_parameters(t, z, twin, 1e-9)


def test_clipping_and_the_average(rng, tmp_path):
    from minigan.training.ema import Average

    t, z = made("dense, points", np.float64, rng)
    t.ema = Average(t.objective.G, decay=0.9)
    rules = torch_rules.rules(t)
    assert rules["ema"] == 0.9
    t.objective.d_optimizer = Clipped(t.objective.d_optimizer, 0.01)
    twin = twin_of(t, z, tmp_path)
    twin.step()
    first = [p.detach().clone() for p in twin.G.parameters()]
    twin.step()
    assert max(float(p.detach().abs().max()) for p in twin.D.parameters()) == 0.01
    for kept, one, two in zip(twin.average.module.parameters(), first, twin.G.parameters(), strict=True):
        np.testing.assert_allclose(kept.detach(), 0.9 * one + 0.1 * two.detach(), rtol=1e-12)


def test_the_process_of_the_twin_holds_no_kernels():
    code = "import sys, minigan.bench.torch.game; print([name for name in sys.modules if name.startswith('minigan')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "minigan.bench.torch.game" in done.stdout and "kernels" not in done.stdout
    assert "minigan.layers" not in done.stdout


@pytest.mark.parametrize("mode", exchange.MODES)
@pytest.mark.parametrize("sizes", [(8,), (4, 8)])
def test_networks_that_grow(sizes, mode, rng, tmp_path):
    """At one size from the start, and while one fades in; with WGAN-GP through the deviation of a group, and drift.
    In float64: Wasserstein's gradient of the last bias is 0 but for drift, and float32 rounds."""
    networks, options = None, {"z_dim": Z, "base": 24, "most": 6, "least": 3, "group_size": 3, "rng": rng}
    for stage, size in enumerate(sizes):
        networks = progressive((size, size, 1), stage=stage, previous=networks, **options)
    G, D = (network.astype(np.float64) for network in networks)
    real, z = rng.uniform(-1, 1, (BATCH, 8, 8, 1)), rng.standard_normal((BATCH, Z))
    D.apply(
        G.apply(z, given={"alpha": 0.3})[0], given={"alpha": 0.3}
    )  # the alpha that a pass in training is told stays
    optimizers = Adam(G.params, **ADAM), Adam(D.params, **ADAM)
    game = Gan(G, D, Wasserstein(drift=0.1), *optimizers, Noise(Z), penalties=[WGANGP(10.0)])
    t = Trainer(game, real, batch_size=BATCH, rng=rng)
    play(t, z, twin_of(t, z, tmp_path, mode), 1e-9)
