"""`minigan data`: look at the data before training."""

from minigan.cli.options import add_data_options

HELP = "show a batch before and after preprocessing, and what cleaning found"
EXAMPLES = """examples:
  minigan data digits
  minigan data folder:my-pictures --image-size 32 --fit pad --out pictures.png"""


def add(parser):
    parser.add_argument("data", metavar="NAME", help="as for train --data")
    add_data_options(parser)
    parser.add_argument("--out", metavar="FILE", help="the picture to write (default data-NAME.png)")
    parser.add_argument("--seed", type=int, default=0, help="which images are shown (default 0)")


def run(args):
    from minigan.recipes.inspect import show_data

    split = args.split or "train"
    print(
        show_data(
            args.data, split, args.data_dir, args.image_size, args.channels, args.fit, seed=args.seed, out=args.out
        )
    )
    return 0
