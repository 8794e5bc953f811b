"""Games by name: which players each has, and that a game refuses what is about a player that it does not have."""

import re

import numpy as np
import pytest

from minigan.objectives import Gan, TermsAlone, Vae
from minigan.recipes import Settings, book
from minigan.recipes.games import GAMES
from minigan.recipes.options import ABOUT, OPTIONS
from minigan.recipes.setup import Networks, make_trainer
from minigan.unrolled import Unrolled

USED = {  # a value that asks for something, where one above the default does not do
    "loss": "hinge", "penalty": ("r1:1",), "term": ("entropy:1",), "conditional": "concat", "d_norm": "batch",
    "adversarial": False, "diff_augment": "cutout", "likelihood": "gaussian", "smooth": 0.9, "penalty_fade": 0.5,
    "dropout": 0.1, "ada": 0.5, "d_lr": 1e-3, "beta": 2.0,
}  # fmt: skip


def asking(name):
    """A choice of the option `name`."""
    option = OPTIONS[name]
    if name in USED:
        return {name: USED[name]}
    return {name: True if option.type is bool else option.type((option.default or 0) + 2)}


@pytest.mark.parametrize("name", ABOUT["D"])
def test_an_autoencoder_refuses_all_that_is_about_d(name):
    with pytest.raises(ValueError, match=r"is about D, and --game vae has the decoder G and the encoder E only; leave "
                                         r"it out, or use --game gan$") as refused:  # fmt: skip
        Settings(game="vae", **asking(name)).resolved()
    assert OPTIONS[name].flag in str(refused.value) or f"--no-{name}" in str(refused.value)


@pytest.mark.parametrize("name", ABOUT["E"])
def test_a_game_refuses_all_that_is_about_an_encoder(name):
    with pytest.raises(ValueError, match="is about E, and --game gan has the generator G and the discriminator D only"):
        Settings(recipe="gan", **asking(name)).resolved()


def test_what_is_about_neither_goes_with_all_games():
    for name in OPTIONS.keys() - {name for names in ABOUT.values() for name in names}:
        assert OPTIONS[name].player == ""
    full = Settings(game="vae", ema=0.9, historical=1e-3, orthogonal=1e-4, lr_schedule="cosine", flip=True).resolved()
    assert (
        full.loss is None and full.d_lr is None and full.recipe == "vae" and full.beta1 == 0.9 and full.g_lr == full.lr
    )
    assert full.resolved() == full and Settings(**full.as_dict()).resolved() == full


def test_an_autoencoder_does_not_grow():
    with pytest.raises(ValueError, match=r"--preset progressive grows, and --game vae has no later stages; use a "
                                         r"preset that does not grow, or --game gan \(--game vae is the recipe's; another --recipe"):  # fmt: skip
        Settings(recipe="vae", preset="progressive").resolved()
    with pytest.raises(ValueError, match=r"--penalty r1 is about D, .*, or use --game gan \(--game vae is the recipe's; another"):
        Settings(recipe="vae", penalty=("r1:1",)).resolved()


def test_no_refusal_says_to_take_a_recipes_game_out_by_itself():
    for recipe, choices in (("vae", {"dropout": 0.1}), ("enhance", {"preset": "mlp"}), ("enhance", {"truncation": 0.5})):
        with pytest.raises(ValueError, match=f"--game {recipe} is the recipe's; another --recipe has another") as refused:
            Settings(recipe=recipe, data="digits-8x8", **choices).resolved()
        assert "takes it out" not in str(refused.value)


@pytest.mark.parametrize("data", ["ring", "plucks"])
@pytest.mark.parametrize("recipe", book.names())
def test_the_preset_that_a_refusal_names_is_not_refused(recipe, data):
    """Where a recipe's own preset does not draw the data."""
    try:
        Settings(recipe=recipe, data=data).resolved()
    except ValueError as error:
        if fix := re.search(r"use --preset ([a-z]+)$", str(error)):
            assert Settings(recipe=recipe, data=data, preset=fix[1]).resolved().preset == fix[1]


@pytest.mark.parametrize("data", ["ring", "plucks"])
@pytest.mark.parametrize("choices", [{"recipe": "enhance"}, {"game": "enhance"}, {"preset": "enhancer"},
                                     {"recipe": "enhance", "preset": "mlp"}])  # fmt: skip
def test_an_enhancer_of_what_is_no_picture_is_told_so_at_once(choices, data):
    with pytest.raises(ValueError, match="makes given pictures better, and .* holds .*; use other --data"):
        Settings(data=data, **choices).resolved()


def test_a_recipe_is_of_one_game():
    assert Settings(recipe="vae").resolved().game == "vae" and Settings(recipe="hinge").resolved().game == "gan"
    with pytest.raises(ValueError, match="--recipe hinge is for --game gan, got --game vae; leave one of the two out"):
        Settings(recipe="hinge", game="vae").resolved()
    with pytest.raises(ValueError, match="unknown game 'vea'; expected one of: gan, vae, .*; did you mean vae?"):
        Settings(game="vea").resolved()


@pytest.mark.parametrize("choices, kind", [
    ({}, Gan), (dict(adversarial=False, term="feature-matching"), TermsAlone), (dict(unroll=2), Unrolled),
    (dict(game="vae"), Vae),
])  # fmt: skip
def test_each_makes_its_objective_and_its_networks(choices, kind):
    plain = dict(choices) if "game" in choices else {"recipe": "gan", **choices}
    settings = Settings(data="digits-8x8", image_size=8, batch_size=4, **plain).resolved()
    trainer = make_trainer(settings, np.zeros((5, 8, 8, 1), np.float32))
    game = GAMES[settings.game]
    assert type(trainer.objective) is kind
    assert "".join(player.name for player in trainer.objective.players) == game.players == settings.players
    built = Networks(settings, (8, 8, 1), np.random.default_rng(0)).build()
    assert len(built) == len(game.players) == len(game.titles)
    for player, network in zip(trainer.objective.players, built, strict=True):
        assert {key: a.shape for key, a in player.network.params.items()} == {
            key: a.shape for key, a in network.params.items()
        }
