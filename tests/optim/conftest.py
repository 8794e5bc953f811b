"""The path of one parameter under an optimizer."""

import numpy as np
import pytest


@pytest.fixture
def walk():
    """walk(rule, gradients, **options): the path of one parameter, from 1, under a list of gradients."""

    def path(rule, gradients, **options):
        p = np.array([1.0])
        optimizer, seen = rule({"p": p}, **options), []
        for g in gradients:
            optimizer.step({"p": np.array([g])})
            seen.append(p.item())
        return seen

    return path
