"""`explain`: the chain rule from a result to what it was computed from, in formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_lite.explanations.explanation import Explanation
    from autograd_lite.tensor import Tensor

__all__ = ["explain"]


def explain(
    J: Tensor, w: Tensor, *, numbers: bool = False, names: Mapping[str, Any] | None = None
) -> Explanation:
    r"""The chain rule from J to w: each factor with its formula, shape and, if wanted, numbers.

    The gradient of J by every value between J and w has a line of its own, in terms of those
    before it; what is used several times is a sum with one term for each use. So a graph with a
    million paths is explained in as many lines as it has values. Where sigmoid or softmax meets
    its crossentropy, the derivatives cancel and leave a - y: that is derived, and said only if it
    holds in numbers, for the recorded values and for others.

    Args:
        J: a recorded Tensor with one element.
        w: a Tensor that J was computed from; a leaf or not.
        numbers: whether to show, of each array, at most 8 rows of 6 values.
        names: what to call arrays and Tensors that have no name: ``{"X": X, "y": y}``.

    Returns:
        An `Explanation`. It shows itself in a notebook; ``print`` writes it as text; it has
        ``.latex``, ``.text``, ``.html``, ``.steps`` and ``.save("j.tex" | ".html" | ".txt")``.

    Raises:
        TypeError: if J or w is not a Tensor, or numbers or names are of the wrong type.
        ValueError: if J has several elements or does not depend on w, or w requires no gradient.
        RuntimeError: if nothing was recorded for J, its graph was freed, or a Variable was
            assigned after the graph used it.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
        >>> w = ag.Tensor([[0.5]], requires_grad=True, name="w")
        >>> J = np.mean((x @ w - y) ** 2)
        >>> print(explain(J, w, names={"x": x, "y": y}).result)
        ∂J/∂w = (2/m) xᵀ (v₁ − y)
    """
    from autograd_lite.explanations.explanation import explained  # what few programs need

    return explained(J, w, numbers, names)
