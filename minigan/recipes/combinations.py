"""What a training must not be asked for: values out of range, unknown names, and choices that do not go together.

All of it is found out before anything is read or written. Each refusal is one line: the flags, the reason, the fix.
"""

import difflib
import math

from minigan.losses import LOSSES
from minigan.models import preset
from minigan.optim import OPTIMIZERS
from minigan.penalties import PENALTIES
from minigan.recipes.parts import DIFF_AUGMENT, OF_FEATURES, WHOLE_POLICY, optimizer_options, parse, takes
from minigan.schedules import SCHEDULES
from minigan.terms import TERMS

POINT_SETS = ("ring", "grid", "swiss-roll")
D_NORMS = ("none", "batch")


def check(settings):
    """Raise ValueError for anything wrong in `settings`, which must be filled in."""
    check_ranges(settings)
    check_names(settings)
    for rule in (check_loss, check_slope, check_networks, check_views, check_labels_and_codes, check_unrolled):
        rule(settings)


def flag(name):
    """The command-line flag of a setting."""
    return "--" + name.replace("_", "-")


def check_ranges(settings):
    """Each number in its range."""
    for name, least in (("steps", 1), ("batch_size", 2), ("k", 1), ("z_dim", 1), ("seed", 0), ("shift", 0), ("pac", 1),
                        ("unroll", 0), ("labels", 0), ("codes", 0)):  # fmt: skip
        if getattr(settings, name) < least:
            raise ValueError(f"{flag(name)} must be at least {least}, got {getattr(settings, name)}")
    for name in ("sample_every", "checkpoint_every", "every", "image_size", "subset"):
        if getattr(settings, name) is not None and getattr(settings, name) < 1:
            raise ValueError(f"{flag(name)} must be at least 1, got {getattr(settings, name)}")
    for name in ("lr", "g_lr", "d_lr", "eps"):
        value = getattr(settings, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"{flag(name)} must be a finite number above 0, got {value}")
    for name in ("clip", "historical", "instance_noise"):
        if not (math.isfinite(getattr(settings, name)) and getattr(settings, name) >= 0):
            raise ValueError(f"{flag(name)} must be a finite number of at least 0, got {getattr(settings, name)}")
    for name in ("beta1", "beta2", "dropout", "ema", "ada"):
        value = getattr(settings, name)
        if value is not None and not 0 <= value < 1:
            raise ValueError(f"{flag(name)} must be in [0, 1), got {value}")
    if settings.smooth is not None and not 0.5 < settings.smooth <= 1:
        raise ValueError(f"--smooth must be in (0.5, 1], got {settings.smooth}")
    if not 0 < settings.penalty_fade <= 1:
        raise ValueError(f"--penalty-fade must be in (0, 1], got {settings.penalty_fade}")
    if not 0 <= settings.lr_last <= 1:
        raise ValueError(f"--lr-last must be in [0, 1], got {settings.lr_last}")
    if settings.lr_last and settings.lr_schedule == "constant":
        raise ValueError("--lr-last is what --lr-schedule ends with, and there is none; give one, such as cosine, too")
    if settings.penalty_fade != 1 and not settings.penalty:
        raise ValueError("--penalty-fade is about penalties, and there is none; give --penalty, such as r1:0.1, too")
    if settings.data in POINT_SETS and settings.image_size is not None:
        raise ValueError(f"--image-size is for images, and {settings.data!r} are points; leave it out")


def check_names(settings):
    """Each name one that there is, each penalty and term with a weight of its own."""
    for name, known in (("loss", LOSSES), ("optimizer", OPTIMIZERS), ("lr_schedule", SCHEDULES), ("d_norm", D_NORMS)):
        if getattr(settings, name) not in known:
            raise unknown(flag(name)[2:], getattr(settings, name), known)
    for kind, known in (("penalty", PENALTIES), ("term", TERMS)):
        names = [part.name for part in parse(getattr(settings, kind), kind)]
        for name in names:
            if name not in known:
                raise unknown(kind, name, known)
            if names.count(name) > 1:
                raise ValueError(f"--{kind} {name} is given twice; give it once, with the weight that it shall have")
    changes = settings.diff_augment.split(",") if settings.diff_augment else []
    for name in changes:
        if name not in DIFF_AUGMENT:
            raise unknown("diff-augment", name, DIFF_AUGMENT)
        if changes.count(name) > 1:
            raise ValueError(f"--diff-augment has {name} twice, got {settings.diff_augment!r}; give it once")
    for name in ("beta2", "eps"):
        if getattr(settings, name) is not None and name not in optimizer_options(settings.optimizer):
            raise ValueError(f"{flag(name)} is no setting of --optimizer {settings.optimizer}; leave it out")


def unknown(kind, name, known):
    """The ValueError for a name that there is not."""
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return ValueError(f"unknown {kind} {name!r}; expected one of: {', '.join(known)}{hint}")


def names_of(settings, kind):
    """The names of the penalties, or of the terms."""
    return {part.name for part in parse(getattr(settings, kind), kind)}


def gradient_penalties(settings):
    """Those of the penalties that are about D's slope, as a text for messages: "--penalty r1", or ""."""
    return " ".join(f"--penalty {name}" for name in sorted(names_of(settings, "penalty")))


