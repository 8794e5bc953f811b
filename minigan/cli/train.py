"""`minigan train`: train a GAN."""

import argparse

from minigan.cli.options import add_data_options

HELP = "train a GAN; everything it makes goes to one folder"
EXAMPLES = """examples:
  minigan train
  minigan train --data mnist --preset paper32 --steps 2000 --out runs/mine
  minigan train --data folder:my-pictures --image-size 32 --fit crop --flip
  minigan train --every 100                   with scores of the samples as it goes
  minigan train --resume --out runs/mine --steps 4000
  minigan train --recipe wgan-gp --data ring  another game; minigan recipes lists them
  minigan train --loss hinge --penalty r1:1.0 --spectral-norm --ema 0.999 --pac 2"""

DATA = "digits (default), mnist, fashion-mnist, folder:PATH, npz:FILE, ring, grid, swiss-roll, stacked-digits"
POLICY = "translation,cutout,brightness,contrast"


USAGE = "minigan train [--data D] [--recipe R] [--preset P] [--steps N] [--out DIR] [more of the flags below]"


def add(parser):
    parser.usage = USAGE  # all of them would fill the page before the first is explained
    for add_group in (add_first, add_shape, add_game, add_discriminator, add_generator, add_optimizers, add_output):
        add_group(parser)


def add_first(parser):
    group = parser.add_argument_group("first of all")
    group.add_argument("--data", metavar="D", help=DATA)
    group.add_argument("--recipe", metavar="R", help="which game: wgan-gp, r3gan, ...; minigan recipes lists them")
    group.add_argument(
        "--preset", metavar="P", help="which networks: quick (default), paper32, mlp (default for points), points"
    )
    group.add_argument("--steps", type=int, metavar="N", help="generator steps in all")
    group.add_argument(
        "--out", metavar="DIR", help="the run's folder (default runs/<data>-<recipe or preset>-<number>)"
    )
    group.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out, or of the newest run")
    group.add_argument("--seed", type=int, metavar="S", help="seed of all randomness (default 0)")


def add_shape(parser):
    group = parser.add_argument_group("the data")
    add_data_options(group)
    add_subset(group)
    group.add_argument("--shift", type=int, metavar="PIXELS", help="augmentation: shift by up to so many pixels")
    group.add_argument("--rotate", type=float, metavar="DEGREES", help="augmentation: rotate by up to so many degrees")
    group.add_argument("--flip", action="store_true", default=None, help="augmentation: mirror left and right")


def add_subset(group):
    group.add_argument(
        "--subset", type=int, metavar="N", help="train on N samples of the split only, drawn by the seed"
    )


def add_game(parser):
    group = parser.add_argument_group("the game: what both players want; each flag goes before the recipe's choice")
    group.add_argument(
        "--loss", help="non-saturating (default), minimax, least-squares, wasserstein, hinge, relativistic"
    )
    group.add_argument("--smooth", type=float, help="target for real images: 1, or 0.9 for one-sided label smoothing")
    group.add_argument("--penalty", action="append", metavar="NAME:WEIGHT[:EVERY]",
                       help="of D's slope: wgan-gp, r1, r2, dragan; or none. May be given several times")  # fmt: skip
    optional(group, "--penalty-fade", float, 0.1, "SHARE", "penalties fall to this share of their weight")
    group.add_argument("--term", action="append", metavar="NAME:WEIGHT",
                       help="of G's objective: feature-matching, pull-away, entropy, information; or none")  # fmt: skip
    switch(group, "--adversarial", "whether G plays against D's logit; if not, it has its terms only")
    optional(group, "--historical", float, 1e-3, "WEIGHT", "pull both players to the mean of their past")
    optional(group, "--unroll", int, 5, "STEPS", "G looks so many steps of D ahead")
    group.add_argument("--k", type=int, help="discriminator steps per generator step (default 1)")
    group.add_argument("--batch-size", type=int, metavar="B", help="samples in a batch")


