"""The processor's name, for the head of what is measured."""

import functools
import platform
import re
import subprocess
from pathlib import Path


@functools.cache
def model() -> str:
    """The processor's name, as the system gives it; never empty."""
    return from_proc() or from_sysctl() or platform.processor() or platform.machine() or "unknown processor"


def from_proc(file: Path = Path("/proc/cpuinfo")) -> str:
    """Linux: the first "model name"; "" if there is none."""
    try:
        found = re.search(r"^model name[ \t]*:[ \t]*(\S.*?)[ \t]*$", file.read_text(errors="replace"), re.MULTILINE)
    except OSError:
        return ""
    return found[1] if found else ""


def from_sysctl() -> str:
    """macOS: machdep.cpu.brand_string, as "Apple M2"; "" elsewhere."""
    if platform.system() != "Darwin":
        return ""
    asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
