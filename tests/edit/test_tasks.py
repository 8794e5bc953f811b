"""What is seen in each task, how its result is finished, and what it is held against."""

import numpy as np
import pytest

from minigan.edit.masks import half
from minigan.edit.tasks import Denoise, Enlarge, Repair, Task, psnr, squared_error


def tasks():
    return [Task(), Repair(half("right", 8, 8)), Denoise(0.3), Enlarge(2)]


@pytest.mark.parametrize("task", tasks(), ids=lambda task: task.name)
def test_each_task_has_all_that_the_search_asks(task, G, rng):
    train, x = rng.uniform(-1, 1, (20, 8, 8, 1)), rng.uniform(-1, 1, (3, 8, 8, 1))
    y = task.see(x, rng)
    f, slopes = task.objective(G, y)(rng.standard_normal((3, 5)), None, np.arange(3))
    assert np.isfinite(f).all() and slopes.shape == (3, 5) and task.prior > 0
    assert task.shown(y).shape == x.shape and np.abs(task.shown(y)).max() <= 1 + 1e-9
    assert task.finish(y, x).shape == x.shape
    for name, other in task.others().items():
        out = other(train, y, x)
        assert out.shape == x.shape and np.isfinite(out).all() and np.abs(out).max() <= 1, name


def test_the_true_picture_is_left_as_it_is(rng):
    x = rng.uniform(-1, 1, (2, 8, 8, 1))
    for task in tasks():
        if not task.noise:
            assert np.allclose(task.finish(task.see(x, rng), x), x)


def test_noise_has_the_deviation_that_is_asked_for(rng):
    x = np.zeros((50, 8, 8, 1))
    assert Denoise(0.25).see(x, rng).std() == pytest.approx(0.5, rel=0.05)  # 0.25 of 0..1 is 0.5 of -1..1


def test_only_hidden_pixels_are_counted(rng):
    x = rng.uniform(-1, 1, (2, 8, 8, 1))
    wrong = x.copy()
    wrong[:, :, :4] = 0  # in the half that is seen
    counted = Repair(half("right", 8, 8)).counted
    assert counted(x).shape == (2, 32) and np.array_equal(counted(x), counted(wrong))
    assert not np.array_equal(Task().counted(x), Task().counted(wrong))


def test_pixels_near_the_hole_weigh_most():
    weights = Repair(half("right", 8, 8)).weights[:, :, 0]
    assert weights[4, 3] == 1 and weights[4, 3] > weights[4, 2] > weights[4, 0] > 0 and (weights[:, 4:] == 0).all()


def test_an_enlarged_picture_shrinks_to_what_was_seen(rng):
    task, x = Enlarge(2), np.full((1, 8, 8, 1), 0.1)
    y = task.see(x + 0.2, rng)
    assert np.allclose(task.finish(y, x), x + 0.2)


def test_scores():
    a, b = np.zeros((2, 4)), np.array([[0.2] * 4, [2.0] * 4])
    assert np.allclose(squared_error(a, b), [0.01, 1]) and np.allclose(psnr(a, b), [20, 0])
    assert psnr(a, a)[0] == 100


def test_refused():
    with pytest.raises(ValueError, match="unknown --blend 'glue'; expected one of: poisson, paste"):
        Repair(half("right", 8, 8), "glue")
    with pytest.raises(ValueError, match="sigma, the deviation of the noise, must be a finite number above 0"):
        Denoise(0)
