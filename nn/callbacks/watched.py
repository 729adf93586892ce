"""Watched: the monitored value of a callback, and its best so far."""

from __future__ import annotations

import math
from typing import Any

from nn._core.identifiers import lookup

# Endings of metric names: larger is better, or smaller is.
RISING = (
    "accuracy",
    "acc",
    "auc",
    "precision",
    "recall",
    "f1_score",
    "r2_score",
    "cosine_similarity",
)
FALLING = (
    "loss",
    "error",
    "crossentropy",
    "mae",
    "mse",
    "rmse",
    "mape",
    "msle",
    "hinge",
    "huber",
    "log_cosh",
    "poisson",
    "kl_divergence",
)


class Watched:
    """A loss or metric by its name in the logs, and the best value so far.

    Args:
        name: "val_loss", for example.
        mode: "min" if smaller is better, "max" if larger is; "auto" by the name.
        min_delta: a change has to be larger than this to count.

    Attributes:
        best: the best value so far; None before the first.

    Raises:
        ValueError: for another mode, and for "auto" if the name does not tell which is better.
    """

    def __init__(self, name: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode is 'min', 'max' or 'auto', got {mode!r}")
        self.name = name
        self.min_delta = abs(min_delta)
        self.rising = mode == "max" or (mode == "auto" and rises(name))
        self.best: float | None = None

    def require_number(self, measured: dict[str, Any]) -> None:
        """Refuse a metric that gives several numbers, before training starts.

        Args:
            measured: the values of the metrics, as far as they are known.

        Raises:
            ValueError: if it gives an array.
        """
        self._number(measured.get(self.name.removeprefix("val_"), 0.0))

    def _number(self, value: Any) -> float:
        if getattr(value, "ndim", 0) or isinstance(value, (list, tuple, dict)):
            count = f"{getattr(value, 'size', len(value))} numbers"
            raise ValueError(
                f"{self.name!r} is {count}, which cannot be ranked as better or worse. Make "
                "the metric return one number, with F1Score(average='macro') or one threshold, "
                "or monitor another value, monitor='val_loss' say"
            )
        return float(value)

    def value(self, logs: dict[str, Any] | None, validates: bool) -> float | None:
        """Return the value in an epoch's logs; None in an epoch without a validation.

        Args:
            logs: of the epoch.
            validates: True if there are ``val_`` values, perhaps not in every epoch.

        Raises:
            ValueError: if there is no such value and none will come, and if it is an array.
        """
        logs = logs or {}
        if self.name in logs:
            return self._number(logs[self.name])
        if self.name.startswith("val_"):
            if not validates:
                raise ValueError(
                    f"{self.name!r} is measured on validation data, and fit was given none: give "
                    "it validation_data=(X_val, y_val) or validation_split=0.2, or monitor one of "
                    f"{', '.join(map(repr, logs))}"
                )
            if not any(name.startswith("val_") for name in logs):
                return None
        return self._number(lookup("loss or metric", self.name, logs))

    def improves(self, value: float, reference: float | None = None) -> bool:
        """Return if a value is better than the reference, by default the best so far."""
        reference = self.best if reference is None else reference
        if math.isnan(value):
            return False
        if reference is None:
            return True
        gain = value - reference if self.rising else reference - value
        return gain > self.min_delta


def rises(name: str) -> bool:
    """Return if larger is better, judging by the name of a metric: "val_accuracy", "digit_auc".

    Raises:
        ValueError: if the name does not tell.
    """
    for endings, answer in ((RISING, True), (FALLING, False)):
        if any(name == ending or name.endswith(f"_{ending}") for ending in endings):
            return answer
    raise ValueError(
        f"is {name!r} better when it is larger, or when it is smaller? Write mode='max' or "
        "mode='min'"
    )
