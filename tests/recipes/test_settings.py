"""Settings: filled in from flags, recipe and preset, in that order; checked; kept through a resume."""

import json

import pytest

from minigan.losses import LeastSquares
from minigan.optim import Adam, Clipped, HistoricalAveraging, RMSProp
from minigan.recipes.make import make_loss, make_optimizer, make_penalties
from minigan.recipes.options import OPTIONS
from minigan.recipes.settings import Settings


def test_presets_fill_in_what_is_not_given():
    s = Settings(data="mnist", preset="paper32", lr=1e-3).resolved()
    assert (s.batch_size, s.lr, s.beta1, s.optimizer, s.loss) == (128, 1e-3, 0.5, "adam", "non-saturating")
    assert s.image_size == 32 and s.sample_every >= 1 and s.checkpoint_every >= 1
    assert Settings(data="ring").resolved().preset == "mlp" and Settings().resolved().preset == "dcgan"
    assert s.resolved() == s


def test_flags_go_before_the_recipe_and_that_before_the_preset():
    wgan = Settings(recipe="wgan").resolved()
    assert (wgan.lr, wgan.k, wgan.optimizer, wgan.clip, wgan.z_dim) == (5e-5, 5, "rmsprop", 0.01, 8)
    given = Settings(recipe="wgan", k=2, clip=0.5, z_dim=3).resolved()
    assert (given.k, given.clip, given.z_dim, given.optimizer) == (2, 0.5, 3, "rmsprop")
    assert Settings(recipe="r1", penalty=["none"]).resolved().penalty == ()
    assert Settings(recipe="sn-gan", spectral_norm=False).resolved().spectral_norm is False
    assert Settings(recipe="ada").resolved().diff_augment == Settings(ada=0.6).resolved().diff_augment != ""


def test_another_optimizer_than_the_recipes_does_not_get_what_it_does_not_know():
    s = Settings(recipe="sn-gan", optimizer="sgd").resolved()
    assert (s.optimizer, s.beta2, s.spectral_norm) == ("sgd", None, True)
    assert Settings(recipe="sn-gan", optimizer="rmsprop").resolved().beta2 == 0.999
    with pytest.raises(ValueError, match="--beta2 is no setting of --optimizer sgd; leave it out$"):
        Settings(recipe="sn-gan", optimizer="sgd", beta2=0.9).resolved()


def test_names_of_changes_may_have_spaces():
    assert Settings(diff_augment="saturation, cutout").resolved().diff_augment == "saturation,cutout"


def test_one_learning_rate_is_for_both_players():
    two = Settings(recipe="ttur").resolved()
    assert (two.g_lr, two.d_lr) == (1e-4, 4e-4)
    faster = Settings(recipe="ttur", lr=1e-3).resolved()  # the larger of the two; D stays four times as fast
    assert (faster.g_lr, faster.d_lr) == (2.5e-4, 1e-3)
    mixed = Settings(recipe="ttur", lr=1e-3, d_lr=2e-3).resolved()
    assert (mixed.g_lr, mixed.d_lr) == (2.5e-4, 2e-3)
    assert Settings(lr=1e-3).resolved().g_lr == 1e-3


def test_makers():
    s = Settings(smooth=0.9, optimizer="rmsprop", lr=0.5, beta2=0.99).resolved()
    assert make_loss(s).smooth == 0.9
    clipped = make_optimizer(s, {}, s.d_lr, clip=0.1)
    rms = clipped.optimizer
    assert isinstance(clipped, Clipped) and isinstance(rms, RMSProp)
    assert (rms.lr, rms.rho, clipped.limit) == (0.5, 0.99, 0.1)
    s = Settings(beta1=0.25, beta2=0.9, eps=1e-6, historical=0.1).resolved()
    averaging = make_optimizer(s, {}, 1.0)
    assert isinstance(averaging, HistoricalAveraging) and averaging.weight == 0.1
    adam = averaging.optimizer
    assert isinstance(adam, Adam) and (adam.beta1, adam.beta2, adam.eps) == (0.25, 0.9, 1e-6)
    assert Settings().resolved().beta2 == 0.999 and Settings(optimizer="rmsprop").resolved().beta2 == 0.9
    s = Settings(loss="least-squares", adversarial=False, term=("feature-matching",)).resolved()
    assert isinstance(make_loss(s), LeastSquares)
    one, two = make_penalties(Settings(penalty=("r1:2:4", "wgan-gp")).resolved())
    assert (one.weight, one.every, two.weight, two.every) == (2, 4, 10, 1)


