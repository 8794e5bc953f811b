"""What the PyTorch twin plays by: a trainer's losses, penalties and optimizers, as plain words and numbers."""

import json

import numpy as np

from minigan.bench.torch.twin import describe

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
    "Supervised": {"weight": "weight", "batch_size": "batch_size"},
}
TERMS = {
    "FeatureMatching": {"weight": "weight", "layer": "layer"},
    "PullAway": {"weight": "weight", "layer": "layer"},
    "VariationalEntropy": {"weight": "weight", "log_floor": "log_floor"},
    "CodeInformation": {"weight": "weight", "codes": "codes"},
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
    game = trainer.objective
    unroll = game.steps if type(game).__name__ == "Unrolled" else 0
    if unroll and game.terms:
        raise ValueError("the unrolled game with terms has no PyTorch twin here; time it without --against")
    return {
        "loss": part("loss", game.loss, LOSSES),
        "adversarial": type(game).__name__ != "TermsAlone",
        "terms": [term(one, game.D) for one in game.terms],
        "penalties": [part("penalty", penalty, PENALTIES) for penalty in game.penalties],
        "g_optimizer": optimizer(game.g_optimizer),
        "d_optimizer": optimizer(game.d_optimizer),
        "k": game.k,
        "unroll": unroll,
        "fresh_noise": game.fresh_noise,
        "ema": trainer.ema.decay if trainer.ema else None,
    }


def part(what, made, known):
    """One object -> {"kind": its class, "options": its choices}."""
    kind = type(made).__name__
    if kind not in known:
        raise ValueError(f"the {what} {kind} has no PyTorch twin here; there are twins of {', '.join(known)}; time it "
                         "without --against")  # fmt: skip
    return {"kind": kind, "options": {twin: getattr(made, ours) for ours, twin in known[kind].items()}}


def term(made, D):
    from minigan.terms import features_layer  # not above: the process of the twin imports no kernels

    described = part("term", made, TERMS)
    if "layer" in described["options"]:
        described["options"]["layer"] = made.layer or features_layer(D)
    return described | ({"optimizer": optimizer(made.optimizer)} if made.optimizer else {})


def optimizer(made):
    if type(made).__name__ == "Clipped":
        inner = optimizer(made.optimizer)
        return inner | {"clip": min(inner["clip"] or made.limit, made.limit)}
    if type(made).__name__ == "HistoricalAveraging":
        inner = optimizer(made.optimizer)
        return {"kind": "HistoricalAveraging", "options": {"weight": made.weight}, "optimizer": inner} | {
            "clip": inner["clip"]
        }
    return part("optimizer", made, OPTIMIZERS) | {"clip": None}


def players(trainer, z):
    """{"G", "D", and "Q1", ... for the terms that have a network: the description of each}."""
    networks = {"G": (trainer.objective.G, z), "D": (trainer.objective.D, trainer.samples)}
    for i, one in enumerate(trainer.objective.terms, start=1):
        if one.network is not None:
            networks[f"Q{i}"] = one.network, trainer.samples
    return {name: describe(network, batch.shape[1:]) for name, (network, batch) in networks.items()}


def save(path, trainer, real, z):
    """Write what a TwinGame is made of to a .npz file: networks, a batch and noise, and the rules.

    Raises ValueError for a part that has no twin."""
    described, arrays = players(trainer, z), {"real": real, "z": z}
    structure = {"rules": rules(trainer), "players": {}}
    for player, parts in described.items():
        structure["players"][player] = [{key: part[key] for key in part if key != "arrays"} for part in parts]
        for part in parts:
            arrays |= {f"{player}/{part['name']}/{key}": array for key, array in part["arrays"].items()}
    for i, penalty in enumerate(trainer.objective.penalties, start=1):
        if type(penalty).__name__ == "Supervised":
            arrays |= {f"penalty{i}/images": penalty.images, f"penalty{i}/labels": penalty.labels}
    np.savez(path, structure=np.array(json.dumps(structure)), **arrays)


def load(path):
    """What `save` wrote, as the arguments of a TwinGame."""
    with np.load(path, allow_pickle=False) as file:
        structure, arrays = json.loads(str(file["structure"])), {}
        for player, parts in structure["players"].items():
            for part in parts:
                start = f"{player}/{part['name']}/"
                part["arrays"] = {key[len(start) :]: file[key] for key in file.files if key.startswith(start)}
        for key in file.files:
            name, _, inner = key.partition("/")
            if name.startswith("penalty"):
                arrays.setdefault(name, {})[inner] = file[key]
        return {"players": structure["players"], "real": file["real"], "z": file["z"], "rules": structure["rules"],
                "arrays": arrays}  # fmt: skip
