"""The workloads: what every contender computes, from which numbers.

One training step is forward, backward and update of a ReLU MLP in float32. Data and initial weights
come from fixed seeds, and Adam is the one of Keras (epsilon 1e-7, added after the square root of
the uncorrected second moment), so that all contenders can be held to the same result.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

STEP = "step"
EPOCH = "epoch"
EVALUATION = "evaluation"
PREDICTION_PASS = "prediction_pass"
PREDICTION = "prediction"
CHAIN = "chain"
NETWORK = "network"  # a training step of one of `architectures.py`

BINARY_CROSSENTROPY = "binary cross-entropy from logits"
SOFTMAX_CROSSENTROPY = "softmax cross-entropy from logits, integer labels"
SGD = "sgd"
ADAM = "adam"

BREAST_CANCER = Path(__file__).parents[1] / "nn" / "datasets" / "data" / "breast_cancer.npz"

BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-7


@dataclass(frozen=True)
class Workload:
    """A training step: layer widths (inputs first), batch size, loss and optimizer."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    loss: str = SOFTMAX_CROSSENTROPY
    optimizer: str = ADAM
    learning_rate: float = 1e-3

    task = STEP
    checked_steps = 5  # after so many, all contenders must have come to the same place

    @property
    def checked(self):
        """The workload on which contenders are compared with each other: mostly itself."""
        return self

    @property
    def rows(self):
        """How many samples `data` has."""
        return self.batch

    def data(self):
        """Float32 inputs (rows, sizes[0]) and labels.

        Labels are float32 (rows, 1) of 0 and 1 for the binary loss, int64 (rows,) otherwise.
        Every input row occurs twice, with two different labels: the loss cannot reach zero, so
        a timing of many thousand steps never drifts into denormal numbers or a NaN.
        """
        random = np.random.default_rng(0)
        half = (self.rows + 1) // 2
        rows = random.standard_normal((half, self.sizes[0]), dtype=np.float32)
        x = np.concatenate([rows, rows])[: self.rows]
        if self.loss == BINARY_CROSSENTROPY:
            labels = random.integers(0, 2, half)
            pairs = np.concatenate([labels, 1 - labels])
            return x, pairs[: self.rows, None].astype(np.float32)
        classes = self.sizes[-1]
        labels = random.integers(0, classes, half)
        others = (labels + random.integers(1, classes, half)) % classes
        return x, np.concatenate([labels, others])[: self.rows]

    def initial_parameters(self):
        """[(kernel, bias), ...]: Glorot-uniform kernels (in, out), zero biases (out,), float32."""
        random = np.random.default_rng(1)
        return [(glorot_uniform(random, *shape), zeros(shape[1])) for shape in pairwise(self.sizes)]

    @property
    def start(self):
        """The arrays that a contender's outcome has moved away from."""
        return [array for pair in self.initial_parameters() for array in pair]

    @property
    def parameter_count(self):
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(self.sizes))

    def views(self, flat):
        """[(kernel, bias), ...] as views into `flat`, one float32 buffer of all parameters."""
        views, start = [], 0
        for inputs, outputs in pairwise(self.sizes):
            middle, stop = start + inputs * outputs, start + (inputs + 1) * outputs
            views.append((flat[start:middle].reshape(inputs, outputs), flat[middle:stop]))
            start = stop
        return views

    def flat_parameters(self):
        """The initial parameters in one flat float32 buffer, in the order of `views`."""
        arrays = [array.ravel() for pair in self.initial_parameters() for array in pair]
        return np.concatenate(arrays)


@dataclass(frozen=True)
class BreastCancer(Workload):
    """A step on real data: all 569 samples of the bundled set, 30 features, standardised."""

    def data(self):
        # Read from the file: `nn` itself is only in the processes of those who compute with it.
        with np.load(BREAST_CANCER) as arrays:
            x, y = arrays["data"], arrays["target"]
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        return x.astype(np.float32), y.astype(np.float32)[:, None]