def test_parts_are_read():
    parse = OPTIONS["penalty"].parts
    assert parse(["r1:1.5:16"]) == [("r1", {"weight": 1.5, "every": 16})] and parse(["r1"]) == [("r1", {})]
    assert Settings(penalty="r1:1").penalty == ("r1:1",) and Settings(penalty=["r1:1"]).penalty == ("r1:1",)


REFUSED = [
    (dict(steps=-1), "--steps must be at least 1, got -1"),
    (dict(batch_size=0), "--batch-size must be at least 2, got 0"),
    (dict(lr=0.0), "--lr must be a finite number above 0"),
    (dict(lr=float("inf")), "--lr must be"),
    (dict(d_lr=-1.0), "--d-lr must be a finite number above 0, got -1"),
    (dict(beta1=2.0), "--beta1 must be in"),
    (dict(beta2=1.0), "--beta2 must be in"),
    (dict(ema=1.0), r"--ema must be in \[0, 1\), got 1"),
    (dict(penalty_fade=0.0, penalty=("r1:1",)), r"--penalty-fade must be in \(0, 1\], got 0"),
    (dict(penalty_fade=0.1), "--penalty-fade is about penalties, and there is none"),
    (dict(ada=float("nan")), "--ada must be in"),
    (dict(clip=float("nan")), "--clip must be a finite number of at least 0, got nan"),
    (dict(historical=-0.1), "--historical must be"),
    (dict(instance_noise=float("inf")), "--instance-noise must be"),
    (dict(smooth=float("nan")), "--smooth must be in"),
    (dict(data="ring", image_size=8), "--image-size is for images"),
    (dict(subset=0), "--subset must be at least 1, got 0"),
    (dict(k=0), "--k must be"),
    (dict(pac=0), "--pac must be at least 1"),
    (dict(codes=-1), "--codes must be at least 0"),
    (dict(seed=-1), "--seed must be"),
    (dict(dropout=1.0), "--dropout must be"),
    (dict(sample_every=0), "--sample-every must be"),
    (dict(loss="hing"), "unknown loss 'hing'; expected one of: minimax.*did you mean hinge?"),
    (dict(optimizer="adamm"), "unknown optimizer.*did you mean adam?"),
    (dict(lr_last=1.5, lr_schedule="cosine"), "--lr-last must be in .0, 1., got 1.5"),
    (dict(lr_last=0.2), "--lr-last is what --lr-schedule ends with, and there is none"),
    (dict(lr_schedule="cosin"), "unknown lr-schedule 'cosin'.*did you mean cosine?"),
    (dict(d_norm="layer"), "unknown d-norm 'layer'; expected one of: none, batch"),
    (dict(diff_augment="cut-out"), "unknown diff-augment 'cut-out'.*did you mean cutout?"),
    (dict(diff_augment="cutout,contrast,cutout"), "--diff-augment has cutout twice"),
    (dict(diff_augment="cutout,,contrast"), "unknown diff-augment ''"),
    (dict(recipe="wgangp"), "unknown recipe 'wgangp'.*did you mean wgan-gp?"),
    (dict(preset="quik"), "unknown preset 'quik'"),
    (dict(data="ring", preset="quick"), "use --preset mlp"),
    # Penalties and terms.
    (dict(penalty=("r3:1",)), "unknown penalty 'r3'; expected one of"),
    (dict(term=("pullaway:1",)), "unknown term 'pullaway'.*did you mean pull-away?"),
    (dict(penalty=("r1:-1",)), "--penalty r1: the weight must be a finite number of at least 0, got -1"),
    (dict(penalty=("r1:nan",)), "--penalty r1: the weight must be a finite number"),
    (dict(term=("pull-away:inf",)), "--term pull-away: the weight must be a finite number"),
    (dict(penalty=("r1:x",)), "--penalty expected NAME, NAME:WEIGHT or NAME:WEIGHT:EVERY, with numbers, got 'r1:x'"),
    (dict(penalty=("r1:1:0",)), "EVERY is how many steps apart it is computed, at least 1, got 0"),
    (dict(term=("pull-away:1:2",)), "--term expected NAME, NAME:WEIGHT, got 'pull-away:1:2'"),
    (dict(penalty=("r1:1", "r1:2")), "--penalty has r1 twice; give it once, with the weight"),
    # What does not go together.
    (dict(penalty=("wgan-gp",), d_norm="batch"), "--penalty wgan-gp does not go with --d-norm batch"),
    (dict(penalty=("r1:1",), minibatch=True), "--penalty r1 does not go with --minibatch: it needs the score"),
    (dict(penalty=("r2:1",), labels=100), "--penalty r2 does not go with --labels: .* is curved"),
    (dict(penalty=("dragan",), clip=0.01), "--penalty dragan does not go with --clip: both bound D's slope"),
    (dict(spectral_norm=True, clip=0.01), "--spectral-norm does not go with --clip"),
    (dict(spectral_norm=True, d_norm="batch"), "--spectral-norm does not go with --d-norm batch"),
    (dict(pac=3, batch_size=64), "--pac 3 needs a --batch-size that is a multiple of it.* try 63"),
    (dict(pac=4, batch_size=4), "--pac 4 needs a --batch-size .* at least twice as large, got 4; try 8"),
    (dict(loss="hinge", smooth=0.9), "--smooth 0.9 is a target for probabilities, and --loss hinge has none"),
    (dict(optimizer="sgd", beta2=0.9), "--beta2 is no setting of --optimizer sgd"),
    (dict(adversarial=False), "there is no --term that G could learn from"),
    (dict(adversarial=False, loss="relativistic", term=("pull-away",)), "--no-adversarial with --loss relativistic"),
    (dict(minibatch=True, term=("feature-matching:1",)), "--term feature-matching does not go with --minibatch"),
    (dict(data="ring", virtual_batch_norm=True), "--virtual-batch-norm takes the place of batch norm .* mlp has none"),
    (dict(ada=0.6, diff_augment="none"), "leaves nothing to adapt"),
    (dict(data="ring", ada=0.6), "'ring' holds points; use --instance-noise"),
    (dict(data="grid", diff_augment="translation"), "'grid' holds points; use --instance-noise"),
    (dict(data="ring", labels=100), "--labels needs labelled data, and 'ring' has no labels"),
    (dict(labels=100, pac=2), "--labels does not go with --pac"),
    (dict(codes=1), "--codes must be at least 2 kinds"),
    (dict(codes=10), "--codes and --term information go together"),
    (dict(term=("information",)), "--codes and --term information go together"),
    (dict(unroll=5, penalty=("r1:1",)), "--unroll does not go with --penalty"),
    (dict(unroll=5, loss="hinge"), "--unroll does not go with --loss hinge"),
    (dict(unroll=5, adversarial=False, term=("pull-away",)), "--unroll does not go with --no-adversarial"),
    (dict(loss="wasserstein"), "--loss wasserstein needs a bound on D's slope: .* give --penalty wgan-gp:10"),
    (dict(unroll=5, optimizer="rmsprop"), "--unroll does not go with --optimizer rmsprop"),
    (dict(unroll=5, instance_noise=0.1), "--unroll does not go with --instance-noise"),
    # Games with classes, and the parts of BigGAN.
    (dict(conditional="concatt"), "unknown conditional 'concatt'.*did you mean concat?"),
    (dict(conditional="concat", pac=2), "--conditional concat does not go with --pac: a pack of samples has no one"),
    (dict(conditional="projection", data="ring"), "--conditional projection needs labelled data, and 'ring' has no"),
    (dict(conditional="auxiliary", adversarial=False, term=("pull-away",)),
     "--conditional auxiliary is a part of the loss, which --no-adversarial takes from G; use --conditional proj"),
    (dict(conditional="projection", virtual_batch_norm=True), "--virtual-batch-norm takes the place of G's batch "
     "norms, by which --conditional projection tells G the class; use --conditional concat"),
    (dict(conditional="auxiliary", virtual_batch_norm=True), "by which --conditional auxiliary tells G the class"),
    (dict(conditional="concat", shared_embedding=8, preset="resnet-small", virtual_batch_norm=True),
     "--virtual-batch-norm does not go with --shared-embedding: it takes the place of G's batch norms, which the"),
    (dict(unroll=5, conditional="concat"), "--unroll does not go with --conditional concat: G's gradient needs"),
    (dict(unroll=5, attention=14), "--unroll does not go with --attention"),
    (dict(shared_embedding=8), "--shared-embedding is for a game with classes; give --conditional projection, too"),
    (dict(conditional="projection", skip_z=True), "--skip-z gives each norm of G a part of the noise.* give "
     "--shared-embedding 32, too"),
    (dict(attention=4, data="ring"), "--attention is for images, and 'ring' holds points; leave it out"),
    (dict(attention=4, penalty=("r1:1",)), "--penalty r1 does not go with --attention: .* the softmax of attention"),
    (dict(attention=-1), "--attention must be at least 0"),
    (dict(orthogonal=-1.0), "--orthogonal must be a finite number of at least 0"),
    (dict(shared_embedding=-1), "--shared-embedding must be at least 0"),
]  # fmt: skip


