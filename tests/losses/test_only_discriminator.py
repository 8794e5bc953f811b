"""D's loss alone: as given for D, nothing for G."""

import numpy as np
import pytest

from minigan.losses import Hinge, OnlyDiscriminator, RelativisticPaired


@pytest.mark.parametrize("loss", [Hinge(), RelativisticPaired()])
def test_d_has_the_loss_and_g_nothing(loss, rng):
    real, fake = rng.standard_normal((2, 5, 1))
    alone = OnlyDiscriminator(loss)
    for one, two in zip(alone.discriminator(real, fake), loss.discriminator(real, fake), strict=True):
        assert np.array_equal(one, two)
    value, d_fake = alone.generator(fake)
    assert value == 0 and d_fake.shape == (5, 1) and not d_fake.any()
    assert not alone.paired, "G's step need not show D the real images"


def test_what_is_no_loss_is_refused():
    for wrong in (Hinge, None, "hinge"):
        with pytest.raises(ValueError, match=r"expected an object such as NonSaturating\(\)"):
            OnlyDiscriminator(wrong)
