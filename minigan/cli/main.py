"""The command line as a whole: the parser put together from the commands, and errors as one line."""

import argparse
import os
import sys

from minigan.cli import bench, compare, data, evaluate, exercise, gradcheck, recipes, sample, summary, train, tutorial

# Each is a module with HELP (one line), EXAMPLES, add(parser) and run(args) -> exit code.
COMMANDS = {
    "train": train,
    "recipes": recipes,
    "sample": sample,
    "evaluate": evaluate,
    "compare": compare,
    "data": data,
    "summary": summary,
    "bench": bench,
    "gradcheck": gradcheck,
    "tutorial": tutorial,
    "exercise": exercise,
}

EXAMPLES = """examples:
  minigan train                               a DCGAN on the bundled digits, about two minutes
  minigan train --data ring                   points on a ring, about half a minute
  minigan train --data ring --recipe r3gan    the same by another game; minigan recipes lists them
  minigan sample runs/digits-quick-1 -n 64    fresh digits from a finished run
  minigan evaluate runs/digits-quick-1        how good is it? FID and other scores, beside those of real images
  minigan summary quick                       the networks, layer by layer
  minigan gradcheck my_layers.py              is the backward pass right, and if not, what is wrong?
  minigan tutorial                            lessons, from the chain rule to a GAN that works; and exercises"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message):
        self.exit(2, f"minigan: error: {message}; see {self.prog} --help\n")


def parser():
    """The argument parser."""
    layout = argparse.RawDescriptionHelpFormatter
    top = Parser(
        prog="minigan",
        description="Generative adversarial networks from scratch: every gradient derived by hand.",
        epilog=EXAMPLES,
        formatter_class=layout,
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, module in COMMANDS.items():
        help, examples = module.HELP, module.EXAMPLES
        module.add(commands.add_parser(name, help=help, description=help, epilog=examples, formatter_class=layout))
    return top


def run(argv):
    """Run one command -> its exit code: 0 done, 1 a training that met a NaN, a gradient that is wrong, an exercise that
    is not done, 2 wrong input, 130 Ctrl-C."""
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
        return COMMANDS[args.command].run(args)
    except KeyboardInterrupt as stop:
        print(" ".join(["minigan: interrupted", *map(str, stop.args)]), file=sys.stderr)
        return 130
    except BrokenPipeError:  # `minigan ... | head`: nobody reads on, and that is no mistake
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
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
