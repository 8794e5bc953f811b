"""The PyTorch twin of a variational autoencoder: the same loss, and the same steps."""

import numpy as np
import pytest

from minigan.bench.ours import Game
from minigan.bench.torch import exchange
from minigan.bench.torch import rules as torch_rules
from minigan.recipes import Settings
from minigan.recipes.setup import make_trainer

torch = pytest.importorskip("torch")
from minigan.bench.torch.autoencoder import TwinVae  # noqa: E402

CASES = [
    dict(preset="dcgan"), dict(preset="dcgan", beta=4.0, free_bits=0.5, ema=0.9), dict(preset="mlp"),
    dict(preset="mlp", likelihood="gaussian", sigma=0.3),
]  # fmt: skip


def in_float64(trainer):
    game = trainer.objective
    for network, rule in ((game.G, game.g_optimizer), (game.E, game.e_optimizer)):
        network.astype(np.float64)
        rule.begin(network.params)
    game.decoder.astype(np.float64)
    return trainer


def trainer_of(choices):
    settings = Settings(data="digits-8x8", game="vae", image_size=8, batch_size=6, **choices).resolved()
    return in_float64(make_trainer(settings, np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 1))))


@pytest.mark.parametrize("choices", CASES, ids=str)
@pytest.mark.parametrize("mode", exchange.MODES)
def test_it_makes_the_same_steps(choices, mode, tmp_path):
    trainer = trainer_of(choices)
    game = Game(trainer)
    game.z = game.objective.noise.z = game.z.astype(np.float64)
    torch_rules.save(tmp_path / "t.npz", trainer, game.real.x, game.z)
    twin = TwinVae(**exchange.load(tmp_path / "t.npz"), mode=mode)
    for _ in range(4):  # a wrong gradient would show in the losses that follow
        ours = game.objective.gradients(game.real, trainer.rng)[0]
        game.step()
        assert twin.step() == pytest.approx(ours.loss, rel=1e-6)


def test_a_learnt_deviation_has_no_twin(tmp_path):
    trainer = trainer_of(dict(preset="mlp", likelihood="gaussian"))
    with pytest.raises(ValueError, match="a learnt --sigma has no PyTorch twin here; give one, such as --sigma 0.1"):
        torch_rules.rules(trainer)


def test_what_a_step_costs():
    """Of dense layers alone: all products forward and twice back, but for the gradient by E's input."""
    trainer = trainer_of(dict(preset="mlp", z_dim=5))
    g, e = 5 * 128 + 128 * 128 + 128 * 64, 64 * 128 + 128 * 128 + 128 * 10
    assert Game(trainer).flop() == 2 * 6 * (3 * g + 3 * e - 64 * 128)
