"""The benchmark on a tiny configuration: the right keys, the right count, a table, and errors that say what to do."""

import importlib.util
import json

import numpy as np
import pytest

from minigan.batch import Batch
from minigan.bench import stopwatch as module
from minigan.bench.ours import Answers, Game, make_trainer, passes
from minigan.bench.stopwatch import as_text, bench, checked, compared, growth, growth_as_text, in_turns, layer_table
from minigan.bench.torch import exchange
from minigan.bench.torch import rules as torch_rules
from minigan.bench.worker import Worker
from minigan.layers import Concat, Conv2D, Dense, Flatten, Identity, LeakyReLU, MaxoutDense, Pack, Sequential, Sum
from minigan.losses import NonSaturating
from minigan.models import mlp
from minigan.models.noise import Noise
from minigan.objectives import Gan
from minigan.optim import Adam
from minigan.penalties import R1
from minigan.recipes import book
from minigan.training import Trainer

TINY = {"preset": "quick", "batch_size": 4, "image_size": 8, "threads": 1}


@pytest.mark.long
def test_every_number_is_there_and_the_text_shows_it():
    result = bench(**TINY, steps=2)
    assert json.loads(json.dumps(result)) == result
    assert result["steps"] == 2 and result["torch"] is None and result["threads"] == 1
    step = result["step_seconds"]
    assert 0 < step["min"] <= step["median"] <= step["max"]
    assert result["images_per_second"] == pytest.approx(4 / step["median"])
    assert result["share_of_sgemm"] == pytest.approx(
        result["gflop"] / step["median"] / result["sgemm_gflop_per_second"]
    )
    memory = result["memory"]
    assert 0 < memory["imported_bytes"] <= memory["peak_bytes"] and memory["held_bytes"] > 0
    names = [(row["network"], row["layer"]) for row in result["layers"]]
    assert ("G", "up1") in names and ("D", "down1") in names and len(set(names)) == len(names)
    assert all(row["forward ms"] > 0 and row["backward ms"] > 0 for row in result["layers"])
    text = as_text(result)
    for word in ("images/s", "GFLOP/s", "SGEMM", "peak memory", "backward ms", "down2", "total"):
        assert word in text


def test_operations_against_a_count_by_hand():
    """The quick preset for 8x8 images, its widths divided by 24: hidden 11, G 4 and 2, D 2 and 4, kernel 5."""
    config = checked("quick", batch_size=3, image_size=8, base_width=2)
    hidden, dense = 8 * 11, 11 * 2 * 2 * 4
    up, image = 2 * 2 * 25 * 4 * 2, 4 * 4 * 25 * 2 * 1
    down1, down2, logit = 4 * 4 * 25 * 1 * 2, 2 * 2 * 25 * 2 * 4, 2 * 2 * 4
    d_step = (hidden + dense + up + image) + 2 * 2 * (down1 + down2 + logit) + 2 * (down2 + logit)
    g_step = (hidden + dense + up + image) + (dense + up + image) + 2 * (down1 + down2 + logit)
    assert Game(make_trainer(**config)).flop() == 2 * 3 * (d_step + g_step)
    config = checked("quick", batch_size=4, image_size=8, choices={"penalty": ["r1:1", "wgan-gp:10:4"], "k": 3})
    plain = Game(make_trainer(**config | {"choices": {}}))
    d, _, d_first = passes(plain.objective.D, images(8, 8, 1))
    g, _, _ = passes(plain.objective.G, images(8))
    more = 2 * (g + 6 * d - 2 * d_first) + 3 * (4 * d + d)
    assert Game(make_trainer(**config)).flop() == plain.flop() + 4 * more


def images(*shape):
    return Batch(np.zeros((4, *shape), np.float32))


