"""The caption below a picture: its kinds of boxes, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_lite.visualize.picture import Picture
from autograd_lite.visualize.style import KINDS, Kind


def legend(picture: Picture) -> list[Kind]:
    """The kinds of boxes in a picture, each once."""
    kinds = [KINDS[box.kind] for box in picture.boxes]
    if any(box.result for box in picture.boxes):
        kinds.append(KINDS["output"])
    return list(dict.fromkeys(kinds))


def reading_aids(picture: Picture, heatmaps: bool) -> Iterator[str]:
    """Return a sentence for each thing in a picture that is not obvious.

    Args:
        picture: what is drawn.
        heatmaps: whether the format shows them.
    """
    if picture.has_gradients:
        yield f"gradient: ∂{picture.result}/∂box (arrays: mean absolute value)"
    if any(not arrow.gradient for arrow in picture.arrows):
        yield "dashed arrow: no gradient flows back"
    if any(arrow.argument is not None for arrow in picture.arrows):
        yield "number at an arrow: position among the operation's arguments"
    grids = [
        grid for box in picture.boxes for grid in (box.values, box.gradients) if grid is not None
    ]
    if heatmaps and grids:
        yield (
            "shades: blue is negative, orange positive, grey zero; the strongest is the array's "
            "largest absolute value"
        )
        if any(not grid.complete for grid in grids):
            yield "dotted frame: a sample of at most 8 × 6 values, evenly spaced"
        if any(level < 0 for grid in grids for row in grid.levels for level in row):
            yield "×: not a finite number"
