"""`minigan bench`: how long the training step takes."""

HELP = "time the training step, layer by layer, alone or against PyTorch"
EXAMPLES = """examples:
  minigan bench                                 the training step of paper32, layer by layer
  minigan bench --preset quick --threads 1
  minigan bench --growth                        time and memory as the sizes grow, on one thread and on all
  minigan bench --against torch                 in turns with PyTorch (pip install -e ".[bench]")
  minigan bench --loss wasserstein --penalty wgan-gp:10 --k 5 --against torch"""


def add(parser):
    parser.add_argument("--preset", metavar="PRESET", default="paper32", help="default paper32")
    parser.add_argument("--batch-size", type=int, metavar="B", help="default: the preset's")
    parser.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    parser.add_argument("--loss", metavar="LOSS", help="default: non-saturating, for all presets alike")
    parser.add_argument(
        "--penalty", metavar="P", action="append", help="NAME:WEIGHT[:EVERY], as r1:1.0; may be repeated"
    )
    parser.add_argument("--k", type=int, metavar="K", help="steps of D for each of G (default 1)")
    parser.add_argument("--optimizer", metavar="RULE", help="default adam")
    parser.add_argument("--clip", type=float, metavar="C", help="keep D's weights within plus and minus C")
    parser.add_argument("--spectral-norm", action="store_true", default=None, help="of D's layers")
    parser.add_argument("--steps", type=int, metavar="N", help="steps in a round (default: about two seconds)")
    parser.add_argument("--threads", type=int, metavar="T", help="default: as many as cores")
    parser.add_argument("--against", metavar="WHOM", help="torch: alternate with PyTorch, the better of its two modes")
    parser.add_argument("--growth", action="store_true", help="how the cost grows with batch, image size and width")
    parser.add_argument("--json", action="store_true", help="the numbers, for programs")


def run(args):
    import json

    from minigan.report.bench import RULES, as_text, bench, growth, growth_as_text

    rules = {name: getattr(args, name) for name in RULES}
    if args.growth:
        if args.against or args.batch_size or args.image_size or any(value is not None for value in rules.values()):
            raise ValueError("--growth goes through all sizes of the plain game; leave out --against, --batch-size, "
                             "--image-size, --loss, --penalty and the like")  # fmt: skip
        result, text = (
            growth(args.preset, threads=args.threads and [args.threads], steps=args.steps or 3),
            growth_as_text,
        )
    else:
        result = bench(args.preset, args.batch_size, args.image_size, args.steps, args.threads, args.against, **rules)
        text = as_text
    print(json.dumps(result, indent=2) if args.json else text(result))
    return 0
