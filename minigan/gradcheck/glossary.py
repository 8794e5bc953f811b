"""All causes that a check may find, by the kind of what is checked: for reports, the quiz, and a class to discuss."""

from minigan.gradcheck.core.causes import Causes
from minigan.gradcheck.games.causes import GAME
from minigan.gradcheck.layers.causes import LAYER
from minigan.gradcheck.layers.network import NETWORK
from minigan.gradcheck.layers.second import SECOND
from minigan.gradcheck.losses.causes import LOSS
from minigan.gradcheck.optimizers.causes import OPTIMIZER

OF_KIND = {"layer": LAYER, "network": NETWORK, "double-backward": SECOND}
OF_KIND |= {"loss": LOSS, "optimizer": OPTIMIZER, "game": GAME}


def glossary(kind: str) -> Causes:
    """Name -> Cause: all that may be found in a "layer", "network", "double-backward", "loss", "optimizer" or "game".

    Raises KeyError for another kind.
    """
    return OF_KIND[kind]
