"""The costs of convolutions: what is counted, how the costs follow from timings, and which are in use."""

import subprocess
import sys

import numpy as np
import pytest

from minigan import kernels
from minigan.kernels import conv, costs
from minigan.kernels.costs import ALGORITHMS, BUILT_IN, KERNELS, SAMPLES, Costs

SAME = ((1, 1), (1, 1))
DIFFERENT = Costs(*(value * (1.5 + k) for k, value in enumerate(BUILT_IN)))


@pytest.fixture(autouse=True)
def afresh():
    costs.use(None)
    yield
    costs.use(None)


def pretended(true):
    """Timings as they would be if `true` were the costs."""
    return {
        name: [sum(n * getattr(true, each) for each, n in costs.counts(name, *sample).items()) for sample in samples]
        for name, samples in SAMPLES.items()
    }


@pytest.mark.parametrize("true", [BUILT_IN, DIFFERENT])
def test_the_costs_follow_from_the_timings(true, monkeypatch):
    monkeypatch.setattr(costs, "_best_times", lambda: pretended(true))
    np.testing.assert_allclose(costs.measure(), true, rtol=1e-9)


@pytest.mark.parametrize("algorithm", SAMPLES)
def test_a_timing_that_is_off_by_a_tenth_moves_no_cost_by_half(algorithm, monkeypatch):
    for k in range(len(SAMPLES[algorithm])):
        times = pretended(BUILT_IN)
        times[algorithm][k] *= 1.1
        monkeypatch.setattr(costs, "_best_times", lambda times=times: times)
        assert np.all(np.abs(np.array(costs.measure()) / BUILT_IN - 1) < 0.5)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_twice_the_images_count_twice(algorithm, kernel):
    few, many = (costs.counts(algorithm, kernel, (N, 9, 7, 5), (3, 3, 5, 20), (1, 1), SAME) for N in (4, 8))
    filters = 36 * 5 * kernels.costs.padded(20, np.float32) if algorithm == "winograd" else 0
    assert set(few) <= set(Costs._fields)
    for name, count in few.items():
        rest = filters if name == "transform" else 0
        assert many[name] - rest == 2 * (count - rest) > 0


def test_the_products_of_im2col_are_those_of_the_formula():
    x, w = (3, 8, 8, 4), (5, 5, 4, 6)
    count = costs.counts("im2col", "conv2d", x, w, (2, 2), ((1, 2), (1, 2)))
    assert count["blas"] == 3 * 4 * 4 * 6 * 5 * 5 * 4


def test_record_says_which_costs_are_in_use_and_does_not_look_for_them_by_itself():
    assert costs.record() == {"from": "no convolution has been computed"}
    found = costs.record(look=True)
    assert found == {"from": "built in (MINIGAN_MEASURE=off)", "ns": BUILT_IN._asdict()} == costs.record()


def test_the_costs_of_an_earlier_run_are_used_again():
    assert costs.use(DIFFERENT._asdict())
    assert costs.in_use() == DIFFERENT
    assert costs.record() == {"from": "an earlier run", "ns": DIFFERENT._asdict()}
    for silly in (
        {},
        {"ns": 1},
        [],
        "x",
        DIFFERENT._asdict() | {"blas": float("nan")},
        BUILT_IN._asdict() | {"blas": 9},
    ):
        assert not costs.use(silly)
    assert costs.in_use() == DIFFERENT


def test_the_choice_follows_the_costs_alone():
    x, w = (64, 14, 14, 32), (3, 3, 32, 32)
    for name, dear in [("direct", ("tile_product", "transform", "blas")),
                       ("winograd", ("product", "frame", "blas")),
                       ("im2col", ("product", "frame", "tile_product", "transform"))]:  # fmt: skip
        assert costs.use(BUILT_IN._asdict() | {each: 9 * getattr(BUILT_IN, each) for each in dear})
        for kernel in KERNELS:
            assert conv.choose(x, w, (1, 1), SAME, kernel)[0] == name


def test_each_kernel_has_a_choice_of_its_own(monkeypatch, rng):
    x, w = rng.standard_normal((4, 9, 9, 2), dtype=np.float32), rng.standard_normal((3, 3, 2, 16), dtype=np.float32)
    y, used = kernels.conv2d(x, w, (1, 1), SAME), []

    def spied(name, kernel, way):
        return lambda *given: used.append((name, kernel)) or getattr(way, kernel)(*given)

    for name, way in ALGORITHMS.items():
        spies = {kernel: staticmethod(spied(name, kernel, way)) for kernel in KERNELS}
        monkeypatch.setitem(ALGORITHMS, name, type(name, (), spies | {"fits": way.fits}))
    for favoured, dear in [("direct", ()), ("winograd", ("add_back",))]:
        costs.use(BUILT_IN._asdict() | {each: 9 * getattr(BUILT_IN, each) for each in dear})
        used.clear()
        kernels.conv2d(x, w, (1, 1), SAME)
        kernels.conv2d_input_grad(y, w, x.shape, (1, 1), SAME)
        kernels.conv2d_weight_grad(x, y, w.shape, (1, 1), SAME)
        assert used == [("direct", "conv2d"), (favoured, "conv2d_input_grad"), ("direct", "conv2d_weight_grad")]


def test_a_small_difference_keeps_the_choice_of_the_built_in_costs():
    x, w = (64, 14, 14, 32), (5, 5, 32, 64)
    for kernel in KERNELS:
        shapes = x, w, (2, 2), ((1, 2), (1, 2)), kernel
        usual, estimate = conv.fastest(*shapes, BUILT_IN)[1], conv.estimates(*shapes, BUILT_IN)
        rival = min(set(estimate) - {usual}, key=estimate.get)
        far = estimate[rival] / estimate[usual]  # so many times the costs of the usual one make both equal
        mine = costs.counts(usual, kernel, *shapes[:4])

        def with_usual_dearer(times, mine=mine):
            return Costs(**{n: v * times if n in mine else v for n, v in BUILT_IN._asdict().items()})

        assert conv.fastest(*shapes, with_usual_dearer(far * conv.CLEARLY * 0.99))[1] == usual
        assert conv.fastest(*shapes, with_usual_dearer(far * conv.CLEARLY * 1.01))[1] == rival


def test_the_estimate_is_that_of_the_chosen_algorithm():
    shapes = (64, 14, 14, 32), (5, 5, 32, 64), (2, 2), ((1, 2), (1, 2))
    for name in ALGORITHMS:
        with kernels.algorithm(name):
            assert conv.choose(*shapes) == (name, conv.estimates(*shapes, "conv2d", BUILT_IN)[name])


def test_nothing_is_measured_at_import_nor_for_dense_layers(tmp_path):
    script = """
import numpy as np, minigan
from minigan import kernels
from minigan.kernels import costs
from minigan.layers import Dense
costs.measure = None
layer = Dense(3, 4, rng=np.random.default_rng(0))
y, cache = layer.forward(np.ones((2, 3), np.float32))
layer.backward(y, cache)
print(costs.record())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "{'from': 'no convolution has been computed'}\n", done.stderr


@pytest.mark.long
def test_what_is_measured_here_can_be_and_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv("MINIGAN_MEASURE")
    monkeypatch.setattr(costs.measured, "folder_of", lambda kernel: tmp_path)
    found = costs.in_use()
    assert all(value > 0 for value in found) and len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(costs, "measure", None)
    costs.use(None)
    assert costs.in_use() == found  # in the next process
