"""`minigan gradcheck`: compare a layer's gradients with finite differences, and say what is wrong.

examples:
  minigan gradcheck                                   what can be checked by name, a line each
  minigan gradcheck conv2d                            a layer of minigan, by name
  minigan gradcheck conv2d --kwargs 'stride=(2,1) padding=valid' --input 4,9,8,2
  minigan gradcheck --all                             everything in minigan, as a table
  minigan gradcheck my_layers.py                      every layer in a file of yours
  minigan gradcheck my_layers.py::MyConv2D --kwargs 'stride=2' --input 3,7,6,2
  minigan gradcheck my_gan.py                         or the functions d_step and g_step in it
  minigan gradcheck conv2d --double                   its double_backward
  minigan gradcheck my_layers.py --watch              again whenever you save
  minigan gradcheck my_layers.py --html report.html   with heat maps of the gradients
  minigan gradcheck --quiz                            a broken layer to diagnose
  minigan gradcheck --quiz 17 --answer transposed     is that what was wrong with number 17?

exit code: 0 right, 1 wrong, 2 could not check, 130 Ctrl-C
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from textwrap import fill
from typing import Any

from minigan.cli.one_line import one_line

# Findings that say that there was nothing to compare; with no derivative checked besides, the exit code is 2.
NOTHING_TO_COMPARE = {"not-checked", "signature", "returns", "raises", "params", "shape", "nan"}


def add(parser: ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="WHAT", help="a name such as conv2d, or FILE.py, or FILE.py::CLASS")
    parser.add_argument("--all", action="store_true", help="check everything in minigan")
    parser.add_argument("--kwargs", metavar="TEXT", help="arguments of the class: 'stride=2 padding=valid'")
    parser.add_argument("--input", metavar="SIZES", help="the input's shape, batch first: 3,7,6,2")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the random numbers (default 0)")
    parser.add_argument("--tolerance", type=float, metavar="T", help="largest relative error that is right (1e-6)")
    parser.add_argument("--double", action="store_true", help="check double_backward, the second order, of a layer")
    parser.add_argument("--watch", action="store_true", help="check again whenever the file is saved, until Ctrl-C")
    parser.add_argument("--html", metavar="FILE", help="write a page with heat maps, to be opened in a browser")
    quiz = parser.add_argument_group("quiz")
    quiz.add_argument("--quiz", nargs="?", type=int, const=0, metavar="N", help="hand out number N, or a random one")
    quiz.add_argument("--kind", metavar="KIND", help="of the random one: layer, loss, optimizer, ...")
    quiz.add_argument("--out", metavar="FILE", help="write its code to a file, not to the screen; never over one")
    quiz.add_argument("--answer", metavar="CODE", help="mark this answer to number N: exit code 0 right, 1 wrong")
    quiz.add_argument("--reveal", action="store_true", help="tell what is wrong with number N")


def run(args: Namespace) -> int | None:
    from minigan.gradcheck.files.watch import saves

    refuse_what_does_not_fit(args)
    if args.quiz is not None:
        return asked(args)
    if args.what is None and not args.all:
        print(names())
        return 0
    if not args.watch:
        return shown(args, checked(args))
    for _ in saves(args.what.partition("::")[0]):
        watched(args)


def refuse_what_does_not_fit(args: Namespace) -> None:
    """Raise ValueError for options that contradict each other."""
    if args.quiz is None and (args.answer or args.reveal or args.kind or args.out):
        raise ValueError("--answer, --reveal, --kind and --out are for --quiz; say which: --quiz 17 --answer CODE")
    if args.quiz == 0 and (args.answer or args.reveal):
        raise ValueError("--answer and --reveal need the number of the quiz: --quiz 17 --answer CODE")
    if args.quiz is not None and (args.what or args.all or args.watch or args.kwargs or args.input):
        raise ValueError("--quiz goes with --kind, --seed, --out, --html, --answer and --reveal alone")
    of_one = args.kwargs or args.input or args.double or args.watch or args.html
    if args.quiz is None and (args.all and args.what or not args.all and not args.what and of_one):
        raise ValueError("expected one thing to check, such as conv2d or my_layers.py, or --all; see the examples in "
                         "minigan gradcheck --help")  # fmt: skip
    if args.all and (args.kwargs or args.input or args.double):
        raise ValueError("--kwargs, --input and --double are for one layer; leave out --all")
    if args.watch and not is_file(args.what):
        raise ValueError("--watch is for a file of yours, such as my_layers.py")
    if args.seed is not None and args.seed < 0:
        raise ValueError(f"--seed must be at least 0, got {args.seed}")
    if args.tolerance is not None and not 0 < args.tolerance < 1:
        raise ValueError(f"--tolerance must be between 0 and 1, got {args.tolerance}")


def is_file(what: str | None) -> bool:
    """Whether it is meant as a file; all names in minigan are plain words."""
    return what is not None and any(sign in what for sign in "./\\:")


def checked(args: Namespace) -> list:
    """The reports."""
    from minigan.gradcheck.core.arguments import parse_kwargs, parse_shape
    from minigan.gradcheck.files.builtin import check_builtin

    kwargs, shape = parse_kwargs(args.kwargs or ""), parse_shape(args.input) if args.input else None
    seed = args.seed or 0
    if args.all:
        return [check_builtin(name, None, None, seed, args.tolerance, cases()) for name in cases()]
    if not is_file(args.what):
        return [check_builtin(args.what, kwargs, shape, seed, args.tolerance, cases(args.double))]
    from minigan.gradcheck.files.student import check_file

    return check_file(args.what, kwargs, shape, seed, args.tolerance, args.double)


def cases(double: bool = False) -> dict:
    """All that can be checked by name: what the check's own floor knows, and the game, which is above it; with `double`
    the layers' double_backward."""
    from dataclasses import replace

    from minigan.gan import d_step, g_step
    from minigan.gradcheck.files.builtin import CASES, Case

    if double:
        return {name: replace(case, kind="double-backward") for name, case in CASES.items() if case.kind == "layer"}
    return CASES | {"gan-step": Case("game", kwargs={"d_step": d_step, "g_step": g_step})}


