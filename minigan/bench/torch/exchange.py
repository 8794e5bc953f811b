"""What minigan's process and PyTorch's process both know: the layout of the twin's images, and the file between them.

It imports NumPy alone: the process that measures PyTorch shall hold none of minigan's kernels.
"""

import json
from typing import Any

import numpy as np

MODES = ("channels_last", "contiguous")  # PyTorch's two layouts of images in memory


def to_twin_samples(x: np.ndarray) -> np.ndarray:
    """Images (N, H, W, C) -> mirrored (N, C, H, W), see `twin`; signals (N, T, C) -> mirrored (N, C, T); anything else
    as it is."""
    if x.ndim == 3:
        return np.ascontiguousarray(x[:, ::-1].transpose(0, 2, 1))
    return np.ascontiguousarray(x[:, ::-1, ::-1].transpose(0, 3, 1, 2)) if x.ndim == 4 else x


def write(path: str, players: dict, rules: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a .npz file. players: {name: description of a network}, see `twin.describe`. rules: see `rules.rules`.
    arrays: "real", "z", perhaps "labels", and "penalty1/key" for the arrays of a penalty."""
    bare = {
        name: [{key: value for key, value in module.items() if key != "arrays"} for module in modules]
        for name, modules in players.items()
    }
    own = {f"{name}/{module['name']}/{key}": array for name, modules in players.items() for module in modules
           for key, array in module["arrays"].items()}  # fmt: skip
    np.savez(path, structure=np.array(json.dumps({"rules": rules, "players": bare})), **own, **arrays)


def load(path: str) -> dict[str, Any]:
    """What `write` wrote, as the arguments of a `game.TwinGame`."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    structure, penalties = json.loads(str(arrays.pop("structure"))), {}
    for player, modules in structure["players"].items():
        for module in modules:
            start = f"{player}/{module['name']}/"
            module["arrays"] = {key[len(start) :]: array for key, array in arrays.items() if key.startswith(start)}
    for name, array in arrays.items():
        if name.startswith("penalty"):
            penalty, _, key = name.partition("/")
            penalties.setdefault(penalty, {})[key] = array
    batch = {key: arrays[key] for key in ("real", "z", "labels") if key in arrays}
    return structure | batch | {"arrays": penalties}
