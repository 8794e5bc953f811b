"""`bench --kernels`: fresh processes in turns, medians over them, the worst of them, a table, and refusals."""

import json
import re

import numpy as np
import pytest

from minigan.bench import alone, kernels
from minigan.bench.kernels import bench_kernels, kernels_as_text, measured, progress, row
from minigan.bench.peak import peak
from minigan.bench.stopwatch import checked
from minigan.kernels.machine import memory

TINY = {"preset": "mlp", "batch_size": 4, "threads": 1}


class FakeWorker:
    """Answers at once, and writes down what it is asked."""

    asked = []
    seconds = {"minigan.bench.alone": iter(()), "minigan.bench.torch.alone": iter(())}

    def __init__(self, module, threads):
        self.module = module
        self.asked.append((module.split(".")[2], threads))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def ask(self, name, *args):
        if name == "build":
            self.asked[-1] += args
            return "2.0"
        if name == "peak":
            return 100.0, 1.0
        value = next(self.seconds[self.module])
        modes = ["minigan"] if self.module == kernels.OURS else ["channels_last", "contiguous"]
        return {mode: {"forward": value * (1 + i)} for i, mode in enumerate(modes)}


def test_processes_of_both_libraries_are_fresh_and_change_places(monkeypatch):
    monkeypatch.setattr(kernels, "Worker", FakeWorker)
    monkeypatch.setattr(FakeWorker, "asked", [])
    monkeypatch.setattr(
        FakeWorker, "seconds", {kernels.OURS: iter([1.0, 3.0, 2.0]), kernels.TWIN: iter([4.0, 5.0, 6.0])}
    )
    configs, said = [{"threads": 2}], []
    found = measured(configs, [7], "file", [7], 3, said.append)
    assert FakeWorker.asked == [
        ("alone", 2, configs, 2, False), ("torch", 2, "file", 2),
        ("torch", 2, "file", 2), ("alone", 2, configs, 2, True),
        ("alone", 2, configs, 2, False), ("torch", 2, "file", 2),
    ]  # fmt: skip
    assert found["version"] == "2.0" and found["peaks"] == [(100.0, 1.0)] * 3
    assert found["seconds"][7, "forward"] == {
        "minigan": [1.0, 3.0, 2.0], "channels_last": [4.0, 5.0, 6.0], "contiguous": [8.0, 10.0, 12.0]
    }  # fmt: skip
    assert len(said) == 3 and said[0].startswith("process 1 of 3")


class Case:
    title, places = "Dense 4 x 3", ["quick G hidden1", "quick D hidden1"]

    def flop(self):
        return {"forward": 5e9}


def test_a_row_is_a_median_the_worst_process_and_the_ratio_to_the_better_layout():
    seconds = {"minigan": [0.1, 0.5, 0.3, 0.2], "channels_last": [0.9] * 4, "contiguous": [0.5, 0.5, 0.4, 9.0]}
    found = row(Case(), "forward", seconds, peak=100.0)
    assert found["ms"] == pytest.approx(250) and found["worst"] == pytest.approx(2.0)
    assert found["denormal"] == pytest.approx(2.0), "the best of processes 2 and 4 against that of 1 and 3"
    assert found["share_of_peak"] == pytest.approx(5 / 0.25 / 100)
    assert found["torch_mode"] == "contiguous" and found["ratio"] == pytest.approx(0.5)
    alone = row(Case(), "forward", {"minigan": [0.1]}, peak=100.0)
    assert alone["denormal"] is None and alone["ratio"] is None and alone["torch_ms"] is None


def result(**more):
    rows = [
        row(Case(), "forward", {"minigan": [0.1, 0.2, 0.1], "contiguous": [0.05] * 3}, 100.0),
        row(Case(), "forward", {"minigan": [0.001] * 3, "contiguous": [0.01] * 3}, 100.0),
        row(Case(), "forward", {"minigan": [0.002] * 3}, 100.0) | {"gflop": 0.0, "share_of_peak": None},
    ]
    return {"processor": "Abacus 9", "threads": 2, "vector_bits": 256, "processes": 3, "peak_gflop_per_second": 100.0,
            "share_of_cores": 1.0, "torch": "2.0", "not_timed": [], "rows": rows} | more  # fmt: skip


