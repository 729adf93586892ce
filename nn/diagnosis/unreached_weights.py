"""Weights that the loss does not depend on: they receive no gradient."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_lite.extend import node_gradients
from nn.diagnosis.case import Case
from nn.diagnosis.copies import cost
from nn.diagnosis.report import Finding, Severity


def check(case: Case) -> Iterator[Finding]:
    """Find trainable weights that are not connected to the loss."""
    if case.start is None:
        return
    variables = case.model.trainable_variables
    loss = cost(case.model, case.rows, training=True)
    gradients = node_gradients(loss, variables) if loss.requires_grad else [None] * len(variables)
    unreached = [
        v.name or "a weight" for v, g in zip(variables, gradients, strict=True) if g is None
    ]
    if not unreached:
        return
    everything = len(unreached) == len(variables)
    yield Finding(
        "unreached_weights",
        Severity.ERROR if everything else Severity.WARNING,
        f"no gradient reaches {', '.join(unreached)}: the loss does not depend on "
        + ("any weight." if everything else "them."),
        "use the layer in call(); compute with NumPy's functions on the Tensors themselves, "
        "without .data, .numpy(), float() or stop_gradient; or freeze what is not to learn, "
        "layer.trainable = False",
        {"weights": len(unreached)},
    )