@pytest.mark.parametrize("options, message", REFUSED, ids=[message[:50] for _, message in REFUSED])
def test_refused(options, message):
    with pytest.raises(ValueError, match=message) as refusal:
        Settings(**{"recipe": "gan"} | options).resolved()  # the default recipe has a penalty of its own
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("options, hint, without", [
    (dict(recipe="wgan", spectral_norm=True), "--clip is the recipe's, and --clip 0 takes it out", dict(clip=0)),
    (dict(recipe="wgan", penalty=("wgan-gp:10",)), "--clip 0 ", dict(clip=0)),
    (dict(recipe="label-smoothing", loss="hinge"), "--smooth 1 ", dict(smooth=1)),
    (dict(recipe="r3gan", penalty="none"), "--penalty-fade 1 ", dict(penalty_fade=1)),
    (dict(recipe="r3gan-points", data="ring", lr_schedule="constant"), "--lr-last 0 ", dict(lr_last=0)),
    (dict(recipe="infogan", codes=0), "--term none ", dict(term="none")),
    (dict(recipe="r1", unroll=5), "--penalty none ", dict(penalty="none")),
    (dict(recipe="cgan", pac=2), "--conditional none ", dict(conditional="none")),
    (dict(recipe="sagan", penalty=("r1:1",)), "--attention 0 ", dict(attention=0)),
    (dict(recipe="ac-gan", virtual_batch_norm=True), "--conditional none ", dict(conditional="none")),
    (dict(recipe="feature-matching", unroll=5), "(--no-adversarial is the recipe's", dict(adversarial=True)),
])  # fmt: skip
def test_a_refusal_says_what_takes_out_the_choice_of_a_recipe(options, hint, without):
    with pytest.raises(ValueError) as refusal:
        Settings(**options).resolved()
    assert str(refusal.value).count("is the recipe's") == 1 and hint in str(refusal.value)
    assert Settings(**options | without).resolved()


