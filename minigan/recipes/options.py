"""The options of a training: TABLE declares them, a row each, and CONFLICTS says which do not go together, and why.

Settings, the flags of `train`, `compare` and `bench`, the checks, and the table in the README are made from these two.
A new option is one row here, and the lines where it acts. The value of an option that is `passed` goes to the loss,
penalty, term, optimizer or network that has an argument of its name (`minigan.recipes.make`).

Nothing heavy is imported here: `minigan train --help` is instant.
"""

import inspect
from dataclasses import replace
from typing import Any

from minigan.recipes.rules import Conflict, Listed, Option, Sized, Weighed, about, apart, needs
from minigan.recipes.stages import Stages

SNAPSHOTS = 100  # files of a run at most: each is as large as a checkpoint
LEAST_LIMIT = 0.02  # of a truncation, see minigan.models.noise
POLICY = "translation,cutout,brightness,contrast"

# A row: the name, the line of --help, the type (text where there is none), then what is special; see `Option`.
TABLE = {
    "first of all": (
        Option("data", "digits (default), digits-8x8, mnist, fashion-mnist, emnist-letters, ..., folder:PATH, "
               "npz:FILE, ring, grid, swiss-roll, stacked-digits, plucks, chirps, beats", metavar="D", first=True,
               default="digits"),
        Option("recipe", "which game: wgan-gp, r3gan, ...; default: the preset's; minigan recipes lists them",
               metavar="R", first=True),
        Option("preset", "which networks: dcgan (default), quick, paper32, mlp (default for points and tables), "
               "points, signals (default for signals), wavegan", metavar="P", first=True, shapes=True),
        Option("steps", "generator steps in all", int, range="[1, inf)", metavar="N", first=True, on_resume=True),
        Option("minutes", "train so many minutes instead, compiling and pictures among them", float, range="(0, inf)",
               metavar="M", first=True, on_resume=True),
        Option("seed", "seed of all randomness (default 0)", int, range="[0, inf)", metavar="S", first=True, default=0),
        Option("plugin", "a file of yours with losses, networks, recipes, ...; may be given several times",
               metavar="FILE.py", several=True, default=(), on_resume=True),
    ),
    "the data": (
        Option("split", "train (default), test or all", default="train"),
        Option("data_dir", "where to look for data files first", metavar="DIR", on_resume=True),
        Sized("image_size", "size to bring images to: 32, or 32x48, the height and the width", metavar="S", first=True,
              shapes=True),
        Option("data_as", "what an npz:FILE holds: pictures, signals, table or points; default: as its shape says",
               metavar="KIND", choices=("pictures", "signals", "table", "points")),
        Option("channels", "1 (grey) or 3 (colour); default: as the data has it", int, shapes=True),
        Option("fit", "pictures of another shape: crop (default), pad or stretch them"),
        Option("background", "under transparent pictures, around padded ones: black (default), white or #rrggbb",
               metavar="COLOUR"),
        Option("subset", "train on N samples of the split only, drawn by the seed", int, range="[1, inf)", metavar="N"),
        Option("without_class", "train without this class, by name or number, which minigan edit RUN odd shall find",
               metavar="CLASS", default=""),
        Option("shift", "augmentation: shift by up to so many pixels", int, range="[0, inf)", metavar="PIXELS",
               default=0),
        Option("rotate", "augmentation: rotate by up to so many degrees", float, metavar="DEGREES", default=0.0),
        Option("flip", "augmentation: mirror left and right", bool, default=False),
    ),
    "the game: what both players want; flags override the recipe": (
        Option("game", "what is trained: gan (default), G against D; vae, a decoder G with an encoder E; enhance, G "
               "makes given pictures better",
               metavar="GAME", first=True, default="gan", choices="minigan.recipes.games:GAMES", shapes=True),
        Option("loss", "non-saturating (default), minimax, least-squares, wasserstein, hinge, relativistic",
               choices="minigan.losses:LOSSES"),
        Option("drift", "with --loss wasserstein: weight of the square of D's logits of real images", float, alone=1e-3,
               range="[0, inf)", metavar="WEIGHT", default=0.0, passed=True),
        Option("smooth", "target for real images: 1, or 0.9 for one-sided label smoothing", float, range="(0.5, 1]",
               default=1.0, passed=True),
        Weighed("penalty", "of D's slope: wgan-gp, r1, r2, dragan; or none. May be given several times", several=True,
                lazy=True, metavar="NAME:WEIGHT[:EVERY]", default=(), choices="minigan.penalties:PENALTIES"),
        Option("penalty_fade", "penalties fall to this share of their weight by the end", float, alone=0.1,
               range="(0, 1]", metavar="SHARE", default=1.0, laid_out=True),
        Weighed("term", "of G's objective: feature-matching, pull-away, entropy, information, content; or none",
                several=True, metavar="NAME:WEIGHT", default=(), choices="minigan.terms:TERMS"),
        Option("adversarial", "whether G plays against D's logit; if not, it has its terms only", bool, default=True),
        Option("historical", "pull both players to the mean of their past", float, alone=1e-3, range="[0, inf)",
               metavar="WEIGHT", default=0.0),
        Option("unroll", "G looks so many steps of D ahead", int, alone=5, range="[0, inf)", metavar="STEPS",
               default=0),
        Option("k", "discriminator steps per generator step (default 1)", int, range="[1, inf)", default=1),
        Option("conditional", "both players know the classes: concat, auxiliary or projection", metavar="WAY",
               default="none", choices="minigan.models.conditional:CONDITIONALS", first=True, shapes=True),
        Option("enlarge", "an enhancer makes pictures so many times as wide and high (default 1)", int,
               range="[1, inf)", alone=2, metavar="N", default=1, passed=True, shapes=True),
        Option("grain", "an enhancer takes out noise of this deviation; black is 0, white is 1", float,
               range="[0, 1]", alone=0.2, metavar="SIGMA", default=0.0),
        Option("batch_size", "samples in a batch", int, range="[2, inf)", metavar="B", first=True),
    ),
    "the discriminator, and what it sees": (
        Option("spectral_norm", "divide D's weights by their spectral norm", bool, default=False, shapes=True),
        Option("attention", "self-attention of both players on maps of so many rows", int, range="[0, inf)",
               metavar="ROWS", default=0, shapes=True),
        Option("clip", "keep D's weights within plus and minus C", float, alone=0.01, range="[0, inf)", metavar="C",
               default=0.0),
        Option("d_norm", "none (default) or batch: batch norm in D, as in DCGAN", metavar="NORM", default="none",
               choices=("none", "batch"), shapes=True),
        Option("dropout", "dropout after D's activations", float, range="[0, 1)", metavar="RATE", default=0.0,
               shapes=True),
        Option("phase_shuffle", "shift D's maps of signals by up to N steps (preset wavegan, default there 2)", int,
               range="[0, inf)", metavar="N", default=0, passed=True, shapes=True),
        Option("minibatch", "minibatch discrimination: D sees how near the samples of a batch are", bool,
               default=False, shapes=True),
        Option("labels", "semi-supervised: D learns the classes from N labelled samples; with --conditional: train on "
               "these alone", int, alone=100,
               range="[0, inf)", metavar="N", default=0, shapes=True),
        Option("pac", "D judges M samples together", int, range="[1, inf)", metavar="M", default=1, shapes=True),
        Option("instance_noise", "noise on all that D sees; it falls to 0 over the training", float, alone=0.1,
               range="[0, inf)", metavar="SIGMA", default=0.0, laid_out=True),
        Listed("diff_augment", f"augment all that D sees: {POLICY}, or some of them; for colours, saturation too",
               alone=POLICY, metavar="POLICY", default="", choices="minigan.layers.diff_augment:CHANGES"),
        Option("ada", "augment more often the more D overfits", float, alone=0.6, range="[0, 1)",
               metavar="TARGET", default=0.0),
    ),
    "the generator": (
        Option("z_dim", "numbers of noise that a sample is made from", int, range="[1, inf)", metavar="N",
               shapes=True),
        Option("codes", "a code of N kinds beside the noise, for --term information", int, alone=10, range="[0, inf)",
               metavar="N", default=0, passed=True, shapes=True),
        Option("truncation", "draw what is shown and scored with noise within plus and minus T; 0: any noise", float,
               alone=0.7, range="[0, inf)", metavar="T", default=0.0, on_resume=True),
        Option("fresh_noise", "new noise for G's step, as in the paper; default: that of D's step again", bool,
               default=False),
        Option("g_spectral_norm", "divide G's weights by their spectral norm", bool, default=False, shapes=True),
        Option("orthogonal", "push the filters of G's weights apart", float, alone=1e-4, range="[0, inf)",
               metavar="WEIGHT", default=0.0),
        Option("shared_embedding", "one embedding of the class, of N numbers, for G's norms (preset resnet-small)",
               int, range="[0, inf)", metavar="N", default=0, passed=True, shapes=True),
        Option("skip_z", "a part of the noise for each norm of G (preset resnet-small)", bool, default=False,
               passed=True, shapes=True),
        Option("virtual_batch_norm", "normalise G by a batch that is fixed at the start", bool, default=False,
               shapes=True),
        Option("ema", "show a moving average of G", float, alone=0.999, range="[0, 1)", metavar="DECAY", default=0.0,
               shapes=True),
    ),
    "a variational autoencoder, --game vae": (
        Option("likelihood", "what G says of a sample: bernoulli, pixels as probabilities; gaussian; auto (default): "
               "as fits the data", default="auto", choices=("auto", "bernoulli", "gaussian"), shapes=True),
        Option("sigma", "of --likelihood gaussian: its standard deviation; 0 (default): it is learnt", float,
               range="[0, inf)", metavar="S", default=0.0, shapes=True),
        Option("beta", "weight of the KL; above 1: fewer numbers of the code are used", float, range="[0, inf)",
               metavar="WEIGHT", default=1.0),
        Option("free_bits", "nats that each number of the code may say for nothing", float, alone=0.1,
               range="[0, inf)", metavar="NATS", default=0.0),
    ),
    "networks that grow (preset progressive)": (
        Stages("stages", "the sizes and how long each takes: 4:400,8:800,16:800,32:1000, or 4:10%,8:20%,16:30%,32:40%; "
               "32: that size from the start", metavar="SIZE:STEPS,...", default="", shapes=True),
        Option("fade", "share of each stage in which its new layers fade in", float, range="[0, 1]", metavar="SHARE",
               default=0.5, shapes=True),
    ),
    "the optimizers": (
        Option("optimizer", "adam (default), rmsprop, momentum or sgd, for both players",
               choices="minigan.optim:OPTIMIZERS"),
        Option("lr", "learning rate of both players; where a recipe has two, the larger", float, range="(0, inf)",
               first=True),
        Option("g_lr", "learning rate of G, if it is another", float, range="(0, inf)", metavar="LR"),
        Option("d_lr", "learning rate of D, if it is another", float, range="(0, inf)", metavar="LR"),
        Option("beta1", "Adam's first decay rate", float, range="[0, 1)"),
        Option("beta2", "Adam's second decay rate; RMSProp's only one", float, range="[0, 1)"),
        Option("eps", "Adam's and RMSProp's epsilon", float, range="(0, inf)"),
        Option("lr_schedule", "constant (default), linear, cosine or warmup-cosine", metavar="NAME", default="constant",
               choices="minigan.schedules:SCHEDULES", laid_out=True),
        Option("lr_last", "share of the learning rate that the schedule ends with (default 0)", float, range="[0, 1]",
               metavar="SHARE", default=0.0),
    ),
    "what is written, and when": (
        Option("sample_every", "steps between pictures", int, range="[1, inf)", metavar="N", on_resume=True),
        Option("checkpoint_every", "steps between checkpoints", int, range="[1, inf)", metavar="N", on_resume=True),
        Option("every", "score samples every K steps: scores.csv, scores.png", int, range="[1, inf)", metavar="K",
               on_resume=True),
        Option("keep_best", "with --every: keep the state with the best score, best.npz", bool, default=False,
               on_resume=True),
        Option("snapshot_every", f"keep the state of every N-th step, snapshots/, at most {SNAPSHOTS}", int,
               range="[1, inf)", metavar="N", on_resume=True),
    ),
}  # fmt: skip


