"""The PyTorch twin plays numerically the same game: objectives, gradients, and steps of the optimizers, for every loss,
penalty and optimizer that it has."""

import numpy as np
import pytest

from minigan import gan
from minigan.bench.torch import rules as torch_rules
from minigan.bench.torch import twin as torch_twin
from minigan.layers import DiffAugment, InstanceNoise, SpectralNorm, spectral_normalised
from minigan.losses import LOSSES, OnlyDiscriminator
from minigan.models import dcgan, mlp, recogniser, variants
from minigan.models.variants import packed
from minigan.optim import OPTIMIZERS, Adam, Clipped, HistoricalAveraging
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Supervised
from minigan.terms import CodeInformation, FeatureMatching, PullAway, VariationalEntropy
from minigan.training import Trainer

torch = pytest.importorskip("torch")
from minigan.bench.torch import game as torch_game  # noqa: E402
from minigan.bench.torch import objectives as torch_objectives  # noqa: E402
from minigan.bench.torch import terms as torch_terms  # noqa: E402

BATCH, Z, SHAPES = 6, 5, {"g_widths": (6, 4), "d_widths": (4, 6)}
PAIRS = {
    "kernel 4": lambda rng: dcgan(8, kernel=4, z_dim=Z, **SHAPES, rng=rng),
    "kernel 5": lambda rng: dcgan(8, 3, kernel=5, z_dim=Z, hidden=(7,), **SHAPES, slope=0.3, init="glorot", rng=rng),
    "size 12, odd maps": lambda rng: dcgan(12, kernel=4, z_dim=Z, g_widths=(6, 4), d_widths=(4, 6, 5), rng=rng),
    "three maps": lambda rng: dcgan(12, kernel=5, last_kernel=7, z_dim=Z, g_widths=(6, 5, 4), d_widths=(4, 5), rng=rng),
    "dense, images": lambda rng: mlp((4, 4, 3), z_dim=Z, width=9, bounded=True, rng=rng),
    "dense, points": lambda rng: mlp((2,), z_dim=Z, width=9, rng=rng),
    "maxout": lambda rng: mlp((2,), z_dim=Z, width=9, g_norm=True, slope=0.0, pieces=3, d_width=7, d_depth=3, rng=rng),
    "packs of images": lambda rng: in_packs(3, dcgan(8, 3, kernel=5, z_dim=Z, **SHAPES, pac=3, rng=rng)),
    "packs, dense": lambda rng: in_packs(2, mlp((4, 4, 3), z_dim=Z, width=9, bounded=True, pac=2, rng=rng)),
}  # fmt: skip
ADAM = {"lr": 1e-3, "beta1": 0.5, "beta2": 0.99, "eps": 1e-7}
TOLERANCES = [(np.float32, 1e-4), (np.float64, 1e-9)]


def in_packs(m, pair):
    """G, D with a D that was built for packs of m samples, of the sizes used here."""
    G, D = pair
    return G, packed(D, m, G.output_shape((Z,)))


def made(pair, dtype, rng, loss="non-saturating", rule=Adam, options=ADAM, change=None, **rules):
    """A Trainer whose samples are one batch, its networks off their initial values, so that no order is lost; and z.
    change: function (G, D) -> G, D."""
    G, D = PAIRS[pair](rng)
    G, D = (network.astype(dtype) for network in (change(G, D) if change else (G, D)))
    for network in (G, D):
        for array in (*network.params.values(), *network.state.values()):
            array += (0.1 * rng.uniform(0.5, 1, array.shape)).astype(array.dtype)
    real = rng.uniform(-1, 1, (BATCH, *G.output_shape((Z,)))).astype(dtype)
    t = Trainer(G, D, real, loss=LOSSES[loss](), g_optimizer=rule(G.params, **options),
                d_optimizer=rule(D.params, **options), batch_size=BATCH, z_dim=Z, rng=rng, **rules)  # fmt: skip
    return t, rng.standard_normal((BATCH, Z)).astype(dtype)


