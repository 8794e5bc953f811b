"""Makes lenet_digits.npz, the feature network of the bundled digits: trains it anew, about half a minute.

    .venv/bin/python datasets/make_lenet.py

It computes on one thread, so that sums are added in one order: on one kind of processor, with the same kernels, the
same file comes out. Elsewhere a sum may round otherwise: the network is then as good, but another one, with another
hash, and its scores are not comparable with those of the bundled one.
"""

from pathlib import Path

from minigan import data
from minigan.kernels import threads
from minigan.metrics.network_files import network_size, save_lenet, train_for

TARGET = Path(__file__).resolve().parent / "lenet_digits.npz"


def main():
    threads.set_count(1)
    digits, held_out = data.load("digits"), data.load("digits", split="test")
    lenet = train_for(digits, progress=True)
    save_lenet(TARGET, lenet)
    accuracy = lenet.accuracy(data.prepare(held_out, network_size(held_out.x), 1), held_out.labels)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {accuracy:.2%} of {len(held_out)} held-out digits right")
    print(f"SHA-256 of the network: {lenet.sha256}")


if __name__ == "__main__":
    main()