@pytest.mark.long
def test_other_games_are_played():
    result = bench(**TINY, steps=1, penalty=["r1:1.0:2"], k=2, optimizer="rmsprop", loss=None)
    text = as_text(result)
    assert "penalty r1:1.0:2, k 2, optimizer rmsprop\n" in text and "second order ms" in text
    second = {row["layer"]: row["second order ms"] for row in result["layers"] if row["network"] == "D"}
    assert all(second.values()), "R1 goes with the loss, by rules of its own"
    assert result["choices"] == {"penalty": ["r1:1.0:2"], "k": 2, "optimizer": "rmsprop"}
    game = Game(make_trainer(**checked(**TINY, choices={"recipe": "wgan-gp", "penalty": ["r1:0.5:2", "wgan-gp"]})))
    game.step()
    played = game.trainer.objective
    assert [penalty.weight for penalty in played.penalties] == [0.5, 10] and played.penalties[0].every == 2
    assert type(played.loss).__name__ == "Wasserstein"
    assert set(played.d_optimizer.steps.values()) == {5} and set(played.g_optimizer.steps.values()) == {1}
    assert [int(penalty.state["calls"]) for penalty in played.penalties] == [5, 5]


def test_a_maxout_goes_back_through_one_piece_of_each_unit():
    network = Sequential(MaxoutDense(3, 4, 5), Dense(4, 1))
    assert passes(network, images(3)) == (2 * (3 * 20 + 4), 2 * (3 * 4 + 4), 2 * 3 * 4)
    assert passes(Sequential(Pack(1), *network.layers.values()), images(3))[2] == 2 * 3 * 4  # the first with a product


def residual():
    """A D for 4x4 images whose first layer has two branches, and whose second has a skip."""
    body = Sequential(LeakyReLU(), ("conv", Conv2D(3, 3, 3)))
    return Sequential(
        ("first", Concat(("wide", Conv2D(1, 1, 3)), ("narrow", Conv2D(1, 2, 1)))),
        ("block", Sum(("body", body), ("skip", Identity()))),
        Flatten(),
        ("logit", Dense(48, 1)),
    )


def test_branches_at_the_input_need_no_input_gradient():
    first, rest = 2 * 16 * (9 + 2), 2 * (16 * 81 + 48)
    assert passes(residual(), images(4, 4, 1)) == (first + rest, first + rest, first)


def test_the_table_of_a_residual_network(rng):
    D, (G, _) = residual(), mlp((4, 4, 1), z_dim=3, width=5, bounded=True, rng=rng)
    game = Gan(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3), penalties=[R1(1.0)])
    answers = Answers()
    answers.game = Game(Trainer(game, rng.uniform(-1, 1, (4, 4, 4, 1)).astype(np.float32), batch_size=4, rng=rng))
    rows, other = answers.layers(2)
    found = {row["layer"]: row for row in rows if row["network"] == "D"}
    assert list(found) == [
        "first.wide", "first.narrow", "block.body.leakyrelu1", "block.body.conv", "block.skip", "flatten1", "logit"
    ]  # fmt: skip
    assert all(row["forward ms"] > 0 and row["backward ms"] > 0 for row in rows) and other > 0
    assert all(row["second order ms"] > 0 for row in found.values())
    assert "block.body.conv" in layer_table(rows)


def test_the_noise_and_the_batch_are_the_same_in_every_step():
    """And each sample keeps what is given of it."""
    trainer = make_trainer(**checked(**TINY))
    trainer.data = Batch(trainer.samples, {"labels": np.arange(4)})
    game, seen = Game(trainer), []
    step = trainer.objective.g_step
    trainer.objective.g_step = lambda real, fake: seen.append((real, fake)) or step(real, fake)
    game.step()
    game.step()
    for real, fake in seen:
        assert fake.z is game.z and real is game.real
        np.testing.assert_array_equal(real.given["labels"], np.arange(4))


