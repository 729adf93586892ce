"""Crossentropies: the negative log-likelihood of the true labels.

From logits, the outputs of a last layer without sigmoid or softmax, they never saturate, and
their gradient is prediction minus target, a - y. Probabilities are clipped to 1e-7 from 0 and 1, as
in Keras, and beyond that the gradient is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor, gradient, primitive
from autograd_lite.extend import define, multiply_no_nan, subtract_max
from nn.activations import log_softmax, sigmoid, softmax
from nn.activations.operation import floating
from nn.losses.base import ElementwiseLoss, Loss, averaged, without_nan
from nn.losses.targets import (
    EPSILON,
    align,
    class_labels,
    refuse_activated,
    require_labels_in_unit_interval,
    require_probabilities,
)

# -- operations ------------------------------------------------------------------------------------
# z is a logit, a = sigmoid(z) or softmax(z) the prediction, y the target, J the loss.


@primitive(inlinable=True)
def sigmoid_crossentropy(z: Any, y: Any) -> Any:
    """-y log(a) - (1 - y) log(1 - a) for a = sigmoid(z), element by element."""
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


gradient(
    sigmoid_crossentropy,
    lambda g, J, z, y: g * (sigmoid(z) - y),
    lambda g, J, z, y: -g * z,
    maths=(r"-y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))", r"\sigma(z) - y", "-z"),
)


@primitive(inlinable=True)
def softmax_crossentropy(z: Any, y: Any, axis: int) -> Any:
    """-sum(y log(a)) along an axis, for a = softmax(z) and a distribution y."""
    with np.errstate(invalid="ignore"):  # 0 log(0) counts as 0
        return -np.add.reduce(multiply_no_nan(y, log_softmax(z, axis)), axis=axis)


gradient(
    softmax_crossentropy,
    # A distribution's total is 1, which leaves a - y.
    lambda g, J, z, y, *, axis: (
        with_axis(g, axis)
        * (softmax(z, axis=axis) * np.add.reduce(y, axis=axis, keepdims=True) - y)
    ),
    lambda g, J, z, y, *, axis: -with_axis(g, axis) * log_softmax(z, axis=axis),
    maths=(
        r"-\sum_k y_k \log \operatorname{softmax}(z)_k",
        r"\operatorname{softmax}(z) - y",
        r"-\log \operatorname{softmax}(z)",
    ),
)


@primitive(inlinable=True)
def sparse_softmax_crossentropy(z: Any, labels: Any, axis: int) -> Any:
    """-log(a[label]) for a = softmax(z) along an axis; `labels` lacks that axis."""
    shifted = subtract_max(z, axis)
    if axis not in (-1, z.ndim - 1):
        shifted = np.moveaxis(shifted, axis, -1)
    rows = shifted.reshape(-1, shifted.shape[-1])
    chosen = rows[np.arange(len(rows)), labels.reshape(-1)]
    loss = np.log(np.add.reduce(np.exp(rows), axis=1)) - chosen
    return loss.reshape(labels.shape)


gradient(
    sparse_softmax_crossentropy,
    lambda g, J, z, labels, *, axis: (
        with_axis(g, axis) * (softmax(z, axis=axis) - one_hot(labels, z.shape[axis], axis))
    ),
    None,
    maths=(
        r"-\log \operatorname{softmax}(z)_{\mathrm{labels}}",
        r"\operatorname{softmax}(z) - \operatorname{onehot}(\mathrm{labels})",
        None,
    ),
)


def with_axis(x: Any, axis: int) -> Any:
    """Add an axis of length 1 to x: `np.expand_dims`, in a fraction of its time."""
    shape = x.shape
    place = axis % (len(shape) + 1)
    return x.reshape((*shape[:place], 1, *shape[place:]))


def one_hot(labels: Any, classes: int, axis: int = -1) -> Any:
    """Encode labels as booleans along a new axis of length `classes`.

    Example:
        >>> one_hot(np.array([2, 0]), 3)
        array([[False, False,  True],
               [ True, False, False]])
    """
    spread = with_axis(labels, axis)
    shape = [1] * len(spread.shape)
    shape[axis] = classes
    return spread == np.arange(classes).reshape(shape)


def _inside(a: Any) -> Any:
    """Mask the probabilities that are not clipped."""
    return (a >= EPSILON) & (a <= 1 - EPSILON)


def cut_off(a: Any) -> Any:
    """Clip a probability away from 0 and 1."""
    return np.minimum(np.maximum(a, EPSILON), 1 - EPSILON)


def _log(a: Any) -> Any:
    """log(a), of arrays. Of a float32 near 1 NumPy's own is off by up to 3.8 in the last place."""
    return np.log(a.astype(np.float64)).astype(a.dtype)


