"""--stages and --fade: what can be written, which phases it makes, and what is refused."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.models.presets import Preset
from minigan.recipes.settings import Settings
from minigan.recipes.setup import make_growth
from minigan.recipes.stages import Phase, Stage, parse, phases, steps_asked, written


def resolved(**choices):
    return Settings(**{"data": "digits-8x8", "recipe": "progressive"} | choices).resolved()


def test_what_can_be_written():
    assert parse("4:400,8:800") == [Stage(4, 400, False), Stage(8, 800, False)]
    assert parse("4:10%, 8:90%") == [Stage(4, 10, True), Stage(8, 90, True)]
    assert parse("32") == [Stage(32, None, False)] and parse("") == []
    assert steps_asked(parse("4:400,8:800")) == 1200
    assert steps_asked(parse("4:40%,8:60%")) is steps_asked(parse("32")) is steps_asked([]) is None
    assert written(((0, 8), (0.5, 16))) == "8:50%,16:50%" and written(()) == ""


def test_phases():
    """Each size but the first fades in for its share of steps, and then stands alone."""
    assert phases(parse("4:10,8:20,16:30"), 60, 0.5) == [
        Phase(0, 4, 0, True), Phase(10, 8, 10, False), Phase(20, 8, 0, True), Phase(30, 16, 15, False),
        Phase(45, 16, 0, True),
    ]  # fmt: skip
    assert phases(parse("4:10,8:20"), 30, 0) == [Phase(0, 4, 0, True), Phase(10, 8, 0, True)]
    assert phases(parse("4:10,8:20"), 30, 1) == [
        Phase(0, 4, 0, True), Phase(10, 8, 20, False), Phase(29, 8, 0, True),
    ]  # fmt: skip
    assert phases(parse("4:10,8:1"), 11, 1)[1:] == [Phase(10, 8, 0, True)], "its only step has alpha 1"
    assert phases(parse("4:10,8:20"), 30, 0.01)[1] == Phase(10, 8, 1, False), "a fade takes a step at least"
    assert [phase.start for phase in phases(parse("4:10%,8:90%"), 50, 0)] == [0, 5]
    assert [phase.start for phase in phases(parse("4,8,16"), 30, 0)] == [0, 10, 20]
    assert phases(parse("32"), 30, 0.5) == [Phase(0, 32, 0, True)] and phases([], 30, 0.5) == []
    with pytest.raises(ValueError, match="gives size 4 no step of 1"):
        phases(parse("4,8"), 1, 0)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    fade=st.floats(0, 1) | st.sampled_from([0.0, 0.99, 1.0]),
)
def test_each_size_ends_with_its_new_layers_alone(lengths, fade):
    """So another run can begin with the networks of any that is finished; and alpha rises to 1 before that."""
    text = ",".join(f"{4 * 2**i}:{steps}" for i, steps in enumerate(lengths))
    found = phases(parse(text), sum(lengths), fade)
    starts = [phase.start for phase in found] + [sum(lengths)]
    assert starts == sorted(set(starts)), "each phase has a step"
    assert [phase.size for phase in found if phase.last] == [4 * 2**i for i in range(len(lengths))]
    for phase, later in itertools.pairwise(found):
        assert phase.last == (later.size > phase.size) and not (phase.last and phase.fade)
        if phase.fade:
            assert later.start - phase.start in (phase.fade, phase.fade - 1)
    assert found[-1].last and not found[-1].fade


def test_steps_are_the_sum_or_shares():
    assert resolved(stages="4:30,8:70").steps == 100
    assert resolved(stages="4:30,8:70", steps=100).steps == 100
    assert resolved(stages="4:30%,8:70%", steps=50).phases[1].start == 15
    assert resolved(stages="4:30%,8:70%").steps == resolved().steps
    full = resolved(steps=200)
    assert full.phases[-1] == Phase(160, 32, 0, True) and full.image_size == 32 and full.grows
    assert resolved(stages="4:30,8:70").image_size == 8


def test_an_image_size_alone_says_the_sizes():
    full = resolved(image_size=16, steps=30)
    assert full.stages == "4,8,16" and [phase.size for phase in full.phases] == [4, 8, 8, 16, 16]
    assert resolved(image_size=32) == resolved(), "the preset's own"
    assert resolved(image_size=4).stages == "4"


def test_one_size_from_the_start():
    full = resolved(stages="16", steps=70)
    assert not full.grows and full.image_size == 16 and full.steps == 70 and not full.laid_out
    assert make_growth(full, None, None) is None
    assert resolved(stages=16, steps=70) == full
    assert resolved(stages="16", minutes=1).minutes == 1


def test_settings_are_kept_as_text():
    full = resolved(stages=" 4:30, 8:70 ")
    assert full.stages == "4:30,8:70"
    assert Settings(**full.as_dict()).resolved() == full
    assert resolved().stages == "4:10%,8:20%,16:30%,32:40%"


def test_other_presets_do_not_grow():
    full = Settings(data="digits-8x8", preset="quick").resolved()
    assert full.stages == "" and full.phases == [] and not full.grows and full.largest is None


@pytest.mark.parametrize("choices, words", [
    ({"stages": "4:ten"}, "--stages expected SIZE:STEPS with commas between"),
    ({"stages": "4:1.5,8:2"}, "--stages expected SIZE:STEPS"),
    ({"stages": "4:10,"}, "--stages expected SIZE:STEPS"),
    ({"stages": "4:10,16:10"}, "doubles the size each time, got 4,16; after 4 comes 8"),
    ({"stages": "8:10,4:10"}, "doubles the size each time, got 8,4"),
    ({"stages": "5:10,10:10"}, "begins with one of the sizes 4, 8, 16, 32, ..., got 5"),
    ({"stages": "2"}, "begins with one of the sizes"),
    ({"stages": "-4:10"}, "begins with one of the sizes"),
    ({"stages": "4:0,8:10"}, "gives each size at least 1 step"),
    ({"stages": "4:-10%,8:110%"}, "gives each size at least 1 step"),
    ({"stages": "4:nan%,8:100%"}, "gives each size at least 1 step"),
    ({"stages": "4:10,8:10%"}, "steps for all sizes, or percents for all, or for none"),
    ({"stages": "4:10,8"}, "steps for all sizes, or percents for all, or for none"),
    ({"stages": "4:10%,8:10%"}, "are 100% together, got 20%"),
    ({"stages": "4:10,8:10", "steps": 30}, "has 20 steps in all, and --steps says 30"),
    ({"stages": "4,8", "steps": 1}, "gives size 4 no step of 1"),
    ({"stages": "8:10", "minutes": 1}, "--minutes and --stages 8:10 each say how long"),
    ({"minutes": 1}, "which grows, is laid out over all steps"),
    ({"fade": 1.5}, r"--fade must be in \[0, 1\]"),
    ({"stages": "8", "fade": 0.3}, "--fade is about new layers that fade in, and this training has none"),
    ({"preset": "quick", "fade": 0.3}, "--fade is about new layers that fade in"),
    ({"recipe": None, "preset": "quick", "stages": "4,8"}, "--stages is for networks that grow, and those of --preset"),
    ({"image_size": 16, "stages": "4,8"}, "--stages 4,8 ends with images of 8, got --image-size 16"),
    ({"image_size": 28}, "--image-size must be 4, 8, 16, 32, ... for networks that grow.*; try 32"),
    ({"image_size": "16x32"}, "--image-size must be 4, 8, 16, 32"),
    ({"spectral_norm": True}, "are multiplied by a constant of their own"),
    ({"g_spectral_norm": True}, "are multiplied by a constant of their own"),
    ({"conditional": "projection"}, "grows, and the layers of --conditional projection would begin anew"),
    ({"pac": 2}, "--pac is not for the networks of --preset progressive; leave it out, or use another --preset"),
    ({"dropout": 0.3}, "--dropout is not for the networks of --preset progressive"),
    ({"stages": "8", "pac": 2}, "--pac is not for the networks of --preset progressive"),
    ({"term": ("entropy:1",)}, "grows, and the network of --term entropy cannot go on with larger samples"),
    ({"loss": "hinge"}, r"those of --loss wasserstein, .*\(--drift is the recipe's, and --drift 0 takes it out\)"),
])  # fmt: skip
def test_refused(choices, words):
    with pytest.raises(ValueError, match=words):
        resolved(**choices)


def test_stages_of_a_preset_of_ones_own_stay_as_they_are(monkeypatch):
    from minigan.models.presets import PRESETS

    own = Preset("grows", network=lambda shape: None, stages=((0, 8), (0.5, 16)), steps=10)
    monkeypatch.setitem(PRESETS, "own", own)
    full = Settings(data="digits-8x8", preset="own").resolved()
    assert full.phases == [Phase(0, 8, 0, True), Phase(5, 16, 0, True)] and full.image_size == 16
    assert make_growth(full, None, None).told(1, 7) == {}, "nothing fades"
    with pytest.raises(ValueError, match="--preset own has stages of its own, 8:50%,16:50%"):
        Settings(data="digits-8x8", preset="own", stages="8:2,16:8").resolved()
    with pytest.raises(ValueError, match="grows to images of 16 by itself, got --image-size 8"):
        Settings(data="digits-8x8", preset="own", image_size=8).resolved()