@pytest.mark.parametrize("options", [dict(recipe="wgan-gp", penalty="none"),
                                     dict(recipe="wgan", clip=0.1, spectral_norm=True)])  # fmt: skip
def test_a_refusal_of_the_users_own_choices_has_no_such_hint(options):
    with pytest.raises(ValueError) as refusal:
        Settings(**options).resolved()
    assert "recipe's" not in str(refusal.value)


def test_what_goes_together_is_not_refused():
    for options in (
        dict(penalty=("r1:1", "r2:1"), spectral_norm=True, pac=2, ema=0.9, instance_noise=0.1, term=("entropy",)),
        dict(unroll=5, pac=2, term=("pull-away",), smooth=0.9),
        dict(labels=100, minibatch=True, d_norm="batch", diff_augment="cutout"),
        dict(codes=10, term=("information", "feature-matching"), adversarial=False),
        dict(data="ring", preset="points", virtual_batch_norm=True, minibatch=True),
        dict(conditional="projection", labels=100, penalty=("r1:1", "wgan-gp"), ema=0.9, minibatch=False),
        dict(conditional="auxiliary", minibatch=True, d_norm="batch", ada=0.6, term=("entropy",)),
        dict(conditional="concat", virtual_batch_norm=True, adversarial=False, term=("pull-away",)),
        dict(conditional="projection", attention=14, spectral_norm=True, g_spectral_norm=True, orthogonal=1e-4),
        dict(conditional="concat", preset="resnet-small", shared_embedding=8, skip_z=True),
    ):
        assert Settings(**options, recipe="gan").resolved()


