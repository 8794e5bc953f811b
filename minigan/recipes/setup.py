"""From settings to a trainer: data, networks, optimizers, all from one seed."""

import platform
from functools import partial

import numpy as np

import minigan
from minigan import data
from minigan.layers import DiffAugment, InstanceNoise, spectral_normalised
from minigan.layers.instance_noise import anneal
from minigan.models import Noise, build, preset, recogniser, variants
from minigan.objectives import Gan, TermsAlone
from minigan.penalties import Supervised, check_discriminator
from minigan.recipes.make import check_passed, make_loss, make_optimizer, make_penalties, make_terms, passed
from minigan.schedules import FadingPenalties, LearningRate
from minigan.training import Trainer
from minigan.training.adaptive import AdaptiveAugmentation
from minigan.training.ema import Average
from minigan.unrolled import Unrolled

# Independent random streams of one seed.
STREAMS = {"training": 0, "data": 1, "fixed noise": 2, "scores": 3, "reference": 4, "labels": 5, "subset": 6}
REFERENCE_SIZE = 64  # rows of noise that virtual batch norm is about
ADA_IMAGES = 20_000  # after which p may be 1; Karras et al. take 500,000, in trainings that show D 25 million


def stream(seed, name):
    """A numpy Generator of the run with this seed; each name in STREAMS has its own."""
    return np.random.default_rng([seed, STREAMS[name]])


def load_samples(settings):
    """The data of `settings` -> (Dataset, samples ready to train on), float32 in [-1, 1], or points."""
    dataset = data.load(
        settings.data,
        split=settings.split,
        data_dir=settings.data_dir,
        rng=stream(settings.seed, "data"),
        fit=settings.fit,
        channels=settings.channels,
    )
    if settings.subset:
        dataset = data.subset(dataset, settings.subset, stream(settings.seed, "subset"))
    if not dataset.is_images:
        return dataset, dataset.x
    size = settings.image_size or preset(settings.preset).image_size or dataset.x.shape[1]
    return dataset, data.prepare(dataset, size, settings.channels or dataset.x.shape[3])


def make_networks(settings, sample_shape, rng, classes=0):
    """G and D of the preset, with fresh weights, changed as the settings say.

    classes: how many kinds of samples a semi-supervised D tells apart; 0 where D does not matter.
    """
    noise = noise_of(settings.as_dict())
    more = passed(preset(settings.preset).network, settings)
    G, D = build(settings.preset, sample_shape, z_dim=noise.size, dropout=settings.dropout, pac=settings.pac, rng=rng,
                 **more)  # fmt: skip
    if settings.virtual_batch_norm:
        G = variants.virtually_normalised(G, noise.sample(REFERENCE_SIZE, stream(settings.seed, "reference")))
    if settings.minibatch:
        D = variants.minibatch_discriminating(D, rng=rng)
    if settings.labels and classes:
        D = variants.classifying(D, classes, rng=rng)
    if settings.d_norm == "batch":
        D = variants.batch_normalised(D)
    if settings.spectral_norm:
        D = spectral_normalised(D, rng=rng)
    if settings.pac > 1:
        D = variants.packed(D, settings.pac, sample_shape)
    if settings.instance_noise:
        D = variants.seen_through(D, ("noise", InstanceNoise(settings.instance_noise, rng=rng)))
    if settings.diff_augment:
        if "saturation" in settings.diff_augment and sample_shape[-1] == 1:
            raise ValueError("--diff-augment saturation changes colours, and the samples are grey; leave it out")
        p = 0.0 if settings.ada else 1.0  # adaptive augmentation begins with none
        D = variants.seen_through(D, ("augment", DiffAugment(settings.diff_augment, p=p, rng=rng)))
    return G, D


def noise_of(settings):
    """The Noise that G draws from in a run with these settings, a dict as in its config: `z_dim` numbers, and behind
    them a code if there is one."""
    return Noise(settings["z_dim"], settings.get("codes") or 0)


