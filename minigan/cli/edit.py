"""`minigan edit`: what a finished generator is good for: find the noise of a picture, repair, denoise, enlarge, walk
from picture to picture, find directions in the noise, tell the odd one out; and apply an enhancer.

examples:
  minigan edit                                                        the runs, a line each, the newest last
  minigan edit runs/digits-projection-1 find                          16 held-out digits, and what G makes of them
  minigan edit runs/digits-projection-1 repair --mask right           their right half is hidden; --mask box, FILE.png
  minigan edit runs/digits-projection-1 denoise --sigma 0.5
  minigan edit runs/digits-projection-1 enlarge --factor 4            from 7 x 7 to 28 x 28
  minigan edit runs/digits-projection-1 repair my.png --mask left --out mended   pictures of yours; --invert, --fit
  minigan edit runs/digits-projection-1 walk three.png seven.png      from one to the other, through their noises
  minigan edit runs/digits-lazy-r1-1 directions                       along which pictures change in one way
  minigan edit runs/digits-lazy-r1-2 odd                              of a run with train --without-class 7
  minigan edit runs/digits-enhance-1 enhance                          held-out pictures made worse, and better again
  minigan edit runs/digits-projection-1 benchmark                     200 held-out digits, beside other methods

Each writes picture.png, found.npz and table.json into RUN/edit/VERB, or into --out.
"""

from argparse import ArgumentParser, Namespace

from minigan.cli import listings
from minigan.cli.options import add_shared

LIST = "pictures"
VERBS = "find, repair, denoise, enlarge, walk, directions, odd, enhance, benchmark"
GO_ON = f"minigan edit RUN VERB works with one of them: {VERBS}"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a run of pictures; default: list them")
    parser.add_argument("verb", metavar="VERB", nargs="?", help=f"{VERBS}; enhance is for a run of --recipe enhance")
    parser.add_argument("pictures", metavar="PICTURES", nargs="*", help="picture files or folders of yours; default: "
                        "pictures of the run's test split")  # fmt: skip
    parser.add_argument("--held-out", type=int, metavar="N", help="so many pictures of the test split, drawn by the "
                        "seed (default 16; benchmark 200; odd all)")  # fmt: skip
    parser.add_argument("--out", metavar="DIR", help="folder for the results (default RUN/edit/VERB)")
    parser.add_argument("--seed", type=int, default=0, help="of the starts, masks, noise and pictures (default 0)")
    what = parser.add_argument_group("what is done")
    what.add_argument("--mask", metavar="M", help="repair: what is hidden: left, right (default), top, bottom, box, "
                      "random:0.8, or a picture whose black pixels (below 128) are hidden")  # fmt: skip
    what.add_argument("--blend", metavar="HOW", help="repair: poisson (default: no seam) or paste")
    what.add_argument("--sigma", type=float, help="denoise: deviation of the noise, where white is 1 (default 0.5)")
    what.add_argument("--factor", type=int, metavar="F", help="enlarge: how many times (default 4)")
    what.add_argument("--frames", type=int, metavar="F", help="walk: pictures from each to the next (default 8)")
    what.add_argument("--count", type=int, metavar="K", help="directions: how many (default 8)")
    what.add_argument("--class", dest="classes", metavar="CLASS", help="the class of all pictures, where G is told it "
                      "(default: all are tried)")  # fmt: skip
    how = parser.add_argument_group("the search")
    how.add_argument("--starts", type=int, metavar="S", help="noises that the search of each picture starts from "
                     "(default 40)")  # fmt: skip
    how.add_argument("--steps", type=int, metavar="T", help="steps of the search (default 150)")
    how.add_argument("--error", metavar="E", help="squared (default), absolute or charbonnier")
    how.add_argument("--prior", type=float, metavar="W", help="weight of |z|^2: how much a likely z counts beside a "
                     "near picture (default: as the task has it; repair 4)")  # fmt: skip
    how.add_argument("--realism", type=float, metavar="W", help="weight of D's opinion (default 0)")
    own = parser.add_argument_group("pictures of yours")
    own.add_argument("--fit", help="of another shape: crop (default), pad or stretch")
    own.add_argument("--background", metavar="COLOUR", help="under transparent parts, around padded ones")
    own.add_argument("--invert", action="store_true", help="black for white: ink on paper")
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    add_shared(parser, "--json", "--quiet")


def run(args: Namespace) -> int:
    if args.run is None:
        print(listings.runs(GO_ON))
        return 0
    if args.verb is None:
        raise ValueError(f"what shall be done with {args.run}? {VERBS}; see minigan edit --help")
    import json

    from minigan.recipes.edit_run import Wish, edit_run

    wish = {name: value for name, value in vars(args).items() if name in Wish.__dataclass_fields__}
    made = edit_run(args.run, args.verb, out=args.out, seed=args.seed, data_dir=args.data_dir,
                    progress=not args.quiet, **wish)  # fmt: skip
    if args.json:
        print(json.dumps([part.as_dict() for part in made], indent=2, allow_nan=False))
    else:
        print("\n\n".join(part.text() for part in made))
        each = " (one of each for every task)" if len(made) > 1 else ""
        print(f"written: picture.png, found.npz{each}, table.json in {args.out or f'{args.run}/edit/{args.verb}'}")
    return 0