def twin_of(t, z, tmp_path, mode="contiguous"):
    """The twin, which draws the random numbers of penalties as a Generator of the seed 3 does."""
    torch.set_num_threads(1)  # tests run in several processes
    torch_rules.save(tmp_path / "twin.npz", t, t.samples, z)
    twin = torch_game.TwinGame(**torch_rules.load(tmp_path / "twin.npz"), mode=mode)
    same = np.random.default_rng(3)
    for penalty in twin.penalties:
        penalty.choose = lambda count, size: torch.tensor(same.choice(count, size, replace=False))
        penalty.uniform = lambda *shape, dtype: torch.tensor(same.random(shape, z.dtype))
        penalty.normal = lambda *shape, dtype: torch.tensor(
            torch_twin.to_twin_samples(same.standard_normal(t.samples.shape, z.dtype))
        )
    return twin


def in_twin_layout(network, shape, arrays):
    """Arrays by the keys of network.params -> by the twin's names, in its layout."""
    raw = {name: isinstance(layer, SpectralNorm) for name, layer in network.layers.items()}
    return {
        f"{name}.parametrizations.weight.original" if raw[name] and key == "w" else f"{name}.{twin_key}": to_twin(
            arrays[f"{name}.{key}"]
        )
        for name, _, _, _, layouts in torch_twin.walk(network, shape)
        for key, (twin_key, to_twin) in layouts.items()
    }


def assert_close(ours, theirs, tolerance):
    """Each array's difference is small against its size."""
    assert ours.keys() == theirs.keys()
    for key in ours:
        theirs_key = np.zeros_like(ours[key]) if theirs[key] is None else theirs[key].detach().numpy()
        assert np.linalg.norm(ours[key] - theirs_key) <= tolerance * np.linalg.norm(ours[key]), key


def play(t, z, twin, tolerance, before=lambda: None):
    """k steps of D and one of G, on both sides, `before` called before each; everything must agree after each."""
    rng, seen, real = np.random.default_rng(3), {}, t.samples
    for optimizer in (t.g_optimizer, t.d_optimizer):
        step = optimizer.step
        optimizer.step = lambda grads, step=step: (
            seen.update({key: g.copy() for key, g in grads.items()}),
            step(grads),
        )
    for player in ["D"] * t.k + ["G"]:
        seen.clear()
        before()
        if player == "D":
            d = gan.d_step(t.G, t.D, t.loss, t.d_optimizer, real, z, penalties=t.penalties, rng=rng)
            ours, theirs, network, module, size = d.loss, twin.d_step(), t.D, twin.D, real.shape[1:]
        else:
            drawn = None if t.fresh_noise else d.drawn
            ours = gan.g_step(t.G, t.D, t.loss, t.g_optimizer, z, drawn, real=real, terms=t.terms).loss
            theirs, network, module, size = twin.g_step(), t.G, twin.G, (Z,)
        assert ours == pytest.approx(theirs, rel=max(tolerance, 1e-9), abs=tolerance)
        parameters = dict(module.named_parameters())
        grads = {key: parameter.grad for key, parameter in parameters.items()}
        assert_close(in_twin_layout(network, size, seen), grads, tolerance)
        assert_close(in_twin_layout(network, size, network.params), parameters, tolerance)


