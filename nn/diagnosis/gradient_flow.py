"""Vanishing and exploding gradients from layer to layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import changed, node_gradients
from nn.diagnosis.case import Case
from nn.diagnosis.copies import cost
from nn.diagnosis.report import Finding, Severity
from nn.random import Generator

ROWS = 256
VANISHING = 0.02
EXPLODING = 200.0


def check(case: Case) -> Iterator[Finding]:
    """Compare the gradient at the outputs of each hidden layer with that of the last one."""
    flow = _flow(case) if case.start is not None else []
    if len(flow) < 2 or not flow[-1][1] > 0:
        return
    last = flow[-1][1]
    sizes = {layer: size / last for layer, size in flow}
    layer, least = min(sizes.items(), key=lambda item: item[1])
    listed = ", ".join(f"{name} {size:.2g}" for name, size in sizes.items())
    if least < VANISHING:
        yield Finding(
            "vanishing_gradients",
            Severity.WARNING,
            f"the gradient vanishes toward the input: at {layer} it is {least:.1g} of "
            f"that at the last hidden layer ({listed}). Earlier layers learn that much "
            "slower.",
            "activation='relu' with kernel_initializer='he_normal' in place of sigmoid; a "
            "BatchNormalization() between the layers; fewer layers, or connections that skip some "
            "(x + layer(x)); initial weights that are not too small",
            sizes,
        )
    layer, most = max(sizes.items(), key=lambda item: item[1])
    if most > EXPLODING:
        yield Finding(
            "exploding_gradients",
            Severity.WARNING,
            f"the gradient explodes toward the input: at {layer} it is {most:.3g} times "
            f"that at the last hidden layer ({listed}).",
            "initial weights that fit the width of a layer, the default glorot_uniform or "
            "he_normal; clip gradients, an optimizer's clipnorm=1.0; a LayerNormalization() or "
            "BatchNormalization() between the layers",
            sizes,
        )


def _flow(case: Case) -> list[tuple[str, float]]:
    """Compute the root mean square of the gradient at each hidden layer that feeds weights."""
    nodes: list[Tensor] = []
    with changed(tape=nodes):
        loss = cost(case.model, case.draw(Generator(0), ROWS), training=True)
    if not loss.requires_grad:
        return []
    hidden = []
    for node in nodes:
        inputs = [x for x in node.inputs or () if isinstance(x, Tensor)]
        if any(isinstance(x, Variable) and x.ndim > 1 for x in inputs):
            hidden += [x for x in inputs if x.function is not None and x.requires_grad]
    gradients = node_gradients(loss, hidden)
    return [
        (case.prediction.layer(node), float(np.sqrt(np.mean(np.square(g, dtype=float)))))
        for node, g in zip(hidden, gradients, strict=True)
        if g is not None
    ]
