"""The errors of a classifier: confusion matrix, ROC curve, precision-recall curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_lite.extend import charts, unwrap
from nn import metrics
from nn.visualize.arguments import names_of_classes

Array = np.ndarray[Any, Any]

CELL, SIDE, LOWEST = 52.0, 240.0, 70.0  # pixels
MOST_WITH_NUMBERS, MOST, WIDEST = 30, 300, 800.0  # classes, classes, pixels
HIGHEST = 1.02  # end of the axes of shares, so that a line at 1 is seen


def confusion_matrix(
    y_true: Any, y_pred: Any, *, classes: Sequence[str] | None = None
) -> charts.Chart:
    """Draw how often each class was predicted for each true class.

    Args:
        y_true: the labels, whole numbers from 0, (samples,).
        y_pred: the predicted labels; or a score for each class, of which the largest counts.
        classes: their names.

    Returns:
        The chart; ``numbers["counts"]``, the true class by row, and ``numbers["accuracy"]``.

    Raises:
        ValueError: as `nn.metrics.confusion_matrix`; for scores that are NaN, and for more classes
            than can be drawn.

    Example:
        >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2], classes=["cat", "dog", "cow"])
        Confusion matrix
        3 of 4 are right (75 %). Most frequent mistake: dog taken for cow, 1 of 2.
    """
    y_true, y_pred = np.asarray(unwrap(y_true)), np.asarray(unwrap(y_pred))
    if not y_true.size:
        raise ValueError("there are no samples to count")
    count = None if classes is None else len(classes)
    if y_pred.ndim == 2 and y_pred.shape[1] > 1:
        count = count or y_pred.shape[1]
        y_pred = _finite(y_pred, "y_pred").argmax(axis=1)
    _require_labels(y_true, "y_true")
    _require_labels(y_pred, "y_pred")
    counts = metrics.confusion_matrix(y_true, y_pred, count)
    names = tuple(map(str, range(len(counts)) if classes is None else classes))
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right, total = int(np.trace(counts)), int(counts.sum())
    wrong = counts - np.diag(np.diag(counts))
    i, j = np.unravel_index(int(wrong.argmax()), wrong.shape)
    said = f"{right} of {total} are right ({100 * right / max(total, 1):.3g} %)."
    if wrong.any():
        said += f" Most frequent mistake: {names[i]} taken for {names[j]}, "
        said += f"{wrong[i, j]} of {totals[i, 0]}."
    few = len(names) < 12
    cell = CELL if few else max(30.0, charts.text_width(f"{counts.max():,}", "muted") + 6)
    texts: Any = [[f"{n:,}" for n in row] for row in counts.tolist()]
    if len(names) > MOST_WITH_NUMBERS:
        texts, cell = None, max(WIDEST / len(names), 3.0)
    panel = charts.Panel(
        "",
        [charts.Cells(shares, texts, 1.0)],
        charts.Axis("predicted class", names=names),
        charts.Axis("true class", names=names),
        (cell * len(names), max(cell * 0.7 * len(names), LOWEST)),
        rising=False,
    )
    numbers = {"counts": counts, "accuracy": right / max(total, 1)}
    return charts.Chart("Confusion matrix", [panel], said, numbers)


def _finite(scores: Array, name: str) -> Array:
    """Return scores.

    Raises:
        ValueError: for NaN and infinities.
    """
    if not np.isfinite(scores).all():
        raise ValueError(f"{name} has NaN or infinities, which have no place in an order")
    return scores


def _require_labels(y: Array, name: str) -> None:
    """Require labels that are whole numbers from 0, not too many to draw.

    Raises:
        ValueError: with what to write instead.
    """
    if y.dtype.kind not in "fiub":
        hint = "classes, y = np.unique(labels, return_inverse=True) numbers them"
    elif y.ndim == 2 and y.shape[1] > 1:
        hint = f"{name}.argmax(axis=1), for one-hot rows"
    elif not np.isfinite(y).all() or (y < 0).any() or (y % 1).any():
        hint = "y_pred > 0.5 for probabilities of class 1, y_pred > 0 for logits"
        hint = hint if name == "y_pred" else f"got {np.unique(y)[:6]}"
    elif y.max() >= MOST:
        hint = f"at most {MOST} classes can be drawn, and the largest is {y.max():g}"
    else:
        return
    raise ValueError(f"{name} must hold labels, whole numbers from 0: {hint}")


def roc_curve(y_true: Any, y_score: Any, *, classes: Sequence[str] | None = None) -> charts.Chart:
    """Draw the true over the false positive rate, for every threshold of a score.

    Args:
        y_true: the labels: 0 and 1, (samples,); or classes from 0; or one-hot rows.
        y_score: the score of class 1, (samples,) or (samples, 1), probabilities or logits; or of
            each class, (samples, classes): then a curve for each class against all others.
        classes: their names.

    Returns:
        The chart; ``numbers`` has "false_positive_rate", "true_positive_rate", "thresholds" and
        "auc", the area below; of several classes lists of them.

    Raises:
        ValueError: for shapes that do not fit, scores that are NaN, or if a class is missing.

    Example:
        >>> chart = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> chart.numbers["auc"]
        0.75
    """
    return _curves(
        "ROC curve",
        ("false positive rate", "true positive rate"),
        "auc",
        _roc,
        _one_against_others(y_true, y_score, classes),
        [charts.Line([0, 1], [0, 1], "chance", None, dashed=True)],
    )


def precision_recall_curve(
    y_true: Any, y_score: Any, *, classes: Sequence[str] | None = None
) -> charts.Chart:
    """Draw the precision over the recall, for every threshold of a score.

    Args:
        y_true: as `roc_curve`.
        y_score: as `roc_curve`.
        classes: as `roc_curve`.

    Returns:
        The chart; ``numbers`` has "recall", "precision", "thresholds" and "average_precision",
        Σ (Rₙ − Rₙ₋₁) Pₙ; of several classes lists of them.

    Raises:
        ValueError: as `roc_curve`.

    Example:
        >>> chart = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> round(chart.numbers["average_precision"], 4)
        0.8333
    """
    return _curves(
        "Precision-recall curve",
        ("recall", "precision"),
        "average_precision",
        _precision_recall,
        _one_against_others(y_true, y_score, classes),
        [],
    )


def _counts(positive: Array, score: Array) -> tuple[Array, Array, Array]:
    """Return true and false positives at each distinct score as the threshold, falling."""
    order = np.argsort(-score, kind="stable")
    score, positive = score[order], positive[order]
    last = np.append(np.nonzero(np.diff(score))[0], len(score) - 1)  # of equal scores
    true = np.cumsum(positive)[last]
    return true, 1 + last - true, score[last]


def _roc(positive: Array, score: Array) -> tuple[Array, Array, Array, float]:
    true, false, thresholds = _counts(positive, score)
    x, y = np.append(0, false) / false[-1], np.append(0, true) / true[-1]
    return x, y, np.append(np.inf, thresholds), float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def _precision_recall(positive: Array, score: Array) -> tuple[Array, Array, Array, float]:
    true, false, thresholds = _counts(positive, score)
    recall, precision = true / true[-1], true / (true + false)
    average = float(np.sum(np.diff(recall, prepend=0) * precision))
    return np.append(0, recall), np.append(1, precision), np.append(np.inf, thresholds), average


def _one_against_others(
    y_true: Any, y_score: Any, classes: Sequence[str] | None
) -> list[tuple[str, Array, Array]]:
    """Return for each curve its name, whether a sample is positive, and its score."""
    labels = np.asarray(unwrap(y_true))
    scores = np.asarray(unwrap(y_score), float)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    scores = scores[:, 0] if scores.ndim == 2 and scores.shape[1] == 1 else scores
    if labels.ndim == 2 and labels.shape == scores.shape:  # one-hot
        labels = labels.argmax(axis=1)
    if labels.ndim != 1 or scores.ndim not in (1, 2) or len(labels) != len(scores):
        raise ValueError(
            f"y_true has the shape (samples,) and y_score (samples,) or (samples, classes), got "
            f"{labels.shape} and {scores.shape}"
        )
    _finite(scores, "y_score")
    if not labels.size:
        raise ValueError("there are no samples to order")
    count = 2 if scores.ndim == 1 else scores.shape[1]
    if not np.isin(labels, np.arange(count)).all():
        raise ValueError(f"y_true are labels from 0 to {count - 1}, got {np.unique(labels)[:6]}")
    named = names_of_classes(classes, count)
    wanted = [(named[1], 1, scores)] if scores.ndim == 1 else [
        (named[c], c, scores[:, c]) for c in range(count)
    ]  # fmt: skip
    for name, c, _ in wanted:
        if (labels == c).all() or not (labels == c).any():
            raise ValueError(
                f"all samples or none are of {name}: a curve needs some that are, and some not"
            )
    return [(name, labels == c, score) for name, c, score in wanted]


def _curves(
    title: str,
    axes: tuple[str, str],
    measure: str,
    curve: Callable[[Array, Array], tuple[Array, Array, Array, float]],
    wanted: list[tuple[str, Array, Array]],
    marks: list[charts.Mark],
) -> charts.Chart:
    short = "AUC" if measure == "auc" else "AP"
    found = [curve(positive, score) for _, positive, score in wanted]
    names = tuple(name.replace(" ", "_") for name in axes)
    keys = (*names, "thresholds", measure)
    numbers: dict[str, Any] = {key: [each[i] for each in found] for i, key in enumerate(keys)}
    if len(found) == 1:
        numbers = {key: values[0] for key, values in numbers.items()}
    said = list(_said(wanted, found, short))
    for i, (text, (x, y, *_)) in enumerate(zip(said, found, strict=True)):
        marks.append(charts.Line(x, y, text, i))
    across, up = (charts.Axis(name, 0.0, HIGHEST) for name in axes)
    panel = charts.Panel("", marks, across, up, (SIDE * 1.3, SIDE))
    description = f"{axes[1].capitalize()} over {axes[0]}: {'; '.join(said)}."
    return charts.Chart(title, [panel], description, numbers)


def _said(wanted: Any, found: Any, short: str) -> Iterator[str]:
    for (name, *_), (*_, area) in zip(wanted, found, strict=True):
        yield f"{name}, {short} {area:.3f}"