@pytest.mark.parametrize("mode", torch_twin.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", PAIRS)
def test_every_network_and_its_running_statistics(pair, dtype, tolerance, mode, rng, tmp_path):
    t, z = made(pair, dtype, rng)
    twin = twin_of(t, z, tmp_path, mode)
    play(t, z, twin, tolerance)
    assert_statistics(t, twin, tolerance)


def assert_statistics(t, twin, tolerance):
    """The running statistics of batch norms are the same."""
    for network, module, size in ((t.G, twin.G, (Z,)), (t.D, twin.D, t.samples.shape[1:])):
        for part in torch_twin.describe(network, size):  # the running statistics, which describe reads anew
            buffers = {key: value for key, value in part["arrays"].items() if key.startswith("running")}
            theirs = {key: getattr(getattr(module, part["name"]), key) for key in buffers}
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
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "packs of images"])
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
@pytest.mark.parametrize("pair", ["kernel 5", "dense, images", "maxout"])
def test_spectral_normalisation(pair, penalties, rng, tmp_path):
    """PyTorch begins with another u, goes on from v first, and iterates in each pass, not once for each new weight: the
    two are the same where u and v have converged, so both iterate until they have."""
    t, z = made(pair, np.float64, rng, penalties=penalties)
    t.D = spectral_normalised(t.D, rng=rng).astype(np.float64)
    twin = twin_of(t, z, tmp_path)

    def converge():
        for layer in t.D.layers.values():
            if isinstance(layer, SpectralNorm):
                layer.state["fingerprint"][...] = -1
                layer.iterate(300)
        with torch.no_grad():
            for _ in range(300):
                twin.D(twin.real[:1])

    play(t, z, twin, 1e-8, converge)


def test_every_loss_and_penalty_that_is_described_is_written():
    assert torch_rules.LOSSES.keys() == torch_objectives.LOSSES.keys()
    assert torch_rules.PENALTIES.keys() == torch_objectives.PENALTIES.keys()
    assert torch_rules.TERMS.keys() == torch_terms.TERMS.keys()


def q_of(D, n_out, dtype, rng):
    """A network Q off its initial values, and its optimizer."""
    Q = recogniser(D, n_out, rng=rng).astype(dtype)
    for array in Q.params.values():
        array += (0.1 * rng.uniform(0.5, 1, array.shape)).astype(dtype)
    return Q, Adam(Q.params, **ADAM)


@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("term", ["feature-matching", "pull-away", "entropy", "information"])
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "maxout"])
def test_every_term(pair, term, dtype, tolerance, rng, tmp_path):
    t, z = made(pair, dtype, rng)
    z[:, -3:] = np.eye(3)[rng.integers(0, 3, BATCH)]  # a code
    if term == "feature-matching":
        terms = [FeatureMatching(3.0), FeatureMatching(0.5, list(t.D.layers)[-2])]
    elif term == "pull-away":
        terms = [PullAway(2.0)]
    else:
        kind, n_out = (VariationalEntropy, 2 * Z) if term == "entropy" else (CodeInformation, 3)
        Q, optimizer = q_of(PAIRS[pair](rng)[1], n_out, dtype, rng)
        terms = [PullAway(0.3), kind(Q, optimizer, *([3] if term == "information" else []), weight=0.7)]
    t.terms = terms
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
def test_a_classifier_that_g_does_not_play_against(dtype, tolerance, rng, tmp_path):
    """The game of the semi-supervised recipe: labels for D, features for G."""
    t, z = made("kernel 5", dtype, rng, change=lambda G, D: (G, variants.classifying(D, 4, rng=rng)))
    t.loss, t.terms = OnlyDiscriminator(LOSSES["non-saturating"](0.9)), (FeatureMatching(2.0),)
    images = rng.uniform(-1, 1, (9, *t.samples.shape[1:])).astype(dtype)
    t.penalties = (Supervised(images, rng.integers(0, 4, 9), 5, weight=0.6),)
    play(t, z, twin_of(t, z, tmp_path, "channels_last"), tolerance)


@pytest.mark.parametrize("mode", torch_twin.MODES)
@pytest.mark.parametrize("dtype, tolerance", TOLERANCES)
@pytest.mark.parametrize("pair", ["kernel 5", "dense, points", "dense, images"])
def test_minibatch_discrimination(pair, dtype, tolerance, mode, rng, tmp_path):
    def change(G, D):
        return G, variants.minibatch_discriminating(D, kernels=4, dims=3, rng=rng)

    t, z = made(pair, dtype, rng, change=change)
    play(t, z, twin_of(t, z, tmp_path, mode), tolerance)


