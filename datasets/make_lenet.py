"""Makes lenet_NAME.npz, the feature network of bundled digits: trains it anew, about a minute.

    .venv/bin/python datasets/make_lenet.py digits
    .venv/bin/python datasets/make_lenet.py digits-8x8

It computes on one thread, so that sums are added in one order: on one kind of processor, with the same kernels, the
same file comes out. Elsewhere a sum may round otherwise: the network is then as good, but another one, with another
hash, and its scores are not comparable with those of the bundled one.
"""

import sys
from pathlib import Path

from minigan import data
from minigan.kernels.machine import threads
from minigan.metrics.network_files import network_size, save_lenet, train_for

STEPS = {"digits": 6000, "digits-8x8": 1500}


def main(name):
    threads.set_count(1)
    target = Path(__file__).resolve().parent / f"lenet_{name}.npz"
    digits, held_out = data.load(name), data.load(name, split="test")
    lenet = train_for(digits, STEPS[name], progress=True)
    save_lenet(target, lenet)
    accuracy = lenet.accuracy(data.prepare(held_out, network_size(held_out.x), 1), held_out.labels)
    print(f"{target}: {target.stat().st_size:,} bytes, {accuracy:.2%} of {len(held_out)} held-out digits right")
    print(f"SHA-256 of the network: {lenet.sha256}")


if __name__ == "__main__":
    main(sys.argv[1])
