"""What a run is held against: never what its feature network learnt from, and the way the run's own images went."""

import numpy as np
import pytest
from PIL import Image

from minigan import data
from minigan.recipes import eye
from minigan.recipes.reference import against, as_pictures, hold_out_a_fifth, reference
from minigan.recipes.setup import stream


@pytest.fixture
def untrained(monkeypatch):
    """A feature network that was not trained, and a note of what it would have been trained on."""
    from minigan.metrics import LeNet

    asked = []
    monkeypatch.setattr(eye, "feature_network", lambda train, **options: asked.append(train) or LeNet(16, 1, 10))
    return asked


def test_digits_are_held_against_the_test_split():
    ref = reference("digits-8x8", shape=(16, 16, 1))
    held_out = data.load("digits-8x8", split="test")
    assert ref.real.shape == (360, 16, 16, 1) and ref.real.dtype == np.uint8 and len(ref.train) == 1437
    np.testing.assert_array_equal(ref.labels, held_out.labels)
    np.testing.assert_array_equal(data.normalise(ref.real), data.prepare(held_out, 16, 1))
    assert ref.sha256 == ref.network.sha256 and ref.notes == () and ref.unit == "images"
    assert ref.see(ref.real[:5]).features.shape == (5, 84)
    assert ref.see(np.repeat(ref.real[:5], 3, axis=3)).features.shape == (5, 84)  # colour becomes grey


def test_where_nothing_is_left_a_fifth_is_held_out_from_the_network(untrained):
    ref = reference("digits-8x8", split="all")
    assert (len(ref.train), len(ref.real)) == (1438, 359) and "have" not in ref.name and "has seen them" in ref.notes[0]
    assert len(untrained[0]) == 1438 and untrained[0].split == "part of all"
    both = np.concatenate([ref.train, ref.real]).reshape(1797, -1)
    everything = data.load("digits-8x8", split="all").x.reshape(1797, -1)
    np.testing.assert_array_equal(both[np.lexsort(both.T)], everything[np.lexsort(everything.T)])
    one, two = hold_out_a_fifth(data.load("digits-8x8", split="all"))
    np.testing.assert_array_equal(one.x, ref.train)
    assert one.sha256 != two.sha256
    assert all((np.bincount(part.labels, minlength=10) > 20).all() for part in (one, two))


def test_points_are_their_own_features():
    ref = reference("ring", seed=3)
    assert ref.network is None and ref.sha256 is None and ref.unit == "points"
    seen = ref.see(ref.real)
    assert seen.features.shape == (10_000, 2) and seen.features.dtype == np.float64 and seen.probs is None
    assert not np.array_equal(ref.real, reference("ring", seed=4).real)


def test_pictures_are_what_a_file_would_hold(rng):
    x = rng.uniform(-1, 1, (3, 4, 4, 1)).astype(np.float32)
    np.testing.assert_array_equal(as_pictures(x), np.rint((x + 1) / 2 * 255).astype(np.uint8))


def test_refused():
    with pytest.raises(ValueError, match="did you mean digits"):
        reference("digit")


@pytest.mark.parametrize("shape, kind, unit", [((60, 8, 1), "signals", "signals"), ((60, 5), "table", "rows")])
def test_too_few_numbers_are_refused_as_too_few_pictures_are(shape, kind, unit, tmp_path, rng):
    np.savez(tmp_path / "few.npz", x=rng.standard_normal(shape).astype(np.float32))
    name = f"npz:{tmp_path / 'few.npz'}"
    with pytest.raises(ValueError, match=f"at least 20 held-out real samples, got 6; fix: at least 200 {unit} in npz:"):
        reference(name, data_as=kind)
    with pytest.raises(ValueError, match=f"--reference expected pictures of yours, and .* holds {unit}, which"):
        against(name)
    np.savez(tmp_path / "few.npz", x=rng.standard_normal((200, *shape[1:])).astype(np.float32))
    assert len(reference(name, data_as=kind).real) == 20


def test_stacked_digits_are_seen_by_the_network_for_single_ones():
    ref = reference("stacked-digits:digits-8x8", shape=(16, 16, 3), seed=3)
    single = reference("digits-8x8")
    assert ref.network.digits.sha256 == single.sha256
    assert ref.name == "stacked-digits:digits-8x8" and ref.unit == "images"
    assert ref.real.shape == (10_000, 16, 16, 3) and ref.train.shape == (25_600, 16, 16, 3)
    trained_on = data.load("stacked-digits:digits-8x8", rng=stream(3, "data"))
    np.testing.assert_array_equal(ref.train[:5], as_pictures(data.prepare_images(trained_on.x[:5], 16, 3)))
    seen = ref.see(ref.real[:200])
    assert np.mean(seen.probs.argmax(axis=1) == ref.labels[:200]) > 0.94
    assert reference("stacked-digits:digits-8x8", shape=(16, 16, 3), seed=4).real.tobytes() == ref.real.tobytes()


def test_labels_only_where_the_network_tells_the_classes_apart(untrained, tmp_path, rng):
    images = rng.integers(0, 256, (210, 8, 8, 1)).astype(np.uint8)
    for labels, classes in ((np.arange(210) % 3, ("0", "1", "2")), (np.zeros(210, int), None)):
        np.savez(tmp_path / "a.npz", images=images, labels=labels)
        ref = reference(f"npz:{tmp_path / 'a.npz'}")
        assert ref.classes == classes and (ref.labels is None) == (classes is None)
    assert reference("digits-8x8").classes == tuple("0123456789")


def test_a_registered_set_is_a_reference(untrained, monkeypatch):
    from minigan.data import catalogue

    monkeypatch.setattr(catalogue, "SOURCES", dict(catalogue.SOURCES))
    monkeypatch.setattr(catalogue, "DESCRIPTIONS", dict(catalogue.DESCRIPTIONS))
    data.register("mine", lambda split, rng, n: (rng.random((30, 8, 8, 1)), None), "noise")
    ref = reference("mine", shape=(8, 8, 1), seed=3)
    assert ref.real.shape == (30, 8, 8, 1) and ref.labels is None and not np.array_equal(ref.real, ref.train)
    data.register("mine", lambda split, rng, n: (rng.random((30, 2)), None), "points", points=True)
    assert reference("mine").network is None and reference("mine").real.shape == (30, 2)


def test_photos_are_read_at_the_size_of_the_run_and_the_network_always_sees_one_size(untrained, tmp_path, rng):
    for i, image in enumerate(rng.integers(0, 255, (220, 80, 100)).astype(np.uint8)):
        Image.fromarray(image).save(tmp_path / f"{i:03}.png")
    name = f"folder:{tmp_path}"
    small, large = reference(name, shape=(16, 16, 1)), reference(name, shape=(48, 48, 1), background="white")
    assert [train.x.shape[1:] for train in untrained] == [(32, 32, 1)] * 2
    assert small.real.shape == (22, 16, 16, 1) and large.real.shape == (22, 48, 48, 1)
    np.testing.assert_array_equal(large.real, data.load(name, split="test", size=48).x)  # not enlarged from 32
    assert len(large.train) == 198 and large.labels is None
