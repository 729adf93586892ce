"""A last layer that does not fit the loss or the targets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nn import activations
from nn.data.class_weights import labels_of
from nn.diagnosis.case import Case, loss_name
from nn.diagnosis.report import Finding, Severity

# Ranges of last activations.
RANGES: dict[Any, tuple[float, float]] = {
    activations.sigmoid: (0, 1),
    activations.hard_sigmoid: (0, 1),
    activations.softmax: (0, 1),
    np.tanh: (-1, 1),
    activations.hard_tanh: (-1, 1),
    activations.softsign: (-1, 1),
    activations.relu: (0, math.inf),
    activations.relu6: (0, 6),
    activations.softplus: (0, math.inf),
    activations.exponential: (0, math.inf),
}
REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
CLASSES = ("categorical_crossentropy", "sparse_categorical_crossentropy")
FEW_VALUES = 20


def check(case: Case) -> Iterator[Finding]:
    """Find combinations that run without an error but cannot work."""
    if case.output is None or case.targets is None:
        return
    function = case.output.function
    if function is activations.softmax and case.output.shape[-1] == 1:
        yield _mismatch(
            Severity.ERROR,
            "the softmax of a single unit is always 1, whatever the inputs are.",
            "two classes: Dense(1, activation='sigmoid') with BinaryCrossentropy(); a number: "
            "Dense(1) with MeanSquaredError()",
        )
        return
    if loss_name(case) in REGRESSION:
        yield from _regression(case, function)
    elif "crossentropy" in loss_name(case):
        yield from _classification(case, function)


def _regression(case: Case, function: Any) -> Iterator[Finding]:
    y, name = case.targets, loss_name(case)
    assert y is not None
    assert case.output is not None
    low, high = RANGES.get(function, (-math.inf, math.inf))
    outside = float(np.mean((y < low) | (y > high)))
    if outside:
        yield _mismatch(
            Severity.ERROR,
            f"the last layer ends with {function.__name__}, which outputs {_interval(low, high)}, "
            f"but {outside:.0%} of the targets lie outside (they range from {y.min():.4g} to "
            f"{y.max():.4g}): the model cannot reach them.",
            "let the last layer have no activation, Dense(1)",
            outside=outside,
        )
        return
    values = np.unique(y)
    if set(values.tolist()) == {0, 1}:
        yield _mismatch(
            Severity.NOTE,
            f"the targets are 0 and 1, classes, and the loss is {name}.",
            "crossentropy learns classes faster, and gives probabilities: "
            "Dense(1) with BinaryCrossentropy(from_logits=True)",
        )
    elif y.dtype.kind in "iu" and len(values) <= FEW_VALUES and values[0] == 0:
        classes = int(values[-1]) + 1
        yield _mismatch(
            Severity.NOTE,
            f"the targets are the whole numbers 0 to {classes - 1}, and the loss is {name}. If "
            "they are labels, it takes class 1 to lie between 0 and 2.",
            f"for labels Dense({classes}) with SparseCategoricalCrossentropy(from_logits=True); "
            "for counts leave it as it is",
        )


def _classification(case: Case, function: Any) -> Iterator[Finding]:
    output, name = case.output, loss_name(case)
    assert output is not None
    logits = bool(getattr(case.compile_loss, "from_logits", False))
    low, high = RANGES.get(function, (-math.inf, math.inf))
    if logits and (low, high) != (-math.inf, math.inf):
        yield _mismatch(
            Severity.WARNING,
            f"the loss takes logits, any numbers, but the last layer's {function.__name__} "
            f"gives {_interval(low, high)}: some probabilities cannot be reached.",
            f"let the last layer have no activation, Dense({output.shape[-1]})",
        )
    elif not logits and function in (np.add, np.matmul):
        yield _mismatch(
            Severity.ERROR,
            "the loss takes probabilities, but the last layer has no activation: its outputs will "
            "leave 0 to 1.",
            f"give the loss from_logits=True, which is also more exact, or the layer "
            f"activation='{'sigmoid' if name == 'binary_crossentropy' else 'softmax'}'",
        )
    elif not logits and name in CLASSES and function is activations.sigmoid:
        yield _mismatch(
            Severity.WARNING,
            f"{name} takes a distribution over {output.shape[-1]} classes, but the last layer ends "
            "with sigmoid, whose outputs do not add up to 1.",
            "activation='softmax' if each sample has one class; BinaryCrossentropy() if it may "
            "have several",
        )
    if name in CLASSES:
        yield from _unused_classes(case)


def _unused_classes(case: Case) -> Iterator[Finding]:
    """Find more outputs than classes."""
    assert case.output is not None
    labels, units = labels_of(case.targets), case.output.shape[-1]
    present = units if labels is None else len(np.unique(labels))
    if 1 < present < units:
        yield Finding(
            "unused_classes",
            Severity.NOTE,
            f"the last layer has {units} units, but only {present} classes are in y.",
            f"Dense({present}), if there are no more; labels count from 0",
            {"units": units, "classes": present},
        )


def _mismatch(severity: Severity, summary: str, remedy: str, **numbers: float) -> Finding:
    return Finding("loss_mismatch", severity, summary, remedy, numbers)


def _interval(low: float, high: float) -> str:
    return f"values from {low:g} up" if high == math.inf else f"values between {low:g} and {high:g}"
