"""Runs the published implementations on the arrays of reference_arrays.py and writes reference_values.json.

    python -m venv /tmp/parity
    /tmp/parity/bin/pip install numpy scipy scikit-learn pillow tqdm torch
    /tmp/parity/bin/pip install --no-deps torch-fidelity pytorch-fid prdc
    /tmp/parity/bin/python tests/metrics/make_reference_values.py

Only their numeric functions are called. Modules that they import for reading images and loading networks are stood in
for, so that neither torchvision nor any network is needed.
"""

import json
import sys
import types
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
from reference_arrays import logits, pairs

SUBSET = 200


def stand_in_for(*names):
    """Put a module of mocks under each name that cannot be imported."""
    for name in names:
        module = types.ModuleType(name)
        module.__getattr__ = lambda key: MagicMock()
        sys.modules[name] = module


def of_torch_fidelity(real, fake):
    import torch
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    one, two = torch.from_numpy(real), torch.from_numpy(fake)
    fid = fid_statistics_to_metric(fid_features_to_statistics(one), fid_features_to_statistics(two), False)
    options = dict(kid_subsets=10, kid_subset_size=SUBSET, kid_kernel="poly", kid_kernel_poly_degree=3,
                   kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1.0, rng_seed=2020, verbose=False)  # fmt: skip
    kid = kid_features_to_metric(one, two, **options)
    # Their first argument is the generated set, their distances are torch's.
    prc = prc_features_to_metric(two, one, prc_neighborhood=3, prc_batch_size=10_000, save_cpu_ram=False, verbose=False)
    return fid | kid | {"precision": prc["precision"], "recall": prc["recall"], "f_score": prc["f_score"]}


def of_pytorch_fid(real, fake):
    from pytorch_fid.fid_score import calculate_frechet_distance

    moments = [(x.mean(axis=0), np.cov(x, rowvar=False)) for x in (real, fake)]
    return float(calculate_frechet_distance(*moments[0], *moments[1]))


def main():
    parts = ("datasets", "transforms", "transforms.functional", "models", "utils")
    stand_in_for("torchvision", *(f"torchvision.{part}" for part in parts))
    import torch
    from prdc import compute_prdc
    from torch_fidelity.metric_isc import isc_features_to_metric

    packages = ("torch-fidelity", "pytorch-fid", "prdc", "torch", "scipy", "scikit-learn", "numpy")
    values = {"versions": {name: version(name) for name in packages}, "features": {}, "probabilities": {}}
    for name, (real, fake) in pairs().items():
        values["features"][name] = {
            "torch-fidelity": of_torch_fidelity(real, fake),
            "pytorch-fid": of_pytorch_fid(real, fake),
            "prdc": {key: float(value) for key, value in compute_prdc(real, fake, nearest_k=5).items()},
        }
    for name, array in logits().items():
        values["probabilities"][name] = isc_features_to_metric(torch.from_numpy(array), splits=10, shuffle=False)
    path = Path(__file__).with_name("reference_values.json")
    path.write_text(json.dumps(values, indent=2) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
