"""Which processor this is: what config.json of a run says of the machine.

A run gives the same bits again on the same kind of processor with as many threads. Elsewhere sums are cut differently,
or rounded once instead of twice.
"""

import ctypes
import ctypes.util
import functools
import platform
import re
from pathlib import Path
from typing import Any

from minigan.kernels.machine import threads
from minigan.kernels.machine.target import vectors


def describe() -> dict[str, Any]:
    """What config.json says of the machine: the processor's model, the vectors that are used, the number of threads."""
    found = vectors()
    return {"model": model(), "vector_bits": found.bits, "fma": found.fused, "threads": threads.count()}


@functools.cache
def model() -> str:
    """The processor's name, as the system gives it; never empty."""
    return from_proc(Path("/proc/cpuinfo")) or from_sysctl() or platform.processor() or platform.machine() or "unknown"


def from_proc(file: Path) -> str:
    """Linux: the first "model name" (x86), or "Model" or "Hardware" (some ARM boards); "" if there is none."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = dict(reversed(re.findall(r"^(model name|Model|Hardware)[ \t]*:[ \t]*(\S.*?)[ \t]*$", text, re.MULTILINE)))
    return found.get("model name") or found.get("Model") or found.get("Hardware") or ""


def from_sysctl() -> str:
    """macOS: machdep.cpu.brand_string, as "Apple M2"; "" elsewhere."""
    if platform.system() != "Darwin":
        return ""
    try:
        ask = ctypes.CDLL(ctypes.util.find_library("c")).sysctlbyname
    except (OSError, AttributeError):
        return ""
    answer, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
    failed = ask(b"machdep.cpu.brand_string", answer, ctypes.byref(size), None, ctypes.c_size_t(0))
    return "" if failed else answer.value.decode(errors="replace").strip()