@pytest.mark.parametrize("mode", torch_twin.MODES)
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
    t.D.layers["noise"].state["sigma"] = np.array(0.4, np.float32)
    twin, same = twin_of(t, z, tmp_path), np.random.default_rng(5)

    def normal(x):
        ours = (len(x), *t.samples.shape[1:])
        return torch.tensor(torch_twin.to_twin_samples(same.standard_normal(ours)))

    twin.D.noise.normal = normal
    play(t, z, twin, 1e-9)


def test_changed_images(rng, tmp_path):
    """Each change by the amounts that minigan has drawn, in the twin's mirror."""
    policy, drawn = "translation,cutout,brightness,saturation,contrast", []

    def change(G, D):
        return G, variants.seen_through(D, ("augment", DiffAugment(policy, rng=rng)))

    t, z = made("kernel 5", np.float64, rng, change=change)
    t.D.layers["augment"].state["p"] = np.array(1, np.float32)
    twin, forward = twin_of(t, z, tmp_path), t.D.layers["augment"].forward

    def recorded(x, training=True):
        y, cache = forward(x, training)
        for start in range(0, len(x), BATCH):  # real and fake images went through as one batch
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
        return torch.tensor(torch_twin.to_twin_samples(amount) if name == "cutout" else amount.ravel())

    t.D.layers["augment"].forward, twin.D.augment.draw = recorded, draw
    play(t, z, twin, 1e-9)
    assert not drawn


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
    t, z = made(pair, np.float64, rng, loss=loss, rule=rule, options=options)
    t.unroll = 3
    twin = twin_of(t, z, tmp_path)
    for _ in range(2):
        drawn = gan.d_step(t.G, t.D, t.loss, t.d_optimizer, t.samples, z).drawn
        twin.d_step()
        assert t._g_step(z, drawn, t.samples).loss == pytest.approx(twin.g_step(), rel=1e-9)
        for network, module, size in ((t.G, twin.G, (Z,)), (t.D, twin.D, t.samples.shape[1:])):
            assert_close(in_twin_layout(network, size, network.params), dict(module.named_parameters()), 1e-7)


def test_historical_averaging(rng, tmp_path):
    t, z = made("dense, points", np.float64, rng)
    t.g_optimizer, t.d_optimizer = (HistoricalAveraging(own, 0.3) for own in (t.g_optimizer, t.d_optimizer))
    twin = twin_of(t, z, tmp_path)
    for _ in range(3):
        drawn = gan.d_step(t.G, t.D, t.loss, t.d_optimizer, t.samples, z).drawn
        gan.g_step(t.G, t.D, t.loss, t.g_optimizer, z, drawn)
        twin.step()
        for network, module, size in ((t.G, twin.G, (Z,)), (t.D, twin.D, (2,))):
            assert_close(in_twin_layout(network, size, network.params), dict(module.named_parameters()), 1e-9)


def test_clipping_and_the_average(rng, tmp_path):
    from minigan.training.ema import Average

    t, z = made("dense, points", np.float64, rng)
    t.ema = Average(t.G, decay=0.9)
    rules = torch_rules.rules(t)
    assert rules["ema"] == 0.9
    t.d_optimizer = Clipped(t.d_optimizer, 0.01)
    twin = twin_of(t, z, tmp_path)
    twin.step()
    first = [p.detach().clone() for p in twin.G.parameters()]
    twin.step()
    assert max(float(p.detach().abs().max()) for p in twin.D.parameters()) == 0.01
    for kept, one, two in zip(twin.average.module.parameters(), first, twin.G.parameters(), strict=True):
        np.testing.assert_allclose(kept.detach(), 0.9 * one + 0.1 * two.detach(), rtol=1e-12)