def check_loss(settings):
    """G must have something to learn from, and the loss must know what it is told."""
    if settings.smooth not in (None, 1) and not takes("loss", settings, "smooth"):
        raise ValueError(
            f"--smooth {settings.smooth} is a target for probabilities, and --loss {settings.loss} has none; use "
            "--loss non-saturating, or leave --smooth out"
        )
    if settings.loss == "wasserstein" and not (settings.penalty or settings.clip or settings.spectral_norm):
        raise ValueError(
            "--loss wasserstein needs a bound on D's slope: without one its least value is minus infinity; give "
            "--penalty wgan-gp:10, --clip 0.01 or --spectral-norm"
        )
    if settings.adversarial:
        return
    if not settings.term:
        raise ValueError(
            "--no-adversarial takes the loss from G, and no --term is left for it to learn from; give one, such as "
            "--term feature-matching:1"
        )
    if getattr(LOSSES[settings.loss], "paired", False):
        raise ValueError(
            f"--no-adversarial with --loss {settings.loss}: it compares pairs in the steps of both players, and cannot "
            "be D's alone; use --loss non-saturating"
        )


def check_slope(settings):
    """What bounds the slope of D goes with what is bounded for itself, once."""
    penalties = gradient_penalties(settings)
    crowd = "it needs the score of each image to depend on that image alone (Gulrajani et al. 2017, section 4)"
    for given, name, reason in (
        (settings.d_norm != "none", f"--d-norm {settings.d_norm}", f"{crowd}, and batch norm mixes the batch"),
        (settings.minibatch, "--minibatch", f"{crowd}, and minibatch discrimination compares the batch"),
        (settings.labels, "--labels", "it needs D to be linear between the kinks of its activations, and the "
         "log-sum-exp that the classes end in is curved"),
        (settings.clip, "--clip", "both bound D's slope; the penalty was made to replace clipping"),
    ):  # fmt: skip
        if penalties and given:
            raise ValueError(f"{penalties} does not go with {name}: {reason}; leave one of the two out")
    if settings.spectral_norm and settings.clip:
        raise ValueError(
            "--spectral-norm does not go with --clip: it divides each weight by its norm, so that clipping changes "
            "nothing but its direction; leave one of the two out"
        )
    if settings.spectral_norm and settings.d_norm != "none":
        raise ValueError(
            "--spectral-norm does not go with --d-norm batch: batch norm divides by the deviation of the batch, which "
            "may be small, and so the bound on D's slope is lost (Miyato et al. 2018); leave one of the two out"
        )


def check_networks(settings):
    """What is put into a network must have its place there."""
    of_features = sorted(names_of(settings, "term") & set(OF_FEATURES))
    if settings.minibatch and of_features:
        raise ValueError(
            f"--term {of_features[0]} does not go with --minibatch: the features before D's logit would hold what it "
            "says of the whole batch; leave one of the two out"
        )
    choice = preset(settings.preset)
    if settings.virtual_batch_norm and choice.network == "mlp" and not choice.options.get("g_norm"):
        raise ValueError(
            f"--virtual-batch-norm takes the place of batch norm in G, and --preset {settings.preset} has none; use a "
            "preset that has it, such as quick or points, or leave it out"
        )


def check_views(settings):
    """What D sees."""
    if settings.batch_size % settings.pac or settings.batch_size < 2 * settings.pac:
        raise ValueError(
            f"--pac {settings.pac} needs a --batch-size that is a multiple of it, at least twice as large, got "
            f"{settings.batch_size}; try {max(2, round(settings.batch_size / settings.pac)) * settings.pac}"
        )
    if settings.ada and not settings.diff_augment:
        raise ValueError(
            "--ada adapts how often images are augmented, and --diff-augment none leaves nothing to adapt; give "
            f"--diff-augment {WHOLE_POLICY}, or leave both out"
        )
    if settings.diff_augment and settings.data in POINT_SETS:
        raise ValueError(
            f"--diff-augment and --ada move and darken images, and {settings.data!r} are points; use --instance-noise"
        )


def check_labels_and_codes(settings):
    """What the classes and the codes need."""
    if settings.labels and settings.data in POINT_SETS:
        raise ValueError(f"--labels needs labelled data, and {settings.data!r} has no labels; use digits or mnist")
    if settings.labels and settings.pac > 1:
        raise ValueError(
            "--labels does not go with --pac: a pack of samples has no one label; leave one of the two out"
        )
    if settings.codes == 1:
        raise ValueError("--codes must be at least 2 kinds of a code (or 0 for none), got 1")
    if bool(settings.codes) != ("information" in names_of(settings, "term")):
        raise ValueError(
            "--codes and --term information go together: the one gives G a code, the other sees that it is used; give "
            "both, such as --codes 10 --term information:1, or neither"
        )


def check_unrolled(settings):
    """What G's step can look ahead of, and go back through: see `minigan.unrolled`."""
    if not settings.unroll:
        return
    for given, name in (
        (settings.penalty, "--penalty"), (settings.clip, "--clip"), (settings.historical, "--historical"),
        (settings.labels, "--labels"), (settings.d_norm != "none", "--d-norm"), (settings.minibatch, "--minibatch"),
        (settings.spectral_norm, "--spectral-norm"), (settings.dropout, "--dropout"),
        (settings.instance_noise, "--instance-noise"), (settings.diff_augment, "--diff-augment or --ada"),
        (not settings.adversarial, "--no-adversarial"),
        (settings.loss not in ("minimax", "non-saturating"), f"--loss {settings.loss}"),
        (settings.optimizer not in ("adam", "sgd"), f"--optimizer {settings.optimizer}"),
    ):  # fmt: skip
        if given:
            raise ValueError(
                f"--unroll does not go with {name}: G goes back through D's steps, whose second derivatives are "
                "known for the plain game by Adam or SGD; leave one of the two out"
            )
