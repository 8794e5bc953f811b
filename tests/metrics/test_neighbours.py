"""Nearest neighbours are the nearest; copies are told from new samples."""

import numpy as np

from minigan.metrics import copying, nearest_neighbours, pairwise


def test_the_nearest_are_the_nearest(cloud, monkeypatch):
    queries, references = cloud(30), cloud(50, seed=1)
    distance = np.linalg.norm(queries[:, None] - references, axis=2)
    for block in (2**22, 150):
        monkeypatch.setattr(pairwise, "BLOCK", block)
        found = nearest_neighbours(queries, references, k=4)
        np.testing.assert_array_equal(found.index, np.argsort(distance, axis=1)[:, :4])
        np.testing.assert_allclose(found.distance, np.sort(distance, axis=1)[:, :4], rtol=1e-11)


def test_copies_are_told_from_new_samples(cloud):
    train, held_out, new = cloud(300), cloud(200, seed=1), cloud(400, seed=2)
    noise = cloud(300, seed=3)
    assert copying(train, held_out, train[::-1]) == 1
    assert copying(train, held_out, train + 0.05 * noise) > 0.95
    honest = copying(train, held_out, new, replicates=200)
    assert 0.4 < honest < 0.6 and honest.interval[0] < honest < honest.interval[1]
    assert copying(train, held_out, new + 50) == 0
    assert np.isclose(copying(train, held_out, held_out), 0.5, rtol=1e-14)  # every tie counts half


def test_it_counts_pairs():
    train, held_out, fake = np.array([[0.0]]), np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[2.0], [3.5]])
    # d(fake) = 2: nearer than two, equal to one; 3.5: nearer than one.
    assert copying(train, held_out, fake) == (2 + 0.5 + 1) / 8