def test_the_table():
    head, _, titles, first, second, third, _, about, counts = kernels_as_text(result()).splitlines()
    assert head == "processor Abacus 9, 2 threads, vectors of 256 bits; medians of 3 fresh processes"
    assert re.split(r"\s{2,}", titles)[-4:] == ["worst / median", "of peak", "PyTorch ms", "ratio"]
    assert re.split(r"\s{2,}", first) == [
        "quick G hidden1 +1", "Dense 4 x 3", "forward", "100.000", "2.00 !", "50%", "50.000", "2.00"
    ]  # fmt: skip
    assert re.split(r"\s{2,}", second)[-2:] == ["10.000", "0.10"] and "!" not in second
    assert re.split(r"\s{2,}", third)[-3:] == ["-"] * 3
    assert about.startswith("peak 100 GFLOP/s: products in the L1 cache, on 2 threads")
    assert counts == (
        "of 3 lines 1 have a process above 1.3 of the median (!); 1 are above 1.3 if new memory is full of denormal "
        "numbers; 1 of 2 take longer than PyTorch 2.0"
    )


def test_what_could_not_be_seen_is_told():
    lines = kernels_as_text(result(share_of_cores=0.5, not_timed=["quick G a, Odd: it fails"])).splitlines()
    assert "not timed: quick G a, Odd: it fails" in lines
    assert lines[-1].startswith("Other programs were busy: a thread had a core for 50% of the time")
    assert "PyTorch" not in kernels_as_text(result(torch=None)), "no columns, no line"


def test_the_rest_is_told_from_the_first_process_on():
    took = {"minigan": 20.2, "PyTorch": 39.8}
    assert progress(1, 10, took, 60.0) == "process 1 of 10: minigan 20 s, PyTorch 40 s; about 9 minutes left"
    assert progress(9, 10, {"minigan": 10.0}, 90.0) == "process 9 of 10: minigan 10 s; about 10 seconds left"


def test_new_memory_is_full_of_denormal_numbers(monkeypatch):
    memory.release()
    monkeypatch.setattr(memory, "_aligned", alone.filled(memory._aligned))
    for dtype in (np.float32, np.float64):
        for array in (memory.scratch(f"of {dtype}", 1000, dtype), memory.fresh(100_000, dtype)):
            assert (array > 0).all() and (array < np.finfo(dtype).tiny).all()
    memory.release()


def test_every_other_process_fills_its_memory(monkeypatch):
    before, config = memory._aligned, [checked(**TINY)]
    monkeypatch.setattr(memory, "_aligned", before)  # restored after the test
    answers = alone.Answers()
    answers.build(config, 1, False)
    assert memory._aligned is before
    answers.build(config, 1, True)
    assert memory._aligned is not before
    found = answers.time(0)
    assert list(found) == ["minigan"] and all(seconds > 0 for seconds in found["minigan"].values())


def test_the_peak_is_a_number_and_the_threads_have_their_cores():
    gflop, cores = peak(1)
    assert gflop > 0.1 and 0 < cores < 1.2


@pytest.mark.long
def test_a_whole_run(capsys):
    said = []
    found = bench_kernels(**TINY, processes=2, say=said.append)
    assert json.loads(json.dumps(found)) == found and found["torch"] is None
    assert said[0].startswith("timing") and said[-1].startswith("process 2 of 2")
    assert all(len(row["process_ms"]) == 2 and 0 < row["ms"] <= max(row["process_ms"]) for row in found["rows"])
    assert [row["ms"] for row in found["rows"]] == sorted((row["ms"] for row in found["rows"]), reverse=True)
    assert {"mlp G hidden1", "mlp G's optimizer"} <= {place for row in found["rows"] for place in row["places"]}
    assert found["processor"] in kernels_as_text(found)


@pytest.mark.long
def test_against_pytorch():
    pytest.importorskip("torch")
    found = bench_kernels(**TINY, processes=1, against="torch")
    assert all(row["torch_ms"] > 0 and row["ratio"] == pytest.approx(row["ms"] / row["torch_ms"])
               for row in found["rows"])  # fmt: skip
    ratios = [row["ratio"] for row in found["rows"]]
    assert ratios == sorted(ratios, reverse=True) and "PyTorch ms" in kernels_as_text(found)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"preset": "none"}, "unknown preset"),
        ({"processes": 0}, "processes must be a whole number of at least 1, got 0"),
        ({"threads": 0}, "threads"),
        ({"against": "jax"}, "jax"),
        ({"image_size": 8}, "for points"),
        ({"preset": None, "batch_size": None, "loss": "hinge"}, "fix: add --preset or --recipe"),
        ({"preset": None}, "fix: add --preset or --recipe"),
        ({"loss": "none"}, "unknown loss 'none'"),
    ],
)
def test_wrong_choices_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        bench_kernels(**TINY | wrong)
