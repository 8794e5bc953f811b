"""Data: from files, or from a random generator, to the input of a network.

    dataset = load("digits")                                 # uint8 images, labels, cleaned, hashed
    x = prepare(dataset, size=32, channels=1)                # float32 (N, 32, 32, 1) in [-1, 1]

One file per source (digits, mnist, emnist, stacked, folder, arrays, points, signals), and between them and the network
what is done to the samples: cleaning, steps and augmentation of pictures, scaling of numbers. `catalogue` ties them
together. What a folder needs besides: finding (which files are pictures), pictures (one file to pixels), fitting (all
to one size). What array files need besides: npz (the arrays of a file).
"""

from .augmentation import augment
from .catalogue import DESCRIPTIONS, is_arrays, is_points, kind_by_name, kind_of, load, rate_of, register
from .cleaning import CleaningReport, clean
from .dataset import SPLITS, Dataset, hash_arrays, subset
from .points import grid, grid_centres, known_modes, ring, ring_centres, swiss_roll
from .scaling import Scaling
from .signals import SETS as SIGNAL_SETS
from .signals import make_signals
from .stacked import SOURCES as STACKED_SOURCES
from .stacked import stack
from .steps import crop, denormalise, normalise, pad, prepare, prepare_images, resize, to_channels, to_uint8
