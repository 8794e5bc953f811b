"""What a generator is good for: the noise of a picture, and with it to repair, denoise, enlarge, and walk.

    y = Mask(visible).forward(x)                                              # what is seen of pictures x
    found = find(Objective(G, y, Mask(visible), prior=1), noise, rng)         # noise: minigan.models.Noise(z_dim)
    repaired = poisson(y, found.pictures(G)[:, 0], visible)

README.md in this folder has the formula, the commands and what they are worth.
"""

from .average import average
from .blend import paste, poisson
from .directions import Directions, class_means, ganspace
from .find import Found, Search, find
from .masks import importance, mask_of
from .objective import ERRORS, Objective
from .odd import anogan, auc, feature_discrepancy, residual, roc
from .operators import Downsample, Identity, Mask, Operator
from .remainder import remainder
from .tasks import Denoise, Enlarge, Repair, Task, psnr, squared_error
