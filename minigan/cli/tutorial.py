"""`minigan tutorial`: the tutorials: list them, or open one in Jupyter.

examples:
  minigan tutorial             all of them: how long each takes, and what one will build
  minigan tutorial 03          a copy of number 03 in the folder tutorials-work, opened in JupyterLab
  minigan tutorial 03 mine     the copy in the folder mine; one that is there already stays as it is
  minigan tutorial 03 --no-browser --port 8890     for another machine's browser: the address is printed
"""

from argparse import ArgumentParser, Namespace


def add(parser: ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="the one to open; default: list them")
    parser.add_argument("--no-browser", action="store_true", help="open no browser: JupyterLab is told so")
    parser.add_argument("--port", type=int, metavar="P", help="of JupyterLab, 1 to 65535 (default 8888, or the next)")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="where your copy is (default: tutorials-work)")


def run(args: Namespace) -> int:
    from minigan.lessons import ladder

    if args.number is not None:
        options = dict(browser=not args.no_browser, port=args.port)
        return ladder.open_in_jupyter(ladder.find(args.number), args.folder or ladder.WORK, **options)
    if args.no_browser or args.port:
        raise ValueError("--no-browser and --port go with the number of a tutorial; say which, such as 00")
    print(ladder.contents())
    print("\nminigan tutorial NUMBER opens one; minigan exercise start ex01 DIR hands out its exercise")
    return 0
