"""What `bench --kernels` times: every layer of the presets' networks that computes something, equal ones once."""

import numpy as np
import pytest

from minigan.bench.cases import BOTH, DW, DX, FORWARD, LayerCase, StepCase, cases_of
from minigan.bench.kernels import those_that_run, twins_of
from minigan.bench.stopwatch import checked
from minigan.layers import BatchNorm, Conv2D, Dense, MaxoutDense, SpectralNorm, Tanh, flop
from minigan.models import PRESETS
from minigan.optim import Adam, Clipped

TINY = {"batch_size": 4, "image_size": 8, "threads": 1}


def of(preset, **choices):
    return cases_of([checked(preset, **TINY, choices=choices)])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_covered_runs_and_has_twins(preset):
    cases, failed = those_that_run(cases_of([checked(preset, batch_size=4, threads=1)]))
    places = [place for case in cases.values() for place in case.places]
    assert not failed and {place.split()[1] for place in places} == {"G", "D", "G's", "D's"}
    _, without = twins_of(cases)
    assert all("Shift" in reason for reason in without.values())  # of dirac alone


def test_titles_say_what_a_pass_costs_and_equal_ones_come_once():
    cases = {case.title: case for case in of("quick")}
    assert list(cases)[:4] == [
        "Dense 4 x 8 to 256",
        "BatchNorm 4 x 256, leaky",
        "Dense 4 x 256 to 384",
        "BatchNorm 4 x 384, leaky",
    ]
    assert "Conv2D 4 x 8x8x1 to 4x4x48, kernel 5x5, stride 2x2, leaky" in cases
    assert "Conv2DTranspose 4 x 2x2x96 to 4x4x48, kernel 5x5, stride 2x2" in cases
    both = cases_of([checked(name, batch_size=4, threads=1) for name in ("mlp", "mlp")])
    assert [case.places for case in both if case.title == "Dense 4 x 128, leaky"] == [
        ["mlp G hidden2", "mlp D hidden2"] * 2
    ]


def test_layers_that_give_an_array_another_shape_are_left_out():
    kinds = {case.title.split()[0] for case in of("quick")}
    assert {"Dense", "Conv2D", "Tanh", "Adam,"} <= kinds and not {"Reshape", "Flatten"} & kinds


def test_other_shapes_or_other_padding_are_other_cases():
    one, other = Conv2D(1, 1, 3), Conv2D(1, 1, 3, padding=((2, 0), (1, 1)))
    keys = {LayerCase(layer, shape, shape, {}).key for layer in (one, other) for shape in ((2, 4, 4, 1), (3, 4, 4, 1))}
    assert len(keys) == 4
    steep, flat, none = (LayerCase(Dense(3, 3, slope=slope), (2, 3), (2, 3), {}) for slope in (0.3, 0.2, None))
    assert steep.key == flat.key != none.key


def test_each_pass_computes_what_its_name_says():
    calls = LayerCase(Dense(3, 2), (4, 3), (4, 2), {}).calls()
    assert list(calls) == [FORWARD, DX, DW]
    assert calls[FORWARD]()[0].shape == (4, 2)
    dx, nothing = calls[DX]()
    assert dx.shape == (4, 3) and nothing == {}
    none, grads = calls[DW]()
    assert none is None and set(grads) == {"w", "b"}
    dx, grads = LayerCase(BatchNorm(3), (4, 3), (4, 3), {}).calls()[BOTH]()
    assert dx.shape == (4, 3) and set(grads) == {"gamma", "beta"}
    assert LayerCase(Tanh(), (4, 3), (4, 3), {}).passes == [FORWARD, DX]


def test_operations_of_layers_with_a_matrix():
    assert LayerCase(Dense(3, 2), (4, 3), (4, 2), {}).flop() == {FORWARD: 48, DX: 48, DW: 48}
    assert LayerCase(MaxoutDense(3, 2, 5), (4, 3), (4, 2), {}).flop() == {FORWARD: 240, DX: 48, DW: 48}
    assert set(LayerCase(BatchNorm(3), (4, 3), (4, 3), {}).flop().values()) == {0}
    conv = SpectralNorm(Conv2D(2, 3, 3), rng=np.random.default_rng(0))
    case = LayerCase(conv, (4, 6, 6, 2), (4, 6, 6, 3), {})
    assert case.title == "SpectralNorm(Conv2D) 4 x 6x6x2 to 6x6x3, kernel 3x3, stride 1x1"
    assert case.flop()[FORWARD] == 4 * flop(conv, (6, 6, 2), (6, 6, 3)) > 0


def test_the_step_of_an_optimizer():
    layer = Dense(3, 2)
    case = StepCase(Adam(layer.params))
    before = layer.params["w"].copy()
    case.calls()["step"]()
    assert case.title == "Adam, 8 numbers in 2 arrays" and not np.array_equal(before, layer.params["w"])
    assert case.twin()["optimizer"]["kind"] == "Adam" and sorted(case.twin()["shapes"]) == [(2,), (3, 2)]
    assert "Clipped" in twins_of({0: StepCase(Clipped(Adam(layer.params), 0.1))})[1][0]


def test_attention_is_timed_as_a_whole_and_the_layers_in_it_too():
    titles = [case.title for case in of("resnet-small", recipe="sagan", attention=4)]
    assert any(title.startswith("Attend 4 x 4x4x") for title in titles)
    assert any("kernel 1x1" in title for title in titles)


def test_a_layer_that_is_told_something_by_another_one_is_named():
    cases, failed = those_that_run(of("resnet-small", recipe="biggan", attention=4))
    assert failed and all("ModulatedBatchNorm" in line and "condition" in line for line in failed)
    assert all(line.startswith("biggan G body.") for line in failed) and len(cases) > 20
