"""The processor's peak, measured: products whose numbers stay in the L1 cache and whose sums stay in registers.

No kernel can be faster by the same instructions: each number that it multiplies comes from a cache further away.
"""

import threading
import time

import numpy as np

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.vectors import TALL, block_product, lanes

K = 64  # a takes 2 kB and b 8 kB, at most
TIMES, ROUNDS = 800_000, 3  # products in a round: 0.1 s, in which the system gives each thread a core of its own
block = block_product(TALL, 2)


@fast
def products(a: np.ndarray, b: np.ndarray, c: np.ndarray, times: int) -> None:
    """c += a b, `times` times: a (TALL, K), b (K, N), c (TALL, N), N of two vectors."""
    K, N = b.shape
    for _ in range(times):
        block(a, 0, K, 1, 0, b, 0, N, c, 0, N, K, True)


def peak(threads: int) -> tuple[float, float]:
    """GFLOP/s of float32 products in the L1 caches, on so many threads at once, the best of ROUNDS; and the share of
    the time in which each of the threads had a core, at best too: below 1 where other programs are busy."""
    shapes = [(TALL, K), (K, 2 * lanes(np.float32)), (TALL, 2 * lanes(np.float32))]
    operands = [[np.full(shape, 1e-3, np.float32) for shape in shapes] for _ in range(threads)]
    products(*operands[0], 1)  # compiled
    passed, busy = np.transpose([seconds_together(operands) for _ in range(ROUNDS)])
    flop = 2 * threads * TIMES * K * operands[0][2].size
    return float(flop / passed.min() / 1e9), float((busy / passed).max() / threads)


def seconds_together(operands: list) -> tuple[float, float]:
    """Seconds until all threads have done their products, each those of its own operands; and the seconds of all cores
    that it took."""
    others = [threading.Thread(target=products, args=(*own, TIMES)) for own in operands]
    started, busy = time.perf_counter(), time.process_time()
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    return time.perf_counter() - started, time.process_time() - busy
