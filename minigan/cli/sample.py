"""`minigan sample`: draw what a finished run has learnt: a picture, arrays, single pictures, sound, a walk.

examples:
  minigan sample                                                  the runs, a line each, the newest last
  minigan sample runs/digits-lazy-r1-1                             64 of them, into runs/digits-lazy-r1-1/drawn
  minigan sample runs/digits-lazy-r1-1 -n 100 --out grid.png --numbered
  minigan sample runs/digits-lazy-r1-1 -n 500 --out pictures/       one PNG each: 000000.png, 000001.png, ...
  minigan sample runs/digits-lazy-r1-1 --numbers 3,17,40-44 --out chosen.png
  minigan sample runs/digits-lazy-r1-1 --truncation 0.7 --out tidy.png
  minigan sample runs/digits-lazy-r1-1 --walk 8 --out walk.gif      through 8 noises and back; .png, .webp: smaller
  minigan sample runs/digits-lazy-r1-1 --walk --numbers 3,17,40 --frames 24 --path straight --out walk.webp
  minigan sample runs/digits-lazy-r1-1 -n 5000 --seed 7 --out samples.npz
  minigan sample runs/plucks-wavegan-1 -n 16 --out notes.wav        of signals: sound, one after the other
  minigan sample runs/plucks-wavegan-1 -n 16 --out sounds/          one .wav each

of a run that is told the class (minigan train --recipe projection):
  minigan sample runs/digits-projection-1 --class 7                 sevens; by name, too: --class cats
  minigan sample runs/digits-projection-1 --class all -n 12         a row for each class, the same noises in every row
  minigan sample runs/digits-projection-1 --class across            noise down, class across
  minigan sample runs/digits-projection-1 --class 3,7 -n 500 --out pictures/   a subfolder for each class
  minigan sample runs/digits-projection-1 --walk --class 3,7,1 --out walk.gif  from class to class, the noise stays
"""

from argparse import SUPPRESS, ArgumentParser, Namespace

from minigan.cli import listings

GO_ON = "minigan sample RUN draws from one of them; minigan evaluate RUN scores it"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a run; default: list those in runs/")
    out = (".png (a picture), .npz (arrays), .wav (sound), or a folder (single pictures or sounds); with --walk .gif, "
           ".png or .webp (default: a new file in RUN/drawn)")  # fmt: skip
    parser.add_argument("--out", metavar="PLACE", help=out)
    which = parser.add_argument_group("which samples: number k of a seed is always the same")
    many = ("numbers 0 to N - 1 (default 64 images or sounds, or 1000 points; on a walk 16 images side by side; with "
            "several classes 8 of each)")  # fmt: skip
    which.add_argument("-n", type=int, metavar="N", help=many)
    which.add_argument("--numbers", metavar="LIST", help="these numbers, such as 3,17,40-44")
    which.add_argument("--seed", type=int, default=0, help="seed of the noise (default 0)")
    truncation = ("draw each number of the noise again until it lies within plus and minus T, such as 0.7: samples get "
                  "better one by one, and less varied")  # fmt: skip
    which.add_argument("--truncation", type=float, metavar="T", help=truncation)
    classes = ("of this class, a name or number; all: a row for each class, of the same noises; across: a column for "
               "each; 3,7,1: these classes, or with --walk from class to class (default: each in turn)")  # fmt: skip
    which.add_argument("--class", metavar="CLASS", dest="classes", help=classes)
    which.add_argument("--label", dest="classes", help=SUPPRESS)  # its name in earlier versions
    standing = ("with batch norm statistics of B fresh batches of noise (default 16) in place of the running ones; for "
                "--truncation they are of truncated noise")  # fmt: skip
    which.add_argument("--standing", type=int, nargs="?", const=16, metavar="B", help=standing)
    which.add_argument("--code", type=int, metavar="K", help="all with the code K; for runs with --codes")
    how = parser.add_argument_group("how they are shown")
    zoom = ("enlarge images by this whole factor (default: to about 1000 pixels in all, 500 on a walk; single pictures "
            "are left as they are)")  # fmt: skip
    how.add_argument("--zoom", type=int, metavar="Z", help=zoom)
    rate = "of a .wav: steps a second (default: as the data set has it; an .npz file says none)"
    how.add_argument("--rate", type=int, metavar="HZ", help=rate)
    how.add_argument("--numbered", action="store_true", help="write the numbers below the images")
    how.add_argument("--force", action="store_true", help="write into a folder that is not empty")
    walk = parser.add_argument_group("a walk through the noise, or through classes: a closed loop")
    stops = "through S noises and back; alone: through those of --numbers, or through the classes of --class"
    walk.add_argument("--walk", type=int, nargs="?", const=0, metavar="S", help=stops)
    walk.add_argument("--frames", type=int, default=12, metavar="F", help="from each stop to the next (default 12)")
    path = "spherical (default): along the arc, as long as noise is; straight, as it always is from class to class"
    walk.add_argument("--path", metavar="WAY", dest="way", help=path)


def run(args: Namespace) -> int:
    if args.run is None:
        print(listings.runs(GO_ON))
        return 0
    from minigan.recipes.sample_run import Wish, sample_run

    wish = {name: value for name, value in vars(args).items() if name in Wish.__dataclass_fields__}
    print(sample_run(args.run, args.out, **wish))
    return 0
