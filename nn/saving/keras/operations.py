"""Operations between the layers of a graph: Keras's classes, and the functions of `nn.ops`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_lite.extend import name_of, name_of_operation, operation_named
from nn import activations, ops
from nn._core.identifiers import snake_case
from nn.ops import control, creation
from nn.saving.files import ModelFileError

_MODULE = "keras.src.ops."
_REFUSED = {*control.__all__, *creation.__all__, "vectorize", "view"} - {"cast"}


def is_operation(described: dict[str, Any]) -> bool:
    """Return if a part of a graph is an operation, and not a layer."""
    module = described.get("module")
    return isinstance(module, str) and module.startswith(_MODULE)


def operation_of(described: dict[str, Any]) -> Any:
    """Return a function of a call's arguments that computes what an operation of Keras does.

    Its options are in Keras's config of the operation, as arguments of the function of that name.

    Raises:
        ModelFileError: for an operation that `nn.ops` does not have.
    """
    kind, config = described.get("class_name"), described.get("config")
    name = snake_case(kind) if isinstance(kind, str) else ""
    if name not in ops.__all__ or name in _REFUSED or not isinstance(config, dict):
        raise ModelFileError(f"nn.ops has no operation like Keras's {kind!r:.60}")
    options = {key: x for key, x in config.items() if key != "name" and (key, x) not in _DEFAULTS}
    if name == "einsum":
        subscripts = options.pop("subscripts", None)
        return lambda *args, **kwargs: ops.einsum(subscripts, *args, **kwargs, **options)
    function: Any = _item if name == "get_item" else getattr(ops, name)
    return lambda *args, **kwargs: function(*args, **kwargs, **options)


def _item(x: Any, key: Any) -> Any:
    """Return x[key]: JSON has lists for tuples."""
    return x[tuple(key) if isinstance(key, list) else key]


_DEFAULTS = [("dtype", None), ("sparse", False), ("trainable", True)]


# -- writing ---------------------------------------------------------------------------------------

# Operations whose arguments are what they compute with, all of them.
_ELEMENTWISE = """
    absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh ceil cos cosh divide equal exp
    expm1 floor floor_divide greater greater_equal less less_equal log log10 log1p log2 logaddexp
    logical_and logical_not logical_or logical_xor matmul maximum minimum mod multiply negative
    not_equal power reciprocal sign sin sinh sqrt square subtract tan tanh true_divide where
""".split()  # noqa: SIM905 - a list would take 40 lines

# Others: the options that Keras keeps in the config, by the names that NumPy and `nn` give them.
_AXIS, _REDUCES = {"axis": "axis"}, {"axis": "axis", "keepdims": "keepdims"}
_WITH_OPTIONS: dict[str, Mapping[str, str]] = {
    **dict.fromkeys(
        ["all", "any", "argmax", "argmin", "max", "mean", "min", "prod", "std", "sum", "var"],
        _REDUCES,
    ),
    **dict.fromkeys(["concatenate", "cumsum", "expand_dims", "flip", "squeeze", "stack"], _AXIS),
    "clip": {"a_min": "x_min", "a_max": "x_max", "min": "x_min", "max": "x_max"},
    "moveaxis": {"source": "source", "destination": "destination"},
    "repeat": {"repeats": "repeats", "axis": "axis"},
    "reshape": {"shape": "newshape"},
    "roll": {"shift": "shift", "axis": "axis"},
    "swapaxes": {"axis1": "axis1", "axis2": "axis2"},
    "tile": {"reps": "repeats"},
    "transpose": {"axes": "axes"},
}
_ACTIVATIONS: dict[str, Mapping[str, str]] = {
    "elu": {"alpha": "alpha"},
    "gelu": {"approximate": "approximate"},
    "leaky_relu": {"negative_slope": "negative_slope"},
    "log_softmax": _AXIS,
    "softmax": _AXIS,
}


def written_operation(
    function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[str, str, dict[str, Any], list[Any]]:
    """Return Keras's module and class for a call of a function, its config and arguments.

    Raises:
        ValueError: for a function that Keras has no operation for.
    """
    name = _keras_name(function)
    module = f"{_MODULE}nn" if getattr(activations, name, None) is function else f"{_MODULE}numpy"
    kind = "".join(part.capitalize() for part in name.split("_"))
    if name == "get_item":
        return module, kind, {}, [args[0], kwargs["index"]]
    if name in _ELEMENTWISE and not kwargs:
        return module, kind, {}, list(args)
    if name == "einsum" and not kwargs:
        return module, kind, {"subscripts": args[0]}, list(args[1:])
    names = _ACTIVATIONS.get(name, {}) if module.endswith("nn") else _WITH_OPTIONS.get(name)
    if names is None:
        raise ValueError(_unknown(function))
    bound = inspect.signature(function).bind(*args, **kwargs).arguments
    first, *options = bound.items()
    config = {names[key]: x for key, x in options if key in names}
    unknown = [key for key, x in options if key not in names and x is not None]
    if unknown:
        raise ValueError(f"{name_of(function)} with {unknown[0]}=, which Keras does not have")
    return module, kind, config, [first[1]]


def _keras_name(function: Any) -> str:
    if function is operation_named("autograd_lite.getitem"):
        return "get_item"
    known = name_of_operation(function)
    short = (known or name_of(function)).rpartition(".")[2]
    own = (known is not None and known.startswith("numpy.")) or isinstance(function, np.ufunc)
    if own or getattr(activations, short, None) is function:
        return {"amax": "max", "amin": "min"}.get(short, short)
    raise ValueError(_unknown(function))


def _unknown(function: Any) -> str:
    return (
        f"{name_of(function)} between the layers, for which Keras has no operation. Write it as a "
        "layer of your own, and register that"
    )
