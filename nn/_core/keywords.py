"""Keywords that a constructor does not take: the error names the nearest ones."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Self

from autograd_lite.extend import shorten

# Names that Keras 1 and 2 had for arguments.
_RENAMED = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "border_mode": "padding",
    "init": "kernel_initializer",
    "inner_activation": "recurrent_activation",
    "lr": "learning_rate",
    "nb_filter": "filters",
    "p": "rate",
    "subsample": "strides",
}
_GONE = {
    "decay": "a schedule does that: learning_rate=nn.schedules.InverseTimeDecay(rate, 1, decay)",
    "weights": "set them on the built layer: layer.set_weights(weights)",
}


class SpelledKeywords:
    """A base class whose constructor says what a misspelled keyword may have meant.

    Example:
        >>> import nn
        >>> nn.Dense(3, activaton="relu")
        Traceback (most recent call last):
        TypeError: Dense has no argument 'activaton'. Did you mean 'activation'?
    """

    _further_keywords: tuple[str, ...] = ()  # those that a wrapper of __init__ takes

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        if keywords:
            known = _known(cls)  # type: ignore[arg-type]
            if known is not None:
                for name in keywords.keys() - known - set(cls._further_keywords):
                    raise shorten(_unknown(cls.__name__, name, known))
        return super().__new__(cls)


@functools.lru_cache(maxsize=1024)
def _known(cls: type) -> frozenset[str] | None:
    """The keywords that a class's `__init__` takes; None if that is any."""
    parameters = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return frozenset(p.name for p in parameters if p.kind in by_name)


def _unknown(title: str, name: str, known: frozenset[str]) -> TypeError:
    renamed = _RENAMED.get(name)
    if renamed in known:
        return TypeError(f"{title} has no argument {name!r}; it is called {renamed!r} now")
    if name in _GONE:
        return TypeError(f"{title} has no argument {name!r}; {_GONE[name]}")
    import difflib  # for an error alone

    nearest = difflib.get_close_matches(name, sorted(known - {"self"}), n=1, cutoff=0.6)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    listed = "" if nearest else f" It takes {', '.join(sorted(known - {'self'}))}"
    return TypeError(f"{title} has no argument {name!r}.{hint}{listed}")