def add_discriminator(parser):
    group = parser.add_argument_group("the discriminator, and what it sees")
    switch(group, "--spectral-norm", "divide D's weights by their spectral norm")
    optional(group, "--clip", float, 0.01, "C", "keep D's weights within plus and minus C")
    group.add_argument("--d-norm", metavar="NORM", help="none (default) or batch: batch norm in D, as in DCGAN")
    group.add_argument("--dropout", type=float, metavar="RATE", help="dropout after D's activations")
    switch(group, "--minibatch", "minibatch discrimination: D sees how near the samples of a batch are")
    optional(group, "--labels", int, 100, "N", "semi-supervised: D learns the classes from N labelled samples")
    group.add_argument("--pac", type=int, metavar="M", help="D judges M samples together")
    optional(
        group, "--instance-noise", float, 0.1, "SIGMA", "noise on all that D sees; it falls to 0 over the training"
    )
    optional(group, "--diff-augment", str, POLICY, "POLICY",
             f"D sees all images augmented: {POLICY}, or some of them; saturation, too, for colours")  # fmt: skip
    optional(group, "--ada", float, 0.6, "TARGET", "augment as often as D's overfitting asks for")


def add_generator(parser):
    group = parser.add_argument_group("the generator")
    group.add_argument("--z-dim", type=int, metavar="N", help="numbers of noise that a sample is made from")
    optional(group, "--codes", int, 10, "N", "a code of N kinds beside the noise, for --term information")
    group.add_argument("--fresh-noise", action="store_true", default=None,
                       help="new noise for G's step, as in the paper; default: that of D's step again")  # fmt: skip
    switch(group, "--virtual-batch-norm", "normalise G by a batch that is fixed at the start")
    optional(group, "--ema", float, 0.999, "DECAY", "show a moving average of G")


def add_optimizers(parser):
    group = parser.add_argument_group("the optimizers")
    group.add_argument("--optimizer", help="adam (default), rmsprop, momentum or sgd, for both players")
    group.add_argument("--lr", type=float, help="learning rate of both players; of a recipe's two, the larger")
    group.add_argument("--g-lr", type=float, metavar="LR", help="learning rate of G, if it is another")
    group.add_argument("--d-lr", type=float, metavar="LR", help="learning rate of D, if it is another")
    group.add_argument("--beta1", type=float, help="Adam's first decay rate")
    group.add_argument("--beta2", type=float, help="Adam's second decay rate; RMSProp's only one")
    group.add_argument("--eps", type=float, help="Adam's and RMSProp's epsilon")
    group.add_argument("--lr-schedule", metavar="NAME", help="constant (default), linear, cosine or warmup-cosine")
    group.add_argument("--lr-last", type=float, metavar="SHARE",
                       help="share of the learning rate that the schedule ends with (default 0)")  # fmt: skip


def add_output(parser):
    group = parser.add_argument_group("what is written, and when")
    group.add_argument("--sample-every", type=int, metavar="N", help="steps between pictures")
    group.add_argument("--checkpoint-every", type=int, metavar="N", help="steps between checkpoints")
    group.add_argument("--every", type=int, metavar="K", help="score samples every K steps: scores.csv, scores.png")
    group.add_argument("--quiet", action="store_true", help="no progress bar")


def optional(group, name, kind, usual, metavar, help):
    """A flag with a value that may be left out: then it is the usual one."""
    shown = "all" if usual == POLICY else usual
    group.add_argument(name, nargs="?", type=kind, const=usual, metavar=metavar, help=f"{help} (alone: {shown})")


def switch(group, name, help):
    """A flag with an opposite, --no-..., for what a recipe has switched on."""
    group.add_argument(name, action=argparse.BooleanOptionalAction, default=None, help=help)


def run(args):
    from minigan.recipes import Settings, train

    names = [name for name in Settings.__dataclass_fields__ if getattr(args, name, None) is not None]
    settings = Settings(**{name: getattr(args, name) for name in names})
    path, finished = train(settings, out=args.out, resume=args.resume, given=names, progress=not args.quiet)
    print(path / "final.png")
    return 0 if finished else 130
