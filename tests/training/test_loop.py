"""The loop: batches, the k of Algorithm 1, NaNs that are found and named, interruption between steps."""

import copy
import os
import signal
import time

import numpy as np
import pytest

from minigan.layers import Layer
from minigan.losses import NonSaturating
from minigan.models import Noise, mlp, recogniser
from minigan.objectives import Gan, TermsAlone
from minigan.optim import SGD, Adam
from minigan.penalties import R1
from minigan.terms import FeatureMatching, VariationalEntropy
from minigan.training import Diverged, Trainer, run
from minigan.unrolled import Unrolled


def trainer(seed=0, n=40, game=Gan, batch_size=10, augment=None, given=None, noise=None, **options):
    rng = np.random.default_rng(seed)
    noise = noise or Noise(3)
    G, D = mlp((2,), z_dim=noise.size, width=8, rng=rng)
    samples = np.random.default_rng(1).standard_normal((n, 2)).astype(np.float32)
    objective = game(G, D, NonSaturating(), Adam(G.params), Adam(D.params), noise, **options)
    return Trainer(objective, samples, batch_size=batch_size, rng=rng, augment=augment, given=given)


def test_numbers_of_a_step():
    numbers = trainer().step()
    assert numbers["step"] == 1 and 0 < numbers["d_real"] < 1 and 0 < numbers["d_fake"] < 1
    assert numbers["seconds"] > 0 and np.isfinite(numbers["d_loss"])


def test_k_discriminator_steps_for_each_generator_step():
    t = trainer(k=3)
    t.step()
    t.step()
    assert set(t.objective.d_optimizer.steps.values()) == {6} and set(t.objective.g_optimizer.steps.values()) == {2}


def test_fresh_noise_draws_again_for_the_generator():
    draws = {}
    for fresh in (False, True):
        t = trainer(fresh_noise=fresh)
        G, calls = t.objective.G, []
        G.forward = lambda z, forward=G.forward, calls=calls, **more: calls.append(z) or forward(z, **more)
        t.step()
        draws[fresh] = calls
    assert len(draws[False]) == 1 and len(draws[True]) == 2
    assert not np.array_equal(draws[True][0], draws[True][1])


def test_noise_may_end_in_a_code():
    t = trainer(noise=Noise(3, codes=2))
    assert (t.noise(7)[:, 3:].sum(axis=1) == 1).all()
    t.step()
    want = np.random.default_rng(5).standard_normal((4, 3), dtype=np.float32)
    assert np.array_equal(trainer().noise(4, np.random.default_rng(5)), want)


def test_unroll_moves_g_against_the_d_of_later_and_d_as_ever():
    moved = {}
    for name, t in (("plain", trainer()), ("unrolled", trainer(game=Unrolled, steps=3))):
        t.step()
        moved[name] = {who: {k: p.copy() for k, p in getattr(t.objective, who).params.items()} for who in "GD"}
        assert set(t.objective.d_optimizer.steps.values()) == set(t.objective.g_optimizer.steps.values()) == {1}
    assert all(np.array_equal(p, moved["unrolled"]["D"][key]) for key, p in moved["plain"]["D"].items())
    assert any(not np.array_equal(p, moved["unrolled"]["G"][key]) for key, p in moved["plain"]["G"].items())


class Silent(NonSaturating):
    """A loss that leaves G alone."""

    def generator(self, fake_logits):
        return 0.0, np.zeros_like(fake_logits)


def test_where_g_has_its_terms_alone_d_is_not_asked():
    """G's step is that of the usual game, where the loss's value and gradient are 0; D's logits are left out."""
    rng = np.random.default_rng(3)
    Q = recogniser(mlp((2,), width=8, rng=rng)[1], 6, rng=rng)
    moved, asked = [], []
    for game in (Gan, TermsAlone):
        q = copy.deepcopy(Q)
        t = trainer(game=game, terms=(FeatureMatching(0.7), VariationalEntropy(q, Adam(q.params), 0.3)))
        t.objective.loss = Silent(0.9)
        D, calls = t.objective.D, []
        D.backward = lambda *args, calls=calls, backward=D.backward, **options: (
            calls.append(1) or backward(*args, **options)
        )
        numbers = t.step()
        asked.append(len(calls))
        moved.append([t.objective.G.params, D.params, q.params, numbers["g_loss"]])
    assert asked == [2, 1]
    for one, two in zip(*(m[:3] for m in moved), strict=True):
        assert all(np.array_equal(p, two[key]) for key, p in one.items())
    assert moved[0][3] == moved[1][3] > 0
    with pytest.raises(ValueError, match="TermsAlone needs at least one term"):
        trainer(game=TermsAlone)


def test_every_batch_gets_what_is_given_of_its_samples():
    labels = np.arange(40)
    t = trainer(given={"labels": labels, "alpha": 0.3}, augment=lambda x, rng: x + 1)
    batch = t.batch()
    assert batch.given["alpha"] == 0.3
    np.testing.assert_array_equal(batch.x, t.samples[batch.given["labels"]] + 1)
    with pytest.raises(ValueError, match=r"given\['labels'\] must have one entry for each of the 40 samples, got 39"):
        trainer(given={"labels": labels[1:]})


