"""`minigan bench`: time the training step, or each layer by itself, alone or against PyTorch.

examples:
  minigan bench                                 the training step of paper32, layer by layer
  minigan bench --preset quick --threads 1
  minigan bench --growth                        time and memory as the sizes grow, on one thread and on all
  minigan bench --kernels                       each layer's passes alone, at the shapes of all presets
  minigan bench --kernels --preset quick --against torch --processes 5
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
    parser.add_argument("--kernels", action="store_true", help="each layer alone, at the shapes of all presets")
    parser.add_argument("--processes", type=int, metavar="P", help="P fresh processes (default: 1, of --kernels 10)")
    add_shared(parser, "--json", "--help-all")
    add_options(
        parser, ["recipe"], groups=(*GAME, "of plugins"),
        preset={"help": "which networks (default: the recipe's, or paper32)"},
        image_size={"help": "default: the preset's"},
        steps={"help": f"steps in a round (default: {DURATIONS['round']})"},
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Measure one of the three, and write its table or its JSON."""
    choices = choices_of(args, but=("preset", "batch_size", "image_size", "steps"))
    measure = time_growth if args.growth else time_kernels if args.kernels else time_step
    result, text = measure(args, choices)
    print(json.dumps(result, indent=2) if args.json else text(result))
    return 0


def time_growth(args: Namespace, choices: dict) -> tuple:
    """Time and memory as the sizes grow -> the result, and the function that makes the table of it."""
    from minigan.bench.stopwatch import growth, growth_as_text

    if choices or args.against or args.batch_size or args.image_size or args.kernels:
        raise ValueError("--growth goes through all sizes of the plain game; leave out --against, --kernels, the "
                         "sizes, and what makes another game")  # fmt: skip
    if args.processes is not None:
        raise ValueError("--growth measures each size in a process of its own; leave out --processes")
    threads = args.threads and [args.threads]
    return growth(args.preset, threads=threads, steps=args.steps or 3), growth_as_text


def time_kernels(args: Namespace, choices: dict) -> tuple:
    """Each layer alone."""
    from minigan.bench.kernels import bench_kernels, kernels_as_text

    if args.steps is not None:
        raise ValueError("--steps counts training steps, and --kernels runs none; leave it out, or use --processes")
    result = bench_kernels(args.preset, args.batch_size, args.image_size, args.threads, args.against, args.processes,
                           say=lambda line: print(line, file=sys.stderr, flush=True), **choices)  # fmt: skip
    return result, kernels_as_text


def time_step(args: Namespace, choices: dict) -> tuple:
    """The training step."""
    from minigan.bench.stopwatch import as_text, bench

    if not (args.preset or args.recipe):
        from minigan.models import PRESETS

        print(f"timing preset paper32; --preset takes {', '.join(PRESETS)}, --recipe a name out of minigan recipes",
              file=sys.stderr)  # fmt: skip
    processes = 1 if args.processes is None else args.processes
    sizes = args.batch_size, args.image_size
    return bench(args.preset, *sizes, args.steps, args.threads, args.against, processes, **choices), as_text