@primitive(inlinable=True)
def probability_crossentropy(a: Any, y: Any) -> Any:
    """-y log(a) - (1 - y) log(1 - a), element by element, a cut off at 1e-7 and 1 - 1e-7."""
    a = cut_off(a)
    return -(y * _log(a) + (1 - y) * np.log1p(-a))  # 1 - a would lose the digits of a small a


def _probability_rule(g: Any, J: Any, a: Any, y: Any) -> Any:
    cut = cut_off(a)
    return g * _inside(a) * (cut - y) / (cut * (1 - cut))


gradient(
    probability_crossentropy,
    _probability_rule,
    lambda g, J, a, y: g * (np.log1p(-cut_off(a)) - np.log(cut_off(a))),
    maths=(r"-y \log a - (1 - y) \log(1 - a)", r"\frac{a - y}{a (1 - a)}", r"\log(1 - a) - \log a"),
)


@primitive(inlinable=True)
def distribution_crossentropy(p: Any, y: Any, axis: int) -> Any:
    """-sum(y log(a)) along an axis, for a = p / sum(p), cut off at 1e-7 and 1 - 1e-7."""
    a = p / np.add.reduce(p, axis=axis, keepdims=True)
    return -np.add.reduce(y * np.log(cut_off(a)), axis=axis)


def _distribution_rule(g: Any, J: Any, p: Any, y: Any, *, axis: int) -> Any:
    total = np.add.reduce(p, axis=axis, keepdims=True)
    a = p / total
    slope = -y / cut_off(a) * _inside(a)
    mean = np.add.reduce(slope * a, axis=axis, keepdims=True)
    return with_axis(g, axis) * (slope - mean) / total


gradient(
    distribution_crossentropy,
    _distribution_rule,
    lambda g, J, p, y, *, axis: (
        -with_axis(g, axis) * np.log(cut_off(p / np.add.reduce(p, axis=axis, keepdims=True)))
    ),
    maths=(
        r"-\sum_k y_k \log \frac{p_k}{\sum_j p_j}",
        r"\frac{\sum_k y_k}{\sum_k p_k} - \frac{y}{p}",
        r"-\log \frac{p}{\sum_k p_k}",
    ),
)

# -- binary ----------------------------------------------------------------------------------------


@define
class BinaryCrossentropy(ElementwiseLoss):
    """The mean of ``-y log(a) - (1 - y) log(1 - a)``, for targets y of 0 and 1 and one predicted
    probability a for each.

    Args:
        from_logits: whether y_pred holds logits z, with a = sigmoid(z), and not probabilities.
        label_smoothing: s, which moves targets toward 1/2: y (1 - s) + s / 2.
        axis: the axis to average over for the loss of a sample.
        reduction, name, dtype: as in `Loss`.

    Raises:
        ValueError: when called with targets outside [0, 1], or with probabilities outside [0, 1].

    Example:
        >>> loss = BinaryCrossentropy(from_logits=True)
        >>> round(loss([[1.0], [0.0]], [[0.0], [-100.0]]).item(), 6)
        0.346574
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "binary_crossentropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self.label_smoothing)

    def elements(self, y_true: Any, y_pred: Any) -> Any:
        return _binary(y_true, y_pred, self.from_logits, self.label_smoothing)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.elements(y_true, y_pred).mean(axis=self.axis)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """`BinaryCrossentropy` of each sample: averaged over `axis`.

    Example:
        >>> binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]])
        array([0.69314718])
    """
    return averaged(lambda y, a: _binary(y, a, from_logits, label_smoothing), y_true, y_pred, axis)


def _binary(y_true: Any, y_pred: Any, from_logits: bool, label_smoothing: float) -> Any:
    """Compute the loss elementwise, with checks."""
    require_labels_in_unit_interval(y_true, "BinaryCrossentropy", noise=0.5)
    y_true = smooth(y_true, label_smoothing, 2)
    if from_logits:
        refuse_activated(y_pred, sigmoid, "BinaryCrossentropy")
        return sigmoid_crossentropy(y_pred, y_true)
    require_probabilities(y_pred, "BinaryCrossentropy")
    return probability_crossentropy(y_pred, y_true)


def smooth(y_true: Any, label_smoothing: float, classes: int) -> Any:
    """Move targets toward the uniform distribution."""
    if not label_smoothing:
        return y_true
    require_fraction(label_smoothing)
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes


def require_fraction(label_smoothing: float) -> None:
    """Raise ValueError unless it lies between 0 and 1."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing is between 0 and 1, got {label_smoothing!r}")


# -- categorical -----------------------------------------------------------------------------------