@dataclass(frozen=True)
class Deep(Workload):
    """A step of a network so deep that random kernels would carry the signal to 0 or infinity.

    Kernels are the identity and the learning rate next to nothing, so that a thousand layers
    compute with ordinary numbers for as long as the timing takes. Nothing moves: nothing to check.
    """

    learning_rate: float = 1e-12
    checked_steps = 0

    def initial_parameters(self):
        return [
            (np.eye(*shape, dtype=np.float32), zeros(shape[1])) for shape in pairwise(self.sizes)
        ]


@dataclass(frozen=True)
class Epoch(Workload):
    """A whole `fit` epoch over `batches` batches, shuffled, with the loss reported."""

    batches: int = 469  # 60,000 rows in batches of 128
    shuffle: bool = True
    accuracy: bool = False

    task = EPOCH
    checked_steps = 1

    @property
    def checked(self):
        """A few batches, unshuffled: every library shuffles in an order of its own."""
        return replace(self, batches=5, shuffle=False)

    @property
    def rows(self):
        return self.batch * self.batches


@dataclass(frozen=True)
class Pass(Epoch):
    """`evaluate` with accuracy, or `predict`, on all rows in batches; parameters do not move."""

    predicts: bool = False
    checked_steps = 0

    @property
    def task(self):
        return PREDICTION_PASS if self.predicts else EVALUATION


@dataclass(frozen=True)
class Prediction(Workload):
    """The logits of `batch` rows, NumPy arrays in and out."""

    task = PREDICTION
    checked_steps = 1

    @property
    def start(self):
        return [zeros(self.batch, self.sizes[-1])]


@dataclass(frozen=True)
class Chain:
    """Record `operations` multiplications of scalars, one after the other; then the gradient."""

    name: str
    operations: int

    task = CHAIN
    checked_steps = 1
    start = ()

    @property
    def checked(self):
        return self

    @property
    def factor(self):
        """The gradient, its power, is e for every length: never too large or too small."""
        return 1 + 1 / self.operations


def glorot_uniform(random, inputs, outputs):
    limit = np.sqrt(6 / (inputs + outputs))
    return random.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def empty(*shape):
    return np.empty(shape, np.float32)


TINY = {"loss": BINARY_CROSSENTROPY, "optimizer": SGD, "learning_rate": 0.1}

GENTLE = 1e-5  # at 1e-3 these jump about so much that rounding alone parts the contenders

_ALL = [
    Workload("tiny", (2, 16, 16, 1), 32, **TINY),
    Workload("digits", (64, 32, 10), 32),
    Workload("mnist", (784, 128, 10), 128),
    Workload("mnist2", (784, 512, 512, 10), 128),
    Workload("wide", (1024, 2048, 2048, 10), 256, learning_rate=GENTLE),
    Workload("mlp20", (64, *[64] * 19, 10), 32),
    BreastCancer("logistic", (30, 1), 569, **TINY),
    Prediction("predict_1", (64, 32, 10), 1),
    Prediction("predict_10k", (64, 32, 10), 10_000),
    Epoch("fit_tiny", (2, 16, 16, 1), 32, **TINY),
    Epoch("fit_mnist", (784, 128, 10), 128),
    Epoch("fit_mnist2", (784, 512, 512, 10), 128, learning_rate=GENTLE, batches=300),
]
WORKLOADS = {workload.name: workload for workload in _ALL}

# Of `benchmarks.epochs`, by the name of the step that they repeat.
EPOCHS = {
    "tiny": Epoch("tiny", (2, 16, 16, 1), 32, **TINY, batches=1024, accuracy=True),
    "digits": Epoch("digits", (64, 32, 10), 32, batches=1024, accuracy=True),
    "mnist": Epoch("mnist", (784, 128, 10), 128, accuracy=True),
    "mnist2": Epoch(
        "mnist2", (784, 512, 512, 10), 128, learning_rate=GENTLE, batches=100, accuracy=True
    ),
}
PASSES = {
    workload.name: workload
    for workload in (
        Pass("evaluate", (784, 128, 10), 128, accuracy=True, shuffle=False),
        Pass("predict", (784, 128, 10), 128, shuffle=False, predicts=True),
    )
}
