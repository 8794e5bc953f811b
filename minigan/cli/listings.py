"""What a command says when its argument is left out: what there is, a line each, and how to go on. All of these go to
stdout, and the exit code is 0."""

from minigan.tables import aligned


def data_sets(go_on: str) -> str:
    """The data sets, those of plugins, too."""
    from minigan import data

    return _listed(data.DESCRIPTIONS.items(), go_on)


def presets(go_on: str) -> str:
    """The presets, those of plugins, too."""
    from minigan.models import PRESETS

    return _listed(((name, preset.description) for name, preset in PRESETS.items()), go_on)


def recipes(go_on: str) -> str:
    """The recipes, and the baselines."""
    from minigan.recipes import book

    return f"{book.contents()}\n\n{book.before()}\n\n{go_on}"


def exercises(go_on: str) -> str:
    """The exercises, with the titles that their marking has."""
    from minigan.lessons import exercises
    from minigan.lessons.marking.runner import marking_of

    return _listed(((f"ex{number:02}", marking_of(number).TITLE) for number in exercises.known()), go_on)


def runs(go_on: str) -> str:
    """The runs in the folder `runs`, the newest last."""
    from minigan.report.runs import PLACE, listing

    found = listing()
    return f"{found}\n\n{go_on}" if found else f"there are no runs in {PLACE}/ here; minigan train makes one"


def _listed(pairs, go_on):
    return "\n".join([*aligned([tuple(pair) for pair in pairs], left=2), "", go_on])
