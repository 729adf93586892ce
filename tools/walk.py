"""Print the files that one call enters, in order: `python -m tools.walk [way]`.

The ways are those of docs/design.md: an operation and its gradient, a training step in plain
Python, one epoch of `fit`, a replay page, the first and the second call of a compiled function.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import groupby
from types import FrameType
from typing import Any

import numpy as np

import autograd_lite as ag
import nn

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
PACKAGES = ("autograd_lite" + os.sep, "nn" + os.sep)


def walked(call: Callable[[], Any]) -> list[str]:
    """The files of the two packages that a call enters, in order; one that follows itself once."""
    entered: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        path = frame.f_code.co_filename
        if event in ("call", "return") and path.startswith(ROOT):
            name = path[len(ROOT) :]
            if name.startswith(PACKAGES):
                entered.append(name)

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return [name for name, _ in groupby(entered)]


def model() -> tuple[nn.Sequential, Any, Any]:
    """A small classifier that has seen its first batch, and a batch."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8)
    network = nn.Sequential([nn.Input((4,)), nn.Dense(5, "relu"), nn.Dense(3)])
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(nn.Adam(), loss, metrics=["accuracy"])
    network.train_on_batch(x, y)
    return network, x, y


def operation() -> Callable[[], Any]:
    x = ag.Tensor([0.5], requires_grad=True)
    return lambda: np.sum(np.tanh(x)).backward()


def step() -> Callable[[], Any]:
    network, x, y = model()
    return lambda: network.train_step((x, y))


def fit() -> Callable[[], Any]:
    network, x, y = model()
    return lambda: network.fit(x, y, epochs=1, verbose=0)


def replay() -> Callable[[], Any]:
    w = ag.Tensor([0.5, -1.0], requires_grad=True, name="w")
    J = np.sum(np.tanh(w))
    path = os.path.join(tempfile.mkdtemp(), "j.html")
    return lambda: ag.draw(J).save(path)


def trace() -> Callable[[], Any]:
    x = np.ones(3)
    return lambda: ag.compile(lambda x: np.sum(np.tanh(x)))(x)


def compiled() -> Callable[[], Any]:
    x = np.ones(3)
    f = ag.compile(lambda x: np.sum(np.tanh(x)))
    f(x)
    return lambda: f(x)


WAYS = {f.__name__: f for f in (operation, step, fit, replay, trace, compiled)}


def main() -> None:
    parser = argparse.ArgumentParser(description="The files that a call enters, in order.")
    parser.add_argument("way", nargs="?", choices=WAYS, help="by default only the counts of all")
    way = parser.parse_args().way
    for name, make in WAYS.items():
        call = make()
        call()  # what is imported or made at a first call only is no part of the way
        path = walked(call)
        if way == name:
            print("\n".join(path))
        if way in (None, name):
            print(f"{name}: {len(set(path))} files, {len(path) - 1} moves")


if __name__ == "__main__":
    main()
