"""This project's step as one program of native code."""

from functools import partial

from benchmarks.networks.ours import CompiledNetwork
from benchmarks.peers import OURS, require
from benchmarks.peers.ours import EvaluationPass, FitEpoch, PredictionPass
from benchmarks.peers.ours_compiled_numpy import CompiledPrediction, CompiledStep

llvmlite = require("llvmlite", "pip install llvmlite")

TITLE = "ours, native"
VERSION = f"this checkout, llvmlite {llvmlite.__version__}"
ROLE = OURS

ENGINE = "native"


make_epoch = partial(FitEpoch, jit_compile=True)
make_evaluation = partial(EvaluationPass, jit_compile=True)
make_prediction_pass = partial(PredictionPass, jit_compile=True)


make_step = partial(CompiledStep, engine=ENGINE)
make_network = partial(CompiledNetwork, engine=ENGINE)
make_prediction = partial(CompiledPrediction, engine=ENGINE)
