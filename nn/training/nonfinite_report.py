"""The origin of a loss that is not finite, found by running the batch once more.

The batch runs again under `autograd_lite.detect_anomaly`, with the same random numbers: that finds
the operation, its layer and the user's line, the likely cause and a remedy. The state of training
is added: the weights, the scale of the data, the learning rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_lite import AnomalyError, detect_anomaly
from autograd_lite.extend import Snapshot
from nn._core.nest import named_leaves
from nn.data.batches import unpack_batch
from nn.training.network import Network
from nn.training.nonfinite import NonFiniteLossError, is_finite

if TYPE_CHECKING:
    from autograd_lite.extend import Anomaly

LARGE_WEIGHT = 1e3
LARGE_DATA = 100.0


def explained(
    error: NonFiniteLossError, model: Network, batch: Any, draws: Snapshot
) -> NonFiniteLossError:
    """Return the error of a training step with a diagnosis from a second run of the batch.

    Args:
        error: of the first run.
        model: its weights are those before the step, and stay so.
        batch: (x,), (x, y) or (x, y, sample_weight).
        draws: the state of the layers' generators before the step.
    """
    from autograd_lite.extend import report_layout

    x, y, sample_weight = unpack_batch(batch)
    error.anomaly = _first_anomaly(model, x, y, sample_weight, draws)
    message = str(error)
    details = []
    if error.anomaly is not None:
        message += f"\n{error.anomaly.headline()}"
        details += error.anomaly.details()
    details += _of_the_training(model, [*named_leaves(x, "X"), *named_leaves(y, "y")])
    return error.saying("\n".join([message, "", *report_layout(details)]))


def _first_anomaly(
    model: Network, x: Any, y: Any, sample_weight: Any, draws: Snapshot
) -> Anomaly | None:
    """Run a step again, watched, up to its gradients, without changing the model."""
    before = Snapshot(variables=model.variables)
    draws.restore()
    try:
        with detect_anomaly():
            y_pred = model(x, training=True)
            model.batch_loss(x, y, y_pred, sample_weight, training=True).backward()
    except AnomalyError as error:
        return error.anomaly
    except Exception:
        return None  # the first failure is the one to report
    finally:
        before.restore()
        for variable in model.variables:
            variable.grad = None
    return None


def _of_the_training(model: Network, data: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Describe weights, learning rate and data, as pairs (title, text)."""
    spoiled = [v.name or "a weight" for v in model.variables if not is_finite(v.data)]
    if spoiled:
        state = (
            f"The weights {', '.join(spoiled)} already hold NaN or infinities: the gradient of the "
            "step before was too large, or a weight was assigned them."
        )
        return [("weights", state), *_learning_rate(model), *_scale(data)]
    sizes = [(float(np.max(np.abs(v.data))), v.name) for v in model.trainable_variables if v.size]
    largest, name = max(sizes, default=(0.0, ""))
    state = f"are still those before this batch; the largest is {largest:.3g}, in {name}"
    hints = _learning_rate(model) if largest > LARGE_WEIGHT else []
    return [("weights", state), *hints, *_scale(data)]


def _learning_rate(model: Network) -> list[tuple[str, str]]:
    """Suggest a smaller learning rate, once a step was taken."""
    steps = model.optimizer.iterations.item()
    if not steps:
        return []
    rate = model.optimizer.learning_rate
    return [
        (
            "steps",
            f"After {steps} step{'s' * (steps > 1)} with a learning rate of {rate:g}, that rate is "
            f"the first suspect: try {min(rate / 10, 0.1):g} or less. nn.diagnose(model, X, y) "
            "tests a range of them",
        )
    ]


def _scale(data: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Report inputs and targets far outside the usual scale."""
    hints = []
    for name, array in data:
        largest = float(np.max(np.abs(array), initial=0.0)) if array.dtype.kind == "f" else 0.0
        if largest > LARGE_DATA:
            hints.append(
                (
                    "scale",
                    f"{name} reaches {largest:.4g}. Scale it to about -1 to 1, "
                    f"{name} = ({name} - {name}.mean(axis=0)) / {name}.std(axis=0)"
                    + ("; or begin with an nn.Normalization() layer" if name[0] == "X" else ""),
                )
            )
    return hints
