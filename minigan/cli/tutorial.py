"""`minigan tutorial`: the ladder of notebooks, and one of them in a browser tab."""

HELP = "the tutorials: list them, or open one in Jupyter"
EXAMPLES = """examples:
  minigan tutorial             all of them: how long each takes, and what one will build
  minigan tutorial 03          open number 03 in JupyterLab"""


def add(parser):
    parser.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="the one to open; default: list them")


def run(args):
    from minigan.lessons import ladder

    if args.number is not None:
        return ladder.open_in_jupyter(ladder.find(args.number))
    print(ladder.contents())
    print("\nminigan tutorial NUMBER opens one; minigan exercise start ex01 DIR hands out its exercise")
    return 0
