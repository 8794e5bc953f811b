"""What the PyTorch twin plays by: a trainer's losses, penalties and optimizers, as plain words and numbers."""

import json

import numpy as np

# By the class: the names of its attributes, under the twin's names where those are others.
LOSSES = {
    "NonSaturating": {"smooth": "smooth"},
    "Minimax": {"smooth": "smooth"},
    "LeastSquares": {"a": "a", "b": "b", "c": "c"},
    "Wasserstein": {},
    "Hinge": {},
    "RelativisticPaired": {},
}
PENALTIES = {
    "WGANGP": {"weight": "weight", "every": "every", "target": "target"},
    "DRAGAN": {"weight": "weight", "every": "every", "target": "target", "spread": "spread"},
    "R1": {"weight": "weight", "every": "every"},
    "R2": {"weight": "weight", "every": "every"},
}
OPTIMIZERS = {
    "Adam": {"lr": "lr", "beta1": "beta1", "beta2": "beta2", "eps": "eps"},
    "RMSProp": {"lr": "lr", "rho": "alpha", "eps": "eps"},
    "Momentum": {"lr": "lr", "momentum": "momentum"},
    "SGD": {"lr": "lr"},
}


def rules(trainer):
    """The rules of a `minigan.training.Trainer`, as a dict that JSON can hold.

    Hooks (schedules) and the augmentation of data are outside of the step that is compared, and are left out.
    Raises ValueError for a part that has no twin.
    """
    if trainer.terms:
        kinds = ", ".join(type(term).__name__ for term in trainer.terms)
        raise ValueError(f"terms of G's objective have no PyTorch twin here, got {kinds}; time it without --against")
    return {
        "loss": part("loss", trainer.loss, LOSSES),
        "penalties": [part("penalty", penalty, PENALTIES) for penalty in trainer.penalties],
        "g_optimizer": optimizer(trainer.g_optimizer),
        "d_optimizer": optimizer(trainer.d_optimizer),
        "k": trainer.k,
        "fresh_noise": trainer.fresh_noise,
        "ema": trainer.ema.decay if trainer.ema else None,
    }


def part(what, made, known):
    """One object -> {"kind": its class, "options": its choices}."""
    kind = type(made).__name__
    if kind not in known:
        raise ValueError(f"the {what} {kind} has no PyTorch twin here; there are twins of {', '.join(known)}; time it "
                         "without --against")  # fmt: skip
    return {"kind": kind, "options": {twin: getattr(made, ours) for ours, twin in known[kind].items()}}


def optimizer(made):
    return part("optimizer", made, OPTIMIZERS) | {"clip": getattr(made, "clip", None)}


def save(path, G, D, real, z, rules):
    """Write what a TwinGame is made of to a .npz file: descriptions, a batch and noise, and the rules."""
    arrays, structure = {"real": real, "z": z}, {"rules": rules}
    for player, description in (("G", G), ("D", D)):
        structure[player] = [{key: part[key] for key in part if key != "arrays"} for part in description]
        for part in description:
            arrays |= {f"{player}/{part['name']}/{key}": array for key, array in part["arrays"].items()}
    np.savez(path, structure=np.array(json.dumps(structure)), **arrays)


def load(path):
    """What `save` wrote: (G, D, real, z, rules)."""
    with np.load(path, allow_pickle=False) as file:
        structure = json.loads(str(file["structure"]))
        for start, part in [(f"{player}/{part['name']}/", part) for player in "GD" for part in structure[player]]:
            part["arrays"] = {key[len(start) :]: file[key] for key in file.files if key.startswith(start)}
        return structure["G"], structure["D"], file["real"], file["z"], structure["rules"]
