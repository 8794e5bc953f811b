"""A demonstration: the training of `collapse` with one change, and G draws all eight modes.

The change is a penalty on D's slope near the real points (DRAGAN, weight 1). D can no longer raise one steep peak that
all points run to: around each mode it slopes gently, so a point is drawn to the mode nearest to it, and all eight stay.
What one sees (samples.gif): the points spread over a ring, and the ring thickens at eight places.

Kodali et al. 2017, arXiv:1705.07215, section 2.3: sharp gradients of D around real data go with collapse, and
algorithm 1 is the penalty. Their weight is 10.
"""

from minigan.recipes.book import collapse

SUMMARY = "the training of collapse with one penalty: all eight modes"
KIND = "demonstration"
CHOICES = collapse.CHOICES | {"penalty": ("dragan:1",)}
