"""Feature networks on disk: those of the bundled digits are in the package, all others are in the user's cache.

A network is trained once for each data set and then read, so that all scores of a data set are of one network. A file
holds the sizes, the weights as float16, and the hash of both. It is checked as every file from outside, and a file with
a wrong hash is not used.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minigan.data import Dataset, hash_arrays, prepare
from minigan.data.npz import read_arrays
from minigan.files import bundled_folder, replacing
from minigan.metrics.lenet import BATCH, RECIPE, LeNet, train_lenet

BUNDLED = {  # name of the data set: hash of the network in datasets/lenet_NAME.npz
    "digits": "9a9d510027dbb5f20dd99f5f5fabddd25db967a6406b80790f4f3b376f3caa6d",
    "digits-8x8": "ead273b3b3481fba703c5a686cc12cab211123cacabc182fb7f37c16535ccabf",
}
SMALL, LARGE = 16, 32  # pixels; the size of images that a network looks at


def feature_network(dataset: Dataset, *, cache: str | Path | None = None, progress: bool = False,
                    say: Callable[[str], Any] = lambda text: None) -> LeNet:  # fmt: skip
    """The LeNet for a data set: read if it is there, else trained on it and kept.

    Args:
        dataset: the *training* split, a minigan.data.Dataset of images. Without labels, or with one class only, the
            network learns by how many quarters an image was turned (Gidaris et al. 2018, arXiv:1803.07728).
        cache: folder to keep networks in, by default in the user's cache.
        progress: whether to show a bar while training. say: function (text) for messages.

    Raises ValueError for points, fewer images than a batch, or a bundled file that is damaged.
    """
    if not dataset.is_images:
        raise ValueError(f"{dataset.name} holds points; they need no feature network, score the points themselves")
    if dataset.name in BUNDLED and dataset.split == "train":
        return load_lenet(bundled_folder("datasets") / f"lenet_{dataset.name}.npz", BUNDLED[dataset.name])
    labels, classes = labels_to_learn(dataset)
    least = BATCH if labels is not None else BATCH // 4  # each picture is learnt in four turns
    if len(dataset) < least:
        raise ValueError(f"a feature network needs at least {least} images of {dataset.name} to learn from, got "
                         f"{len(dataset)}; fix: take more, or another network, such as --network digits")  # fmt: skip
    path = (Path(cache) if cache else default_cache()) / f"lenet{RECIPE}-{hash_arrays(dataset.x, labels)[:16]}.npz"
    if path.exists():
        try:
            lenet = load_lenet(path)
            if lenet.sizes[2] == classes:
                return lenet
        except ValueError as error:
            say(f"{error}; training it again")
    say(f"training a feature network on {dataset.name} ({len(dataset):,} images), once; it is kept in {path}")
    lenet = train_for(dataset, progress=progress)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_lenet(path, lenet)
    except OSError as error:
        say(f"cannot keep the network in {path} ({error.strerror}); the next time it is trained again")
    return lenet


def labels_to_learn(dataset: Dataset) -> tuple[np.ndarray | None, int]:
    """(labels (N,), number of classes) that a network for this Dataset learns to tell apart; None: quarters of a turn,
    which are 4."""
    count = len(dataset.classes or ())
    return (dataset.labels, count) if count > 1 else (None, 4)


def train_for(dataset: Dataset, steps: int | None = None, progress: bool = False) -> LeNet:
    """Train a LeNet on a Dataset of images; always the same network for the same data (on one kind of machine)."""
    size = network_size(dataset.x)
    images, (labels, classes) = prepare(dataset, size, dataset.x.shape[3]), labels_to_learn(dataset)
    if labels is None:
        images = np.concatenate([np.rot90(images, quarters, axes=(1, 2)) for quarters in range(4)])
        labels = np.repeat(np.arange(4), len(dataset))
    rng = np.random.default_rng(0)
    return train_lenet(images, labels, rng=rng, classes=classes, steps=steps, progress=progress)


def network_size(images: np.ndarray) -> int:
    """The side of the images (N, H, W, C) that a network for them looks at: 16 pixels where that is enough, else 32."""
    return SMALL if max(images.shape[1:3]) <= SMALL else LARGE


def default_cache() -> Path:
    """The folder in the user's cache where networks are kept."""
    import pooch

    return Path(pooch.os_cache("minigan")) / "networks"


def save_lenet(path: str | Path, lenet: LeNet) -> None:
    """Write a LeNet to an .npz, whole or not at all."""
    arrays = {key: p.astype(np.float16) for key, p in lenet.net.params.items()}
    digest = np.frombuffer(bytes.fromhex(lenet.sha256), np.uint8)
    with replacing(path) as file:
        np.savez_compressed(file, sizes=np.array(lenet.sizes, np.int64), sha256=digest, **arrays)


def load_lenet(path: str | Path, sha256: str | None = None) -> LeNet:
    """Read a LeNet from an .npz. sha256: the hash it must have, by default the one that stands in the file.

    Raises ValueError if the file is missing, no network, or does not have that hash.
    """
    arrays = read_arrays(path)
    damaged = ValueError(f"{path} is not the feature network that was written there: the file is damaged")
    try:
        sizes, digest = arrays.pop("sizes"), arrays.pop("sha256")
        S, channels, classes = (int(n) for n in sizes)
        if not (4 <= S <= 256 and channels in (1, 3) and 1 <= classes <= 10_000):
            raise damaged
    except (KeyError, ValueError, TypeError):
        raise damaged from None
    lenet = LeNet(S, channels, classes)
    params = lenet.net.params
    if {key: a.shape for key, a in arrays.items()} != {key: p.shape for key, p in params.items()}:
        raise damaged
    for key, p in params.items():
        p[...] = arrays[key]
    if lenet.sha256 != (sha256 or digest.tobytes().hex()):
        raise damaged
    return lenet
