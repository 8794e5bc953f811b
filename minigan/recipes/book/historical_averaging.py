"""Historical averaging: each player is drawn back to the mean of the places it has been at.

|theta - mean of all theta so far|^2 is added to both players' costs, as fictitious play does in games with few
actions: it finds equilibria that plain gradient descent circles around.

Salimans et al. 2016, arXiv:1606.03498, section 3.3. The paper gives no weight; this one is ours.
"""

SUMMARY = "each player is drawn to the mean of its past"
KIND = "technique"
CHOICES = {"loss": "non-saturating", "historical": 0.001}
