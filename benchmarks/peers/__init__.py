"""The contenders, one module each; a new module in this package is a new contender.

A module defines

    TITLE           its column heading
    VERSION         what exactly was measured, for the report
    ROLE            OURS, PEER, BY_HAND or LIMIT
    make_step(workload) -> Step

and takes its package with `require`, so that a contender which is not installed is skipped.
"""

import importlib
import pkgutil
from typing import Protocol

OURS = "ours"
PEER = "peer"
BY_HAND = "by hand"
LIMIT = "limit"  # does less work than a training step, so it is not held to the step's result


class Step(Protocol):
    """A model in training on one fixed batch."""

    def step(self):
        """Do one training step: forward, backward, update."""

    def loss(self):
        """The loss of the last step, before its update, as a float."""

    def parameters(self):
        """The current parameters as NumPy arrays: kernel (in, out), bias (out,), kernel, ..."""


class NotInstalledError(Exception):
    """A contender's package is missing; the message says what to install."""


def require(package, install):
    """Import `package`, or raise NotInstalledError naming the `install` command."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise NotInstalledError(f"{error}; install it with: {install}") from None


def names():
    """The names of all contenders, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name):
    """The contender's module; raises NotInstalledError."""
    return importlib.import_module(f"{__name__}.{name}")
