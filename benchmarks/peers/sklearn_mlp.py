"""scikit-learn's MLPClassifier through `partial_fit`: one call over many batches, as with Keras."""

import numpy as np

from benchmarks.peers import PEER, require
from benchmarks.workloads import ADAM, BETA_1, BETA_2, BINARY_CROSSENTROPY, EPSILON

sklearn = require("sklearn", "pip install scikit-learn")
neural_network = require("sklearn.neural_network", "pip install scikit-learn")

TITLE = "scikit-learn MLP"
VERSION = f"scikit-learn {sklearn.__version__}, MLPClassifier"
ROLE = PEER

BATCHES = 64  # copies of the batch in one call


class SklearnStep:
    """One step is one batch of `partial_fit`."""

    def __init__(self, workload):
        x, y = workload.data()
        self.batch = workload.batch
        self.x, self.y = np.tile(x, (BATCHES, 1)), np.tile(y.ravel().astype(int), BATCHES)
        self.model = model_of(workload, shuffle=False)

    def step(self):
        self.repeat(1)

    def repeat(self, count):
        calls, rest = divmod(count, BATCHES)
        for batches in [BATCHES] * calls + [rest] * (rest > 0):
            rows = batches * self.batch
            self.model.partial_fit(self.x[:rows], self.y[:rows])

    def loss(self):
        return float(self.model.loss_)

    def parameters(self):
        return parameters_of(self.model)


class SklearnEpoch:
    """One step is one `partial_fit` of the whole data set, which is one epoch."""

    def __init__(self, workload):
        self.x, y = workload.data()
        self.y = y.ravel().astype(int)
        self.model = model_of(workload, shuffle=workload.shuffle)

    def step(self):
        self.model.partial_fit(self.x, self.y)

    def loss(self):
        return float(self.model.loss_)

    def parameters(self):
        return parameters_of(self.model)


class SklearnPrediction:
    def __init__(self, workload):
        self.x, _ = workload.data()
        self.model = model_of(workload, shuffle=False)
        self.model.out_activation_ = "identity"  # logits, as all others: spares it the softmax

    def step(self):
        self.logits = self.model.predict_proba(self.x)

    def result(self):
        return self.logits


def model_of(workload, shuffle):
    """An MLPClassifier with the workload's initial parameters and a fresh optimizer."""
    model = neural_network.MLPClassifier(
        workload.sizes[1:-1],
        solver="adam" if workload.optimizer == ADAM else "sgd",
        alpha=0,
        batch_size=workload.batch,
        learning_rate_init=workload.learning_rate,
        momentum=0,
        nesterovs_momentum=False,
        beta_1=BETA_1,
        beta_2=BETA_2,
        epsilon=EPSILON,
        shuffle=shuffle,
    )
    x, y = workload.data()
    classes = 2 if workload.loss == BINARY_CROSSENTROPY else workload.sizes[-1]
    batch = slice(workload.batch)
    model.partial_fit(x[batch], y[batch].ravel().astype(int), classes=np.arange(classes))
    restart(model, workload)
    return model


def restart(model, workload):
    initial = [array for pair in workload.initial_parameters() for array in pair]
    for array, start in zip(parameters_of(model), initial, strict=True):
        array[...] = start
    optimizer = model._optimizer
    if workload.optimizer == ADAM:
        optimizer.t = 0
        optimizer.ms = [np.zeros_like(m) for m in optimizer.ms]
        optimizer.vs = [np.zeros_like(v) for v in optimizer.vs]


def parameters_of(model):
    return [a for pair in zip(model.coefs_, model.intercepts_, strict=True) for a in pair]


make_step = SklearnStep
make_epoch = SklearnEpoch
make_prediction = SklearnPrediction
