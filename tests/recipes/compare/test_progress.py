"""What a comparison says while it runs."""

from types import SimpleNamespace

from minigan.recipes.compare import progress as module
from minigan.recipes.compare import scores
from minigan.recipes.compare.pool import Ending
from minigan.recipes.compare.progress import Progress


def test_every_ending_is_said_once(tmp_path, monkeypatch):
    class Job(SimpleNamespace):
        __hash__ = object.__hash__

        def drawn(self):
            return 5

    one, two = (Job(name=f"gan/seed-{i}", path=tmp_path / str(i), settings=SimpleNamespace(steps=10)) for i in range(2))
    one.path.mkdir()
    result = scores.Result("finished", dict(modes=7.0, high_quality=0.5, reverse_kl=0.25, fid=3.0), 12.0, of=8)
    (one.path / "checkpoint.npz").write_bytes(b"some")
    scores.keep(one.path, result)
    said = []
    now = iter([1000.0, 1060.0, 0.0])
    monkeypatch.setattr(module, "monotonic", lambda: next(now))
    left = "00:25"  # 1.2 of 1.7 runs in a minute
    progress = Progress([one, two], [one, two], {one: 0, two: 3}, True, said.append)
    progress([one, two], {})
    assert progress.part(one) == progress.part(two) == 0.5
    for _ in range(3):
        progress([two], {one: Ending("finished")})
    progress([], {one: Ending("finished"), two: Ending("failed", "no data")})
    progress.close()
    assert said == [
        "2 runs: 0 finished, 1 half done, 1 to begin",
        f"gan/seed-0: 7 of 8 modes, 50.0% of high quality, reverse KL 0.250, FID 3 (12 s); {left} left",
        "gan/seed-1: failed: no data",
    ]
    said.clear()
    Progress([one], [], {one: 10}, False, said.append).close()
    assert said == []
