"""Mean and covariance in files: what is written is read again, what no features can have is refused."""

import numpy as np
import pytest

from minigan.metrics import fid
from minigan.metrics.fid import fid_to, moments
from minigan.metrics.moments_file import load_moments, save_moments


def test_there_and_back(tmp_path, rng):
    x, file = rng.standard_normal((50, 6)), tmp_path / "a.npz"
    save_moments(file, moments(x), "ab" * 32, 50)
    saved = load_moments(file, width=6)
    np.testing.assert_allclose(saved.mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(saved.covariance, np.cov(x, rowvar=False), rtol=1e-12)
    assert (saved.network, saved.samples) == ("ab" * 32, 50)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_file_of_pytorch_fid(tmp_path, rng, dtype):
    """Two keys, and a FID equal to that of the features, to the digits that the file keeps."""
    real, fake = rng.standard_normal((80, 7)), rng.standard_normal((90, 7)) * 1.5 + 1
    np.savez(tmp_path / "a.npz", mu=real.mean(axis=0).astype(dtype), sigma=np.cov(real, rowvar=False).astype(dtype))
    saved = load_moments(tmp_path / "a.npz")
    assert saved.network is None and saved.samples is None
    score, whole = fid_to(saved.pair, fake, replicates=20), fid(real, fake)
    assert score.value == pytest.approx(whole.value, rel=1e-12 if dtype == np.float64 else 1e-5)
    assert score.means + score.covariances == score.value and score.interval[0] < score.value < score.interval[1]


def test_singular_is_no_mistake(tmp_path, rng):
    x = rng.standard_normal((5, 9)).astype(np.float32)  # of five samples in nine dimensions, and one that is constant
    x[:, 3] = 2
    np.savez(tmp_path / "a.npz", mu=x.mean(axis=0), sigma=np.cov(x, rowvar=False).astype(np.float32))
    assert load_moments(tmp_path / "a.npz").covariance.shape == (9, 9)


@pytest.mark.parametrize(
    ("mu", "sigma", "match"),
    [
        (np.zeros(3), np.eye(4), r"expected mu \(d,\) and sigma \(d, d\), found \(3,\) and \(4, 4\)"),
        (np.zeros((3, 1)), np.eye(3), r"found \(3, 1\) and \(3, 3\)"),
        (np.full(3, np.nan), np.eye(3), "found NaN or infinity in mu;"),
        (np.zeros(3), np.diag([1, np.inf, 1]), "found NaN or infinity in sigma"),
        (np.zeros(2), np.array([[1, 0.5], [0.4, 1]]), "symmetric sigma, found entries that differ by 0.1"),
        (np.zeros(2), np.array([[1, 2], [2, 1]]), "the eigenvalue -1 and 3: no variance is below 0"),
        (np.zeros(2), -np.eye(2), "no variance is below 0"),
        (np.zeros(2, object), np.eye(2), "pickled objects, never read"),
        (np.zeros(5), np.eye(5), "expected features of width 2, found mu and sigma of width 5"),
    ],
)
def test_refused(tmp_path, mu, sigma, match):
    np.savez(tmp_path / "a.npz", mu=mu, sigma=sigma)
    with pytest.raises(ValueError, match=match) as caught:
        load_moments(tmp_path / "a.npz", width=2 if len(mu) in (2, 5) else None)
    assert "a.npz" in str(caught.value) and "\n" not in str(caught.value)


def test_keys_and_files_that_are_none(tmp_path):
    np.savez(tmp_path / "a.npz", mu=np.zeros(2))
    with pytest.raises(ValueError, match="expected the key 'sigma'"):
        load_moments(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", mu=np.zeros(2), sigma=np.eye(2), network=np.zeros(5))
    with pytest.raises(ValueError, match="32 bytes of a hash"):
        load_moments(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="expected an .npz file, found nothing"):
        load_moments(tmp_path / "none.npz")


def test_fid_to_refuses_as_fid_does(rng):
    real, fake = (np.zeros(5), np.eye(5)), rng.standard_normal((9, 5))
    for x, match in ((fake[:5], "at least 6 fake samples, got 5"), (fake[:, :4], "one width, got 5 and 4"),
                     (fake * np.nan, "9 of 9 rows with NaN")):  # fmt: skip
        with pytest.raises(ValueError, match=match):
            fid_to(real, x)
