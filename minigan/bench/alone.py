"""The worker of `minigan bench --kernels`: it times each case of `cases` alone, in a process of its own."""

from collections.abc import Callable

import numpy as np

from minigan.bench import worker
from minigan.bench.cases import cases_of
from minigan.bench.peak import peak
from minigan.kernels.machine import memory, threads

DENORMAL = np.uint32(1)  # the bits of the smallest float32 above 0; as float64 two of them are denormal, too


class Answers(worker.Answers):
    """What the worker is asked, method by method."""

    def build(self, configs: list[dict], count: int, denormal: bool) -> None:
        """Make the cases. denormal: fill all new memory of the kernels with denormal numbers.

        A kernel that reads memory before it writes it meets what lies there by chance. Denormal numbers are the worst
        of that: an addition of one takes some processors 150 cycles. So such a kernel is slow in this process."""
        self.threads = count
        threads.set_count(count)
        if denormal:
            memory._aligned = filled(memory._aligned)
        self.cases = cases_of(configs)

    def peak(self) -> tuple[float, float]:
        """GFLOP/s of the processor, and the share of its cores that this process gets; see `peak`."""
        return peak(self.threads)

    def time(self, i: int) -> dict[str, dict[str, float]]:
        """Seconds of each pass of case i -> {"minigan": {pass: seconds}}."""
        memory.release()  # each case begins with new memory, on all threads
        threads.set_count(self.threads)
        return {"minigan": {name: worker.typical(call) for name, call in self.cases[i].calls().items()}}


def filled(aligned: Callable) -> Callable:
    """The function that makes new memory, and fills it with denormal numbers."""

    def new(size: int) -> np.ndarray:
        buffer = aligned(size)
        buffer[: size // 4 * 4].view(np.uint32).fill(DENORMAL)
        return buffer

    return new


if __name__ == "__main__":
    worker.serve(Answers())
