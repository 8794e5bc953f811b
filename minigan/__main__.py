"""`python -m minigan`, and the console script `minigan`."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from minigan.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
