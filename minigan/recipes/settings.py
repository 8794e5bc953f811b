"""Everything that decides a training, as one flat record: what is given on the command line, and what a checkpoint and
config.json keep."""

import inspect
from collections.abc import Iterable
from math import ceil
from typing import Any

from minigan.data import catalogue
from minigan.models import Preset, preset
from minigan.recipes import book, plugins, stages
from minigan.recipes.options import OPTIONS, POLICY, SNAPSHOTS, optimizer_options
from minigan.recipes.rules import Conflict, Option, flag, sides, unknown
from minigan.recipes.stages import Phase

USUAL = {"pictures": "dcgan", "signals": "signals", "table": "mlp", "points": "mlp"}  # the preset for each kind of data
# A table is drawn from as many numbers of noise as it has columns, at least 2 and at most as the preset has it: a plane
# of noise covers a plane of points. With 16 numbers more modes were lost, of points and of a table of four columns.
LEAST_Z_DIM = 2


class Settings:
    """The choices of one training, an immutable record with one attribute for each option of
    `minigan.recipes.options`.

        settings = Settings(data="ring", recipe="r3gan", lr=1e-3).resolved()
        settings.loss                                                # "relativistic", of the recipe

    None means: as the recipe has it, then the preset, then as fits the data. Plugins (`plugin=["my_game.py"]`) are
    loaded here, before all else: they may bring options of their own.
    Raises TypeError for a name that is no option, ValueError as `minigan.recipes.plugins.load` does.
    """

    def __init__(self, **choices: Any):
        choices["plugin"] = plugins.load(choices.get("plugin") or ())
        known = options_of(choices["plugin"])
        if unknown := choices.keys() - known.keys():
            raise TypeError(f"Settings has no option {', '.join(sorted(unknown))}")
        for name, option in known.items():
            value = choices.get(name)
            vars(self)[name] = value if value is None or name == "plugin" else option.tidy(value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Settings do not change; make others with settings.but({name}=...)")

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Settings) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).items()))

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in vars(self).items() if value not in (None, ()))
        return f"Settings({', '.join(given)})"

    def but(self, **changes: Any) -> "Settings":
        """The same with other values of some options."""
        return Settings(**vars(self) | changes)

    def as_dict(self) -> dict[str, Any]:
        """A dict that JSON can hold."""
        return dict(vars(self))

    # What the choices say.

    @property
    def options(self) -> dict[str, Option]:
        """The options that these settings have, by name."""
        return options_of(self.plugin)

    def uses(self, name: str) -> bool:
        """Whether the option asks for something."""
        return OPTIONS[name].uses(getattr(self, name))

    def said(self, name: str) -> str:
        """The option as a refusal names it."""
        return OPTIONS[name].said(getattr(self, name))

    def parts(self, name: str) -> dict[str, tuple[Any, dict]]:
        """The penalties, or the terms: the class of each, and what is given of its arguments, by name."""
        known = OPTIONS[name].known()
        return {part.name: (known[part.name], part.options) for part in OPTIONS[name].parts(getattr(self, name))}

    def kind(self, name: str) -> Any:
        """The class that is chosen: of the loss, of the optimizer."""
        return OPTIONS[name].known()[getattr(self, name)]

    @property
    def points(self) -> bool:
        """Whether the data are numbers and no pictures: points, a table, signals."""
        return self.data_as != "pictures"

    @property
    def held(self) -> str:
        """What the data are, in words."""
        return "a table" if self.data_as == "table" else self.data_as

    @property
    def from_arrays(self) -> bool:
        """Whether the data are a file of arrays, of which --data-as may say what they are."""
        return catalogue.is_arrays(self.data)

    @property
    def known_as(self) -> str:
        """What the data are by their name; of a file of arrays, what was said."""
        return self.data_as if self.from_arrays else catalogue.kind_by_name(self.data)

    @property
    def paired(self) -> bool:
        """Whether the loss compares pairs of a real and a fake sample."""
        return self.kind("loss").paired

    @property
    def players(self) -> str:
        """The names of the game's networks, a letter each."""
        return self.kind("game").players

    @property
    def draws(self) -> bool:
        """Whether G draws samples from noise; an enhancer's is given pictures."""
        return self.kind("game").draws

    @property
    def playing(self) -> str:
        """The game's networks in words."""
        game = self.kind("game")
        named = [f"{title} {name}" for title, name in zip(game.titles, game.players, strict=True)]
        return " and ".join(f"the {one}" for one in named)

    @property
    def likely(self) -> str:
        """The likelihood of a variational autoencoder; auto: as fits the data."""
        return {"auto": "gaussian" if self.points else "bernoulli"}.get(self.likelihood, self.likelihood)

    @property
    def learns_sigma(self) -> bool:
        """Whether the standard deviation of a gaussian likelihood is learnt."""
        return self.likely == "gaussian" and not self.sigma

    @property
    def semi_supervised(self) -> bool:
        """Whether D learns the classes from --labels; in a conditional game those are all that it is played with."""
        return bool(self.labels) and not self.uses("conditional")

    @property
    def g_normalised(self) -> bool:
        """Whether G of the preset has batch norm."""
        return preset(self.preset).g_normalised

    @property
    def phases(self) -> list[Phase]:
        """The phases of a training with networks that are made for certain sizes; [] for other networks."""
        steps = self.steps or stages.LEAST  # with --minutes there is one phase only
        return stages.phases(stages.parse(self.stages), steps, self.fade if self.doubles else 0.0)

    @property
    def grows(self) -> bool:
        """Whether the networks change half-way."""
        return len(stages.parse(self.stages)) > 1

    @property
    def doubles(self) -> bool:
        """Whether the preset's networks can begin with any size and double it."""
        return preset(self.preset).doubles

    @property
    def own_stages(self) -> str:
        """The preset's own stages, as --stages has them; "" for none."""
        return stages.written(preset(self.preset).stages) if preset(self.preset).stages else ""

    @property
    def grows_by_itself(self) -> bool:
        """Whether the preset grows in its own stages and no others."""
        return bool(self.own_stages) and not self.doubles

    @property
    def largest(self) -> int | None:
        """Height and width of the images in the last stage of a preset that grows."""
        return stages.parse(self.stages)[-1].size if self.stages else None

    @property
    def feature_term(self) -> str:
        """The first term that looks into D, at the input of its last dense layer; or ""."""
        return next((name for name in ("feature-matching", "pull-away") if name in self.parts("term")), "")

    @property
    def recovering_term(self) -> str:
        """The first term with a network that recovers G's noise from what G makes of it; or ""."""
        return next((name for name, (kind, _) in self.parts("term").items()
                     if "network" in inspect.signature(kind).parameters), "")  # fmt: skip

    def network_has(self, argument: str) -> bool:
        """Whether the function that makes the preset's networks has an argument of this name."""
        return argument in inspect.signature(preset(self.preset).network).parameters

    @property
    def batch_of_packs(self) -> int:
        """The --batch-size nearest to the one given that is made of whole packs of --pac samples."""
        return max(2, round(self.batch_size / self.pac)) * self.pac

    @property
    def snapshots(self) -> int:
        """How many snapshots --snapshot-every asks for."""
        return self.steps // self.snapshot_every

    @property
    def fewest_steps_apart(self) -> int:
        """The smallest --snapshot-every that is not refused."""
        return self.steps // (SNAPSHOTS + 1) + 1

    @property
    def laid_out(self) -> str:
        """The first schedule over all steps, as a flag; or "". With one, --steps cannot change."""
        if self.grows:
            return f"--preset {self.preset}, which grows,"
        found = (name for name, option in self.options.items() if option.laid_out and self.uses(name))
        return next((f"{flag(name)} {getattr(self, name)}" for name in found), "")

    # What is filled in.

    def resolved(self) -> "Settings":
        """The same with every None filled in. Raises ValueError for any value out of range, and for choices that do
        not go together."""
        OPTIONS["data_as"].check_names([self.data_as] if self.data_as else [])
        recipe = self._recipe_after_flags()
        data = self.data or recipe.get("data") or OPTIONS["data"].default
        kind, numbers = self._look(data)
        name = self.preset or recipe.get("preset") or USUAL[kind]
        choice = preset(name)
        game = self._game(recipe)
        rules = OPTIONS["game"].known()[game]
        of_game = choice.recipe if game == OPTIONS["game"].default else rules.recipe
        if self.recipe is None and of_game:
            return self.but(recipe=of_game).resolved()
        if not rules.draws and kind != "pictures":
            raise ValueError(f"--game {game} makes given pictures better, and {data!r} holds "
                             f"{self.but(data=data, data_as=kind).held}; use other --data, or another game, such as "
                             "--recipe gan")  # fmt: skip
        if not choice.draws(kind):
            raise ValueError(f"preset {name!r} draws {' and '.join(choice.kinds)}, and {data!r} holds "
                             f"{self.but(data=data, data_as=kind).held}; {self._instead(data, kind)}")  # fmt: skip
        players = rules.players
        usual = {name: getattr(choice, name) for name, option in self.options.items()
                 if hasattr(choice, name) and option.player in players}  # fmt: skip
        if asked := self._of_stages(choice, recipe):
            usual |= asked
            recipe = {option: value for option, value in recipe.items() if option not in asked}
        length = self.steps or recipe.get("steps") or usual["steps"]
        if self.minutes is not None:  # then nobody knows how many steps there will be
            recipe.pop("steps", None), usual.pop("steps")
        usual |= {"data_as": kind, "recipe": None}  # the preset's recipe has been taken above, or is of another game
        if kind in ("table", "points"):
            usual["z_dim"] = min(choice.z_dim, max(LEAST_Z_DIM, numbers))
        full = self.filled(recipe).filled(usual).but(preset=name)
        full = full.filled({"diff_augment": POLICY if full.ada and "D" in players else ""})
        full = full.filled({name: option.default for name, option in self.options.items()})
        arguments = optimizer_options(full.optimizer)
        rates = dict.fromkeys(("g_lr", "d_lr") if "D" in players else ("g_lr",), full.lr)
        full = full.filled(rates | {key: arguments[key].default for key in arguments})
        for name, option in full.options.items():
            option.check(getattr(full, name))
        for conflict in (conflict for option in full.options.values() for conflict in option.conflicts):
            if conflict.found(full):
                raise ValueError(conflict.says(full) + self._of_the_recipe(conflict, recipe))
        return full.filled({"sample_every": ceil(length / 40), "checkpoint_every": ceil(length / 10)})

    def _game(self, recipe: dict[str, Any]) -> str:
        """The name of the game that is asked for, or the recipe's. Raises ValueError for one that is unknown, or not
        the recipe's."""
        of_recipe = recipe.get("game", OPTIONS["game"].default)
        game = self.game or of_recipe
        OPTIONS["game"].check(game)
        if self.recipe and game != of_recipe:
            raise ValueError(f"--recipe {self.recipe} is for --game {of_recipe}, got --game {game}; leave one of the "
                             "two out")  # fmt: skip
        return game

    def _instead(self, data: str, kind: str) -> str:
        """What to use for data that the preset does not draw: the usual preset, if the recipe goes with it."""
        usual = Settings(plugin=self.plugin, recipe=self.recipe, data=data, data_as=self.data_as, z_dim=self.z_dim,
                         preset=USUAL[kind])  # fmt: skip
        try:
            usual.resolved()
        except ValueError:
            return f"--recipe {self.recipe} is for others: use other --data, or another --recipe"
        return f"use --preset {USUAL[kind]}"

    def _of_stages(self, choice: Preset, recipe: dict[str, Any]) -> dict[str, Any]:
        """What the stages decide for networks that double: the image size, and the steps if they say so. Raises
        ValueError for stages that cannot be."""
        text = next((t for t in (self.stages, recipe.get("stages")) if t is not None), None)
        if text is None and choice.doubles and self.image_size not in (None, choice.image_size):
            text = stages.doubling_to(self.image_size)
        text = OPTIONS["stages"].tidy(choice.stages if text is None else text)
        found = stages.parse(text)
        if not (found and choice.doubles):
            return {}
        stages.check_doubling(found, self.steps)
        steps = stages.steps_asked(found)
        if steps and self.minutes is not None and len(found) == 1:
            raise ValueError(f"--minutes and --stages {self.stages} each say how long the training goes; use --stages "
                             f"{found[0].size}")  # fmt: skip
        return {"stages": text, "image_size": found[-1].size} | ({"steps": steps} if steps else {})

    def _look(self, data: str) -> tuple[str, int]:
        """What these data are, and how many numbers a sample has. Of an array file the headers are read, but not of
        one whose run has kept both: it need not be there any more."""
        if self.data_as and (self.z_dim or not catalogue.is_arrays(data)):
            return self.data_as, LEAST_Z_DIM
        return catalogue.look(data, self.data_as, sides(self.image_size))

    def filled(self, choices: dict[str, Any]) -> "Settings":
        """The same, where what is None here is as in `choices` (a dict that may hold other names too)."""
        missing = {name for name, value in vars(self).items() if value is None}
        return self.but(**{name: value for name, value in choices.items() if name in missing})

    def _recipe_after_flags(self) -> dict[str, Any]:
        """The choices of the recipe as the user's flags leave them. Of two learning rates --lr is the larger one, and
        the other keeps its proportion; what another optimizer does not know is left out."""
        recipe = book.choices(self.recipe)
        for name in recipe.keys() - self.options.keys():
            raise unknown(f"option in the recipe {self.recipe}:", name, self.options)
        rates = {name: recipe[name] for name in ("g_lr", "d_lr") if name in recipe and self.lr is not None}
        recipe |= {name: self.lr * rate / max(rates.values()) for name, rate in rates.items()}
        foreign = {"beta2", "eps"} - optimizer_options(self.optimizer).keys() if self.optimizer else ()
        return {name: value for name, value in recipe.items() if name not in foreign}

    def _of_the_recipe(self, conflict: Conflict, recipe: dict[str, Any]) -> str:
        """Which options of a conflict the user has not given, but the recipe; and how to do without."""
        hints = []
        for name in conflict.names:
            option = OPTIONS[name]
            if name == "game" and name in recipe and self.game is None:  # no --game goes without its recipe
                hints.append(f"--game {recipe[name]} is the recipe's; another --recipe has another")
            elif name in recipe and getattr(self, name) is None and option.uses(recipe[name]) and option.without:
                hints.append(f"{option.switched(recipe[name])} is the recipe's, and {option.without} takes it out")
        return "".join(f" ({hint})" for hint in hints)

    def merged_for_resume(self, saved: dict[str, Any], given: Iterable[str]) -> "Settings":
        """The settings to go on with: those of the checkpoint (`saved`, a dict), with what may change and was given.

        given: the names of the settings that the user gave. Raises ValueError if one of them contradicts the
        checkpoint and cannot change in the middle of a run, or if a plugin of the run is missing or has changed and is
        not given again.
        """
        before = saved_settings(plugins.recalled(saved, given=self.plugin))
        try:
            full = before.resolved()
        except TypeError as error:
            raise ValueError(f"the settings in the checkpoint are damaged ({error}); use an older copy") from error
        for name in given:
            if not OPTIONS[name].on_resume and getattr(self, name) != getattr(full, name):
                raise ValueError(f"the checkpoint was made with {flag(name)} {getattr(full, name)}, got "
                                 f"{getattr(self, name)}; a run cannot change that half-way: leave it out, or start a "
                                 "new run in another --out")  # fmt: skip
        if "steps" in given and self.steps != full.steps and full.laid_out:
            raise ValueError(f"the run's {full.laid_out} was laid out over --steps {full.steps}, got {self.steps}; "
                             "leave --steps out, or start a new run in another --out")  # fmt: skip
        changed = {name: getattr(self, name) for name in given if OPTIONS[name].on_resume and name != "plugin"}
        if "steps" in changed or "minutes" in changed:  # one takes the place of the other
            changed = {"steps": None, "minutes": None} | changed
        return before.but(**changed).resolved()


def options_of(loaded: tuple) -> dict[str, Option]:
    """minigan's own options, and those of the plugins in `loaded`, pairs (path, sha256); in a notebook its own, too."""
    files = {"", *(path for path, _ in loaded)}
    return {name: option for name, option in OPTIONS.items() if option.plugin in files}


def saved_settings(saved: dict[str, Any]) -> Settings:
    """The Settings of a dict that a run has kept; what this minigan does not know is left out."""
    known = options_of(plugins.load(saved.get("plugin") or ()))
    return Settings(**{name: value for name, value in of_today(saved).items() if name in known})


def of_today(saved: dict[str, Any]) -> dict[str, Any]:
    """A dict that a run has kept, with what runs did not keep before there was more than one kind of array file: what
    the data are. So the file need not be there to be looked at. Plugins must be loaded."""
    if saved.get("data_as") or not saved.get("data"):
        return saved
    return saved | {"data_as": catalogue.kind_by_name(saved["data"])}