def optimizer_options(name: str) -> dict[str, inspect.Parameter]:
    """What can be set of the optimizer `name`: the names in Settings -> its own arguments. --beta2 sets RMSProp's rho:
    as Adam's beta2, it is the decay rate of the squares."""
    rule = OPTIONS["optimizer"].known().get(name)
    arguments = inspect.signature(rule).parameters if rule else {}
    own = {"beta1": "beta1", "beta2": "rho" if "rho" in arguments else "beta2", "eps": "eps"}
    return {setting: arguments[name] for setting, name in own.items() if name in arguments}


def foreign_to_optimizer(name: str) -> Conflict:
    """The Conflict of an option of optimizers with an optimizer that has no such argument."""
    return Conflict((name, "optimizer"),
                    lambda s: getattr(s, name) is not None and name not in optimizer_options(s.optimizer),
                    "{0} is no setting of {1}; leave it out")  # fmt: skip


def anew(name: str) -> Conflict:
    """The Conflict of a preset that grows with an option that adds layers: each stage would have fresh ones."""
    text = "{0} grows, and the layers of {1} would begin anew in each stage; leave one of the two out"
    return Conflict(("preset", name), lambda s: s.grows and s.uses(name), text)


def without_argument(name: str) -> Conflict:
    """The Conflict of an option with a preset whose networks are not made with it."""
    return Conflict((name,), lambda s: s.uses(name) and not s.network_has(name),
                    "{0} is not for the networks of --preset {s.preset}; leave it out, or use another "
                    "--preset")  # fmt: skip


