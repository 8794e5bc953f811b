"""The command line: arguments in, calls out. Nothing heavy is imported before it is needed: --help is instant."""

import argparse
import sys

EXAMPLES = {
    None: """examples:
  minigan train                               a DCGAN on the bundled digits, about two minutes
  minigan train --data ring                   points on a ring, about half a minute
  minigan sample runs/digits-quick-1 -n 64    fresh digits from a finished run
  minigan summary quick                       the networks, layer by layer""",
    "train": """examples:
  minigan train
  minigan train --data mnist --preset paper32 --steps 2000 --out runs/mine
  minigan train --data folder:my-pictures --image-size 32 --fit crop --flip
  minigan train --resume --out runs/mine --steps 4000""",
    "sample": """examples:
  minigan sample runs/digits-quick-1 -n 100 --out grid.png
  minigan sample runs/digits-quick-1 -n 5000 --seed 7 --out samples.npz""",
    "data": """examples:
  minigan data digits
  minigan data folder:my-pictures --image-size 32 --fit pad --out pictures.png""",
    "summary": """examples:
  minigan summary quick
  minigan summary paper32 --channels 3""",
    "bench": """examples:
  minigan bench                                 the training step of paper32, layer by layer
  minigan bench --preset quick --threads 1
  minigan bench --against torch                 in turns with PyTorch (pip install -e ".[bench]")""",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message):
        self.exit(2, f"minigan: error: {message}; see {self.prog} --help\n")


