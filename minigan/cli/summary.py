"""`minigan summary`: list the presets, or show the networks of one, layer by layer.

examples:
  minigan summary                             the presets, a line each
  minigan summary quick
  minigan summary paper32 --channels 3
  minigan summary quick --image-size 32x48    pictures 32 high and 48 wide
  minigan summary quick --recipe sn-gan       the networks as that recipe changes them
"""

from argparse import ArgumentParser, Namespace

from minigan.cli import listings

GO_ON = "minigan summary PRESET shows its networks; minigan train --preset PRESET trains them"


def add(parser: ArgumentParser) -> None:
    parser.add_argument(
        "preset", metavar="PRESET", nargs="?", help="one of them; default: list them, or with --recipe: that recipe's"
    )
    parser.add_argument("--recipe", metavar="R", help="with the changes of this recipe; minigan recipes lists them")
    parser.add_argument(
        "--image-size", metavar="S", help="32, or 32x48, the height and the width; default: the preset's"
    )
    parser.add_argument("--channels", type=int, default=1, help="1 (default) or 3")


def run(args: Namespace) -> int:
    if args.preset is None and args.recipe is None:
        print(listings.presets(GO_ON))
        return 0
    from minigan.recipes.inspect import summary
    from minigan.recipes.settings import Settings

    preset = args.preset or Settings(recipe=args.recipe, plugin=args.plugin).resolved().preset
    print(summary(preset, args.image_size, args.channels, args.recipe, args.plugin))
    return 0