def make_trainer(settings, samples, labels=None):
    """A Trainer at step 0. labels: the class of each sample, for a semi-supervised D."""
    check_passed(settings)
    rng, shape = stream(settings.seed, "training"), samples.shape[1:]
    supervised = make_supervised(settings, samples, labels)
    G, D = make_networks(settings, shape, rng, classes=len(np.unique(labels)) if supervised else 0)
    g_optimizer = make_optimizer(settings, G.params, settings.g_lr)
    d_optimizer = make_optimizer(settings, D.params, settings.d_lr, clip=settings.clip)

    def make_recogniser(n_out):
        return recogniser(build(settings.preset, shape, rng=rng)[1], n_out, rng=rng)

    penalties, terms = make_penalties(settings), make_terms(settings, make_recogniser)
    if penalties:
        check_discriminator(D)  # what the settings did not give away is refused now, not in the first step
    optimizers = [g_optimizer, d_optimizer, *(term.optimizer for term in terms if term.optimizer)]
    game, more = Gan, {}
    if not settings.adversarial:
        game = TermsAlone
    elif settings.unroll:
        game, more = Unrolled, {"steps": settings.unroll}
    after_d = [AdaptiveAugmentation(D.layers["augment"], settings.ada, images=ADA_IMAGES)] if settings.ada else []
    objective = game(
        G, D, make_loss(settings), g_optimizer, d_optimizer, noise_of(settings.as_dict()), k=settings.k,
        fresh_noise=settings.fresh_noise, penalties=penalties + supervised, terms=terms, after_d=after_d, **more,
    )  # fmt: skip
    return Trainer(
        objective, samples,
        batch_size=settings.batch_size,
        rng=rng,
        augment=make_augment(settings, samples),
        ema=Average(G, settings.ema) if settings.ema else None,
        before_step=make_before_step(settings, D, optimizers, penalties),
    )  # fmt: skip


def make_augment(settings, samples):
    """The function (batch, rng) -> batch that moves real images about before anybody sees them, or None."""
    if not (settings.shift or settings.rotate or settings.flip):
        return None
    if samples.ndim != 4:
        raise ValueError("--shift, --rotate and --flip are for images; leave them out for points")
    augment = partial(data.augment, shift=settings.shift, rotate=settings.rotate, flip=settings.flip)
    augment(samples[:1], np.random.default_rng(0))  # a wrong amount is refused now, not in the first step
    return augment


def make_before_step(settings, D, optimizers, penalties):
    """What is set anew before each step: learning rates and penalties by their schedules; instance noise, which falls
    to 0."""
    hooks = []
    if settings.lr_schedule != "constant":
        hooks.append(LearningRate(settings.lr_schedule, settings.steps, optimizers, settings.lr_last))
    if settings.penalty_fade != 1:
        hooks.append(FadingPenalties(settings.penalty_fade, settings.steps, penalties))
    if settings.instance_noise:
        hooks.append(anneal(D.layers["noise"], settings.steps))
    return hooks


def make_supervised(settings, samples, labels):
    """[the penalty for wrong classes of labelled samples], as many of each class as of any other, or []."""
    if not settings.labels:
        return []
    if labels is None:
        raise ValueError(f"--labels needs labelled data, and {settings.data!r} has no labels; use digits or mnist")
    classes, counts = np.unique(labels, return_counts=True)
    each, rest = divmod(settings.labels, len(classes))
    if rest or not 1 <= each <= counts.min():
        raise ValueError(
            f"--labels must be a multiple of the {len(classes)} classes, as many samples of each, and at most "
            f"{counts.min() * len(classes)}; got {settings.labels}"
        )
    rng = stream(settings.seed, "labels")
    chosen = np.concatenate([rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in classes])
    shown = min(settings.batch_size, len(chosen))
    return [Supervised(samples[chosen], np.searchsorted(classes, labels[chosen]), shown)]


def describe(settings, dataset, samples, trainer):
    """What config.json holds: everything needed to repeat the run."""
    import numba

    return {
        "settings": settings.but(data_dir=None).as_dict(),
        "versions": {
            "minigan": minigan.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
            "machine": platform.machine(),
        },
        "data": {
            "name": dataset.name,
            "split": dataset.split,
            "sha256": dataset.sha256,
            "count": len(dataset),
            "cleaning": str(dataset.report),
            "sample_shape": list(samples.shape[1:]),
        },
        "parameters": {
            "G": sum(p.size for p in trainer.objective.G.params.values()),
            "D": sum(p.size for p in trainer.objective.D.params.values()),
        },
    }