def parser():
    """The argument parser."""
    top = Parser(
        prog="minigan",
        description="Generative adversarial networks from scratch: every gradient derived by hand.",
        epilog=EXAMPLES[None],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def command(name, help):
        return commands.add_parser(
            name, help=help, description=help, epilog=EXAMPLES[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip

    add_train(command("train", "train a GAN; everything it makes goes to one folder"))
    add_sample(command("sample", "draw fresh samples from a finished run"))
    add_data(command("data", "show a batch before and after preprocessing, and what cleaning found"))
    add_summary(command("summary", "the networks of a preset, layer by layer"))
    add_bench(command("bench", "time the training step, layer by layer, alone or against PyTorch"))
    return top


def add_data_options(p):
    """The options that say which data, and how it is brought into shape."""
    p.add_argument("--split", help="train (default), test or all")
    p.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    p.add_argument("--image-size", type=int, metavar="S", help="height and width to bring images to, a multiple of 4")
    p.add_argument("--channels", type=int, help="1 (grey) or 3 (colour); default: as the data has it")
    p.add_argument("--fit", help="bring images of mixed sizes to one: pad, crop or stretch")


def add_train(p):
    p.add_argument("--data", metavar="D", help="digits (default), mnist, fashion-mnist, folder:PATH, npz:FILE, ring, "
                   "grid, swiss-roll")  # fmt: skip
    add_data_options(p)
    p.add_argument("--preset", metavar="P", help="quick (default), paper32 or mlp (default for points)")
    p.add_argument("--steps", type=int, metavar="N", help="generator steps in all")
    p.add_argument("--batch-size", type=int, metavar="B", help="samples in a batch")
    p.add_argument("--seed", type=int, metavar="S", help="seed of all randomness (default 0)")
    p.add_argument("--out", metavar="DIR", help="the run's folder (default runs/<data>-<preset>-<number>)")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out, or of the newest run")
    p.add_argument("--loss", help="non-saturating (default) or minimax")
    p.add_argument("--smooth", type=float, help="target for real images: 1, or 0.9 for one-sided label smoothing")
    p.add_argument("--optimizer", help="adam (default), rmsprop, momentum or sgd, for both players")
    p.add_argument("--lr", type=float, help="learning rate of both players")
    p.add_argument("--beta1", type=float, help="Adam's first decay rate")
    p.add_argument("--k", type=int, help="discriminator steps per generator step (default 1)")
    p.add_argument("--z-dim", type=int, metavar="N", help="numbers of noise that a sample is made from")
    p.add_argument("--fresh-noise", action="store_true", default=None,
                   help="new noise for G's step, as in the paper; default: the noise of D's step again")  # fmt: skip
    p.add_argument("--dropout", type=float, metavar="RATE", help="dropout after D's activations")
    p.add_argument("--shift", type=int, metavar="PIXELS", help="augmentation: shift by up to so many pixels")
    p.add_argument("--rotate", type=float, metavar="DEGREES", help="augmentation: rotate by up to so many degrees")
    p.add_argument("--flip", action="store_true", default=None, help="augmentation: mirror left and right")
    p.add_argument("--sample-every", type=int, metavar="N", help="steps between pictures")
    p.add_argument("--checkpoint-every", type=int, metavar="N", help="steps between checkpoints")
    p.add_argument("--quiet", action="store_true", help="no progress bar")


def add_sample(p):
    p.add_argument("run", metavar="RUN", help="the folder of a run")
    p.add_argument("-n", type=int, default=64, help="how many (default 64)")
    p.add_argument("--seed", type=int, default=0, help="seed of the noise (default 0)")
    p.add_argument("--out", metavar="FILE", default="samples.png", help=".png or .npz (default samples.png)")


def add_data(p):
    p.add_argument("data", metavar="NAME", help="as for train --data")
    add_data_options(p)
    p.add_argument("--out", metavar="FILE", help="the picture to write (default data-NAME.png)")
    p.add_argument("--seed", type=int, default=0, help="which images are shown (default 0)")


def add_summary(p):
    p.add_argument("preset", metavar="PRESET", help="quick, paper32 or mlp")
    p.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    p.add_argument("--channels", type=int, default=1, help="1 (default) or 3")


def add_bench(p):
    p.add_argument("--preset", metavar="PRESET", default="paper32", help="default paper32")
    p.add_argument("--batch-size", type=int, metavar="B", help="default: the preset's")
    p.add_argument("--image-size", type=int, metavar="S", help="default: the preset's")
    p.add_argument("--steps", type=int, default=10, metavar="N", help="steps in a round (default 10)")
    p.add_argument("--threads", type=int, metavar="T", help="default: as many as cores")
    p.add_argument("--against", metavar="WHOM", help="torch: alternate with PyTorch, the better of its two modes")
    p.add_argument("--json", action="store_true", help="the numbers, for programs")


def run(argv):
    """Run one command -> exit code: 0 done, 1 a training that met a NaN, 2 wrong input, 130 Ctrl-C."""
    top = parser()
    args = top.parse_args(argv)
    if args.version:
        import minigan

        print(f"minigan {minigan.__version__}")
        return 0
    if args.command is None:
        top.print_help()
        return 0
    try:
        return COMMANDS[args.command](args)
    except KeyboardInterrupt:
        print("minigan: interrupted", file=sys.stderr)
        return 130
    except (ValueError, OSError, MemoryError) as error:
        print(f"minigan: error: {one_line(error)}", file=sys.stderr)
        return 1 if type(error).__name__ == "Diverged" else 2


def one_line(error):
    """The error as one line, with the file's name and, for a full disk, the fix."""
    import errno

    if isinstance(error, MemoryError):
        return f"not enough memory ({error}); use a smaller --batch-size or --image-size"
    if isinstance(error, OSError) and error.filename:
        fix = {
            errno.ENOSPC: "; the disk is full: free some space, or write elsewhere with --out",
            errno.EDQUOT: "; the disk quota is used up: free some space, or write elsewhere with --out",
            errno.EFBIG: "; the file would be larger than this system allows: write elsewhere with --out",
        }.get(error.errno, "")
        return f"cannot read or write {error.filename}: {error.strerror}{fix}"
    return " ".join(str(error).split("\n"))


def command_train(args):
    from minigan.recipes import Settings, train

    names = [name for name in Settings.__dataclass_fields__ if getattr(args, name, None) is not None]
    settings = Settings(**{name: getattr(args, name) for name in names})
    path, finished = train(settings, out=args.out, resume=args.resume, given=names, progress=not args.quiet)
    print(path / "final.png")
    return 0 if finished else 130


def command_sample(args):
    from minigan.recipes.sampling import sample_run

    sample_run(args.run, args.n, args.seed, args.out)
    print(args.out)
    return 0


def command_data(args):
    from minigan.recipes.inspect import show_data

    split = args.split or "train"
    print(
        show_data(
            args.data, split, args.data_dir, args.image_size, args.channels, args.fit, seed=args.seed, out=args.out
        )
    )
    return 0


def command_summary(args):
    from minigan.recipes.inspect import summary

    print(summary(args.preset, args.image_size, args.channels))
    return 0


def command_bench(args):
    import json

    from minigan.report.bench import as_text, bench

    result = bench(args.preset, args.batch_size, args.image_size, args.steps, args.threads, args.against)
    print(json.dumps(result, indent=2) if args.json else as_text(result))
    return 0


COMMANDS = {
    "train": command_train,
    "sample": command_sample,
    "data": command_data,
    "summary": command_summary,
    "bench": command_bench,
}
