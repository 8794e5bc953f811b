"""How long things take, in words, on two cores: measured, and written down once. What --help, the presets and the
README say of it is read from here, or held against it by a test."""

DURATIONS = {
    "train": "about two minutes",  # minigan train, with all its defaults
    "ring": "about half a minute",  # minigan train --data ring
    "evaluate": "about ten seconds",  # minigan evaluate RUN, of a run on the bundled digits
    "loop": "about a minute",  # the 15 lines of the README, and what lesson 00 trains
    "round": "about two seconds",  # of minigan bench
}
