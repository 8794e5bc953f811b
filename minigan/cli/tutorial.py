"""`minigan tutorial`: the tutorials: list them, or open one in Jupyter.

examples:
  minigan tutorial             all of them: how long each takes, and what one will build
  minigan tutorial 03          a copy of number 03 in the folder tutorials-work, opened in JupyterLab
  minigan tutorial 03 mine     the copy in the folder mine; one that is there already stays as it is
"""

from argparse import ArgumentParser, Namespace


def add(parser: ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="the one to open; default: list them")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="where your copy is (default: tutorials-work)")


def run(args: Namespace) -> int:
    from minigan.lessons import ladder

    if args.number is not None:
        return ladder.open_in_jupyter(ladder.find(args.number), args.folder or ladder.WORK)
    print(ladder.contents())
    print("\nminigan tutorial NUMBER opens one; minigan exercise start ex01 DIR hands out its exercise")
    return 0
