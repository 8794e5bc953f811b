"""How long the notebooks train: in full, or a few steps if the environment variable MINIGAN_FAST is set."""

import os

FAST = os.environ.get("MINIGAN_FAST", "0") not in ("", "0")


def steps(full: int, fast: int) -> int:
    """The number of training steps: `full`, or `fast` if MINIGAN_FAST is set: steps(2000, fast=20)."""
    return fast if FAST else full
