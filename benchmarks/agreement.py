"""Do all contenders compute the same step? A benchmark of different computations is worthless."""

import numpy as np

STEPS = 5
LOSS_TOLERANCE = 1e-5  # relative
MOVEMENT_TOLERANCE = 2e-3  # of the distance an array moved; rounding reaches 5e-4 at `wide`


class DisagreementError(Exception):
    """Contenders that do not compute the same training step."""


def check_agreement(trajectories, initial):
    """Raise DisagreementError unless all trajectories follow the first one.

    `trajectories` maps a contender's name to its Trajectory, `initial` is the list of arrays that
    all of them started from. Parameters are compared by how far they moved: a few small steps
    from the same start would agree in most digits whatever the steps were.
    """
    if not trajectories:
        return
    reference, *others = trajectories
    complaints = [
        f"{name} against {reference}: {complaint}"
        for name in others
        for complaint in differences(trajectories[name], trajectories[reference], initial)
    ]
    if complaints:
        raise DisagreementError("\n".join(complaints))


def differences(trajectory, reference, initial):
    """What is different, one line each."""
    relative = np.abs(np.divide(trajectory.losses, reference.losses) - 1)
    if not relative.max() <= LOSS_TOLERANCE:
        yield f"losses {trajectory.losses} should be {reference.losses}"
    for index, arrays in enumerate(
        zip(trajectory.parameters, reference.parameters, initial, strict=True)
    ):
        if not (distance := relative_distance(*arrays)) <= MOVEMENT_TOLERANCE:
            yield f"{part_name(index)} differs by {distance:.1e} of its movement"


def relative_distance(array, reference, start):
    """|array - reference| / |reference - start|, Euclidean norms."""
    if array.shape != reference.shape:
        return np.inf
    return np.linalg.norm(array - reference) / np.linalg.norm(reference - start)


def part_name(index):
    return f"{('kernel', 'bias')[index % 2]} of layer {index // 2}"
