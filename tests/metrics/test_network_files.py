"""Feature networks on disk: the bundled one, the cached ones, and files that are not what they should be."""

import os

import numpy as np
import pytest

from minigan import data
from minigan.data.dataset import make_dataset
from minigan.files import bundled_folder
from minigan.metrics import LeNet, feature_network, network_files
from minigan.metrics.network_files import BUNDLED, load_lenet, network_size, save_lenet, train_for


@pytest.fixture
def small(rng):
    """150 pictures of bars, upright or lying: a set with labels, and the same without."""
    labels = rng.integers(0, 2, 150)
    x = rng.integers(0, 60, (150, 8, 8, 1)).astype(np.uint8)
    for image, label in zip(x, labels, strict=True):
        image[:, 3:5] = 255 * (1 - label) + image[:, 3:5] * label
        image[3:5] = 255 * label + image[3:5] * (1 - label)
    return make_dataset("npz:bars.npz", "train", x, labels, None), make_dataset("npz:bars.npz", "train", x, None, None)


@pytest.fixture
def quickly(monkeypatch):
    """Training of 30 steps."""
    monkeypatch.setattr(network_files, "train_for", lambda dataset, progress: train_for(dataset, steps=30))


def test_saved_and_loaded(tmp_path):
    net = LeNet(12, 3, 5, np.random.default_rng(0))
    for p in net.net.params.values():
        p[...] = p.astype(np.float16)
    save_lenet(tmp_path / "a.npz", net)
    save_lenet(tmp_path / "b.npz", net)
    again = load_lenet(tmp_path / "a.npz")
    assert again.sizes == (12, 3, 5) and again.sha256 == net.sha256
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert load_lenet(tmp_path / "a.npz", net.sha256).sha256 == net.sha256
    with pytest.raises(ValueError, match="is damaged"):
        load_lenet(tmp_path / "a.npz", "0" * 64)


@pytest.mark.parametrize("name, least", [("digits", 0.983), ("digits-8x8", 0.99)])
def test_a_bundled_network_has_its_hash_and_reads_digits(name, least):
    net, held_out = feature_network(data.load(name)), data.load(name, split="test")
    assert net.sha256 == BUNDLED[name]
    card = (bundled_folder("datasets") / f"lenet_{name}.md").read_text(encoding="utf-8")
    accuracy = net.accuracy(data.prepare(held_out, network_size(held_out.x), 1), held_out.labels)
    assert accuracy >= least and net.sha256 in card and f"{accuracy:.2%}".replace("%", " %") in card


def test_trained_once_and_kept(small, quickly, tmp_path):
    said = []
    labelled, bare = small
    first = feature_network(labelled, cache=tmp_path, say=said.append)
    assert first.sizes == (16, 1, 2) and len(said) == 1 and "once" in said[0]
    again = feature_network(labelled, cache=tmp_path, say=said.append)
    assert again.sha256 == first.sha256 and len(said) == 1
    turned = feature_network(bare, cache=tmp_path, say=said.append)
    assert turned.sizes == (16, 1, 4) and turned.sha256 != first.sha256 and len(said) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_one_class_only_is_no_class_to_learn(small, quickly, tmp_path):
    single = make_dataset("npz:bars.npz", "train", small[0].x, np.zeros(150, int), None)
    turned = feature_network(small[1], cache=tmp_path)
    assert feature_network(single, cache=tmp_path).sha256 == turned.sha256 and turned.sizes == (16, 1, 4)


def test_networks_with_and_without_labels_are_kept_apart_though_the_hash_is_of_x_alone(small, quickly, tmp_path):
    four = small[0].labels + 2 * (np.arange(150) % 2)  # as many classes as there are quarters of a turn
    folder = make_dataset("folder:bars", "train", small[0].x, four, None, tuple("abcd"), hash_labels=False)
    assert folder.sha256 == small[1].sha256
    networks = [feature_network(dataset, cache=tmp_path) for dataset in (small[1], folder)]
    assert [net.sizes for net in networks] == [(16, 1, 4)] * 2 and networks[0].sha256 != networks[1].sha256


