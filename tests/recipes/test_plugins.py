"""A user's own files: loaded once, known by their hash, refused in one line."""

import json

import pytest

from minigan.losses import LOSSES
from minigan.recipes import Settings, plugins
from minigan.recipes.make import check_passed, make_loss, make_penalties, make_terms
from minigan.recipes.settings import saved_settings

LOSS = """
from minigan.losses import NonSaturating

@register.loss("sharper")
class Sharper(NonSaturating):
    def __init__(self, sharpness=1.0):
        super().__init__()
        self.sharpness = sharpness

register.option(register.Option("sharpness", "how sharp", float, default=1.0))
register.recipe("mine", {"loss": "sharper", "sharpness": 3.0})
"""


def test_settings_load_it_and_remember_its_hash(plugin):
    path = plugin(LOSS)
    settings = Settings(plugin=[str(path)], recipe="mine").resolved()
    ((kept, sha256),) = settings.plugin
    assert kept == str(path) and len(sha256) == 64 and settings.sharpness == 3.0
    assert type(make_loss(settings)).__name__ == "Sharper" and make_loss(settings).sharpness == 3.0
    again = saved_settings(json.loads(json.dumps(settings.as_dict())))
    assert again == settings and hash(again) == hash(settings)
    assert "sharpness" not in Settings().as_dict(), "other runs have no such option"
    with pytest.raises(TypeError, match="Settings has no option sharpness"):
        Settings(sharpness=2.0)


def test_an_option_reaches_penalties_terms_and_networks(plugin):
    path = plugin("""
register.option(register.Option("spread", "how wide", float, default=0.5))

@register.penalty("mine")
class Penalty:
    def __init__(self, weight=1.0, *, every=1, spread=0.5):
        self.weight, self.every, self.spread = weight, every, spread

@register.term("own-q")
class Term:
    def __init__(self, network, optimizer, weight=1.0, spread=0.5):
        self.network, self.spread = network, spread

    @staticmethod
    def outputs(settings):
        return 2 * settings.z_dim
""")
    settings = Settings(plugin=path, penalty="mine:2:4", term="own-q", spread=0.25).resolved()
    (penalty,) = make_penalties(settings)
    assert (penalty.weight, penalty.every, penalty.spread) == (2, 4, 0.25)

    class Q:
        params = {}

        def __init__(self, n_out):
            self.n_out = n_out

    (term,) = make_terms(settings, Q)
    assert (term.network.n_out, term.spread) == (2 * settings.z_dim, 0.25)
    check_passed(settings)
    with pytest.raises(ValueError, match="--spread 0.25 reaches nothing: .* has an argument spread; leave it out"):
        check_passed(Settings(plugin=path, spread=0.25).resolved())


def test_conflicts_of_ones_own(plugin):
    path = plugin("""
register.option(register.Option("spread", "how wide", float, default=0.5, conflicts=(
    register.apart("spread", "clip", "of my reasons"),)))
register.recipe("wide", {"spread": 0.9})
""")
    with pytest.raises(ValueError, match="--spread does not go with --clip: of my reasons; leave one of the two out "
                                         ".--spread is the recipe's, and --spread 0.5 takes it out."):  # fmt: skip
        Settings(plugin=path, recipe="wide", clip=0.1).resolved()


def test_a_recipe_with_a_wrong_option_is_refused(plugin):
    path = plugin('register.recipe("mine", {"penalti": ("r1:1",)})')
    with pytest.raises(ValueError, match="unknown option in the recipe mine: 'penalti'.*did you mean penalty?"):
        Settings(plugin=path, recipe="mine").resolved()


def test_it_is_run_once_and_again_when_it_has_changed(plugin):
    path = plugin(LOSS)
    first = plugins.load([path])
    one = LOSSES["sharper"]
    assert plugins.load([str(path), path]) == first and LOSSES["sharper"] is one
    path.write_text(path.read_text() + "\n")
    assert plugins.load([path]) != first and LOSSES["sharper"] is not one
    with pytest.raises(ValueError, match="has changed since the run was made; restore it, or give it again with"):
        plugins.load(first)


@pytest.mark.parametrize("text, message", [
    ("x = (", "my_game.py, line 2: SyntaxError: "),
    ("import nothing_such", "my_game.py, line 2: ModuleNotFoundError: No module named 'nothing_such'"),
    ("\ndef f():\n    return 1 / 0\n\nf()", "my_game.py, line 4: ZeroDivisionError: division by zero"),
    ("raise SystemExit(3)", "my_game.py, line 2: SystemExit: 3"),
    ("raise ValueError('one\\ntwo')", "my_game.py, line 2: ValueError: one two"),
    ('register.loss("hinge")(int)', "my_game.py, line 2: ValueError: the loss 'hinge' is there already"),
])  # fmt: skip
def test_an_error_in_it_is_one_line(plugin, text, message):
    with pytest.raises(ValueError, match=message) as refusal:
        plugins.load([plugin(text)])
    assert "\n" not in str(refusal.value)


def test_what_failed_leaves_nothing_behind(plugin):
    path = plugin(LOSS + "\n1 / 0")
    with pytest.raises(ValueError, match="ZeroDivisionError"):
        plugins.load([path])
    assert "sharper" not in LOSSES
    path.write_text(path.read_text().replace("1 / 0", ""))
    assert plugins.load([path]) and "sharper" in LOSSES


def test_its_neighbours_can_be_imported(plugin, tmp_path):
    (tmp_path / "neighbour_of_plugin.py").write_text("NAME = 'from-beside'\n")
    plugins.load([plugin("import neighbour_of_plugin\nregister.loss(neighbour_of_plugin.NAME)(int)")])
    assert "from-beside" in LOSSES


def test_the_plugins_of_a_run(plugin, tmp_path):
    path = plugin(LOSS)
    saved, said = {"plugin": [list(pair) for pair in plugins.load([path])]}, []
    assert plugins.recalled(saved)["plugin"] == [tuple(saved["plugin"][0])]
    path.write_text(path.read_text() + "# changed\n")
    assert plugins.recalled(saved, note=said.append)["plugin"] == [str(path)]
    (note,) = said
    assert str(path) in note and "has changed since the run was made; it is used as it is now" in note
    path.rename(tmp_path / "elsewhere.py")
    with pytest.raises(ValueError, match="cannot read the plugin .*my_game.py.*; give the file with --plugin FILE.py"):
        plugins.recalled(saved, note=said.append)
    (tmp_path / "other").mkdir()
    moved = (tmp_path / "elsewhere.py").rename(tmp_path / "other" / "my_game.py")
    assert plugins.recalled({"plugin": []} | saved, given=[])["plugin"] == [tuple(saved["plugin"][0])]
    with pytest.raises(ValueError, match="the loss 'sharper' is there already"):
        plugins.load([moved])  # in this process the first one is there still


@pytest.mark.parametrize("kept", ["x", [1], [["a"]], [["a", 1]], {"a": "b"}])
def test_damaged_settings(kept):
    with pytest.raises(ValueError, match="plugin should be pairs"):
        plugins.recalled({"plugin": kept})
