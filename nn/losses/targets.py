"""Checks of y_true and y_pred for losses and metrics: one dtype, matching shapes, valid labels.

Keras accepts (and broadcasts, or misuses) much of the input refused here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.extend import check_bounds, current_context, unwrap
from nn.activations import sigmoid, softmax
from nn.activations.operation import floating

EPSILON = 1e-7  # Keras's `epsilon()`: probabilities are kept this far from 0 and 1
_INTP, _FLOAT16 = np.dtype(np.intp), np.dtype(np.float16)
ROUNDING = 1e-5  # how far outside [0, 1] a float32 average of probabilities may be rounded


def align(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return y_true and y_pred in y_pred's dtype and in one shape.

    (N,) against (N, 1) is taken as (N, 1); (N, T, 1) against (N, T) as (N, T).

    Raises:
        ValueError: if the shapes still differ: nothing is broadcast.
        TypeError: if one of them is not numbers.
    """
    y_pred = predictions(y_pred)
    y_true = same_dtype(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        y_true, y_pred = same_rank(y_true, y_pred)
        if y_true.shape != y_pred.shape:
            raise shapes_differ(y_true, y_pred)
    return y_true, y_pred


def predictions(y_pred: Any) -> Any:
    """Return y_pred as a floating array or Tensor, of float32 at least.

    In float16 no probability keeps 1e-7 from 0 and 1, and a product soon exceeds 65504.
    """
    y_pred = floating(y_pred)
    return y_pred.astype(np.float32) if y_pred.dtype == _FLOAT16 else y_pred


def columns(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Align, taking (N,) as N samples of one number each: (N, 1)."""
    y_true, y_pred = align(y_true, y_pred)
    if len(y_pred.shape) == 1:
        return y_true.reshape(-1, 1), y_pred.reshape(-1, 1)
    return y_true, y_pred


def same_dtype(y_true: Any, y_pred: Any) -> Any:
    """Return y_true as an array (or the Tensor it is) in y_pred's dtype."""
    if not hasattr(y_true, "dtype"):
        y_true = np.asarray(y_true)
    if y_true.dtype == y_pred.dtype:
        return y_true
    if y_true.dtype.kind not in "fiub":
        raise TypeError(
            f"y_true has dtype {y_true.dtype}, but a loss needs numbers. Number the classes: "
            "names, y_true = np.unique(y_true, return_inverse=True)"
        )
    return y_true.astype(y_pred.dtype)


def same_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Add or remove a last axis of length 1 where only one of the two has it."""
    if len(y_true.shape) == len(y_pred.shape) + 1:
        y_pred, y_true = _drop_or_add_axis(y_pred, y_true)
    elif len(y_pred.shape) == len(y_true.shape) + 1:
        y_true, y_pred = _drop_or_add_axis(y_true, y_pred)
    return y_true, y_pred


def _drop_or_add_axis(shorter: Any, longer: Any) -> tuple[Any, Any]:
    if longer.shape[-1] != 1:
        return shorter, longer
    if len(shorter.shape) == 1:  # one axis more, so that the axis of samples is not averaged over
        return shorter.reshape((*shorter.shape, 1)), longer
    return shorter, longer.reshape(longer.shape[:-1])


def shapes_differ(y_true: Any, y_pred: Any) -> ValueError:
    """Return the error for targets that do not fit the predictions."""
    true, pred = y_true.shape, y_pred.shape
    advice = ""
    if true[:1] != pred[:1]:
        advice = ": their numbers of samples differ"
    elif len(pred) > 1 and true in (pred[:-1], (*pred[:-1], 1)):
        advice = (
            f". For {pred[-1]} classes and labels 0 to {pred[-1] - 1} use "
            "SparseCategoricalCrossentropy; for one value per sample, let the last layer have 1 "
            "unit"
        )
    return ValueError(
        f"y_true has shape {true}, y_pred has shape {pred}; each prediction needs its own "
        f"target, and nothing is broadcast{advice}"
    )


def refuse_nan(y_true: Any, sample_weight: Any = None) -> None:
    """Raise ValueError if a target or a weight is NaN; called when a loss is NaN."""
    for name, given in (("y_true", y_true), ("sample_weight", sample_weight)):
        values = np.asarray(unwrap(given), dtype=float)  # None becomes NaN
        missing = 0 if given is None else np.count_nonzero(np.isnan(values))
        if missing:
            raise ValueError(
                f"{name} is NaN in {missing} of {values.size} places, and so is the loss. Remove "
                "those samples (keep = ~np.isnan(y)) or fill them in"
            )


def required(condition: Callable[[], Any]) -> bool:
    """Record a condition that must hold everywhere, while a function is compiled; else False.

    The values at hand are only an example then.
    """
    tape = current_context().tracing
    if tape is None:
        return False
    holds = condition()
    tape.require(np.all(holds) if holds.shape else holds)
    return True


def require_labels_in_unit_interval(y_true: Any, loss: str, noise: float = 0.0) -> None:
    """Raise ValueError unless all targets lie in [0, 1].

    Args:
        y_true: the targets.
        loss: its name, for messages.
        noise: how far outside of it they may lie with no more than a warning.
    """
    if required(lambda: np.max(np.abs(y_true - 0.5)) <= 0.5):  # others are computed eagerly
        return
    low, high = _range(y_true)
    if low >= 0 and high <= 1:
        return
    refuse_nan(y_true)
    if low >= -noise and high <= 1 + noise:
        warnings.warn(
            f"{loss} is given targets from {low:g} to {high:g}: outside of [0, 1] it falls without "
            "end as the logit grows. Labels with noise can be kept inside: np.clip(y, 0, 1)",
            stacklevel=2,
        )
        return
    advice = (
        ". Labels -1 and 1 become 0 and 1 by (y_true + 1) / 2; or use a Hinge loss"
        if low >= -1 and high <= 1
        else ". For labels 0 to C - 1 of C classes use SparseCategoricalCrossentropy; "
        "for values to predict, MeanSquaredError"
    )
    raise ValueError(f"{loss} takes targets in [0, 1], got values from {low:g} to {high:g}{advice}")


def require_probabilities(y_pred: Any, loss: str, logits: bool = True) -> None:
    """Raise ValueError if a prediction lies outside [0, 1]; NaN passes (the loss will be NaN).

    Args:
        y_pred: array or Tensor.
        loss: its class name, for the message.
        logits: True if the loss has the argument ``from_logits``.
    """
    if getattr(y_pred, "function", None) in (sigmoid, softmax):
        return
    if required(lambda: np.max(np.abs(y_pred - 0.5)) <= 0.5 + ROUNDING):  # the loss of NaN is NaN
        return
    low, high = _range(y_pred)
    if low < -ROUNDING or high > 1 + ROUNDING:
        alone = len(y_pred.shape) < 2 or y_pred.shape[-1] == 1
        advice = (
            f"without a sigmoid or softmax in the last layer they are logits: write "
            f"{loss}(from_logits=True)"
            if logits
            else f'give the last layer activation="{"sigmoid" if alone else "softmax"}"'
        )
        raise ValueError(
            f"{loss} takes probabilities, but y_pred goes from {low:g} to {high:g}; {advice}"
        )


def refuse_activated(y_pred: Any, activation: Any, loss: str) -> None:
    """Raise ValueError if supposed logits are outputs of the activation already."""
    made_by: Any = getattr(y_pred, "function", None)
    if made_by is activation:
        name = made_by.__name__
        raise ValueError(
            f"{loss}(from_logits=True) applies {name} itself, but y_pred is the output of a "
            f"{name}: leave out from_logits, or the activation of the last layer"
        )


def _range(y: Any) -> tuple[float, float]:
    """Return the smallest and the largest value; (0, 0) of none."""
    values = unwrap(y)
    if not values.size:
        return 0.0, 0.0
    low = np.minimum.reduce(values, axis=None)
    return float(low), float(np.maximum.reduce(values, axis=None))


def class_labels(y_true: Any, y_pred: Any, axis: int = -1, ignore_class: int | None = None) -> Any:
    """Return integer labels 0 to C - 1, of y_pred's shape without its axis of C classes.

    Args:
        y_true: integers (or floats without a fraction), of that shape, or with a last axis of
            length 1 more.
        y_pred: array or Tensor with the axis of classes.
        axis: the axis of classes.
        ignore_class: a label that is accepted.

    Returns:
        An array, or a Tensor if y_true is one.

    Raises:
        ValueError: for labels that are not integral, out of range, or of another shape.
    """
    shape = list(y_pred.shape)
    classes = shape.pop(axis)
    labels = y_true if hasattr(y_true, "dtype") else np.asarray(y_true)
    expected = tuple(shape)
    if labels.shape != expected:
        labels = _without_class_axis(labels, expected, y_pred.shape, axis)
    if labels.dtype is not _INTP and labels.dtype != _INTP:
        labels = _integral(labels)
    if current_context().tracing is None:
        values = labels if labels.__class__ is np.ndarray else unwrap(labels)
        _require_known(values, classes, ignore_class)
        return labels
    if ignore_class is None:
        return check_bounds(labels, count=classes)
    required(lambda: (labels == ignore_class) | (labels >= 0) & (labels < classes))
    return labels


def _without_class_axis(
    labels: Any, expected: tuple[int, ...], predicted: tuple[int, ...], axis: int
) -> Any:
    """Reshape labels given with an axis of length 1 in place of the classes."""
    given = list(labels.shape)
    if len(given) == len(predicted) and given.pop(axis) == 1 and tuple(given) == expected:
        return labels.reshape(expected)
    one_hot = " One-hot targets go with CategoricalCrossentropy." * (labels.shape == predicted)
    raise ValueError(
        f"y_true has shape {labels.shape}, y_pred has shape {predicted}; integer labels for it "
        f"have shape {expected}.{one_hot}"
    )


def _integral(labels: Any) -> Any:
    """Convert labels to integers, if they are whole numbers."""
    values = unwrap(labels)
    kind = values.dtype.kind
    if kind not in "fiub":
        raise TypeError(
            f"y_true has dtype {values.dtype}; labels are integers from 0. Number the classes: "
            "names, y_true = np.unique(y_true, return_inverse=True)"
        )
    if kind == "f" and not required(lambda: labels == np.floor(labels)):
        refuse_nan(values)
        fractional = values[values != np.floor(values)]
        if fractional.size:
            raise ValueError(
                f"y_true holds {fractional[0]:g}, but a class label is a whole number. For "
                "probabilities of each class use CategoricalCrossentropy"
            )
    return labels.astype(np.intp)


def _require_known(labels: Any, classes: int, ignore_class: int | None) -> None:
    """Raise ValueError if a label lies outside 0 to classes - 1."""
    if not labels.size:
        return
    # Read as unsigned, a negative label is larger than any other: one comparison serves for both.
    if int(np.maximum.reduce(labels.view(np.uintp), axis=None)) < classes:
        return
    wrong = labels[(labels < 0) | (labels >= classes)]
    if ignore_class is not None:
        wrong = wrong[wrong != ignore_class]
    if wrong.size:
        hint = (
            ". Labels count from 0: subtract 1"
            if wrong.min() == classes == wrong.max() and not (labels == 0).any()
            else ""
        )
        raise ValueError(
            f"y_true holds the label {int(wrong[0])}, but y_pred has {classes} classes, with "
            f"labels 0 to {classes - 1}{hint}"
        )