@pytest.mark.parametrize(
    "preset, image_size, words",
    [("resnet-small", None, "28x28 images"), ("quick", "12x8", "12x8 images"), ("mlp", None, "points"),
     ("signals", None, "signals")],
)  # fmt: skip
def test_what_is_drawn_is_named(preset, image_size, words):
    numbers = {"median": 1.0, "min": 1.0, "max": 1.0}
    result = {
        "processor": "Abacus 9", "processes": 1, "preset": preset, "image_size": image_size,
        "choices": {}, "batch_size": 4, "threads": 1, "steps": 1,
        "step_seconds": numbers, "images_per_second": 4.0, "gflop": 1.0, "gflop_per_second": 1.0, "share_of_sgemm": 0.1,
        "sgemm_gflop_per_second": 10.0, "memory": {"held_bytes": 0, "peak_bytes": 0, "imported_bytes": 0},
        "layers": [], "other_ms": 1.0, "torch": None,
    }  # fmt: skip
    head, first, second, *_ = as_text(result).splitlines()
    assert head == "processor Abacus 9, 1 threads"
    assert f"preset {preset}, {words}, batch 4" in first and second.endswith(f"4 {words.split()[-1]}/s")


def small(recipe):
    """A Trainer of a recipe on images of 8x8: quick networks, or its own residual ones, with attention on a map."""
    own = book.choices(recipe)
    preset = own["preset"] if own.get("preset") in ("resnet-small", "enhancer") else "quick"
    choices = {"recipe": recipe} | ({"attention": 4} if "attention" in own else {})
    return make_trainer(**checked(preset, batch_size=20, image_size=8, choices=choices))


@pytest.mark.parametrize("recipe", book.names())
def test_every_recipe_is_played(recipe):
    game = Game(small(recipe))
    game.step()
    assert set(game.objective.g_optimizer.steps.values()) == {1} and game.flop() > 0


@pytest.mark.parametrize("recipe", book.names())
def test_every_recipe_has_a_twin(recipe, tmp_path):
    t = small(recipe)
    torch_rules.save(tmp_path / "twin.npz", t, t.samples[:20], t.noise(20), t.data.given["labels"][:20])
    found = exchange.load(tmp_path / "twin.npz")
    assert found["players"].keys() >= {p.name for p in t.objective.players} and len(found["labels"]) == 20


@pytest.mark.long
def test_growth_measures_each_size_by_itself():
    rows = growth("quick", batch_sizes=(2,), image_sizes=(8,), base_widths=(4,), threads=[1], steps=1)
    assert [(r["grows"], r[r["grows"]]) for r in rows] == [("batch_size", 2), ("image_size", 8), ("base_width", 4)]
    assert all(r["ms_per_image"]["median"] > 0 and r["memory"]["peak_bytes"] > 0 for r in rows)
    head, *lines = growth_as_text(rows).splitlines()
    assert head == f"processor {rows[0]['processor']}" and len(lines) == 4


def test_a_size_that_does_not_fit_is_a_row_that_says_so(monkeypatch):
    def ask(self, name, *args):
        raise MemoryError("8 GiB for an array")

    monkeypatch.setattr(Worker, "ask", ask)
    rows = growth("quick", batch_sizes=(2,), image_sizes=(), base_widths=())
    assert rows[0]["failed"] == "8 GiB for an array" and "8 GiB" in growth_as_text(rows)


def test_paired_rounds_change_places_and_give_the_ratio():
    asked = []

    class Fake:
        def __init__(self, name, seconds):
            self.name, self.seconds = name, seconds

        def ask(self, question, n):
            asked.append(self.name)
            return [99.0] + [self.seconds] * (n - 1)

    workers = {"minigan": Fake("minigan", 1.0), "a": Fake("a", 4.0), "b": Fake("b", 2.0)}
    module_pause, module.PAUSE = module.PAUSE, 0
    try:
        seconds = in_turns(workers, 3, rounds=2)
    finally:
        module.PAUSE = module_pause
    assert asked == ["minigan", "a", "b"] * 2 + ["b", "a", "minigan"]
    assert seconds["a"] == [[4.0] * 3] * 2
    found = compared(seconds, dict.fromkeys(workers))
    assert found["better"] == "b" and found["ratio"] == {"median": 0.5, "min": 0.5, "max": 0.5}
    assert found["of_processes"] == [0.5]


