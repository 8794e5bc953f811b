"""`minigan train`: train a GAN; everything it makes goes to one folder.

examples:
  minigan train
  minigan train --data mnist --preset paper32 --steps 2000 --out runs/mine
  minigan train --data folder:my-pictures --image-size 32 --flip
  minigan train --every 100                   with scores of the samples as it goes
  minigan train --minutes 10                  as long as that, instead of --steps
  minigan train --resume --out runs/mine --steps 4000
  minigan train --resume --out runs/mine      a finished run: its pictures again
  minigan train --from runs/mine --data folder:my-pictures --lr 1e-4
  minigan train --recipe wgan-gp --data ring  another game; minigan recipes lists them
  minigan train --plugin my_game.py --recipe mine
  minigan train --loss hinge --penalty r1:1.0 --spectral-norm --ema 0.999 --pac 2
--help-all shows all flags
"""

from argparse import ArgumentParser, Namespace

from minigan.cli.options import GROUPS, add_options, add_shared, choices_of

USAGE = "minigan train [--data D] [--recipe R] [--preset P] [--steps N] [--out DIR] [more of the flags below]"


def add(parser: ArgumentParser) -> None:
    parser.usage = USAGE  # all flags would fill the page before the first is explained
    out = "the run's folder (default runs/<data>-<recipe or preset>-<number>)"
    parser.add_argument("--out", metavar="DIR", help=out)
    resume = "go on from the checkpoint in --out, or of the newest run; of a finished run, make the pictures again"
    parser.add_argument("--resume", action="store_true", help=resume)
    source = "a new run that begins with the networks of this one; what is not given is as there, but for --steps"
    parser.add_argument("--from", metavar="RUN", dest="source", help=source)
    add_shared(parser, "--quiet", "--help-all")
    add_options(parser, groups=GROUPS)


def run(args: Namespace) -> int:
    from minigan.recipes import Settings, train
    from minigan.recipes.ahead import Ahead

    given = choices_of(args)
    where = dict(out=args.out, resume=args.resume, source=args.source)
    with Ahead() as ahead:
        path, finished = train(Settings(**given), **where, given=given, progress=not args.quiet, ready=ahead.ready)
    print(path / "final.png")
    return 0 if finished else 130
