"""MNIST and Fashion-MNIST: found on this machine, else downloaded once, and checked either way.

Found are the four IDX files under both spellings, plain or .gz, in a folder, in what torchvision leaves (MNIST/raw), or
as the one file that Keras has (mnist.npz).

Both are four IDX files of the same names: LeCun, Cortes and Burges 1998 (http://yann.lecun.com/exdb/mnist/);
Xiao, Rasul and Vollgraf 2017 (arXiv:1708.07747). A file is downloaded under a temporary name and gets its own
only once its SHA-256 is right.
"""

import hashlib
import os
from pathlib import Path

import numpy as np

from minigan.checks import naming

from .dataset import check_split
from .idx import read_pair
from .npz import read_arrays

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

TORCHVISION = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "emnist": "EMNIST"}  # what it calls their folders

# Tried in this order. $MINIGAN_MIRROR takes their place: a base address that has <name>/<file>.gz below it,
# or "off" for no download at all.
BASE_URLS = {
    "mnist": (
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",  # has no https; the hash is the guard
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    ),
}

# SHA-256 of the original .gz files, as TensorFlow Datasets documents them (url_checksums/mnist.txt and
# fashion_mnist.txt); those of MNIST's t10k files were also computed from the files.
SHA256 = {
    "mnist": {
        "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
}


def read_mnist(name: str, split: str = "train", data_dir: str | Path | None = None, base_url: str | None = None,
               cache: str | Path | None = None) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Read MNIST or Fashion-MNIST; only the files the split needs have to be there.

    Args:
        name: "mnist" or "fashion-mnist".
        split: "train" (60,000), "test" (10,000) or "all" (train, then test).
        data_dir: looked through first, itself, its <name>/, and the raw/ and MNIST/raw/ or FashionMNIST/raw/ of
            torchvision; then $MINIGAN_DATA in the same way.
        base_url: takes the place of BASE_URLS and of $MINIGAN_MIRROR; "off": never download.
        cache: folder for downloads, by default <name>/ in the user's cache.

    Returns:
        (images uint8 (N, 28, 28, 1), labels uint8 (N,)).

    Raises:
        ValueError: files neither found nor downloaded, or damaged (see minigan.data.idx).
    """
    check_split(split)
    cache = default_cache(name) if cache is None else Path(cache)
    parts = []
    for part in FILES if split == "all" else (split,):
        paths = find_pair(name, part, data_dir)
        if paths is None and (archive := find_archive(name, data_dir)):
            parts.append(read_archive(archive, part))
            continue
        paths = paths or find_pair(name, part, data_dir, cache) or _download_pair(name, part, data_dir, base_url, cache)
        parts.append(read_pair(*paths))
    shapes = {images.shape[1:] for images, _ in parts}
    if len(shapes) > 1:
        raise ValueError(f"{name}: expected one image size in both splits, found {sorted(shapes)}")
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def default_cache(name: str) -> Path:
    """The folder in the user's cache where the files of this data set are kept."""
    import pooch

    return Path(pooch.os_cache("minigan")) / name


def search_folders(name: str, data_dir: str | Path | None = None) -> list[Path]:
    """The folders that are looked through, in order; a folder that bears the set's name comes first."""
    roots = [Path(root).expanduser() for root in (data_dir, os.environ.get("MINIGAN_DATA")) if root]
    theirs = TORCHVISION[name]
    found = [root / folder for root in roots for folder in (name, "", f"{theirs}/raw", f"{name}/raw")]
    return found + [root / "raw" for root in roots if root.name == theirs]


def found_file(folder: Path, file: str) -> Path | None:
    """The IDX file of this name in a folder, plain or .gz, with a dash or a dot before "idx"; or None."""
    names = (file, f"{file}.gz", file.replace("-idx", ".idx"), f"{file.replace('-idx', '.idx')}.gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def find_archive(name: str, data_dir: str | Path | None = None) -> Path | None:
    """The path of Keras' mnist.npz, or of a file like it with the set's name; or None."""
    paths = (folder / f"{name}.npz" for folder in search_folders(name, data_dir))
    return next(filter(Path.is_file, paths), None)


def read_archive(path: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The "train" or "test" part of such a file: (images uint8 (N, H, W, 1), labels uint8 (N,)). Raises ValueError for
    other arrays than x_train, y_train, x_test and y_test of uint8."""
    keys = [f"{what}_{part}" for what in "xy"]
    arrays = read_arrays(path, wanted=keys, needed=keys)
    images, labels = (arrays[key] for key in keys)
    with naming(path):
        if (
            images.dtype != np.uint8
            or images.ndim != 3
            or labels.shape != images.shape[:1]
            or labels.dtype.kind not in "ui"
        ):
            raise ValueError(f"expected {keys[0]} uint8 (N, H, W) and as many whole numbers {keys[1]}, found "
                             f"{images.dtype} {images.shape} and {labels.dtype} {labels.shape}; fix: get it again, or "
                             f"--data npz:{path}")  # fmt: skip
        if labels.min() < 0 or labels.max() > 9:
            raise ValueError(f"expected labels 0..9 in {keys[1]}, found {labels.min()} to {labels.max()}; fix: get it "
                             "again")  # fmt: skip
    return images[..., None], labels.astype(np.uint8)


def find_pair(name: str, part: str, data_dir: str | Path | None = None, cache: Path | None = None) -> list[Path] | None:
    """Paths of the images and the labels of "train" or "test" in one folder, or None.

    In the cache only files with the right hash count. Elsewhere any file counts, so that you can bring your
    own. The original of the other data set is refused: MNIST and Fashion-MNIST use the same names.
    """
    for folder in search_folders(name, data_dir):
        pair = [found_file(folder, file) for file in FILES[part]]
        if None not in pair:
            for path, file in zip(pair, FILES[part], strict=True):
                _refuse_other_set(path, file, name)
            return pair
    if cache is not None:
        pair = [cache / f"{file}.gz" for file in FILES[part]]
        wanted = [SHA256[name][file] for file in FILES[part]]
        if all(path.is_file() for path in pair) and [_sha256(path) for path in pair] == wanted:
            return pair
    return None


def _refuse_other_set(path, file, name):
    if path.suffix != ".gz":
        return
    found = _sha256(path)
    for other, hashes in SHA256.items():
        if other != name and hashes[file] == found:
            raise ValueError(f"{path}: expected a file of {name}, found that of {other}; "
                             f"fix: --data {other}, or put the files of {name} into a folder {name}/")  # fmt: skip


def _sha256(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while piece := file.read(2**20):
                digest.update(piece)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); fix: check its permissions") from None
    return digest.hexdigest()


def _download_pair(name, part, data_dir, base_url, cache):
    """Download both files of a part into the cache; returns their paths. Raises ValueError on failure."""
    mirror = os.environ.get("MINIGAN_MIRROR") if base_url is None else base_url
    bases = (f"{mirror.rstrip('/')}/{name}",) if mirror else BASE_URLS[name]
    if mirror == "off":
        raise _not_found(name, part, data_dir, cache, "downloads are switched off")
    try:
        return [_download(bases, file, SHA256[name][file], cache) for file in FILES[part]]
    except _DownloadError as error:
        raise _not_found(name, part, data_dir, cache, str(error)) from None


class _DownloadError(Exception):
    """Why a file could not be had, in a few words."""


def _download(bases, file, sha256, cache):
    """Fetch one .gz from the first base address that gives the right bytes. Returns its path."""
    import pooch

    reason = ""
    for base in bases:
        url = f"{base}/{file}.gz"
        # "identity": a server that offers to compress must not, or the hash would be that of other bytes.
        downloader = pooch.HTTPDownloader(progressbar=True, timeout=20, headers={"Accept-Encoding": "identity"})
        try:
            # pooch writes to a temporary name beside the target and renames once the hash is right.
            path = pooch.retrieve(url, f"sha256:{sha256}", f"{file}.gz", path=cache, downloader=downloader)
            return Path(path)
        except OSError as error:  # the exceptions of requests are OSErrors, too
            status = getattr(getattr(error, "response", None), "status_code", None)
            reason = f"{url}: {error.strerror or (status and f'HTTP {status}') or type(error).__name__}"
        except ValueError as error:
            wrong = "not match" in str(error)
            reason = f"{url}: {'the SHA-256 is not that of the original' if wrong else type(error).__name__}"
    raise _DownloadError(f"the download failed ({reason})")


def _not_found(name, part, data_dir, cache, reason):
    files = " and ".join(FILES[part])
    looked = ", ".join(str(folder) for folder in [*search_folders(name, data_dir), cache])
    other = "test" if part == "train" else "train"
    there = find_pair(name, other, data_dir, cache) is not None
    hint = f"; the {other} split is there: --split {other}" if there else ""
    return ValueError(f"{name}: the {part} split needs {files} (plain or .gz), or {name}.npz, looked for in {looked}; "
                      f"{reason}{hint}; "
                      f"fix: put the files into FOLDER/{name}/ and say --data-dir FOLDER or "
                      "MINIGAN_DATA=FOLDER")  # fmt: skip
