"""Which runs a comparison is made of, and what it refuses before it begins."""

import pytest

from minigan.recipes import train
from minigan.recipes.compare.plan import cores, plan


def trained(job):
    train(job.settings, out=job.path, progress=False, say=lambda text: None)


def test_every_recipe_gets_a_seed_before_any_gets_the_next(tmp_path):
    jobs = plan(["gan", "lsgan"], "grid", 3, out=tmp_path, steps=7, preset="points", split="test")
    assert [job.name for job in jobs] == [f"{name}/seed-{seed}" for seed in range(3) for name in ("gan", "lsgan")]
    for job in jobs:
        assert job.path == tmp_path / job.name
        assert (job.settings.recipe, job.settings.seed) == (job.recipe, job.seed)
        assert (job.settings.data, job.settings.steps, job.settings.preset) == ("grid", 7, "points")
        assert job.settings.split == "test"
    assert jobs[0].settings.loss != jobs[1].settings.loss
    assert str(plan(["gan"], "folder:my/cats")[0].path) == "runs/compare-folder-my-cats/gan/seed-0"
    assert (
        str(plan(["gan"], "stacked-digits:digits-8x8")[0].path) == "runs/compare-stacked-digits-digits-8x8/gan/seed-0"
    )


@pytest.mark.parametrize(
    "recipes, options, message",
    [
        ([], {}, "name the recipes"),
        (["lsgan", "gan", "lsgan"], {}, "'lsgan' is named 2 times"),
        (["ls-gan"], {}, "unknown recipe 'ls-gan'.* did you mean lsgan"),
        (["gan"], {"seeds": 0}, "--seeds must be at least 1, got 0"),
        (["gan"], {"data": "rings"}, "'rings'; did you mean ring"),
        (["gan"], {"preset": "quick"}, "recipe 'gan': preset 'quick' draws pictures"),
        (["gan"], {"steps": 0}, "recipe 'gan': --steps must be at least 1"),
    ],
)
def test_refused(recipes, options, message):
    with pytest.raises(ValueError, match=message):
        plan(recipes, **options)


def test_how_far_a_run_is(jobs):
    (job,) = jobs(["gan"], steps=3)
    assert job.step() == job.drawn() == 0
    trained(job)
    assert job.step() == job.drawn() == 3


def test_a_folder_made_with_other_settings_is_refused(jobs, tmp_path):
    (job,) = jobs(["gan"], steps=2)
    trained(job)
    (same,) = jobs(["gan"], steps=2, sample_every=2, checkpoint_every=1, data_dir="elsewhere")
    assert same.step() == 2
    for options, message in [
        (dict(steps=3), "made with --steps 2 where 3 is asked for now"),
        (dict(steps=2, lr=0.5), "made with --lr"),
        (dict(steps=2, batch_size=9, beta1=0.0), "--batch-size 8 where 9 .*--beta1 0.5 where 0.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            jobs(["gan"], **options)[0].step()
    job.path.rename(tmp_path / "other")
    (tmp_path / "hinge").mkdir()
    (tmp_path / "other").rename(tmp_path / "hinge" / "seed-0")
    with pytest.raises(ValueError, match="--recipe gan where hinge"):
        jobs(["hinge"], steps=2)[0].step()
    (tmp_path / "hinge/seed-0/checkpoint.npz").unlink()
    with pytest.raises(ValueError, match="--recipe gan where hinge"):  # config.json alone tells it too
        jobs(["hinge"], steps=2)[0].step()


def test_a_folder_with_something_else_is_refused(jobs):
    (job,) = jobs(["gan"])
    job.path.mkdir(parents=True)
    (job.path / "metrics.csv").write_text("mine")
    with pytest.raises(ValueError, match="something that is not a run"):
        job.step()


def test_cores():
    assert cores() >= 1
