"""`minigan exercise`: exercises that mark themselves: start one, check it, see your progress.

examples:
  minigan exercise                       all of them, a line each
  minigan exercise start ex03 work       puts ex03_conv.py into the folder work, never over a file
  minigan exercise check ex03 work       marks it: each task is done, wrong with a hint, not yet, or
                                         waits for an earlier one that is wrong
  minigan exercise check ex03 conv.py    or a file under another name
  minigan exercise progress work         marks all that are there, as a table

exit code: 0 all done (or listed), 1 something wrong or open, 2 wrong input
"""

import sys
from argparse import ArgumentParser, Namespace

from minigan.cli import listings

GO_ON = "minigan exercise start ex01 DIR puts one into the folder DIR; minigan exercise check ex01 DIR marks it"


def add(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="start | check | progress")
    for name, (_, help) in ACTIONS.items():
        action = actions.add_parser(name, help=help, description=help)
        if name != "progress":
            action.add_argument("exercise", metavar="EXERCISE", nargs="?", help="such as ex03; default: list them")
        action.add_argument("place", metavar="DIR", nargs="?", default=".", help="your folder (default: this one)")


def run(args: Namespace) -> int:
    if args.action is None or getattr(args, "exercise", "") is None:
        print(listings.exercises(GO_ON))
        return 0
    return ACTIONS[args.action][0](args)


def start(args: Namespace) -> int:
    from minigan.lessons import exercises

    number = exercises.number_of(args.exercise)
    file = exercises.start(number, args.place)
    print(f"{file}: fill in what raises NotImplementedError, then\nminigan exercise check ex{number:02} {args.place}")
    return 0


def check(args: Namespace) -> int:
    from minigan.gradcheck.show.colour import wanted
    from minigan.lessons import exercises
    from minigan.lessons.marking.runner import DONE, marking_of, marks, summary
    from minigan.lessons.marking.told import told

    number = exercises.number_of(args.exercise)
    marking, file, found = marking_of(number), exercises.find(number, args.place), []
    print(f"ex{number:02} {marking.TITLE} ({file})", flush=True)
    for mark in marks(file, marking.TASKS):
        print(told(mark, wanted(sys.stdout)), flush=True)
        found.append(mark)
    print(summary(found))
    return 0 if all(mark.verdict == DONE for mark in found) else 1


def progress(args: Namespace) -> int:
    from minigan.lessons import exercises
    from minigan.lessons.marking.runner import marking_of, progress_of

    found, done = exercises.started(args.place), True
    markings = {number: marking_of(number) for number in found}
    width = max(len(marking.TITLE) for marking in markings.values())
    for number, file in found.items():
        all_right, words = progress_of(file, markings[number].TASKS)
        print(f"ex{number:02}  {markings[number].TITLE:<{width}}  {words}", flush=True)
        done = done and all_right
    if others := [f"ex{number:02}" for number in exercises.known() if number not in found]:
        print(f"not started: {', '.join(others)}")
    return 0 if done else 1


ACTIONS = {
    "start": (start, "put a fresh copy of an exercise into a folder"),
    "check": (check, "mark an exercise, task by task"),
    "progress": (progress, "mark all exercises in a folder, as a table"),
}
