"""Checkpoints: one .npz of plain arrays, never pickled, never half-written.

    header           JSON as bytes: format version, step, random state, the run's settings, the hash of its data; where
                     there is any, `origin`, the run it began with (`minigan.recipes.start`), and `seconds`, its time so
                     far if that has a limit
    G/params/...     parameters;  G/state/... running statistics;  G/optimizer/... moving averages and step count
    D/...            the same of the discriminator

A file is checked completely, against the networks it shall be loaded into, before anything in them changes: names and
shapes before their bytes are read, the zip's CRC-32 while they are.
"""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from minigan.files import replacing
from minigan.layers import Layer

FORMAT = 2
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)  # what zipfile may raise
MAIN = ("G", "D", "E")  # the players; "Q1", ... are the networks of terms
HEADER_LIMIT = 1 << 20  # bytes; a header is a few thousand


def network_arrays(name: str, network: Layer) -> dict[str, np.ndarray]:
    """The parameters and the state of a network, as "name/params/key", "name/state/key": the arrays themselves."""
    params = {f"{name}/params/{key}": array for key, array in network.params.items()}
    return params | {f"{name}/state/{key}": array for key, array in network.state.items()}


def save_checkpoint(path: Path | str, trainer: Any, settings: dict, data: str = "", more: dict | None = None) -> None:
    """Write the whole state of `trainer`, `settings` (a dict that JSON can hold) and the hash of the data to `path`.
    more: further entries of the header."""
    header = {
        "format": FORMAT,
        "step": trainer.t,
        "stage": trainer.stage,
        "rng": trainer.rng.bit_generator.state,
        "settings": settings,
        "data": data,
        **(more or {}),
    }
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with replacing(path) as file:
        np.savez(file, header=text, **trainer.arrays())


def read_header(path: Path | str) -> dict:
    """The header of a checkpoint, as a dict. Raises ValueError if `path` is missing, damaged, or of a newer format."""
    with opened(path) as archive:
        return _header(path, archive)


def load_checkpoint(path: Path | str, trainer: Any) -> dict:
    """Restore what `save_checkpoint` wrote into `trainer` -> the header.

    A trainer that grows first reaches the stage of the file. Raises ValueError, with no number of the trainer changed,
    if the file is missing, truncated, corrupted, of a newer format, or of another network or optimizer.
    """
    with opened(path) as archive:
        header = _header(path, archive)
        reach_stage(path, trainer, header["stage"])
        current = trainer.arrays()
        names = {name.removesuffix(".npy") for name in archive.namelist()} - {"header"}
        if names != current.keys():
            some = sorted(names ^ current.keys())[:3]
            raise ValueError(f"{path} is of another network or optimizer: entries like {', '.join(some)} do not match; "
                             "resume with the preset and optimizer it was made with")  # fmt: skip
        arrays = {name: _read(path, archive, name, array) for name, array in current.items()}
    try:
        trainer.rng.bit_generator.state = header["rng"]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise ValueError(f"{path} holds no state of this random generator ({error}); use an older copy") from error
    trainer.load_arrays(arrays)
    trainer.t = header["step"]
    return header


def reach_stage(path: Path | str, trainer: Any, stage: int) -> None:
    """Let the trainer grow until it has the networks of `stage`. Raises ValueError if it cannot."""
    stages = len(trainer.growth.starts) if trainer.growth else trainer.stage
    if not trainer.stage <= stage <= stages:
        raise ValueError(
            f"{path} is of stage {stage} of a training that grows, and this one has stages {trainer.stage} to "
            f"{stages}; replace the networks first (Trainer.replace), or resume with the settings it was made with"
        )
    while trainer.stage < stage:
        trainer.grow()


class opened:
    """A zip archive as a context, in which every way that a damaged file can fail becomes one ValueError."""

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def __enter__(self):
        try:
            self.archive = zipfile.ZipFile(self.path)
        except FileNotFoundError:
            raise ValueError(f"there is no checkpoint {self.path}; expected the folder of a run") from None
        except DAMAGE as error:
            raise self._damaged(error) from error
        return self.archive

    def __exit__(self, kind, error, trace):
        self.archive.close()
        if isinstance(error, (*DAMAGE, KeyError)):
            raise self._damaged(error) from error

    def _damaged(self, error):
        return ValueError(f"{self.path} is truncated or corrupted ({error}); use an older copy, or train anew")


