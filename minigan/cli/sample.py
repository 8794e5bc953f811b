"""`minigan sample`: draw fresh samples from a finished run.

examples:
  minigan sample runs/digits-quick-1 -n 100 --out grid.png
  minigan sample runs/digits-quick-1 -n 5000 --seed 7 --out samples.npz
"""

from argparse import ArgumentParser, Namespace


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument("-n", type=int, default=64, help="how many (default 64)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the noise (default 0)")
    parser.add_argument("--out", metavar="FILE", default="samples.png", help=".png or .npz (default samples.png)")


def run(args: Namespace) -> int:
    from minigan.recipes.sampling import sample_run

    sample_run(args.run, args.n, args.seed, args.out)
    print(args.out)
    return 0