def has_targets(settings: Any) -> bool:
    """Whether the loss has a target for real images, which --smooth sets."""
    return "smooth" in inspect.signature(settings.kind("loss")).parameters


# The player that an option is about, beside G. A game without this player refuses it.
ABOUT = {
    "D": (*(option.name for option in TABLE["the discriminator, and what it sees"]), "loss", "smooth", "penalty",
          "penalty_fade", "term", "adversarial", "unroll", "k", "conditional", "codes", "fresh_noise",
          "g_spectral_norm", "shared_embedding", "skip_z", "virtual_batch_norm", "d_lr"),
    "E": tuple(option.name for option in TABLE["a variational autoencoder, --game vae"]),
}  # fmt: skip
PLAYER = {name: player for player, names in ABOUT.items() for name in names}
GAME_WITH = {"D": "gan", "E": "vae"}  # to try instead

CROWD = "it needs the score of each image to depend on that image alone (Gulrajani et al. 2017, section 4)"
KINKS = "it needs D to be piecewise linear, and the log-sum-exp over the classes is curved"
EQUALISED = (
    "{0} divides weights by their norm, and those of --preset {s.preset} are multiplied by a constant of their "
    "own; leave it out"
)
AHEAD = "G's gradient needs second derivatives of D's steps, which are written for the plain game with Adam or SGD only"

