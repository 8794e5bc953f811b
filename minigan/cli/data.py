"""`minigan data`: show a batch before and after preprocessing, and what cleaning found.

examples:
  minigan data digits
  minigan data folder:my-pictures --image-size 64 --fit pad --background white --out pictures.png
"""

from argparse import ArgumentParser, Namespace

from minigan.cli.options import add_flag
from minigan.recipes.options import OPTIONS


def add(parser: ArgumentParser) -> None:
    parser.add_argument("data", metavar="NAME", help="as for train --data")
    for name in ("split", "data_dir", "image_size", "channels", "fit", "background"):
        add_flag(parser, OPTIONS[name])
    parser.add_argument("--out", metavar="FILE", help="the picture to write (default data-NAME.png)")
    parser.add_argument("--seed", type=int, default=0, help="which images are shown (default 0)")


def run(args: Namespace) -> int:
    from minigan.recipes.inspect import show_data

    options = dict(image_size=args.image_size, channels=args.channels, fit=args.fit, seed=args.seed, out=args.out,
                   background=args.background)  # fmt: skip
    print(show_data(args.data, args.split or "train", args.data_dir, **options))
    return 0
