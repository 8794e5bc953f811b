"""From which noise the samples of a run are drawn."""

import numpy as np

from minigan.recipes.settings import Settings
from minigan.recipes.setup import noise_of


def test_noise_of_a_run():
    plain = noise_of(Settings(data="ring").resolved().as_dict())
    assert (plain.z_dim, plain.codes) == (2, 0)
    for codes, size in ((None, 5), (0, 5), (3, 8)):
        noise = noise_of({"z_dim": 5, "codes": codes})
        assert noise.sample(4, np.random.default_rng(0)).shape == (4, size)
