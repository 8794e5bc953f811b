"""Shared by all tests: quiet, repeatable hypothesis, and no network."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# Tests run in several processes; each process with its own pools of threads would only slow the others down.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# The choice among convolution algorithms is that of the built-in costs, here and in the processes that tests start: so
# no test depends on the machine's speed.
os.environ["MINIGAN_MEASURE"] = "off"

settings.register_profile("minigan", deadline=None, derandomize=True, max_examples=15, print_blob=True,
                          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
settings.load_profile("minigan")


@pytest.fixture
def rng():
    return np.random.default_rng(20)
