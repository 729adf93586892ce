"""A grid over two features, on which a model answers at moments of its training."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd_lite as ag
from autograd_lite.extend import Fields, define

if TYPE_CHECKING:
    from autograd_lite.extend import Boundary

SIDE = 32
MARGIN = 0.15  # around the samples, as a share of their range


@define
class Grid(Fields):
    """The answers of a model on a grid.

    Args:
        points: the samples, (count, 2).
        labels: their targets, (count,) or (count, classes).
        side: points of the grid in each direction.
    """

    points: Any
    labels: Any
    side: int = SIDE
    _answers: list[Any] = field(default_factory=list)

    @classmethod
    def over(cls, x: Any, y: Any, side: int = SIDE) -> Grid | None:
        """Return a grid over samples of two features with targets of classes; None for others."""
        points, labels = np.asarray(x), np.asarray(y)
        if points.ndim != 2 or points.shape[1] != 2 or labels.size == 0 or len(points) < 2:
            return None
        if labels.dtype.kind not in "fiub" or labels.ndim > 2 or len(labels) != len(points):
            return None
        if not (np.isfinite(points).all() and np.mod(labels, 1).max() == 0 and labels.min() >= 0):
            return None
        return cls(points, labels, side)

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
        half = [(right - left) / self.side / 2, (above - below) / self.side / 2]
        across = np.linspace(left + half[0], right - half[0], self.side)
        up = np.linspace(below + half[1], above - half[1], self.side)
        places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        self._answers.append(self._answered(model, places))

    def _answered(self, model: Any, places: Any) -> Any:
        with ag.no_grad():
            answers = model(places.astype(self.points.dtype), training=False)
        return np.asarray(answers.data if hasattr(answers, "data") else answers)

    def accuracy(self, model: Any) -> float:
        """Return the share of the samples that a model answers right."""
        answers = self._answered(model, self.points)
        if answers.shape[1] == 1:
            threshold = 0 if _has_logits([*self._answers, answers]) else 0.5
            found = answers[:, 0] > threshold
        else:
            found = answers.argmax(axis=1)
        return float(np.mean(found == self.classes))

    @property
    def classes(self) -> Any:
        """The class of each sample."""
        if self.labels.ndim == 1:
            return self.labels
        return self.labels[:, 0] if self.labels.shape[1] == 1 else self.labels.argmax(axis=1)

    def boundary(self) -> Boundary | None:
        """Return the answers as the page takes them; None where they are not one for each place."""
        from autograd_lite.extend import Boundary

        answers = self._answers
        if not answers or any(a.ndim != 2 or len(a) != self.side**2 for a in answers):
            return None
        classes = answers[0].shape[1]
        if classes == 1:
            frames = [_as_probability(a) for a in answers] if _has_logits(answers) else answers
        else:
            frames = [a.argmax(axis=1) for a in answers]
        shaped = [np.reshape(frame, (self.side, self.side)) for frame in frames]
        several = classes if classes > 1 else 0
        return Boundary(self.extent, shaped, self.points, self.classes, several)


def _has_logits(answers: list[Any]) -> bool:
    """Return whether single answers are logits: probabilities lie between 0 and 1."""
    return any(a.min() < 0 or a.max() > 1 for a in answers)


def _as_probability(logits: Any) -> Any:
    return 0.5 * (1 + np.tanh(logits / 2))