# What does not go together. Each belongs to the first option that it names; the refusal is of the first that is found.
CONFLICTS = (
    *(Conflict((name, "game"), lambda s, name=name: not s.draws and s.uses(name),
               "{0} does not go with {1}: its G has no noise, its input is the worse copy of a picture; leave it out")
      for name in ("codes", "truncation", "conditional", "labels", "attention", "virtual_batch_norm", "unroll",
                   "every", "pac")),
    Conflict(("term", "game"), lambda s: not s.draws and s.recovering_term,
             "--term {s.recovering_term} recovers the noise that a sample was made from, and G of {1} has none; leave "
             "it out, or use --term content:10"),
    Conflict(("preset", "term"), lambda s: s.grows and s.recovering_term,
             "{0} grows, and the network of --term {s.recovering_term} cannot go on with larger samples; leave it out"),
    *map(without_argument, ("pac", "dropout")),
    apart("minutes", "steps", "each says how long the training goes"),
    Conflict(("minutes", "lr_schedule", "penalty_fade", "instance_noise"),
             lambda s: s.minutes is not None and s.laid_out,
             "{s.laid_out} is laid out over all steps, and with {0} nobody knows how many there will be; give --steps "
             "instead"),
    *map(anew, ("conditional", "attention", "labels", "minibatch", "virtual_batch_norm", "d_norm")),
    Conflict(("image_size",), lambda s: s.points and s.uses("image_size"),
             "--image-size is for images, and {s.data!r} holds {s.held}; leave it out"),
    Conflict(("stages",), lambda s: s.stages and not s.doubles and not s.grows_by_itself,
             "{0} is for networks that grow, and those of --preset {s.preset} do not; use --preset progressive"),
    Conflict(("stages",), lambda s: s.stages and s.grows_by_itself and s.stages != s.own_stages,
             "--preset {s.preset} has stages of its own, {s.own_stages}; leave {0} out, or use --preset progressive"),
    Conflict(("fade",), lambda s: s.uses("fade") and not (s.doubles and s.grows),
             "{0} is about new layers that fade in, and this training has none; use --preset progressive with more "
             "than one size, or leave it out"),
    Conflict(("spectral_norm",), lambda s: s.spectral_norm and s.doubles, EQUALISED),
    Conflict(("g_spectral_norm",), lambda s: s.g_spectral_norm and s.doubles, EQUALISED),
    Conflict(("data_as",), lambda s: s.data_as != s.known_as,
             "{0} is for npz:FILE, and {s.data!r} holds {s.known_as} whatever is said; leave it out"),
    Conflict(("channels",), lambda s: s.points and s.uses("channels"),
             "--channels is for images, and {s.data!r} holds {s.held}; leave it out"),
    Conflict(("image_size",), lambda s: s.phases and s.doubles and s.image_size != s.largest,
             "--stages {s.stages} ends with images of {s.largest}, got --image-size {s.image_size}; leave it out"),
    Conflict(("image_size",), lambda s: s.grows_by_itself and s.image_size != s.largest,
             "--preset {s.preset} grows to images of {s.largest} by itself, got --image-size {s.image_size}; leave it "
             "out"),
    Conflict(("loss",), lambda s: s.loss == "wasserstein" and not (s.penalty or s.clip or s.spectral_norm),
             "{0} needs a bound on D's slope: without one its least value is minus infinity; give "
             "--penalty wgan-gp:10, --clip 0.01 or --spectral-norm"),
    Conflict(("smooth", "loss"), lambda s: s.uses("smooth") and not has_targets(s),
             "--smooth {s.smooth} is a target for probabilities, and {1} has none; use --loss non-saturating, or leave "
             "--smooth out"),
    Conflict(("drift", "loss"), lambda s: s.drift and "drift" not in inspect.signature(s.kind("loss")).parameters,
             "{0} holds logits that have no 0, those of --loss wasserstein, and {1} needs none; leave one of them out"),
    apart("penalty", "d_norm", f"{CROWD}, and batch norm mixes the batch"),
    apart("penalty", "minibatch", f"{CROWD}, and minibatch discrimination compares the batch"),
    Conflict(("penalty", "labels"), lambda s: s.penalty and s.semi_supervised,
             f"{{0}} does not go with {{1}}: {KINKS}; leave one of the two out"),
    apart("penalty", "attention", "it needs D to be piecewise linear, and the softmax of attention is curved; use "
          "--spectral-norm in its place"),
    apart("penalty", "clip", "both bound D's slope; the penalty was made to replace clipping"),
    needs("penalty_fade", "penalty", "{0} is about penalties, and there is none; give --penalty, such as r1:0.1, too"),
    Conflict(("term", "minibatch"), lambda s: s.minibatch and s.feature_term,
             "--term {s.feature_term} does not go with {1}, which adds facts on the whole batch to the features that "
             "the term compares; leave one of the two out"),
    Conflict(("adversarial", "term"), lambda s: not s.adversarial and not s.term,
             "{0} takes the loss from G, and there is no --term that G could learn from; give one, such "
             "as --term feature-matching:1"),
    Conflict(("adversarial", "loss"), lambda s: not s.adversarial and s.paired,
             "{0} with {1}: this loss compares pairs in the steps of both players, so D cannot have it alone; use "
             "--loss non-saturating"),
    *(apart("unroll", other, AHEAD) for other in (
        "penalty", "clip", "historical", "labels", "d_norm", "minibatch", "spectral_norm", "dropout",
        "instance_noise", "ada", "diff_augment", "adversarial", "conditional", "attention")),
    apart("unroll", "loss", AHEAD, but=("minimax", "non-saturating")),
    apart("unroll", "optimizer", AHEAD, but=("adam", "sgd")),
    apart("spectral_norm", "clip", "it divides each weight by its norm, so that clipping changes nothing but its "
          "direction"),
    apart("spectral_norm", "d_norm", "batch norm divides by the deviation of the batch, which may be small, and so the "
          "bound on D's slope is lost (Miyato et al. 2018)"),
    Conflict(("labels",), lambda s: s.labels and s.known_as == "points" and not s.from_arrays,
             "{0} needs labelled data, and {s.data!r} has no labels; use digits, mnist, or folder:PATH with "
             "subfolders"),
    apart("labels", "pac", "a pack of samples has no one label"),
    apart("conditional", "pac", "a pack of samples has no one label"),
    Conflict(("conditional",), lambda s: s.uses("conditional") and s.known_as == "points" and not s.from_arrays,
             "{0} needs labelled data, and {s.data!r} has no labels; use digits, mnist, or folder:PATH with "
             "subfolders"),
    Conflict(("conditional", "adversarial"), lambda s: s.conditional == "auxiliary" and not s.adversarial,
             "{0} is a part of the loss, which {1} takes from G; use --conditional projection, or leave one out"),
    Conflict(("virtual_batch_norm", "conditional"),
             lambda s: s.virtual_batch_norm and s.conditional in ("auxiliary", "projection"),
             "{0} takes the place of G's batch norms, by which {1} tells G the class; use --conditional concat, or "
             "leave one of the two out"),
    apart("virtual_batch_norm", "shared_embedding", "it takes the place of G's batch norms, which the embedded class "
          "scales and shifts"),
    needs("shared_embedding", "conditional", "{0} is for a game with classes; give --conditional projection, too"),
    needs("skip_z", "shared_embedding", "{0} gives each norm of G a part of the noise beside the embedded class; give "
          "--shared-embedding 32, too"),
    Conflict(("attention",), lambda s: s.attention and s.points,
             "{0} is for images, and {s.data!r} holds {s.held}; leave it out"),
    Conflict(("pac",), lambda s: s.batch_size % s.pac or s.batch_size < 2 * s.pac,
             "--pac {s.pac} needs a --batch-size that is a multiple of it, at least twice as large, got "
             "{s.batch_size}; try {s.batch_of_packs}"),
    Conflict(("diff_augment", "ada"), lambda s: s.diff_augment and s.points,
             "{0} and {1} move and darken images, and {s.data!r} holds {s.held}; use --instance-noise"),
    needs("ada", "diff_augment", "{0} adapts how often images are augmented, and --diff-augment none leaves nothing to "
          f"adapt; give --diff-augment {POLICY}, or leave both out"),
    Conflict(("codes",), lambda s: s.codes == 1, "{0} must be at least 2 kinds of a code (or 0 for none), got 1"),
    Conflict(("codes", "term"), lambda s: bool(s.codes) != ("information" in s.parts("term")),
             "{0} and --term information go together: the one gives G a code, the other sees that it is used; give "
             "both, such as --codes 10 --term information:1, or neither"),
    Conflict(("virtual_batch_norm",), lambda s: s.virtual_batch_norm and not s.g_normalised,
             "{0} takes the place of batch norm in G, and --preset {s.preset} has none; use a preset that has it, such "
             "as quick or points, or leave it out"),
    foreign_to_optimizer("beta2"),
    foreign_to_optimizer("eps"),
    needs("keep_best", "every", "{0} keeps the state with the best score, and none is taken; give --every, such as "
          "--every 200, too"),
    apart("snapshot_every", "minutes", "how many states would be kept is known with --steps only"),
    Conflict(("snapshot_every",), lambda s: s.snapshot_every and s.steps // s.snapshot_every > SNAPSHOTS,
             f"--snapshot-every {{s.snapshot_every}} would keep {{s.snapshots:,}} files in {{s.steps:,}} steps, more "
             f"than {SNAPSHOTS}; use --snapshot-every {{s.fewest_steps_apart}} or more"),
    Conflict(("preset", "orthogonal"), lambda s: s.grows and s.orthogonal,
             "{0} grows, and {1} would not know its later weights; leave one of the two out"),
    Conflict(("truncation",), lambda s: 0 < s.truncation < LEAST_LIMIT,
             f"--truncation must be at least {LEAST_LIMIT}, got {{s.truncation}}; try 0.7 (0: any noise)"),
    Conflict(("preset", "game"), lambda s: s.stages and s.players != "GD",
             "{0} grows, and --game {s.game} has no later stages; use a preset that does not grow, or --game gan"),
    Conflict(("likelihood",), lambda s: s.likelihood == "bernoulli" and s.points,
             "{0} takes each number as a probability, and {s.data!r} holds {s.held}, which are not in [0, 1] as "
             "pixels are; use --likelihood gaussian"),
    Conflict(("sigma", "likelihood"), lambda s: s.uses("sigma") and s.likely != "gaussian",
             "--sigma {s.sigma:g} is of --likelihood gaussian, and this run has {s.likely}; give --likelihood "
             "gaussian, too"),
    *(Conflict((name, "game"), lambda s, name=name: s.game != "enhance" and s.uses(name),
               "{0} is what an enhancer learns to undo; give --recipe enhance, or leave it out")
      for name in ("enlarge", "grain")),
    Conflict(("preset", "game"), lambda s: (s.preset == "enhancer") != (s.game == "enhance"),
             "{0} with {1}: an enhancer's input is a picture, and other networks' is noise; --recipe enhance and "
             "--preset enhancer go together: give both, or neither"),
    Conflict(("term", "game"), lambda s: "content" in s.parts("term") and s.game != "enhance",
             "--term content compares each picture with the real one that it was made from, and with {1} it was made "
             "from noise; give --recipe enhance, or leave it out"),
    apart("without_class", "conditional", "the players would be told of a class that they never see"),
    needs("lr_last", "lr_schedule", "{0} is what --lr-schedule ends with, and there is none; give one, such as cosine, "
          "too"),
)  # fmt: skip


def own_conflicts(name: str) -> tuple[Conflict, ...]:
    """The Conflicts that an option is the first of; before all others that with a game without its player."""
    of_player = (about(name, PLAYER[name], GAME_WITH[PLAYER[name]]),) if name in PLAYER else ()
    return of_player + tuple(conflict for conflict in CONFLICTS if conflict.names[0] == name)


OPTIONS = {
    option.name: replace(option, group=heading, conflicts=own_conflicts(option.name),
                         player=PLAYER.get(option.name, ""))
    for heading, group in TABLE.items()
    for option in group
}  # fmt: skip

OFF = {"True": "on", "False": "off", "None": "", "()": "none", "": "none"}  # defaults, as people say them


def as_markdown() -> str:
    """The table of options as it stands in the README."""
    rows = ["| flag | what it is | default | range or names |", "|---|---|---|---|"]
    for option in OPTIONS.values():
        alone = f" (alone: {option.alone})" if option.alone is not None else ""
        default = OFF.get(str(option.default), option.default)
        names = option.range or ", ".join(f"`{name}`" for name in option.known())
        rows.append(f"| `{option.flag}` | {option.help}{alone} | {default} | {names} |".replace("  ", " "))
    return "\n".join(rows)
