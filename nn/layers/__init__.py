"""Layers, one family a file.

==================  ============================================================================
``base``            Layer, which all others are
``options``         the keyword arguments that all take
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

from typing import TYPE_CHECKING

from autograd_lite.extend import attach
from nn._core.missing_names import missing_name

if TYPE_CHECKING:
    from nn.layers.activation import ELU as ELU
    from nn.layers.activation import GELU as GELU
    from nn.layers.activation import SELU as SELU
    from nn.layers.activation import Activation as Activation
    from nn.layers.activation import Exponential as Exponential
    from nn.layers.activation import HardSigmoid as HardSigmoid
    from nn.layers.activation import HardTanh as HardTanh
    from nn.layers.activation import LeakyReLU as LeakyReLU
    from nn.layers.activation import Linear as Linear
    from nn.layers.activation import LogSigmoid as LogSigmoid
    from nn.layers.activation import LogSoftmax as LogSoftmax
    from nn.layers.activation import Mish as Mish
    from nn.layers.activation import PReLU as PReLU
    from nn.layers.activation import ReLU as ReLU
    from nn.layers.activation import ReLU6 as ReLU6
    from nn.layers.activation import Sigmoid as Sigmoid
    from nn.layers.activation import SiLU as SiLU
    from nn.layers.activation import Softmax as Softmax
    from nn.layers.activation import Softplus as Softplus
    from nn.layers.activation import Softsign as Softsign
    from nn.layers.activation import Tanh as Tanh
    from nn.layers.attention import AdditiveAttention as AdditiveAttention
    from nn.layers.attention import Attention as Attention
    from nn.layers.augmentation import RandomBrightness as RandomBrightness
    from nn.layers.augmentation import RandomContrast as RandomContrast
    from nn.layers.augmentation import RandomCrop as RandomCrop
    from nn.layers.augmentation import RandomFlip as RandomFlip
    from nn.layers.augmentation import RandomRotation as RandomRotation
    from nn.layers.augmentation import RandomTranslation as RandomTranslation
    from nn.layers.augmentation import RandomZoom as RandomZoom
    from nn.layers.base import Layer as Layer
    from nn.layers.cells import StackedRNNCells as StackedRNNCells
    from nn.layers.convolution import Conv1D as Conv1D
    from nn.layers.convolution import Conv2D as Conv2D
    from nn.layers.convolution import Conv3D as Conv3D
    from nn.layers.core import Dense as Dense
    from nn.layers.core import Identity as Identity
    from nn.layers.depthwise_convolution import DepthwiseConv1D as DepthwiseConv1D
    from nn.layers.depthwise_convolution import DepthwiseConv2D as DepthwiseConv2D
    from nn.layers.depthwise_convolution import SeparableConv1D as SeparableConv1D
    from nn.layers.depthwise_convolution import SeparableConv2D as SeparableConv2D
    from nn.layers.einsum_dense import EinsumDense as EinsumDense
    from nn.layers.embedding import Embedding as Embedding
    from nn.layers.encoding import CategoryEncoding as CategoryEncoding
    from nn.layers.encoding import Discretization as Discretization
    from nn.layers.functional import Lambda as Lambda
    from nn.layers.images import CenterCrop as CenterCrop
    from nn.layers.images import Resizing as Resizing
    from nn.layers.input import Input as Input
    from nn.layers.input import InputLayer as InputLayer
    from nn.layers.lookup import IntegerLookup as IntegerLookup
    from nn.layers.lookup import StringLookup as StringLookup
    from nn.layers.masking import Masking as Masking
    from nn.layers.merging import Add as Add
    from nn.layers.merging import Average as Average
    from nn.layers.merging import Concatenate as Concatenate
    from nn.layers.merging import Dot as Dot
    from nn.layers.merging import Maximum as Maximum
    from nn.layers.merging import Minimum as Minimum
    from nn.layers.merging import Multiply as Multiply
    from nn.layers.merging import Subtract as Subtract
    from nn.layers.merging import add as add
    from nn.layers.merging import average as average
    from nn.layers.merging import concatenate as concatenate
    from nn.layers.merging import dot as dot
    from nn.layers.merging import maximum as maximum
    from nn.layers.merging import minimum as minimum
    from nn.layers.merging import multiply as multiply
    from nn.layers.merging import subtract as subtract
    from nn.layers.multi_head_attention import GroupQueryAttention as GroupQueryAttention
    from nn.layers.multi_head_attention import MultiHeadAttention as MultiHeadAttention
    from nn.layers.normalization import BatchNormalization as BatchNormalization
    from nn.layers.normalization import GroupNormalization as GroupNormalization
    from nn.layers.normalization import LayerNormalization as LayerNormalization
    from nn.layers.normalization import RMSNormalization as RMSNormalization
    from nn.layers.normalization import UnitNormalization as UnitNormalization
    from nn.layers.pooling import AveragePooling1D as AveragePooling1D
    from nn.layers.pooling import AveragePooling2D as AveragePooling2D
    from nn.layers.pooling import AveragePooling3D as AveragePooling3D
    from nn.layers.pooling import GlobalAveragePooling1D as GlobalAveragePooling1D
    from nn.layers.pooling import GlobalAveragePooling2D as GlobalAveragePooling2D
    from nn.layers.pooling import GlobalAveragePooling3D as GlobalAveragePooling3D
    from nn.layers.pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
    from nn.layers.pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
    from nn.layers.pooling import GlobalMaxPooling3D as GlobalMaxPooling3D
    from nn.layers.pooling import MaxPooling1D as MaxPooling1D
    from nn.layers.pooling import MaxPooling2D as MaxPooling2D
    from nn.layers.pooling import MaxPooling3D as MaxPooling3D
    from nn.layers.preprocessing import Normalization as Normalization
    from nn.layers.preprocessing import Rescaling as Rescaling
    from nn.layers.recurrent_cells import GRUCell as GRUCell
    from nn.layers.recurrent_cells import LSTMCell as LSTMCell
    from nn.layers.recurrent_cells import SimpleRNNCell as SimpleRNNCell
    from nn.layers.regularization import ActivityRegularization as ActivityRegularization
    from nn.layers.regularization import AlphaDropout as AlphaDropout
    from nn.layers.regularization import Dropout as Dropout
    from nn.layers.regularization import GaussianDropout as GaussianDropout
    from nn.layers.regularization import GaussianNoise as GaussianNoise
    from nn.layers.regularization import SpatialDropout1D as SpatialDropout1D
    from nn.layers.regularization import SpatialDropout2D as SpatialDropout2D
    from nn.layers.regularization import SpatialDropout3D as SpatialDropout3D
    from nn.layers.reshaping import Flatten as Flatten
    from nn.layers.reshaping import Permute as Permute
    from nn.layers.reshaping import RepeatVector as RepeatVector
    from nn.layers.reshaping import Reshape as Reshape
    from nn.layers.resizing import Cropping1D as Cropping1D
    from nn.layers.resizing import Cropping2D as Cropping2D
    from nn.layers.resizing import Cropping3D as Cropping3D
    from nn.layers.resizing import UpSampling1D as UpSampling1D
    from nn.layers.resizing import UpSampling2D as UpSampling2D
    from nn.layers.resizing import UpSampling3D as UpSampling3D
    from nn.layers.resizing import ZeroPadding1D as ZeroPadding1D
    from nn.layers.resizing import ZeroPadding2D as ZeroPadding2D
    from nn.layers.resizing import ZeroPadding3D as ZeroPadding3D
    from nn.layers.rnn import GRU as GRU
    from nn.layers.rnn import LSTM as LSTM
    from nn.layers.rnn import RNN as RNN
    from nn.layers.rnn import SimpleRNN as SimpleRNN
    from nn.layers.serialization import deserialize as deserialize
    from nn.layers.serialization import serialize as serialize
    from nn.layers.text import TextVectorization as TextVectorization
    from nn.layers.transposed_convolution import Conv1DTranspose as Conv1DTranspose
    from nn.layers.transposed_convolution import Conv2DTranspose as Conv2DTranspose
    from nn.layers.transposed_convolution import Conv3DTranspose as Conv3DTranspose
    from nn.layers.wrappers import Bidirectional as Bidirectional
    from nn.layers.wrappers import TimeDistributed as TimeDistributed

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

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "nn.layers.activation": (
                "ELU GELU SELU Activation Exponential HardSigmoid HardTanh LeakyReLU Linear "
                "LogSigmoid LogSoftmax Mish PReLU ReLU ReLU6 Sigmoid SiLU Softmax Softplus "
                "Softsign Tanh"
            ),
            "nn.layers.attention": "AdditiveAttention Attention",
            "nn.layers.augmentation": (
                "RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation "
                "RandomTranslation RandomZoom"
            ),
            "nn.layers.base": "Layer",
            "nn.layers.cells": "StackedRNNCells",
            "nn.layers.convolution": "Conv1D Conv2D Conv3D",
            "nn.layers.core": "Dense Identity",
            "nn.layers.depthwise_convolution": (
                "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D"
            ),
            "nn.layers.einsum_dense": "EinsumDense",
            "nn.layers.embedding": "Embedding",
            "nn.layers.encoding": "CategoryEncoding Discretization",
            "nn.layers.functional": "Lambda",
            "nn.layers.images": "CenterCrop Resizing",
            "nn.layers.input": "Input InputLayer",
            "nn.layers.lookup": "IntegerLookup StringLookup",
            "nn.layers.masking": "Masking",
            "nn.layers.merging": (
                "Add Average Concatenate Dot Maximum Minimum Multiply Subtract add average "
                "concatenate dot maximum minimum multiply subtract"
            ),
            "nn.layers.multi_head_attention": "GroupQueryAttention MultiHeadAttention",
            "nn.layers.normalization": (
                "BatchNormalization GroupNormalization LayerNormalization RMSNormalization "
                "UnitNormalization"
            ),
            "nn.layers.pooling": (
                "AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D "
                "GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D "
                "GlobalMaxPooling2D GlobalMaxPooling3D MaxPooling1D MaxPooling2D MaxPooling3D"
            ),
            "nn.layers.preprocessing": "Normalization Rescaling",
            "nn.layers.recurrent_cells": "GRUCell LSTMCell SimpleRNNCell",
            "nn.layers.regularization": (
                "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise "
                "SpatialDropout1D SpatialDropout2D SpatialDropout3D"
            ),
            "nn.layers.reshaping": "Flatten Permute RepeatVector Reshape",
            "nn.layers.resizing": (
                "Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D "
                "ZeroPadding1D ZeroPadding2D ZeroPadding3D"
            ),
            "nn.layers.rnn": "GRU LSTM RNN SimpleRNN",
            "nn.layers.serialization": "deserialize serialize",
            "nn.layers.text": "TextVectorization",
            "nn.layers.transposed_convolution": "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
            "nn.layers.wrappers": "Bidirectional TimeDistributed",
        },
        hidden={  # Keras's other names
            "nn.layers.convolution": (
                "Convolution1D=Conv1D Convolution2D=Conv2D Convolution3D=Conv3D"
            ),
            "nn.layers.transposed_convolution": (
                "Convolution1DTranspose=Conv1DTranspose Convolution2DTranspose=Conv2DTranspose "
                "Convolution3DTranspose=Conv3DTranspose"
            ),
            "nn.layers.depthwise_convolution": (
                "SeparableConvolution1D=SeparableConv1D SeparableConvolution2D=SeparableConv2D"
            ),
            "nn.layers.pooling": (
                "AvgPool1D=AveragePooling1D AvgPool2D=AveragePooling2D AvgPool3D=AveragePooling3D "
                "MaxPool1D=MaxPooling1D MaxPool2D=MaxPooling2D MaxPool3D=MaxPooling3D "
                "GlobalAvgPool1D=GlobalAveragePooling1D GlobalMaxPool1D=GlobalMaxPooling1D "
                "GlobalAvgPool2D=GlobalAveragePooling2D GlobalMaxPool2D=GlobalMaxPooling2D "
                "GlobalAvgPool3D=GlobalAveragePooling3D GlobalMaxPool3D=GlobalMaxPooling3D"
            ),
        },
        missing=lambda name: missing_name("nn.layers", name, __all__, INSTEAD),
    )
