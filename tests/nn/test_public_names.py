"""What the project promises to have is there, under Keras's names."""

import inspect
from pathlib import Path

import numpy as np
import pytest

import nn

PROMISED = {
    nn.layers: """Dense Activation Flatten Reshape Permute Dropout BatchNormalization
        LayerNormalization Embedding Concatenate Add Multiply Average Lambda GaussianNoise Rescaling
        Normalization Input Layer ReLU Linear Sigmoid Softmax Tanh Softplus Softsign ELU SELU GELU
        SiLU LeakyReLU ReLU6 HardSigmoid HardTanh LogSoftmax LogSigmoid Mish Exponential
        Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D
        DepthwiseConv2D SeparableConv1D SeparableConv2D ZeroPadding1D ZeroPadding2D ZeroPadding3D
        Cropping1D Cropping2D Cropping3D UpSampling1D UpSampling2D UpSampling3D MaxPooling1D
        MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
        GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D""",
    nn.activations: """relu linear sigmoid softmax tanh softplus softsign elu selu gelu silu
        leaky_relu relu6 hard_sigmoid hard_tanh log_softmax log_sigmoid mish exponential""",
    nn.losses: """MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError
        MeanSquaredLogarithmicError Huber LogCosh BinaryCrossentropy BinaryFocalCrossentropy
        CategoricalCrossentropy SparseCategoricalCrossentropy CategoricalFocalCrossentropy Hinge
        SquaredHinge CategoricalHinge KLDivergence Poisson CosineSimilarity mean_squared_error
        mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error huber
        log_cosh binary_crossentropy binary_focal_crossentropy categorical_crossentropy
        sparse_categorical_crossentropy categorical_focal_crossentropy hinge squared_hinge
        categorical_hinge kl_divergence poisson cosine_similarity""",
    nn.optimizers: "SGD RMSprop Adagrad Adadelta Adam AdamW Adamax Nadam Lion Muon",
    nn.schedules: """ExponentialDecay PiecewiseConstantDecay PolynomialDecay InverseTimeDecay
        CosineDecay CosineDecayRestarts""",
    nn.regularizers: "L1 L2 L1L2",
    nn.constraints: "MaxNorm NonNeg UnitNorm",
    nn.initializers: """Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal
        VarianceScaling GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform
        Orthogonal Identity""",
    nn.metrics: """Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy
        TopKCategoricalAccuracy Precision Recall F1Score FBetaScore AUC TruePositives
        FalsePositives TrueNegatives FalseNegatives PrecisionAtRecall RecallAtPrecision
        SensitivityAtSpecificity SpecificityAtSensitivity IoU MeanIoU OneHotIoU OneHotMeanIoU
        BinaryIoU MeanSquaredError RootMeanSquaredError
        MeanAbsoluteError R2Score MeanMetricWrapper confusion_matrix""",
    nn.callbacks: """EarlyStopping ModelCheckpoint BackupAndRestore ReduceLROnPlateau
        LearningRateScheduler CSVLogger TerminateOnNaN LambdaCallback TensorBoard History
        Callback SwapEMAWeights""",
}


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, names in PROMISED.items() for name in names.split()],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_promised_name_is_public_and_described(module, name):
    assert name in module.__all__
    assert inspect.getdoc(getattr(module, name))


@pytest.mark.parametrize(
    "module", [nn.activations, nn.losses, nn.optimizers, nn.initializers, nn.metrics]
)
def test_a_class_or_function_can_be_named_by_a_string(module):
    for name in PROMISED[module].split():
        thing = getattr(module, name)
        needs = [
            p
            for p in inspect.signature(thing).parameters.values()
            if p.default is p.empty and p.kind is not p.VAR_KEYWORD
        ]
        if inspect.isclass(thing) and not needs:
            assert isinstance(module.get(name), thing)


def test_the_course_s_snippets_run_verbatim():
    X = np.sin(np.arange(40.0)).reshape(20, 2)
    y = (X[:, 0] > 0).astype(int)
    from nn import BinaryCrossentropy, Dense, MeanSquaredError, Sequential

    model = Sequential(
        [
            Dense(25, activation="sigmoid"),
            Dense(15, activation="sigmoid"),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss=BinaryCrossentropy())
    model.fit(X, y, epochs=100, verbose=0)
    model.compile(loss=MeanSquaredError())
    model.fit(X, y, epochs=100, verbose=0)
    assert model.predict(X).shape == (20, 1)


@pytest.mark.parametrize("module", [nn.losses, nn.optimizers, nn.metrics])
def test_the_origin_of_every_expected_value_is_documented(module):
    table = (Path(__file__).parents[2] / "docs" / "nn.md").read_text()
    described = {name for row in table.splitlines() if row.startswith("| ") for name in row.split()}
    for name in PROMISED[module].split():
        if name[0].isupper():
            assert name in {word.strip("`,") for word in described}, name


def test_objects_and_their_configs():
    for module, thing in (
        (nn.constraints, nn.constraints.MinMaxNorm(0.5)),
        (nn.regularizers, nn.regularizers.L2(0.1)),
        (nn.initializers, nn.initializers.HeNormal(seed=1)),
        (nn.losses, nn.losses.Huber(delta=2.0)),
        (nn.metrics, nn.metrics.Hinge()),
        (nn.optimizers, nn.Adam(0.5)),
        (nn.optimizers.schedules, nn.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5)),
    ):
        config = module.serialize(thing)
        again = module.deserialize(config)
        assert type(again) is type(thing)
        assert module.serialize(again) == config
    assert nn.activations.serialize(nn.activations.relu) == "relu"
    assert nn.activations.deserialize("relu") is nn.activations.relu


def test_names_of_keras_that_are_not_here_say_what_to_write():
    for module, name, instead in (
        (nn, "applications", "load_model"),
        (nn.layers, "ConvLSTM2D", "TimeDistributed"),
        (nn.layers, "MaxPoolin2D", "MaxPooling2D"),
    ):
        with pytest.raises(AttributeError, match=instead):
            getattr(module, name)
    assert nn.layers.MaxPool2D is nn.layers.MaxPooling2D
    assert nn.layers.Convolution2D is nn.layers.Conv2D
