"""Boundary: the answers of a model of two features on a grid, moment by moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True)
class Boundary:
    """The answers of a model of two features at several moments.

    Attributes:
        extent: the ends of the grid: lowest and highest first feature, then the second's.
        frames: for each moment a square array; the first axis is the second feature, from low to
            high. With `classes` 0 the answers from 0 to 1, else the numbers of classes.
        points: samples, one row of two features each.
        labels: their targets: numbers from 0 to 1, or of classes.
        classes: the number of classes; 0 for one number between 0 and 1.
    """

    extent: tuple[float, float, float, float]
    frames: Sequence[Any]
    points: Any
    labels: Any
    classes: int = 0

    def encoded(self) -> dict[str, Any]:
        """Return what the page reads: each frame as letters, one a place."""
        return {
            "extent": [float(f"{x:.5g}") for x in self.extent],
            "side": len(self.frames[0]),
            "classes": self.classes,
            "frames": [self._letters(frame) for frame in self.frames],
            "points": [[float(f"{x:.5g}") for x in row] for row in np.asarray(self.points)],
            "labels": [float(f"{x:.4g}") for x in np.ravel(self.labels)],
        }

    def _letters(self, frame: Any) -> str:
        numbers = np.nan_to_num(np.asarray(frame, dtype=float), nan=0.0)
        if not self.classes:
            numbers = np.round(np.clip(numbers, 0, 1) * (len(LETTERS) - 1))
        return "".join(LETTERS[int(x) % len(LETTERS)] for x in np.ravel(numbers))