def test_without_a_recipe_the_presets_is_taken():
    s = Settings().resolved()
    assert (s.recipe, s.penalty, s.ema) == ("lazy-r1", ("r1:0.1:8",), 0.998)
    assert Settings(penalty="none", ema=0, k=2).resolved().penalty == ()
    assert Settings(recipe="gan").resolved().penalty == () and Settings(preset="quick").resolved().recipe is None
    with pytest.raises(ValueError, match="r1:0.1:8 is the recipe's, and --penalty none takes it out|--penalty none"):
        Settings(unroll=5).resolved()


def test_resume_keeps_what_a_run_cannot_change():
    saved = Settings(seed=3, steps=60).resolved().as_dict()
    after = Settings(steps=100).merged_for_resume(saved, ["steps"])
    assert after.steps == 100 and after.seed == 3
    with pytest.raises(ValueError, match="was made with --preset dcgan, got paper32"):
        Settings(preset="paper32").merged_for_resume(saved, ["preset"])
    with pytest.raises(ValueError, match="settings in the checkpoint are damaged"):
        Settings().merged_for_resume(saved | {"steps": "x"}, [])
    with pytest.raises(ValueError, match="was made with --lr"):
        Settings(lr=1.0).merged_for_resume(saved, ["lr"])
    saved = json.loads(json.dumps(Settings(recipe="r3gan", steps=60).resolved().as_dict()))
    assert Settings(penalty=("r1:0.2", "r2:0.2")).merged_for_resume(saved, ["penalty"]).penalty == ("r1:0.2", "r2:0.2")
    with pytest.raises(ValueError, match="was made with --recipe r3gan, got hinge"):
        Settings(recipe="hinge").merged_for_resume(saved, ["recipe"])
    with pytest.raises(ValueError, match="was made with --pac 1, got 2"):
        Settings(pac=2).merged_for_resume(saved, ["pac"])


@pytest.mark.parametrize("options, what", [(dict(lr_schedule="cosine"), "--lr-schedule cosine"),
                                           (dict(penalty=("r1:1",), penalty_fade=0.1), "--penalty-fade 0.1"),
                                           (dict(instance_noise=0.1), "--instance-noise 0.1")])  # fmt: skip
def test_what_is_laid_out_over_the_steps_keeps_their_number(options, what):
    saved = Settings(steps=60, **options).resolved().as_dict()
    assert Settings(steps=60).merged_for_resume(saved, ["steps"]).steps == 60
    with pytest.raises(ValueError, match=f"the run's {what}.* was laid out over --steps 60, got 100"):
        Settings(steps=100).merged_for_resume(saved, ["steps"])


def test_a_checkpoint_of_before_there_were_recipes():
    saved = {
        "data": "digits", "preset": "quick", "k": 1, "fresh_noise": False, "loss": "minimax", "smooth": 0.9, "lr": 1e-3,
        "beta1": 0.5, "steps": 10, "batch_size": 64, "optimizer": "adam", "z_dim": 8, "dropout": 0.0,
    }  # fmt: skip
    s = Settings().merged_for_resume(saved, [])
    assert (s.loss, s.smooth, s.g_lr, s.d_lr, s.beta2) == ("minimax", 0.9, 1e-3, 1e-3, 0.999)
    assert (s.recipe, s.penalty, s.term, s.pac, s.ema, s.adversarial) == (None, (), (), 1, 0, True)
