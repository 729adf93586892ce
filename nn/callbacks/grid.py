"""A grid over two features, on which a model answers at moments of its training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd_lite as ag

if TYPE_CHECKING:
    from autograd_lite.extend import Boundary

__all__ = ["Grid"]

SIDE = 32
MARGIN = 0.15  # around the samples, as a share of their range


@dataclass
class Grid:
    """The answers of a model on a grid.

    Args:
        points: the samples, (count, 2).
        labels: their targets, (count,) or (count, classes).
    """

    points: Any
    labels: Any
    _answers: list[Any] = field(default_factory=list)

    @classmethod
    def over(cls, x: Any, y: Any) -> Grid | None:
        """Return a grid over samples of two features with targets of classes; None for others."""
        points, labels = np.asarray(x), np.asarray(y)
        if points.ndim != 2 or points.shape[1] != 2 or labels.size == 0 or len(points) < 2:
            return None
        if labels.dtype.kind not in "fiub" or labels.ndim > 2 or len(labels) != len(points):
            return None
        if not (np.isfinite(points).all() and np.mod(labels, 1).max() == 0 and labels.min() >= 0):
            return None
        return cls(points, labels)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The ends of the grid, of the first and of the second feature."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        around = MARGIN * np.where(high > low, high - low, 1.0)
        (left, below), (right, above) = low - around, high + around
        return float(left), float(right), float(below), float(above)

    def look(self, model: Any) -> None:
        """Note the model's answers of now."""
        left, right, below, above = self.extent
        half = [(right - left) / SIDE / 2, (above - below) / SIDE / 2]
        across = np.linspace(left + half[0], right - half[0], SIDE)
        up = np.linspace(below + half[1], above - half[1], SIDE)
        places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        with ag.no_grad():
            answers = model(places.astype(self.points.dtype), training=False)
        self._answers.append(np.asarray(answers.data if hasattr(answers, "data") else answers))

    def boundary(self) -> Boundary | None:
        """Return the answers as the page takes them; None where they are not one for each place."""
        from autograd_lite.extend import Boundary

        answers = self._answers
        if not answers or any(a.ndim != 2 or len(a) != SIDE**2 for a in answers):
            return None
        classes = answers[0].shape[1]
        if classes == 1:
            frames = [_as_probability(a) for a in answers] if _has_logits(answers) else answers
        else:
            frames = [a.argmax(axis=1) for a in answers]
        labels = self.labels
        if labels.ndim == 2:
            labels = labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
        shaped = [np.reshape(frame, (SIDE, SIDE)) for frame in frames]
        return Boundary(self.extent, shaped, self.points, labels, classes if classes > 1 else 0)


def _has_logits(answers: list[Any]) -> bool:
    """Return whether single answers are logits: probabilities lie between 0 and 1."""
    return any(a.min() < 0 or a.max() > 1 for a in answers)


def _as_probability(logits: Any) -> Any:
    return 0.5 * (1 + np.tanh(logits / 2))
