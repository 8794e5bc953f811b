"""`minigan summary`: the networks of a preset, or of a recipe, layer by layer.

examples:
  minigan summary quick
  minigan summary paper32 --channels 3
  minigan summary quick --image-size 32x48    pictures 32 high and 48 wide
  minigan summary quick --recipe sn-gan       the networks as that recipe changes them
"""

from argparse import ArgumentParser, Namespace


def add(parser: ArgumentParser) -> None:
    parser.add_argument("preset", metavar="PRESET", help="quick, paper32, mlp, points or signals")
    parser.add_argument("--recipe", metavar="R", help="with the changes of this recipe; minigan recipes lists them")
    parser.add_argument(
        "--image-size", metavar="S", help="32, or 32x48, the height and the width; default: the preset's"
    )
    parser.add_argument("--channels", type=int, default=1, help="1 (default) or 3")


def run(args: Namespace) -> int:
    from minigan.recipes.inspect import summary

    print(summary(args.preset, args.image_size, args.channels, args.recipe, args.plugin))
    return 0
