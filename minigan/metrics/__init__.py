"""How good is a generator? Scores on features (N, d) or class probabilities (N, K), each in a file beside its formula.

    fid(real, fake), kid(real, fake), precision_recall(real, fake), density_coverage(real, fake)   on features
    inception_score(probs), stacked_mode_coverage(probs)                                           on probabilities
    label_accuracy(probs, labels)                                                  on samples drawn for labels
    intra_fid(real, real_labels, fake, fake_labels), within_class(real, fake)      class by class, on features
    mode_coverage(points, centres, sigma)                                                          on points
    score_stacked(images, network)                                                       on stacked digits
    signal_mode_coverage(spectrograms, templates), spectral_distance(real, fake)           on signals, see signals.py
    copying(train, held_out, fake), nearest_neighbours(queries, references)                        is it copying?
    sharpness(real, fake)                                                                          on images

All compute in float64 and return a `Score`, which is a float. Features come from `feature_network`, a small LeNet.
"""

from minigan.metrics.by_class import intra_fid, within_class
from minigan.metrics.density_coverage import density_coverage
from minigan.metrics.fid import fid
from minigan.metrics.inception_score import inception_score
from minigan.metrics.kid import kid
from minigan.metrics.label_accuracy import label_accuracy
from minigan.metrics.lenet import LeNet, Seen, Verdict, train_lenet, verdict
from minigan.metrics.modes import mode_coverage, stacked_mode_coverage
from minigan.metrics.neighbours import Neighbours, copying, copying_of, nearest_neighbours
from minigan.metrics.network_files import feature_network
from minigan.metrics.precision_recall import precision_recall
from minigan.metrics.score import Score
from minigan.metrics.sharpness import sharpness
from minigan.metrics.signals import Templates, signal_mode_coverage, spectral_distance
from minigan.metrics.stacked import StackedLeNet, score_stacked
