"""The contenders, one module each; a new module in this package is a new contender.

A module defines

    TITLE           its name in tables
    VERSION         what exactly was measured, for the report
    ROLE            OURS, PEER, BY_HAND or LIMIT

and, for each task that it takes part in,

    make_step(workload) -> Step              a training step
    make_epoch(workload) -> Step             the library's own `fit`, one epoch a step
    make_evaluation(workload) -> Step        its own `evaluate`, one pass a step
    make_prediction_pass(workload) -> Step   its own `predict` of many rows, likewise
    make_prediction(workload) -> Predictor   its own `predict`
    make_chain(chain) -> Differentiator      a graph of many operations, recorded and differentiated

It takes its package with `require`, so that a contender which is not installed is skipped. It
raises SkippedError for a workload that it cannot compute.
"""

import importlib
import pkgutil
from typing import Protocol

OURS = "ours"
PEER = "peer"
BY_HAND = "by hand"
LIMIT = "limit"  # does less work than a training step, so it is not held to the step's result


class Step(Protocol):
    """A model in training on one fixed batch, or on one fixed data set.

    A library in which many steps asked for at once are cheaper than the same number asked for one
    by one also defines `repeat(count)`, which does `count` steps and is timed instead.
    """

    def step(self):
        """Do one training step: forward, backward, update."""

    def loss(self):
        """The loss of the last step, before its update, as a float."""

    def parameters(self):
        """The current parameters as NumPy arrays: kernel (in, out), bias (out,), kernel, ..."""


class Predictor(Protocol):
    """A model with the workload's initial parameters."""

    def step(self):
        """Compute the logits, from a NumPy array to a NumPy array."""

    def result(self):
        """The last step's logits."""


class Differentiator(Protocol):
    """x * factor * factor ..., from a fresh graph each time."""

    def step(self):
        """Record the chain, walk it back, drop it."""

    def gradient(self):
        """The last step's gradient at x = 1, as a float."""


class SkippedError(Exception):
    """A contender does not take part; the message says why, and what would change it."""


class NoSuchTaskError(SkippedError):
    """The library has nothing for the workload's kind of task, so nobody misses it there."""


def require(package, install):
    """Import `package`, or raise SkippedError naming the `install` command."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise SkippedError(f"{error}; install it with: {install}") from None


def names():
    """The names of all contenders, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name):
    """The contender's module; raises SkippedError."""
    return importlib.import_module(f"{__name__}.{name}")
