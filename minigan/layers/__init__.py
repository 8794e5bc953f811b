"""The layers, each a pair of functions forward and backward; `base.py` states what they promise."""

from minigan.layers.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from minigan.layers.attention import Attend, self_attention
from minigan.layers.base import Layer, StaleCacheError
from minigan.layers.combine import Composite, Concat, Identity, Sequential, SharedCondition, Sum
from minigan.layers.conditional_norm import ConditionalBatchNorm, ModulatedBatchNorm
from minigan.layers.conv import Conv2D, Conv2DTranspose
from minigan.layers.conv1d import Conv1D, Conv1DTranspose
from minigan.layers.dense import Dense
from minigan.layers.diff_augment import DiffAugment
from minigan.layers.dropout import Dropout
from minigan.layers.embedding import AtLabel, Embedding
from minigan.layers.equalised import Equalised, unit_normal
from minigan.layers.fade import Fade, faded_in, fading
from minigan.layers.gain import Gain
from minigan.layers.initialisers import dcgan_normal, glorot_uniform, he_normal, orthogonal
from minigan.layers.instance_noise import InstanceNoise
from minigan.layers.log_sum_exp import LogSumExp
from minigan.layers.maxout import Maxout, MaxoutDense
from minigan.layers.minibatch import MinibatchDiscrimination
from minigan.layers.minibatch_std import MinibatchStdDev
from minigan.layers.norm import BatchNorm
from minigan.layers.pack import Pack
from minigan.layers.phase_shuffle import PhaseShuffle
from minigan.layers.pixel_norm import PixelNorm
from minigan.layers.pool import AveragePool2D, MaxPool2D, SumPool
from minigan.layers.shape import Flatten, Reshape, UpSampling2D
from minigan.layers.spectral import SpectralNorm, output_axes, spectral_normalised
from minigan.layers.summary import flop, summary, total_flop
from minigan.layers.virtual_norm import VirtualBatchNorm, WithReference
