"""`minigan bench`: time the training step, layer by layer, alone or against PyTorch.

examples:
  minigan bench                                 the training step of paper32, layer by layer
  minigan bench --preset quick --threads 1
  minigan bench --growth                        time and memory as the sizes grow, on one thread and on all
  minigan bench --against torch                 in turns with PyTorch (pip install -e ".[bench]")
  minigan bench --recipe wgan-gp --against torch
  minigan bench --loss wasserstein --penalty wgan-gp:10 --k 5 --against torch
--help-all shows all flags
"""

import json
import sys
from argparse import ArgumentParser, Namespace

from minigan.cli.options import GAME, add_options, add_shared, choices_of
from minigan.durations import DURATIONS


def add(parser: ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, metavar="T", help="default: as many as cores")
    parser.add_argument("--against", metavar="WHOM", help="torch: alternate with PyTorch, the better of its two modes")
    parser.add_argument("--growth", action="store_true", help="how the cost grows with batch, image size and width")
    add_shared(parser, "--json", "--help-all")
    add_options(
        parser, ["recipe"], groups=(*GAME, "of plugins"),
        preset={"help": "which networks (default: the recipe's, or paper32)"},
        image_size={"help": "default: the preset's"},
        steps={"help": f"steps in a round (default: {DURATIONS['round']})"},
    )  # fmt: skip


def run(args: Namespace) -> int:
    from minigan.bench.stopwatch import as_text, bench, growth, growth_as_text

    if not (args.preset or args.recipe or args.growth):
        from minigan.models import PRESETS

        print(f"timing preset paper32; --preset takes {', '.join(PRESETS)}, --recipe a name out of minigan recipes",
              file=sys.stderr)  # fmt: skip
    choices = choices_of(args, but=("preset", "batch_size", "image_size", "steps"))
    if args.growth:
        if choices or args.against or args.batch_size or args.image_size:
            raise ValueError("--growth goes through all sizes of the plain game; leave out --against, the sizes, and "
                             "what makes another game")  # fmt: skip
        result = growth(args.preset, threads=args.threads and [args.threads], steps=args.steps or 3)
        text = growth_as_text
    else:
        result = bench(args.preset, args.batch_size, args.image_size, args.steps, args.threads, args.against, **choices)
        text = as_text
    print(json.dumps(result, indent=2) if args.json else text(result))
    return 0