def test_a_batch_has_no_sample_twice_and_is_augmented():
    t = trainer(augment=lambda batch, rng: batch + 100)
    batch = t.batch()
    assert len(np.unique(batch.x, axis=0)) == 10 and batch.x.min() > 50


def test_run_goes_to_the_step_asked_for_and_reports_each():
    t, seen = trainer(), []
    assert run(t, 5, each_step=lambda numbers: seen.append(numbers["step"]), progress=False)
    assert seen == [1, 2, 3, 4, 5]
    assert run(t, 5, progress=False) and t.t == 5


def test_the_bars_clock_begins_after_the_first_step_which_may_compile(monkeypatch):
    import tqdm

    class Kept(tqdm.tqdm):
        def close(self):
            bars[self.n] = self.format_dict
            super().close()

    bars, t = {}, trainer()
    step = t.step
    monkeypatch.setattr(tqdm, "tqdm", Kept)
    monkeypatch.setattr(t, "step", lambda: (time.sleep(0.5 if t.t in (0, 3) else 0), step())[1])
    run(t, 3)
    run(t, 6)  # one that goes on
    assert bars[3]["elapsed"] < 0.4 and bars[3]["initial"] == 1 and bars[3]["total"] == 3
    assert bars[6]["elapsed"] < 0.4 and bars[6]["initial"] == 4 and bars[6]["total"] == 6


def test_ctrl_c_ends_after_the_step_under_way():
    t = trainer()

    def interrupt(numbers):
        if numbers["step"] == 3:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    assert not run(t, 100, each_step=interrupt, progress=False)
    assert t.t == 3 and set(t.objective.d_optimizer.steps.values()) == set(t.objective.g_optimizer.steps.values()) == {
        3
    }
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("player, layer", [("G", "hidden2"), ("D", "logit")])
def test_a_nan_in_a_parameter_is_traced_to_its_layer(player, layer):
    t = trainer()
    t.step()
    getattr(t.objective, player).params[f"{layer}.w"][0, 0] = np.nan
    with pytest.raises(Diverged, match=f"step 2: layer '{layer}' of {player}: its parameter w"):
        t.step()


def test_an_overflow_is_traced_to_the_layer_where_it_happens():
    t = trainer()
    t.objective.D.params["hidden1.w"][...] = 1e30
    t.objective.D.params["hidden2.w"][...] = 1e30
    with np.errstate(all="ignore"), pytest.raises(Diverged, match="step 1: layer 'hidden2' of D: its output"):
        t.step()


def test_an_absurd_learning_rate_ends_in_diverged_not_in_rubbish():
    t = trainer()
    t.objective.d_optimizer, t.objective.g_optimizer = (
        SGD(t.objective.D.params, lr=1e30),
        SGD(t.objective.G.params, lr=1e30),
    )
    with np.errstate(all="ignore"), pytest.raises(Diverged, match=r"step \d+: .*smaller learning rate"):
        run(t, 10, progress=False)


class Spoiler(Layer):
    """The identity, until `armed`: then its backward gives NaN."""

    armed = False

    def forward(self, x):
        return x, None

    def backward(self, dy, cache):
        return (dy * np.nan if self.armed else dy), {}


@pytest.mark.parametrize("player", ["G", "D"])
def test_a_nan_born_in_a_backward_pass_is_traced_to_its_layer(player):
    t = trainer()
    network = getattr(t.objective, player)
    layers = list(network.layers.items())
    network.layers = dict([*layers[:2], ("spoiler", Spoiler()), *layers[2:]])
    t.step()
    network.layers["spoiler"].armed = True
    with pytest.raises(Diverged, match=f"step 2: layer 'spoiler' of {player}: in backward, the gradient of its input"):
        t.step()
    assert t.t == 1


def test_running_statistics_and_optimizers_are_watched_too():
    t = trainer()
    t.objective.G.layers["hidden1"].state["mean"] = np.array([np.inf])
    with pytest.raises(Diverged, match="layer 'hidden1' of G: its running statistic mean"):
        t.step()
    t = trainer()
    t.objective.d_optimizer.state["v"]["logit.w"][0] = np.inf
    with pytest.raises(Diverged, match="the optimizer of D holds a NaN or an infinity in v/logit.w"):
        t.step()


def test_nan_data_is_named():
    t = trainer()
    t.samples[:] = np.nan
    with pytest.raises(Diverged, match="the input of layer 'flatten' of D holds a NaN"):
        t.step()


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(batch_size=41), "number of samples, 40; got 41"),
        (dict(batch_size=1), "between 2 and"),
        (dict(k=0), "at least 1, got 0"),
        (dict(game=Unrolled, steps=-1), "unroll.* at least 1, got -1"),
        (dict(game=Unrolled, steps=2, penalties=[R1(1.0)]), "remove penalties"),
        (dict(penalties=[print]), r"penalties expected objects of kind Penalty, got .*class Mine\(Penalty\)"),
        (dict(terms=[print]), r"terms expected objects of kind Term, got .*class Mine\(Term\)"),
    ],
)
def test_refused(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)
