"""`minigan bench`: how long the training step takes."""

HELP = "time the training step, layer by layer, alone or against PyTorch"
EXAMPLES = """examples:
  minigan bench                                 the training step of paper32, layer by layer
  minigan bench --preset quick --threads 1
  minigan bench --against torch                 in turns with PyTorch (pip install -e ".[bench]")"""


def add(parser):
    parser.add_argument("--preset", metavar="PRESET", default="paper32", help="default paper32")
    parser.add_argument("--batch-size", type=int, metavar="B", help="default: the preset's")
    parser.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    parser.add_argument("--steps", type=int, default=10, metavar="N", help="steps in a round (default 10)")
    parser.add_argument("--threads", type=int, metavar="T", help="default: as many as cores")
    parser.add_argument("--against", metavar="WHOM", help="torch: alternate with PyTorch, the better of its two modes")
    parser.add_argument("--json", action="store_true", help="the numbers, for programs")


def run(args):
    import json

    from minigan.report.bench import as_text, bench

    result = bench(args.preset, args.batch_size, args.image_size, args.steps, args.threads, args.against)
    print(json.dumps(result, indent=2) if args.json else as_text(result))
    return 0
