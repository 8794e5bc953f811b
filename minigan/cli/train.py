"""`minigan train`: train a GAN."""

from minigan.cli.options import add_data_options

HELP = "train a GAN; everything it makes goes to one folder"
EXAMPLES = """examples:
  minigan train
  minigan train --data mnist --preset paper32 --steps 2000 --out runs/mine
  minigan train --data folder:my-pictures --image-size 32 --fit crop --flip
  minigan train --every 100                   with scores of the samples as it goes
  minigan train --resume --out runs/mine --steps 4000"""


def add(parser):
    names = "digits (default), mnist, fashion-mnist, folder:PATH, npz:FILE, ring, grid, swiss-roll"
    parser.add_argument("--data", metavar="D", help=names)
    add_data_options(parser)
    parser.add_argument("--preset", metavar="P", help="quick (default), paper32 or mlp (default for points)")
    parser.add_argument("--steps", type=int, metavar="N", help="generator steps in all")
    parser.add_argument("--batch-size", type=int, metavar="B", help="samples in a batch")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of all randomness (default 0)")
    parser.add_argument("--out", metavar="DIR", help="the run's folder (default runs/<data>-<preset>-<number>)")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in --out, or of the newest run"
    )
    parser.add_argument("--loss", help="non-saturating (default) or minimax")
    parser.add_argument("--smooth", type=float, help="target for real images: 1, or 0.9 for one-sided label smoothing")
    parser.add_argument("--optimizer", help="adam (default), rmsprop, momentum or sgd, for both players")
    parser.add_argument("--lr", type=float, help="learning rate of both players")
    parser.add_argument("--beta1", type=float, help="Adam's first decay rate")
    parser.add_argument("--k", type=int, help="discriminator steps per generator step (default 1)")
    parser.add_argument("--z-dim", type=int, metavar="N", help="numbers of noise that a sample is made from")
    parser.add_argument("--fresh-noise", action="store_true", default=None,
                   help="new noise for G's step, as in the paper; default: the noise of D's step again")  # fmt: skip
    parser.add_argument("--dropout", type=float, metavar="RATE", help="dropout after D's activations")
    parser.add_argument("--shift", type=int, metavar="PIXELS", help="augmentation: shift by up to so many pixels")
    parser.add_argument("--rotate", type=float, metavar="DEGREES", help="augmentation: rotate by up to so many degrees")
    parser.add_argument("--flip", action="store_true", default=None, help="augmentation: mirror left and right")
    parser.add_argument("--sample-every", type=int, metavar="N", help="steps between pictures")
    parser.add_argument("--checkpoint-every", type=int, metavar="N", help="steps between checkpoints")
    parser.add_argument("--every", type=int, metavar="K", help="score samples every K steps: scores.csv, scores.png")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args):
    from minigan.recipes import Settings, train

    names = [name for name in Settings.__dataclass_fields__ if getattr(args, name, None) is not None]
    settings = Settings(**{name: getattr(args, name) for name in names})
    path, finished = train(settings, out=args.out, resume=args.resume, given=names, progress=not args.quiet)
    print(path / "final.png")
    return 0 if finished else 130