def _header(path, archive):
    if archive.getinfo("header.npy").file_size > HEADER_LIMIT:
        raise ValueError(f"{path} has a header of more than {HEADER_LIMIT} bytes: not a checkpoint of minigan")
    try:
        with archive.open("header.npy") as file:
            header = json.loads(np.lib.format.read_array(file, allow_pickle=False).tobytes())
        version = header["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} has no readable header: not a checkpoint of minigan ({error})") from error
    if not isinstance(version, int) or version != FORMAT:
        fix = "update minigan" if isinstance(version, int) and version > FORMAT else "train anew"
        raise ValueError(f"{path} has checkpoint format {version}, this minigan reads format {FORMAT}; {fix}")
    kinds = {"step": int, "stage": int, "rng": dict, "settings": dict, "data": str}
    wrong = [key for key, kind in kinds.items() if not isinstance(header.get(key), kind)]
    optional = {"origin": dict, "seconds": int | float}
    wrong += [key for key, kind in optional.items() if key in header and not isinstance(header[key], kind)]
    if wrong or header["step"] < 0 or header["stage"] < 0:
        raise ValueError(f"{path} has a damaged header (see {', '.join(wrong) or 'step'}); use an older copy")
    return header


def _read(path, archive, name, like):
    """The array `name` of the archive, which must have the shape and dtype of `like`; checked before it is read."""
    shape, dtype = _kind(path, archive, name)
    if shape != like.shape or dtype != like.dtype:
        raise ValueError(
            f"{path} is of another network: {name} has shape {shape} and {dtype}, "
            f"expected {like.shape} and {like.dtype}; resume with the preset and image size it was made with"
        )
    with archive.open(f"{name}.npy") as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
    return array


def _kind(path, archive, name):
    """The shape and dtype of the array `name` of the archive, without its content."""
    with archive.open(f"{name}.npy") as file:
        try:
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, _, dtype = read(file)
        except (ValueError, KeyError) as error:
            raise ValueError(f"{path} is corrupted: {name} is no array ({error})") from error
    return shape, dtype


def load_networks(path: Path | str, trainer: Any) -> dict:
    """Put the networks of another training into `trainer`, which has made no step: G and D, in an autoencoder G and E,
    and the average if both have one; an average that is new begins as a copy of G -> the header of the file.

    What a schedule or `ada` sets, single numbers in a network's state, stays as it is. Optimizers, and the networks of
    terms, begin anew. Raises ValueError, listing what differs, with no number changed, unless all arrays of those
    networks have the same names, shapes and types.
    """
    with opened(path) as archive:
        header = _header(path, archive)
        if trainer.growth:
            reach_stage(path, trainer, header["stage"])
        networks = {player.name: player.network for player in trainer.objective.players if player.name in MAIN}
        if trainer.ema and any(name.startswith("average/") for name in archive.namelist()):
            networks["average"] = trainer.ema.network
        ours = {key: array for name, net in networks.items() for key, array in network_arrays(name, net).items()}
        ours = {key: array for key, array in ours.items() if array.shape or "/params/" in key}
        theirs = {}
        for name in (name.removesuffix(".npy") for name in archive.namelist()):
            if name.split("/")[0] in networks and "/optimizer/" not in name:
                shape, dtype = _kind(path, archive, name)
                theirs |= {name: (shape, dtype)} if shape or "/params/" in name else {}
        if differ := differences(theirs, {name: (array.shape, array.dtype) for name, array in ours.items()}):
            raise ValueError(f"the networks of {path} are others than those asked for: {differ}; leave out the flags "
                             "that change them, or train anew")  # fmt: skip
        arrays = {name: _read(path, archive, name, array) for name, array in ours.items()}
    for name, array in ours.items():
        array[...] = arrays[name]
    if trainer.ema and "average" not in networks:
        trainer.ema = trainer.ema.copied(trainer.objective.players[0].network)
    return header


def differences(there: dict[str, tuple], here: dict[str, tuple], most: int = 6) -> str:
    """What differs between two dicts of arrays, {name: (shape, dtype)}, as one line; "" for nothing."""

    def said(kind: tuple | None) -> str:
        return "none" if kind is None else " x ".join(map(str, kind[0])) or "a number"

    names = [name for name in {**here, **there} if here.get(name) != there.get(name)]
    lines = [f"{name} is {said(there.get(name))} there and {said(here.get(name))} here" for name in names[:most]]
    return ", ".join(lines) + (f", and {len(names) - most} more" if len(names) > most else "")


def load_network_arrays(path: Path | str, network: Layer, name: str = "G") -> None:
    """Restore the parameters and the state of one network, by its name in the file: "G", its "average", "D".
    Raises ValueError as `load_checkpoint` does."""
    current = network_arrays(name, network)
    with opened(path) as archive:
        _header(path, archive)
        arrays = {name: _read(path, archive, name, array) for name, array in current.items()}
    for name, array in current.items():
        array[...] = arrays[name]