def test_several_processes_have_a_median_each(monkeypatch):
    """Two processes of two rounds; all rounds count for the ratio, and the text shows the medians of both processes."""
    memory = dict.fromkeys(("minigan", "contiguous"), {"held_bytes": 0, "peak_bytes": 0, "imported_bytes": 0})
    run = {"memory": memory, "layers": ([], 1.0), "sgemm": 10.0, "gflop": 1.0, "steps": 1, "version": "2.0"}
    ours = iter([[[1.0], [2.0]], [[3.0], [5.0]]])
    asked = []

    def measured(config, steps, against):
        asked.append(steps)
        return run | {"seconds": {"minigan": next(ours), "contiguous": [[2.0], [2.0]]}}

    monkeypatch.setattr(module, "measured", measured)
    monkeypatch.setattr(module, "check_twin", lambda against: None)
    result = bench(**TINY, against="torch", processes=2)
    assert asked == [None, 1], "as many steps in each process as in the first"
    assert result["processes"] == 2 and result["torch"]["of_processes"] == [0.75, 2.0]
    assert result["torch"]["ratio"] == {"median": 1.25, "min": 0.5, "max": 2.5} and result["torch"]["rounds"] == 4
    assert result["step_seconds"] == {"median": 2.5, "min": 1.0, "max": 5.0}
    text = as_text(result)
    assert ", 1 threads, 2 fresh processes\n" in text and "1.25 (0.50 to 2.50 over 4 paired rounds)" in text
    assert "median of each of the 2 processes: 1.38 (0.75 to 2.00)" in text


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"preset": "none"}, "unknown preset"),
        ({"steps": 0}, "steps"),
        ({"batch_size": 1}, "batch_size"),
        ({"threads": 0}, "threads"),
        ({"processes": 0}, "processes must be a whole number"),
        ({"against": "jax"}, "jax"),
        ({"image_size": 2}, "--image-size must be at least 4"),
        ({"image_size": "8x"}, "HEIGHTxWIDTH"),
        ({"preset": "mlp"}, "for points"),
        ({"loss": "none"}, "unknown loss 'none'"),
        ({"recipe": "none"}, "unknown recipe 'none'"),
        ({"penalty": ["r1:1"], "clip": 0.01}, "does not go with --clip"),
        (
            {"against": "torch", "unroll": 2, "term": ["pull-away:1"]},
            "the unrolled game with terms has no PyTorch twin",
        ),
        ({"against": "torch", "dropout": 0.5}, "Dropout has no PyTorch twin"),
    ],
)
def test_wrong_choices_are_named(wrong, message):
    if wrong.get("against") == "torch":
        pytest.importorskip("torch")
    with pytest.raises(ValueError, match=message):
        bench(**TINY | wrong)


def test_without_pytorch_the_error_says_how_to_get_it():
    if importlib.util.find_spec("torch") is not None:
        pytest.skip("PyTorch is installed")
    with pytest.raises(ValueError, match=r"pip install minigan\[bench\]"):
        bench(**TINY, against="torch")


def test_against_pytorch():
    pytest.importorskip("torch")
    result = bench(**TINY, steps=1, against="torch", penalty=["wgan-gp:10"], k=2)
    twin = result["torch"]
    assert twin["better"] in twin["modes"] and twin["rounds"] == module.ROUNDS
    assert 0 < twin["ratio"]["min"] <= twin["ratio"]["median"] <= twin["ratio"]["max"]
    assert json.loads(json.dumps(result)) == result and "minigan / PyTorch" in as_text(result)


@pytest.mark.long
def test_a_worker_that_dies_is_reported_and_one_that_answers_is_not_asked_twice():
    with Worker("minigan.bench.ours", 1) as worker:
        assert worker.ask("sgemm") > 0
        worker.kill()
        with pytest.raises(ChildProcessError, match="ended with code"):
            worker.ask("sgemm")
    assert np.isfinite(worker.returncode)
