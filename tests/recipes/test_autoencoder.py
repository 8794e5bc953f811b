"""Runs of `--game vae`: the folder, the encoder, what it says of held-out samples, and what it refuses."""

import json

import numpy as np
import pytest
from PIL import Image

from minigan.objectives import Vae
from minigan.recipes import Settings, sample, train
from minigan.recipes.autoencoder import Bound, K, encoded, make_likelihood, pictures, reconstructed, scores
from minigan.recipes.evaluate import evaluate
from minigan.recipes.inspect import summary
from minigan.recipes.sampling import load_players
from minigan.recipes.setup import load_samples, make_trainer
from minigan.training import Diverged
from minigan.vae import Bernoulli, Gaussian, importance_bound

SMALL = dict(data="digits-8x8", preset="mlp", recipe="vae", batch_size=32, z_dim=3)


def quiet(settings, **options):
    said = []
    path, _ = train(settings, progress=False, say=said.append, **options)
    return path, said


def trainer_of(**choices):
    settings = Settings(**SMALL | choices).resolved()
    return make_trainer(settings, load_samples(settings)[1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of an autoencoder with an average of G, and its settings."""
    out = tmp_path_factory.mktemp("runs") / "vae"
    path, said = quiet(Settings(**SMALL, steps=150, ema=0.9, lr=2e-3), out=out)
    return path, said


def test_the_folder_of_a_run(finished):
    path, said = finished
    names = {file.name for file in path.iterdir()}
    assert names >= {"reconstructions.png", "final.png", "loss.png", "samples.npz", "checkpoint.npz", "signs.txt"}
    rows = (path / "metrics.csv").read_text().splitlines()
    assert rows[0] == "step,loss,reconstruction,kl,seconds,sign"
    first, last = ([float(text) for text in row.split(",")[1:4]] for row in (rows[1], rows[-1]))
    assert last[0] < 0.8 * first[0] and last[0] == pytest.approx(last[1] + last[2], rel=1e-4)
    assert any(text.startswith(("no alarm: the code is used (", "all alike: ")) for text in said)
    assert not any(word in text for text in said for word in ("D has", "losses", "--penalty", "--d-lr"))
    with Image.open(path / "reconstructions.png") as picture:
        assert picture.width > 500


def test_the_encoder_of_a_run_is_read_by_name(finished):
    path, _ = finished
    players, config = load_players(path, names="GE")
    x = load_samples(Settings(**SMALL, split="test").resolved())[1]
    mu, log_var = encoded(players["E"], x)
    assert mu.shape == log_var.shape == (len(x), 3) and config["settings"]["game"] == "vae"
    assert np.mean((reconstructed(players["G"], players["E"], x) - x) ** 2) < 0.7 * x.var()
    assert sample(players["G"], np.zeros((2, 3), np.float32)).shape == (2, 8, 8, 1)
    with pytest.raises(ValueError, match="has the networks G, E, and no D: it was trained with --game vae"):
        load_players(path, names="GD")


def test_evaluate_says_how_likely_held_out_samples_are(finished):
    path, _ = finished
    (made,) = evaluate(path, n=360, progress=False, say=lambda text: None, draws=8)
    bound = made.held_out
    assert bound.draws == 8 and bound.samples == 360 and bound.z_dim == 3 and 1 <= bound.active <= 3
    assert bound.elbo < bound.bound < 0 < bound.standard_error and not bound.seen
    assert bound.elbo == pytest.approx(-bound.reconstruction - bound.kl)
    kept = json.loads(json.dumps(made.as_dict()))["held_out"]
    assert kept["bound"] == bound.bound and "reconstructions" in made.pictures
    one, two = bound.lines()
    assert "log p(x) of 360 samples held out from the training is at least" in one and "8 draws, bernoulli" in one
    assert "numbers of the code are used" in two
    printed = []
    from minigan.recipes.evaluation import write_and_print

    write_and_print([made, made], None, False, printed.append)
    write_and_print([made], None, False, printed.append)
    assert f"A: {one}" in printed[0] and f"B: {two}" in printed[0] and one in printed[1]


def test_wrong_draws_are_refused(finished, tmp_path):
    path, _ = finished
    with pytest.raises(ValueError, match="--draws must be a whole number of at least 1, got 0"):
        evaluate(path, draws=0, progress=False)
    with pytest.raises(ValueError, match="--draws goes with RUN"):
        evaluate(images="folder:x", reference_name="digits", draws=3, progress=False)
    gan, _ = quiet(Settings(data="digits-8x8", preset="mlp", steps=2), out=tmp_path / "gan")
    with pytest.raises(ValueError, match="--draws is of the bound of a variational autoencoder, and .* of --game gan"):
        evaluate(gan, draws=3, progress=False)


def test_the_bound_of_a_run_is_that_of_its_networks():
    trainer = trainer_of()
    game, x = trainer.objective, trainer.samples[:20]
    settings = Settings(**SMALL).resolved()
    players = {"G": game.G, "E": game.E}
    made = scores(settings, players, x, np.random.default_rng(0))
    known = importance_bound(game.decoder, game.E, game.likelihood, x, K, np.random.default_rng(0))
    assert made.bound == known.mean() and made.draws == K == 64
    assert made.standard_error == pytest.approx(known.std(ddof=1) / np.sqrt(20))
    assert scores(settings.but(split="all"), players, x, np.random.default_rng(0)).seen
    assert "seen in the training" in Bound(**made.as_dict() | {"seen": True}).lines()[0]


def test_the_bound_of_one_sample_has_no_standard_error():
    trainer = trainer_of()
    game = trainer.objective
    made = scores(Settings(**SMALL).resolved(), {"G": game.G, "E": game.E}, trainer.samples[:1],
                  np.random.default_rng(0))  # fmt: skip
    assert made.standard_error is None and json.loads(json.dumps(made.as_dict(), allow_nan=False))["samples"] == 1
    assert f"is at least {made.bound:.2f} nats each" in made.lines()[0]


def test_a_run_on_all_samples_shows_those_of_the_training(tmp_path):
    path, _ = quiet(Settings(**SMALL, steps=2, split="all"), out=tmp_path / "all")
    assert (path / "reconstructions.png").exists()


@pytest.mark.parametrize("data", ["ring", "signals"])
def test_numbers_have_a_gaussian_with_a_deviation_that_is_learnt(data, tmp_path):
    choices = dict(data="ring", preset="mlp")
    if data == "signals":
        np.savez(tmp_path / "s.npz", x=np.random.default_rng(0).standard_normal((200, 16, 2)).astype(np.float32))
        choices = dict(data=f"npz:{tmp_path / 's.npz'}", data_as="signals")
    path, said = quiet(Settings(**choices, recipe="vae", steps=6, batch_size=16), out=tmp_path / "run")
    players, config = load_players(path, names="GE")
    settings = Settings(**config["settings"])
    likelihood = make_likelihood(settings, players["G"])
    assert settings.likely == "gaussian" and likelihood.learnt is players["G"].layers["sigma"]
    assert likelihood.sigma != pytest.approx(0.1, rel=1e-6)  # it has moved
    assert (path / "reconstructions.png").exists()


def test_the_likelihood_that_is_asked_for():
    assert isinstance(trainer_of().objective.likelihood, Bernoulli)
    fixed = trainer_of(likelihood="gaussian", sigma=0.2).objective
    assert isinstance(fixed.likelihood, Gaussian) and fixed.likelihood.sigma == 0.2
    assert fixed.decoder is fixed.G and "sigma.log_sigma" not in fixed.G.params
    learnt = trainer_of(likelihood="gaussian").objective
    assert learnt.likelihood.sigma == pytest.approx(0.1) and "sigma.log_sigma" in learnt.G.params
    assert trainer_of(beta=4.0, free_bits=0.3).objective.beta == 4.0
    for choices, said in (
        (dict(data="ring", preset="mlp", likelihood="bernoulli"),
         "takes each number as a probability, and 'ring' holds points, .*; use --likelihood gaussian"),
        (dict(sigma=0.1), "--sigma 0.1 is of --likelihood gaussian, and this run has bernoulli; give --likelihood"),
        (dict(likelihood="laplace"), "unknown likelihood 'laplace'; expected one of: auto, bernoulli, gaussian"),
        (dict(beta=-1.0), "--beta must be a finite number of at least 0"),
        (dict(free_bits=np.nan), "--free-bits must be a finite number of at least 0"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            Settings(**SMALL | choices).resolved()


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_run_goes_on_bit_for_bit(likelihood, tmp_path):
    choices = SMALL | dict(likelihood=likelihood, ema=0.9, free_bits=0.05)
    straight, _ = quiet(Settings(**choices, steps=6), out=tmp_path / "straight")
    quiet(Settings(**choices, steps=3), out=tmp_path / "halves")
    resumed, _ = quiet(Settings(steps=6), out=tmp_path / "halves", resume=True, given=["steps"])
    with np.load(straight / "checkpoint.npz") as one, np.load(resumed / "checkpoint.npz") as two:
        assert set(one.files) == set(two.files) and any(name.startswith("E/optimizer/") for name in one.files)
        assert all(np.array_equal(one[name], two[name]) for name in one.files if name != "header")


def test_a_new_run_begins_with_both_networks(finished, tmp_path):
    path, _ = finished
    begun, said = quiet(Settings(steps=1, lr=1e-4), out=tmp_path / "more", source=path)
    assert any("after step 150: G and E, and their average; the optimizers begin anew" in text for text in said)
    old, new = (load_players(one, names="E")[0]["E"].params for one in (path, begun))
    assert all(np.abs(old[key] - new[key]).max() <= 1.1e-4 for key in old)


@pytest.mark.parametrize("choices, asked", [
    (dict(game="gan"), "got --game gan; leave it out"), (dict(game="enhance"), "got --game enhance; leave it out"),
    (dict(recipe="hinge"), "got --recipe hinge, which is of --game gan; leave it out"),
    (dict(recipe="hinge", game="gan"), "got --game gan; leave it out"),
])  # fmt: skip
def test_a_run_of_another_game_does_not_begin_with_its_networks(choices, asked, finished, tmp_path):
    text = rf"is of --game vae \(its recipe is vae\), and a game begins with networks of its own kind; {asked}"
    with pytest.raises(ValueError, match=text):
        quiet(Settings(steps=1, **choices), out=tmp_path / "more", source=finished[0])
    assert not (tmp_path / "more").exists()


def test_a_nan_names_the_layer():
    trainer = trainer_of()
    trainer.objective.E.params["hidden1.w"][0, 0] = np.nan
    with pytest.raises(Diverged, match="layer 'hidden1' of E: its parameter w holds a NaN or an infinity"):
        trainer.step()
    trainer = trainer_of()
    trainer.objective.E.params["noise.b"][-1] = 200.0  # exp of it overflows, in float32
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(Diverged, match="stopped at step 1: "):
        trainer.step()


def test_gradients_change_nothing():
    trainer = trainer_of(preset="quick", image_size=8)
    game = trainer.objective
    before = {key: array.copy() for key, array in trainer.arrays().items() if "/params/" in key}
    step, g_grads, e_grads = game.gradients(trainer.batch(), np.random.default_rng(0))
    assert all(np.array_equal(array, trainer.arrays()[key]) for key, array in before.items())
    assert g_grads.keys() == dict(game.G.params).keys() and e_grads.keys() == dict(game.E.params).keys()
    assert step.loss > step.reconstruction > 0
    with pytest.raises(ValueError, match="likelihood expected objects of kind Likelihood, got 'bernoulli'"):
        Vae(game.G, game.E, "bernoulli", game.g_optimizer, game.e_optimizer, game.noise)


def test_the_summary_has_both_networks():
    text = summary("dcgan", recipe="vae")
    assert "decoder, from noise of 8 numbers" in text and "encoder, from 28 x 28 x 1" in text
    assert "batch 64, 3500 steps, bernoulli likelihood, adam (lr 0.001, beta1 0.9)" in text and "None" not in text


def test_pictures_of_images_stand_above_each_other():
    trainer = trainer_of()
    game, settings = trainer.objective, Settings(**SMALL).resolved()
    made = pictures(settings, {"G": game.G, "E": game.E}, trainer.samples[:3])["reconstructions"]
    assert made.ndim == 3 and made.dtype == np.uint8
