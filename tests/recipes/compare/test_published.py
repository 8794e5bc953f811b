"""What the papers report."""

from minigan.data import DESCRIPTIONS
from minigan.recipes import book
from minigan.recipes.compare.published import PUBLISHED, published


def test_the_rows_name_recipes_and_data_that_exist():
    assert PUBLISHED.keys() <= set(DESCRIPTIONS)
    named = {row.recipe for rows in PUBLISHED.values() for row in rows} - {None}
    assert named <= set(book.names())


def test_the_published_numbers():
    modes = {data: {row.method: row.modes for row in rows} for data, rows in PUBLISHED.items()}
    assert modes["ring"] == {"GAN": 6.3, "ALI": 6.6, "PacGAN2": 7.9}
    assert modes["grid"] == {"GAN": 17.3, "ALI": 24.1, "PacGAN2": 23.8}
    stacked = {row.method: (row.modes, row.reverse_kl) for row in PUBLISHED["stacked-digits"]}
    assert stacked == {"DCGAN": (99.0, 3.40), "WGAN-GP": (959, 0.73), "PacGAN": (992, 0.28),
                       "modern baseline": (1000, 0.029)}  # fmt: skip


def test_a_recipe_finds_its_row():
    assert published("grid", "pacgan2").modes == 23.8
    assert published("grid", "hinge") is None and published("digits", "gan") is None
