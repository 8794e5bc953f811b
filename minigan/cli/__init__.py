"""The command line: arguments in, calls out. One file for each command; nothing heavy is imported before it is needed,
so that --help is instant."""

from minigan.cli.main import run
