"""Layers, one family a file.

==================  ============================================================================
``base``            Layer, which all others are
``core``            Dense
``embedding``       Embedding
``activation``      Activation, and a class for each activation
``normalization``   BatchNormalization, LayerNormalization
``regularization``  Dropout, GaussianNoise
``reshaping``       Flatten, Reshape, Permute
``merging``         Add, Multiply, Average, Concatenate
``preprocessing``   Rescaling, Normalization
``functional``      Lambda
``input``           Input, the shape of one sample
==================  ============================================================================
"""

from nn.layers.activation import (
    ELU,
    GELU,
    SELU,
    Activation,
    Exponential,
    HardSigmoid,
    HardTanh,
    LeakyReLU,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from nn.layers.base import Layer
from nn.layers.core import Dense
from nn.layers.embedding import Embedding
from nn.layers.functional import Lambda
from nn.layers.input import Input
from nn.layers.merging import Add, Average, Concatenate, Multiply
from nn.layers.normalization import BatchNormalization, LayerNormalization
from nn.layers.preprocessing import Normalization, Rescaling
from nn.layers.regularization import Dropout, GaussianNoise
from nn.layers.reshaping import Flatten, Permute, Reshape

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Add",
    "Average",
    "BatchNormalization",
    "Concatenate",
    "Dense",
    "Dropout",
    "Embedding",
    "Exponential",
    "Flatten",
    "GaussianNoise",
    "HardSigmoid",
    "HardTanh",
    "Input",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "ReLU6",
    "Rescaling",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]