def test_a_class_without_images_in_the_split_has_its_place(small, quickly, tmp_path):
    three = make_dataset("npz:bars.npz", "train", small[0].x, small[0].labels, None, ("a", "b", "c"))
    assert feature_network(small[0], cache=tmp_path).sizes == (16, 1, 2)
    assert feature_network(three, cache=tmp_path).sizes == (16, 1, 3)  # not the one above, which has the same arrays


def test_a_damaged_or_foreign_file_is_trained_again(small, quickly, tmp_path):
    said = []
    first = feature_network(small[0], cache=tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    other = LeNet(16, 1, 3, np.random.default_rng(1))
    for damage in (b"", whole[: len(whole) // 2], b"not a zip"):
        path.write_bytes(damage)
        assert feature_network(small[0], cache=tmp_path, say=said.append).sha256 == first.sha256
        assert path.read_bytes() == whole and "again" in said[-2] + said[-1]
    for arrays in (
        dict(sizes=np.array([16, 1, 2]), sha256=np.zeros(32, np.uint8)),
        dict(sizes=np.array([16, 1, 10**9]), sha256=np.zeros(32, np.uint8)),
        dict(sizes=np.array(3), sha256=np.zeros(32, np.uint8)),
        dict(images=np.zeros(3)),
        dict(sizes=np.array([16, 1, 3]), sha256=np.zeros(32, np.uint8), **other.net.params),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match="is damaged"):
            load_lenet(path)


@pytest.mark.skipif(os.name != "posix" or not os.path.exists("/dev/null"), reason="needs a path that is no folder")
def test_a_cache_that_cannot_be_written_is_no_error(small, quickly):
    said = []
    assert feature_network(small[0], cache="/dev/null/cache", say=said.append).sizes == (16, 1, 2)
    assert "the next time it is trained again" in said[-1]


def test_sizes_and_points(rng):
    assert network_size(np.zeros((1, 8, 8, 1))) == network_size(np.zeros((1, 16, 9, 1))) == 16
    assert network_size(np.zeros((1, 28, 28, 1))) == network_size(np.zeros((1, 64, 64, 3))) == 32
    with pytest.raises(ValueError, match="holds points"):
        feature_network(data.load("ring", rng=rng, n=100))


@pytest.mark.slow
def test_the_bundled_network_can_be_made_again():
    """The same weights on the kind of processor it was made on; everywhere one that is as good."""
    from minigan.kernels.machine import threads

    held_out = data.load("digits-8x8", split="test")
    before = threads.count()
    threads.set_count(1)
    try:
        net = train_for(data.load("digits-8x8"))
    finally:
        threads.set_count(before)
    accuracy = net.accuracy(data.prepare(held_out, 16, 1), held_out.labels)
    same = net.sha256 == BUNDLED["digits-8x8"]
    print(f"{accuracy:.4f}, {'the same' if same else 'another network: ' + net.sha256}")
    assert accuracy >= 0.98


@pytest.mark.slow
@pytest.mark.skipif("MINIGAN_DATA" not in os.environ, reason="needs MNIST under $MINIGAN_DATA")
def test_mnist():
    """97.5 % from 8,000 images; needs the t10k files."""
    mnist = data.load("mnist", split="test")
    order = np.random.default_rng(0).permutation(len(mnist))  # its first half is cleaner than its second
    train, held_out = (make_dataset("mnist", "train", mnist.x[i], mnist.labels[i], None)
                       for i in (order[:8000], order[8000:]))  # fmt: skip
    accuracy = train_for(train).accuracy(data.prepare(held_out, 32, 1), held_out.labels)
    print(f"{accuracy:.4f} of {len(held_out)}")
    assert accuracy >= 0.975
