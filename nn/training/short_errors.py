"""Errors about arguments, without the frames of this package, with the shapes that users gave."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from autograd_lite.extend import is_ours, shorten

Method = TypeVar("Method", bound=Callable[..., Any])


def short_errors(method: Method) -> Method:
    """Wrap `fit`, `evaluate` or `predict`: what their arguments are refused for is raised here.

    A message that this package wrote says what is wrong; a dozen of its own frames above it hide
    that. Errors that pass a user's own code, or that NumPy raised, keep all of theirs.
    """

    @functools.wraps(method)
    def wrapped(self: Any, x: Any = None, *arguments: Any, **keywords: Any) -> Any:
        _require_samples(self, x)
        try:
            return method(self, x, *arguments, **keywords)
        except (ValueError, TypeError) as error:
            if not is_ours(error.__traceback__):
                raise
            short = shorten(error.with_traceback(None))
        raise short

    return cast(Method, wrapped)


def _require_samples(model: Any, x: Any) -> None:
    """Refuse one sample in the place of an array of samples.

    Raises:
        ValueError: with the shape that it has.
    """
    shapes = getattr(model, "_input_shapes", None)
    if not shapes or len(shapes) != 1 or not isinstance(x, np.ndarray) or model.built is not True:
        return
    (expected,) = shapes
    is_shape = isinstance(expected, tuple) and all(n is None or type(n) is int for n in expected)
    if is_shape and x.ndim == len(expected) - 1 and x.ndim and x.shape == tuple(expected[1:]):
        samples = ", ".join(["samples", *("..." if n is None else str(n) for n in expected[1:])])
        raise ValueError(
            f"{model.name} takes an array of samples, of shape ({samples}); got one of shape "
            f"{x.shape}. For one sample write x[None] (with its target as y[None])"
        )
