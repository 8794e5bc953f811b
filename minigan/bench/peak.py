"""The processor's peak, measured: products whose numbers stay in the L1 cache and whose sums stay in registers.

No kernel can be faster by the same instructions: each number that it multiplies comes from a cache further away.
"""

import threading
import time

import numpy as np

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.vectors import TALL, block_product, lanes

K, TIMES, ROUNDS = 64, 20_000, 8  # a takes 2 kB and b 8 kB, at most; products in a round; rounds
block = block_product(TALL, 2)


@fast
def products(a: np.ndarray, b: np.ndarray, c: np.ndarray, times: int) -> None:
    """c += a b, `times` times: a (TALL, K), b (K, N), c (TALL, N), N of two vectors."""
    K, N = b.shape
    for _ in range(times):
        block(a, 0, K, 1, 0, b, 0, N, c, 0, N, K, True)


def peak(threads: int) -> tuple[float, float]:
    """GFLOP/s of float32 products in the L1 caches, on so many threads at once, the best of ROUNDS; and the share of
    the time in which each of the threads had a core: below 1 where other programs are busy."""
    shapes = [(TALL, K), (K, 2 * lanes(np.float32)), (TALL, 2 * lanes(np.float32))]
    operands = [[np.full(shape, 1e-3, np.float32) for shape in shapes] for _ in range(threads)]
    products(*operands[0], 1)  # compiled
    busy, passed = time.process_time(), [seconds_together(operands) for _ in range(ROUNDS)]
    flop = 2 * threads * TIMES * K * operands[0][2].size
    return flop / min(passed) / 1e9, (time.process_time() - busy) / sum(passed) / threads


def seconds_together(operands: list) -> float:
    """Seconds until all threads have done their products, each those of its own operands."""
    others = [threading.Thread(target=products, args=(*own, TIMES)) for own in operands]
    started = time.perf_counter()
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    return time.perf_counter() - started
