"""Walks: the ways between two noises, closed paths, frames."""

import numpy as np
import pytest

from minigan.recipes import Settings, train
from minigan.recipes import walk as walks
from minigan.recipes.numbered import Numbered
from minigan.recipes.walk import path_of, spherical, stops_of, straight, walk, walk_through_classes


def test_the_arc_is_as_long_as_its_ends(rng):
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.standard_normal((2, 5, 7)))
    middle = spherical(a, b, 0.5)
    np.testing.assert_allclose(np.linalg.norm(middle, axis=1), 1)
    np.testing.assert_allclose(spherical(a, b, 0), a)
    np.testing.assert_allclose(spherical(a, b, 1), b)
    angle = [np.arccos((a * x).sum(axis=1)) for x in (spherical(a, b, 0.25), b)]
    np.testing.assert_allclose(angle[0], angle[1] / 4)  # even steps
    assert (np.linalg.norm(straight(a, b, 0.5), axis=1) < 1).all()


def test_where_there_is_no_arc_it_is_the_line():
    a = np.array([[1.0, 2.0], [1.0, 0.0], [3.0, 0.0], [0.0, 0.0]])
    b = np.array([[2.0, 4.0], [-1.0, 0.0], [3.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(spherical(a, b, 0.25)[:3], straight(a, b, 0.25)[:3])
    assert np.isfinite(spherical(a, b, 0.25)).all()


def test_a_path_is_closed_and_passes_its_stops(rng):
    stops = rng.standard_normal((3, 2, 4))
    path = path_of(stops, 5, straight)
    assert path.shape == (15, 2, 4)
    np.testing.assert_array_equal(path[::5], stops)
    np.testing.assert_allclose(path[14], 0.2 * stops[2] + 0.8 * stops[0])  # on its way back


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Short runs: images with a code, and points."""
    folder = tmp_path_factory.mktemp("runs")
    settings = {
        "images": Settings(data="digits-8x8", image_size=8, batch_size=8, steps=2, codes=3, term=["information:1"]),
        "points": Settings(data="ring", batch_size=16, steps=3),
    }
    paths = {
        name: train(one, out=folder / name, progress=False, say=lambda text: None)[0] for name, one in settings.items()
    }
    return {name: Numbered(path) for name, path in paths.items()}


def test_frames_of_images(runs):
    run, numbers = runs["images"], np.arange(12).reshape(3, 4)
    frames = walk(run, numbers, frames=2, zoom=1)
    assert len(frames) == 6 and all(frame.shape == frames[0].shape for frame in frames)
    assert len({frame.tobytes() for frame in frames}) == 6
    stops, labels = stops_of(run, numbers)
    assert labels is None and (stops[:, :, -3:] == run.noise(range(4))[None, :, -3:]).all()  # each keeps its code
    other = walk(run, numbers, frames=2, zoom=1, way="straight")
    assert np.array_equal(other[0], frames[0]) and not np.array_equal(other[1], frames[1])


def test_frames_of_points_have_one_scale(runs):
    frames = walk(runs["points"], np.arange(60).reshape(2, 30), frames=2)
    assert len(frames) == 4 and not np.array_equal(frames[0], frames[1])
    np.testing.assert_array_equal(frames[0][-40:], frames[2][-40:])  # the axis with its numbers stands still


def test_refusals(runs):
    run, two = runs["images"], np.array([[0], [1]])
    for numbers, options, message in [
        (two[:1], {}, "--walk needs at least 2 noises"),
        (two, dict(frames=0), "--frames must be at least 1, got 0"),
        (two, dict(way="round"), "unknown --path 'round'; expected one of: spherical, straight"),
        (two, dict(frames=10_000, zoom=100), r"20,000 frames of 1.9 MB are too large to hold \(1 GB"),
    ]:
        with pytest.raises(ValueError, match=message):
            walk(run, numbers, **options)


def test_from_class_to_class_the_noise_stays(told_runs, monkeypatch):
    run, drawn = Numbered(told_runs / "mixed"), []
    monkeypatch.setattr(walks, "kind_of", lambda shape: Kind(drawn))
    assert len(walk_through_classes(run, [4, 9], [3, 7, 1], frames=4)) == 12
    frames = drawn[-12:]
    for stop, label in ((0, 3), (4, 7), (8, 1)):
        np.testing.assert_allclose(frames[stop], run.draw(run.noise([4, 9]), np.array([label, label])), atol=1e-6)
    quarter = np.zeros((2, 10), np.float32)
    quarter[:, [7, 1]] = 0.75, 0.25
    np.testing.assert_array_equal(frames[5], run.draw(run.noise([4, 9]), quarter))
    assert len({frame.tobytes() for frame in frames}) == 12


class Kind:
    """Stands in for the kind of samples: it keeps what it should draw."""

    def __init__(self, drawn):
        self.drawn = drawn

    def picture(self, samples, look):
        self.drawn.append(samples)
        return np.zeros((4, 4, 3), np.uint8)


def test_what_a_walk_through_classes_refuses(told_runs, runs):
    run, whole = (Numbered(told_runs / name) for name in ("mixed", "whole"))
    for one, classes, options, message in [
        (run, [3], {}, "--walk needs at least 2 classes, such as --class 3,7,1"),
        (run, [3, 7], dict(frames=0), "--frames must be at least 1, got 0"),
        (run, [3, 7], dict(frames=10_000, zoom=100), "are too large to hold"),
        (whole, [3, 7], {}, "whole cannot draw mixtures of classes .*minigan.batch.memberships.*--class all"),
    ]:
        with pytest.raises(ValueError, match=message):
            walk_through_classes(one, [0, 1], classes, **options)
