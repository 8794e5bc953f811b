"""Networks that grow: their sizes, what stays when they grow, and that growing changes nothing at first."""

import numpy as np
import pytest

from minigan.gradcheck import check_network
from minigan.layers import Equalised, Layer
from minigan.models.progressive import progressive
from minigan.penalties import check_discriminator

SMALL = {"z_dim": 5, "base": 32, "most": 6, "least": 2, "group_size": 2}


def built(size, rng, **more):
    return progressive((size, size, 1), **SMALL | more, rng=rng)


def grown(rng, *sizes):
    """The (G, D) of a size, of twice as much fading in, of that alone, and so on."""
    networks = built(sizes[0], rng)
    for stage, size in enumerate(sizes[1:], start=1):
        networks = built(size, rng, stage=stage, previous=networks)
    return networks


@pytest.mark.parametrize("size, channels", [(4, 1), (8, 3), (16, 1), (32, 3)])
def test_from_the_start_at_any_size(size, channels, rng):
    G, D = progressive((size, size, channels), **SMALL, rng=rng)
    x, _ = G.forward(rng.standard_normal((4, 5), np.float32))
    assert x.shape == (4, size, size, channels) and np.abs(x).max() <= 1
    assert D.forward(x)[0].shape == (4, 1)
    check_discriminator(D)
    for network in (G, D):
        assert all(isinstance(layer, Equalised) for _, layer in network.leaves() if layer.params)


def test_a_grown_network_has_the_layers_of_one_that_is_built_at_that_size(rng):
    for one, two in zip(grown(rng, 4, 8, 8, 16, 16), built(16, rng), strict=True):
        assert [(name, type(layer)) for name, layer in one.leaves()] == [
            (name, type(layer)) for name, layer in two.leaves()
        ]
        assert {key: p.shape for key, p in one.params.items()} == {key: p.shape for key, p in two.params.items()}


def test_at_alpha_0_nothing_changes_and_at_alpha_1_the_old_layers_are_gone(rng):
    """G's images are the old ones enlarged; D's logits those of the images made smaller."""
    G, D = built(8, rng)
    fading_G, fading_D = built(16, rng, stage=1, previous=(G, D))
    z = rng.standard_normal((4, 5), np.float32)
    old, _ = G.forward(z)
    large = old.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(fading_G.forward(z, given={"alpha": 0})[0], large, atol=1e-6)
    np.testing.assert_allclose(fading_D.forward(large, given={"alpha": 0})[0], D.forward(old)[0], atol=1e-4)
    whole_G, whole_D = built(16, rng, stage=2, previous=(fading_G, fading_D))
    x, _ = whole_G.forward(z)
    np.testing.assert_allclose(fading_G.forward(z, given={"alpha": 1})[0], x, atol=1e-6)
    np.testing.assert_allclose(fading_D.forward(x, given={"alpha": 1})[0], whole_D.forward(x)[0], atol=1e-4)
    assert "rgb8.w" not in whole_G.params and "fade.old.rgb8.w" in fading_G.params


def test_layers_that_stay_are_the_same_arrays(rng):
    G, D = built(8, rng)
    for network, later in zip((G, D), built(16, rng, stage=1, previous=(G, D)), strict=True):
        arrays = [id(p) for p in later.params.values()]
        assert all(id(p) in arrays for p in network.params.values())


def test_without_a_fade_new_layers_are_there_at_once(rng):
    before = built(8, rng)
    G, D = built(16, rng, stage=1, previous=before, fades=False)
    assert not any("fade" in name for network in (G, D) for name, _ in network.leaves())
    assert G.forward(rng.standard_normal((2, 5), np.float32))[0].shape == (2, 16, 16, 1)


@pytest.mark.long
@pytest.mark.parametrize("sizes", [(4,), (4, 8), (4, 8, 8)])
def test_gradients(sizes, rng):
    G, D = grown(rng, *sizes)
    x = G.forward(rng.standard_normal((4, 5), np.float32), given={"alpha": 0.4})[0].astype(np.float64)
    for network, inputs in ((G, rng.standard_normal((4, 5))), (D, x + 0.3 * rng.standard_normal(x.shape))):
        network.astype(np.float64)
        report = check_network(network, inputs, rng=rng, given={"alpha": 0.4})
        wrong = [found for found in report.findings if found.cause != "batch-in-evaluation"]  # D is to see its group
        assert not wrong and report.checked > 0, report


def test_refused(rng):
    for shape in ((5, 5, 1), (8, 16, 1), (2, 2, 1)):
        with pytest.raises(ValueError, match="draws squares of 4, 8, 16, 32, ... pixels"):
            progressive(shape, **SMALL, rng=rng)
    before = built(8, rng)
    assert all(isinstance(network, Layer) for network in before)
    with pytest.raises(ValueError, match="twice the size of the one before, 16, or the same, got 32"):
        built(32, rng, stage=1, previous=before)
