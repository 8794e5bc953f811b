"""minigan: generative adversarial networks from scratch, every gradient derived by hand.

    import minigan

    folder, finished = minigan.train(minigan.Settings(data="digits"))      # what `minigan train` does
    G, config = minigan.load(folder)                                       # the generator of a run
    images = minigan.sample(G, z)

    from minigan.layers import Dense, LeakyReLU, Sequential
    from minigan.gan import d_step, g_step

`import minigan` loads nothing else: a part is loaded when its name is used for the first time.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

PARTS = ("batch", "data", "gan", "gan_fused", "gradcheck", "kernels", "layers", "losses", "metrics", "models",
         "objectives", "optim", "penalties", "recipes", "register", "report", "schedules", "terms", "training",
         "unrolled", "vae")  # fmt: skip
NAMES = {  # name -> where it stands, and what it is called there
    "train": ("recipes", "train"),
    "load": ("recipes", "load_generator"),
    "sample": ("recipes", "sample"),
    "Settings": ("recipes", "Settings"),
    "check_layer": ("gradcheck", "check_layer"),
    "Batch": ("batch", "Batch"),
    "Gan": ("objectives", "Gan"),
    "Trainer": ("training", "Trainer"),
}
__all__ = ["__version__", *PARTS, *NAMES]


def __getattr__(name: str) -> Any:
    if name in PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in NAMES:
        part, own = NAMES[name]
        return getattr(importlib.import_module(f"{__name__}.{part}"), own)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
