"""`minigan data`: list the data sets, or show a batch of one before and after preprocessing, and what cleaning found.

examples:
  minigan data                                the data sets, a line each
  minigan data digits
  minigan data plucks --out plucks.wav        64 strings to be heard
  minigan data npz:mine.npz                  pictures, signals or a table: what it is taken for
  minigan data folder:my-pictures --image-size 64 --fit pad --background white --out pictures.png
"""

from argparse import ArgumentParser, Namespace

from minigan.cli import listings
from minigan.cli.options import add_flag
from minigan.recipes.options import OPTIONS

GO_ON = "minigan data NAME shows one of them; minigan train --data NAME trains on it"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("data", metavar="NAME", nargs="?", help="as for train --data; default: list them")
    for name in ("split", "data_dir", "image_size", "data_as", "channels", "fit", "background"):
        add_flag(parser, OPTIONS[name])
    out = "the picture to write, or of made signals a .wav (default: a picture in your cache; its path is told)"
    parser.add_argument("--out", metavar="FILE", help=out)
    parser.add_argument("--seed", type=int, default=0, help="which images are shown (default 0)")


def run(args: Namespace) -> int:
    if args.data is None:
        print(listings.data_sets(GO_ON))
        return 0
    from minigan.recipes.inspect import show_data
    from minigan.recipes.setup import file_name
    from minigan.report.places import kept

    options = dict(image_size=args.image_size, channels=args.channels, fit=args.fit, data_as=args.data_as,
                   background=args.background, seed=args.seed)  # fmt: skip
    out = args.out or str(kept(f"data-{file_name(args.data)}.png"))
    print(show_data(args.data, args.split or "train", args.data_dir, out=out, **options))
    return 0
