"""Checkpoints: bit-for-bit resumption, and every damaged or foreign file refused with the trainer unchanged."""

import io
import json
import zipfile

import numpy as np
import pytest

from minigan.losses import NonSaturating
from minigan.models import Noise, dcgan
from minigan.objectives import Gan
from minigan.optim import OPTIMIZERS, Adam
from minigan.penalties import R1, WGANGP, Penalty
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.training.checkpoint import load_network_arrays


def trainer(width=4, rule=Adam, dropout=0.3, penalties=()):
    rng = np.random.default_rng(7)
    G, D = dcgan(8, z_dim=5, g_widths=(6, width), d_widths=(3, 4), dropout=dropout, rng=rng)
    samples = np.random.default_rng(1).uniform(-1, 1, (30, 8, 8, 1)).astype(np.float32)
    game = Gan(G, D, NonSaturating(), rule(G.params), rule(D.params), Noise(5), penalties=penalties)
    return Trainer(game, samples, batch_size=6, rng=rng)


class Nothing(Penalty):
    """A penalty that keeps nothing."""

    def __call__(self, D, real, fake, rng=None):
        return 0.0, {}


def advance(t, steps):
    for _ in range(steps):
        t.step()
    return t


def everything(t):
    return {k: np.array(v) for k, v in t.arrays().items()} | {"t": t.t, "rng": json.dumps(t.rng.bit_generator.state)}


def same(one, two):
    return one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_ten_steps_are_six_and_a_resume_and_four(tmp_path, rule):
    straight = advance(trainer(rule=rule), 10)
    save_checkpoint(tmp_path / "c.npz", advance(trainer(rule=rule), 6), {"any": "settings"})
    resumed = trainer(rule=rule)
    header = load_checkpoint(tmp_path / "c.npz", resumed)
    assert header["settings"] == {"any": "settings"} and resumed.t == 6
    assert same(everything(advance(resumed, 4)), everything(straight))


def test_a_penalty_of_every_third_step_is_due_when_it_would_have_been(tmp_path):
    def made():
        return trainer(penalties=[R1(1.0, every=3), WGANGP(), Nothing()])

    straight = advance(made(), 8)
    save_checkpoint(tmp_path / "c.npz", advance(made(), 4), {})
    resumed = made()
    load_checkpoint(tmp_path / "c.npz", resumed)
    assert [p.state["calls"] for p in resumed.objective.penalties[:2]] == [4, 4]
    assert same(everything(advance(resumed, 4)), everything(straight))
    with pytest.raises(ValueError, match="penalty1/state/calls"):
        load_checkpoint(tmp_path / "c.npz", trainer())


def test_only_the_generator(tmp_path):
    t = advance(trainer(), 2)
    save_checkpoint(tmp_path / "c.npz", t, {})
    other = trainer().objective.G
    load_network_arrays(tmp_path / "c.npz", other)
    z = np.ones((2, 5), np.float32)
    np.testing.assert_array_equal(other.forward(z, training=False)[0], t.objective.G.forward(z, training=False)[0])


def rewritten(path, change):
    """The zip at `path` with its header changed by `change`, entries kept."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(np.load(io.BytesIO(entries["header.npy"])).tobytes())
    change(header)
    buffer = io.BytesIO()
    np.save(buffer, np.frombuffer(json.dumps(header).encode(), np.uint8))
    entries["header.npy"] = buffer.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path):
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(
            "G/params/up1.w.npy" if "G/params/up1.w.npy" in archive.namelist() else archive.namelist()[3]
        )
    data[info.header_offset + 400] ^= 0xFF
    path.write_bytes(bytes(data))


def pickled(path):
    np.savez(path, header=np.array([{"a": 1}], object))


@pytest.mark.parametrize(
    "damage, message",
    [
        (truncated, "truncated or corrupted"),
        (flipped, "truncated or corrupted"),
        (lambda path: path.write_bytes(b""), "truncated or corrupted"),
        (lambda path: path.write_text("hello"), "truncated or corrupted"),
        (lambda path: path.unlink(), "there is no checkpoint"),
        (pickled, "no readable header"),
        (
            lambda path: rewritten(path, lambda h: h.update(format=99)),
            "has checkpoint format 99, this minigan reads format 2; update",
        ),
        (lambda path: rewritten(path, lambda h: h.pop("format")), "no readable header"),
        (lambda path: rewritten(path, lambda h: h.update(step="x")), r"damaged header \(see step\)"),
        (lambda path: rewritten(path, lambda h: h.update(step=-5)), r"damaged header \(see step\)"),
        (lambda path: rewritten(path, lambda h: h.pop("rng")), r"damaged header \(see rng\)"),
        (lambda path: rewritten(path, lambda h: h.update(rng={"bit_generator": "PCG64"})), "no state of this random"),
        (lambda path: rewritten(path, lambda h: h.update(settings=[1])), r"damaged header \(see settings\)"),
        (lambda path: np.savez(path, a=np.zeros(3)), "truncated or corrupted|no readable header"),
    ],
)
def test_damaged_files_are_refused_and_nothing_changes(tmp_path, damage, message):
    path = tmp_path / "c.npz"
    save_checkpoint(path, advance(trainer(), 2), {})
    damage(path)
    t = trainer()
    before = everything(t)
    with pytest.raises(ValueError, match=message):
        load_checkpoint(path, t)
    assert same(everything(t), before)


@pytest.mark.parametrize(
    "other, message",
    [(dict(width=5), "of another network"), (dict(rule=OPTIMIZERS["sgd"]), "of another network or optimizer")],
)
def test_another_architecture_is_refused(tmp_path, other, message):
    save_checkpoint(tmp_path / "c.npz", advance(trainer(**other), 1), {})
    t = trainer()
    before = everything(t)
    with pytest.raises(ValueError, match=message):
        load_checkpoint(tmp_path / "c.npz", t)
    assert same(everything(t), before)
