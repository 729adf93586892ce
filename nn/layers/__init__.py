"""Layers, one family a file.

==================  ============================================================================
``base``            Layer, which all others are
``core``            Dense, Identity
``einsum_dense``    EinsumDense
``embedding``       Embedding
``attention``       Attention, AdditiveAttention
``multi_head_...``  MultiHeadAttention, GroupQueryAttention
``masking``         Masking; ``masks`` says how masks pass through layers
``spatial``         what layers on lines, images and volumes share
``convolution``     Conv1D, 2D, 3D
``transposed_...``  Conv1DTranspose, 2D, 3D
``depthwise_...``   DepthwiseConv1D, 2D; SeparableConv1D, 2D
``pooling``         MaxPooling, AveragePooling and their Global ones, 1D, 2D, 3D
``resizing``        ZeroPadding, Cropping, UpSampling 1D, 2D, 3D
``images``          Resizing, CenterCrop
``augmentation``    RandomFlip, RandomRotation, RandomTranslation, RandomZoom, RandomCrop,
                    RandomContrast, RandomBrightness
``activation``      Activation, and a class for each activation
``normalization``   BatchNormalization, LayerNormalization, GroupNormalization, RMSNormalization,
                    UnitNormalization
``regularization``  Dropout, SpatialDropout 1D, 2D, 3D, AlphaDropout, GaussianDropout,
                    GaussianNoise, ActivityRegularization
``recurrent_cells`` SimpleRNNCell, LSTMCell, GRUCell
``cells``           StackedRNNCells, and what a cell is
``rnn``             RNN, SimpleRNN, LSTM, GRU
``wrappers``        Bidirectional, TimeDistributed
``reshaping``       Flatten, Reshape, Permute, RepeatVector
``merging``         Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot
``preprocessing``   Rescaling, Normalization
``encoding``        CategoryEncoding, Discretization
``lookup``          StringLookup, IntegerLookup
``text``            TextVectorization
``indices``         what layers of indices share
``weighted``        what layers share whose weights have initializers, regularizers, constraints
``functional``      Lambda
``input``           Input, the shape of one sample
==================  ============================================================================
"""

from typing import Any

from nn._core.missing_names import missing_name
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
from nn.layers.attention import AdditiveAttention, Attention
from nn.layers.augmentation import (
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from nn.layers.base import Layer
from nn.layers.cells import StackedRNNCells
from nn.layers.convolution import Conv1D, Conv2D, Conv3D
from nn.layers.core import Dense, Identity
from nn.layers.depthwise_convolution import (
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from nn.layers.einsum_dense import EinsumDense
from nn.layers.embedding import Embedding
from nn.layers.encoding import CategoryEncoding, Discretization
from nn.layers.functional import Lambda
from nn.layers.images import CenterCrop, Resizing
from nn.layers.input import Input, InputLayer
from nn.layers.lookup import IntegerLookup, StringLookup
from nn.layers.masking import Masking
from nn.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from nn.layers.multi_head_attention import GroupQueryAttention, MultiHeadAttention
from nn.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from nn.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from nn.layers.preprocessing import Normalization, Rescaling
from nn.layers.recurrent_cells import GRUCell, LSTMCell, SimpleRNNCell
from nn.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from nn.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from nn.layers.resizing import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from nn.layers.rnn import GRU, LSTM, RNN, SimpleRNN
from nn.layers.text import TextVectorization
from nn.layers.transposed_convolution import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from nn.layers.wrappers import Bidirectional, TimeDistributed

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Exponential",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "HardSigmoid",
    "HardTanh",
    "Identity",
    "Input",
    "InputLayer",
    "IntegerLookup",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Masking",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "Mish",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "ReLU6",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv1D",
    "SeparableConv2D",
    "SiLU",
    "Sigmoid",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Softplus",
    "Softsign",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "Tanh",
    "TextVectorization",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]

# Keras's other names.
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
GlobalAvgPool3D, GlobalMaxPool3D = GlobalAveragePooling3D, GlobalMaxPooling3D

INSTEAD = {
    "CuDNNGRU": "write GRU",
    "CuDNNLSTM": "write LSTM",
    "ConvLSTM1D": "write Conv1D in TimeDistributed, then GRU",
    "ConvLSTM2D": "write Conv2D in TimeDistributed, then GRU",
    "ConvLSTM3D": "write Conv3D in TimeDistributed, then GRU",
    "CutMix": "write np.where on a batch and its permutation in a train_step",
    "DenseFeatures": "write one Input for each column, and layers.Concatenate",
    "Hashing": "write StringLookup or IntegerLookup",
    "HashedCrossing": "write StringLookup of joined texts",
    "InputSpec": "write build(self, input_shape), and raise for a shape that does not fit",
    "LocallyConnected1D": "Keras 3 has it no longer. Write Conv1D",
    "LocallyConnected2D": "Keras 3 has it no longer. Write Conv2D",
    "MixUp": "write w * x + (1 - w) * x[::-1] in a train_step",
    "Pipeline": "write Sequential",
    "ReversibleEmbedding": "write x @ embedding.embeddings.T",
    "SpectralNormalization": "write kernel_constraint=UnitNorm()",
    "TFSMLayer": "write load_model for a file that nn has saved",
    "ThresholdedReLU": "Keras 3 has it no longer. Write ReLU(threshold=1.0)",
    "TorchModuleWrapper": "write the layers with nn",
    "Wrapper": "write a Layer with the other layer as an attribute",
}


def __getattr__(name: str) -> Any:
    """Refuse unknown names; say which was meant, or what to write instead."""
    raise missing_name("nn.layers", name, __all__, INSTEAD)
