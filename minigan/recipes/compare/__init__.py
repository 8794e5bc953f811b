"""Several recipes and baselines, several seeds each, compared in one table and one picture.

plan.py        which runs there are;  jobs.py: one of them, trained or fitted: how far it is, and how to do it
pool.py        as many at once as there are cores;  worker.py: one run, in a process of its own
scores.py      what a finished run is worth, kept beside it
published.py   what the papers report
comparison.py  all of it together;  progress.py: what is seen meanwhile
"""

from minigan.recipes.compare.comparison import Comparison, compare