@define
class CategoricalCrossentropy(Loss):
    """``-sum(y log(a))`` over the classes, for one-hot targets y (or a distribution) and a
    predicted distribution a.

    Args:
        from_logits: whether y_pred holds logits z, with a = softmax(z); else a is y_pred divided
            by its sum.
        label_smoothing: s, which moves targets toward 1 / C, for C classes: y (1 - s) + s / C.
        axis: the axis of the classes.
        reduction, name, dtype: as in `Loss`.

    Raises:
        ValueError: when called with targets or probabilities outside [0, 1], or with one class.

    Example:
        >>> loss = CategoricalCrossentropy()
        >>> round(loss([[0.0, 1.0]], [[0.75, 0.25]]).item(), 6)
        1.386294
    """

    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    reduction: str | None = "sum_over_batch_size"
    name: str = "categorical_crossentropy"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self.label_smoothing)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return _categorical(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """`CategoricalCrossentropy` of each sample.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
        array([0.69314718])
    """
    return without_nan(_categorical(y_true, y_pred, from_logits, label_smoothing, axis), y_true)


def _categorical(
    y_true: Any, y_pred: Any, from_logits: bool, label_smoothing: float, axis: int
) -> Any:
    """Compute the loss of each sample, with checks."""
    y_true, y_pred = align(y_true, y_pred)
    require_several_classes(y_pred, axis, "CategoricalCrossentropy")
    require_labels_in_unit_interval(y_true, "CategoricalCrossentropy")
    y_true = smooth(y_true, label_smoothing, y_pred.shape[axis])
    if from_logits:
        refuse_activated(y_pred, softmax, "CategoricalCrossentropy")
        return softmax_crossentropy(y_pred, y_true, axis=axis)
    require_probabilities(y_pred, "CategoricalCrossentropy")
    return distribution_crossentropy(y_pred, y_true, axis=axis)


def require_several_classes(y_pred: Any, axis: int, loss: str) -> None:
    """Raise ValueError for a single class, whose probability is always 1."""
    if y_pred.shape[axis] == 1:
        raise ValueError(
            f"{loss} needs at least 2 classes, but y_pred has shape {y_pred.shape}. For one "
            "output between 0 and 1 use BinaryCrossentropy"
        )


# -- sparse ----------------------------------------------------------------------------------------


@define
class SparseCategoricalCrossentropy(Loss):
    """``-log(a[label])``: `CategoricalCrossentropy` for labels 0 to C - 1 in place of one-hot
    targets.

    Args:
        from_logits: whether y_pred holds logits z, with a = softmax(z); else a is y_pred divided
            by its sum.
        ignore_class: a label (255, say) whose samples are ignored, in the average too.
        reduction: as in `Loss`.
        axis: the axis of the classes.
        name, dtype: as in `Loss`.

    Raises:
        ValueError: when called with labels that are not whole numbers from 0 to C - 1, with
            probabilities outside [0, 1], or with one class.

    Example:
        >>> loss = SparseCategoricalCrossentropy(from_logits=True)
        >>> round(loss([1, 0], [[0.0, 0.0], [0.0, 0.0]]).item(), 6)
        0.693147
    """

    from_logits: bool = False
    ignore_class: int | None = None
    reduction: str | None = "sum_over_batch_size"
    axis: int = -1
    name: str = "sparse_categorical_crossentropy"
    dtype: Any = None

    def prepare(self, y_true: Any, y_pred: Tensor) -> tuple[Any, Tensor]:
        return class_labels(y_true, y_pred, self.axis, self.ignore_class), y_pred

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return _sparse(y_true, y_pred, self.from_logits, self.ignore_class, self.axis)

    def counts(self, y_true: Any) -> Any:
        """Return which labels are not ignored; an average is taken over them."""
        return None if self.ignore_class is None else y_true != self.ignore_class


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """`SparseCategoricalCrossentropy` of each sample; 0 for an ignored label.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]])
        array([0.69314718])
    """
    y_pred = floating(y_pred)
    labels = class_labels(y_true, y_pred, axis, ignore_class)
    return _sparse(labels, y_pred, from_logits, ignore_class, axis)


def _sparse(
    labels: Any, y_pred: Any, from_logits: bool, ignore_class: int | None, axis: int
) -> Any:
    """Compute the loss of each sample, for checked labels."""
    require_several_classes(y_pred, axis, "SparseCategoricalCrossentropy")
    if ignore_class is not None:
        kept = labels != ignore_class
        labels = np.where(kept, labels, 0)
    if from_logits:
        refuse_activated(y_pred, softmax, "SparseCategoricalCrossentropy")
        loss = sparse_softmax_crossentropy(y_pred, labels, axis=axis)
    else:
        require_probabilities(y_pred, "SparseCategoricalCrossentropy")
        targets = one_hot(labels, y_pred.shape[axis], axis).astype(y_pred.dtype)
        loss = distribution_crossentropy(y_pred, targets, axis=axis)
    return loss if ignore_class is None else np.where(kept, loss, 0)
