"""This project's step as one plain NumPy program, called directly: `model.train_program(x, y)`."""

from functools import partial

import numpy as np

from benchmarks.networks.ours import CompiledNetwork
from benchmarks.peers import OURS, require
from benchmarks.peers.ours import EvaluationPass, FitEpoch, PredictionPass, model_of, parameters_of

programs = require("nn.training.compiled_steps", "pip install -e .")

TITLE = "ours, compiled NumPy"
VERSION = "this checkout, NumPy engine"
ROLE = OURS

ENGINE = "numpy"


class CompiledStep:
    def __init__(self, workload, engine):
        self.x, self.y = workload.data()
        self.model = model_of(workload)
        self.program = self.model.train_program(self.x, self.y, engine=engine)

    def step(self):
        self.value = self.program(self.x, self.y)

    def loss(self):
        return float(self.value)

    def parameters(self):
        return parameters_of(self.model)


class CompiledPrediction:
    def __init__(self, workload, engine):
        self.x, _ = workload.data()
        self.model = model_of(workload)
        self.program = programs.CompiledStep(self.model, "predict_step", (self.x,), engine)

    def step(self):
        self.logits = self.program.finish(self.program.compute((self.x,)))

    def result(self):
        return np.array(self.logits)


make_epoch = partial(FitEpoch, jit_compile=False)
make_evaluation = partial(EvaluationPass, jit_compile=False)
make_prediction_pass = partial(PredictionPass, jit_compile=False)


make_step = partial(CompiledStep, engine=ENGINE)
make_network = partial(CompiledNetwork, engine=ENGINE)
make_prediction = partial(CompiledPrediction, engine=ENGINE)
