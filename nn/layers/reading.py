"""`allow_reading_outputs`: predictions that plots and `np.asarray` may read."""

from typing import Any

from autograd_lite import Tensor
from autograd_lite.extend import allow_reading, current_context
from nn._core.nest import leaves


def allow_reading_outputs(outputs: Any, inputs: tuple[Any, ...]) -> None:
    """Let plots and `np.asarray` read what was not computed to be differentiated."""
    if current_context().tape is None and not any(
        isinstance(x, Tensor) and x.requires_grad for given in inputs for x in leaves(given)
    ):
        for output in leaves(outputs):
            if isinstance(output, Tensor) and output.function is not None:
                allow_reading(output)