def names() -> str:
    """All that can be checked by name, by kind."""
    kinds: dict[str, list[str]] = {}
    for name, case in cases().items():
        kinds.setdefault(case.kind, []).append(name)
    lines = [
        fill(f"{kind}: {', '.join(found)}", 110, subsequent_indent="  ", break_on_hyphens=False)
        for kind, found in kinds.items()
    ]
    return "\n".join(
        [*lines, "", "minigan gradcheck NAME checks one of them, --all checks all; FILE.py: your own layers"]
    )


def shown(args: Namespace, reports: list) -> int:
    """Print the reports, write the page -> the exit code."""
    from minigan.gradcheck.show.colour import painted, wanted

    text = painted if wanted(sys.stdout) else str
    if args.all:
        from minigan.gradcheck.show.page import table_of

        print(table_of(reports))
    for k, report in enumerate(report for report in reports if not (args.all and report.ok)):
        print(("\n" if k or args.all else "") + text(report))
        if nothing_compared(report) and report.verdict == "WRONG":
            print("  nothing could be compared so far: mend this first")
    if args.html:
        from minigan.gradcheck.show.page import write_page

        write_page(args.html, reports)
        print(f"page: {args.html}")
    return exit_code(reports)


def exit_code(reports: list) -> int:
    """1 if anything is wrong, else 2 if anything could not be checked, else 0."""
    codes = {0 if report.ok else 2 if nothing_compared(report) else 1 for report in reports}
    return next(code for code in (1, 2, 0) if code in codes)


def nothing_compared(report: Any) -> bool:
    causes = {finding.cause for finding in report.findings}
    return report.verdict == "NOT CHECKED" or (report.checked == 0 and causes <= NOTHING_TO_COMPARE)


def watched(args: Namespace) -> None:
    """One round of --watch: an error in the file is told, and does not end it."""
    print(f"--- {time.strftime('%H:%M:%S')} {args.what}, again whenever you save; Ctrl-C ends ---")
    try:
        shown(args, checked(args))
    except (ValueError, OSError) as error:
        print(f"minigan: error: {one_line(error)}", file=sys.stderr)
    print(flush=True)


def asked(args: Namespace) -> int:
    """--quiz: hand out, mark, or tell -> the exit code."""
    from minigan.lessons.clinic.quiz import drawn, handed_out, marked, puzzle, revealed

    number = args.quiz or drawn(args.kind, args.seed)
    if args.answer:
        right, words = marked(number, args.answer)
        print(words)
        return 0 if right else 1
    if args.reveal:
        print(revealed(number))
        return 0
    above, below = handed_out(number, args.out)
    print(above, end="\n\n")
    shown(args, [puzzle(number)])
    print("", below, sep="\n")
    return 0
