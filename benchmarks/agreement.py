"""Do all contenders compute the same thing? A benchmark of different computations is worthless."""

from dataclasses import dataclass

import numpy as np

VALUE_TOLERANCE = 1e-5  # relative
MOVEMENT_TOLERANCE = 1e-2  # of the distance an array moved, see below

# Most contenders are within 1e-5 of each other. At `wide`, though, one of half a million inputs of
# ReLUs is so near to 0 that one library rounds it up and another down: 6e-3 of the movement.


@dataclass
class Outcome:
    """What a contender came to: values (losses, a gradient) and arrays (parameters, logits)."""

    values: list
    arrays: list


def disagreements(outcome, reference, start):
    """What is different between two Outcomes, one line each.

    `start` are the arrays from which both moved away. Arrays are compared by how far they moved:
    a few small steps from the same start would agree in most digits whatever the steps were.
    """
    if outcome.values and not close(outcome.values, reference.values):
        yield f"values {outcome.values} should be {reference.values}"
    pairs = zip(outcome.arrays, reference.arrays, start, strict=True)
    for index, arrays in enumerate(pairs):
        if not (distance := relative_distance(*arrays)) <= MOVEMENT_TOLERANCE:
            yield f"array {index} differs by {distance:.1e} of its movement"


def close(values, reference):
    return bool(np.all(np.abs(np.divide(values, reference) - 1) <= VALUE_TOLERANCE))


def relative_distance(array, reference, start):
    """|array - reference| / |reference - start|, Euclidean norms."""
    if array.shape != reference.shape:
        return np.inf
    return np.linalg.norm(array - reference) / np.linalg.norm(reference - start)
