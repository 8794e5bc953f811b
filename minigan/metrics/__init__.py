"""Judging a generator: a classifier of the real classes, asked about the generated images."""

from minigan.metrics.classifier import Verdict, classifier, judge, predict, train_classifier

__all__ = ["Verdict", "classifier", "judge", "predict", "train_classifier"]
