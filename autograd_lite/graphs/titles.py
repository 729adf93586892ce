"""The title of a box: what a value is called, and how it was computed, in those terms."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from autograd_lite.graphs.labels import called, is_array, printable, readable
from autograd_lite.graphs.symbols import Symbols, symbol_named
from autograd_lite.maths.as_text import text
from autograd_lite.maths.tree import Fence, Node, Number, Script
from autograd_lite.primitives import gather
from autograd_lite.recording import output
from autograd_lite.tensor import Tensor, made_by

LONGEST_NAME = 40
MOST_ARGUMENTS = 6
_PATH = re.compile(r"^([\w .-]+/)+(?=[\w .-]+$)")  # of "dense/kernel" what stands before "kernel"
_SIGNS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "/",
    "matmul": "@",
    "floor_divide": "//",
    "remainder": "%",
    "greater": ">",
    "greater_equal": "≥",
    "less": "<",
    "less_equal": "≤",
    "equal": "=",
    "not_equal": "≠",
    "logical_and": "and",
    "logical_or": "or",
}


def title(x: Any, symbols: Symbols) -> str:
    """The symbol of a value, its name where that says more, and the call that made it.

    For a Tensor or an array: "x: images", "W₁: kernel", "y: labels", "v₁ = x @ W₁", "a = tanh(z)".
    """
    symbol = symbols.of(x)
    shown = _plain(symbol)
    name = symbols.meaning(x)
    if isinstance(x, Tensor) and x.name:
        short = _PATH.sub("", str(x.name))
        name = None if _says_the_same(short, symbol) else printable(short, LONGEST_NAME)
    if name:
        shown = f"{shown}: {name}"
    if isinstance(x, Tensor) and x.function is not None:
        return f"{shown} = {_call(x, symbols)}"
    return shown


def _says_the_same(name: str, symbol: Node) -> bool:
    """Return whether a name is the symbol, apart from a number that tells equal names apart."""
    plain = symbol_named(name)
    written = text(plain).rstrip("₀₁₂₃₄₅₆₇₈₉") if plain is not None else ""
    return plain is not None and text(symbol).startswith(written) and name.startswith(written)


def _plain(symbol: Node) -> str:
    return text(symbol.body if isinstance(symbol, Fence) else symbol)


def _call(tensor: Tensor, symbols: Symbols) -> str:
    """The operation, with operators for arithmetic: "x @ w", "1 − v", "sum(v, axis=0)"."""
    inputs, name = tensor.inputs, made_by(tensor)
    if inputs is None:  # freed
        return name
    operands = [text(symbols.of(x)) if is_array(x) else _bracketed(readable(x)) for x in inputs]
    arguments = [_plain(symbols.of(x)) if is_array(x) else readable(x) for x in inputs]
    if tensor.function is output:
        return f"result {tensor.keywords['index']} of {', '.join(arguments)}"
    if tensor.function is gather:
        index = ", ".join(map(readable, tensor.keywords["index"]))
        return f"{', '.join(operands)}[{index}]"
    keywords = called(tensor)
    if not keywords and name in _SIGNS and len(operands) == 2:
        return f"{operands[0]} {_SIGNS[name]} {operands[1]}"
    if not keywords and name == "negative":
        return f"−{operands[0]}"
    if not keywords and name in ("power", "square"):
        return _power(inputs, operands)
    if len(arguments) > MOST_ARGUMENTS:
        arguments = [*arguments[: MOST_ARGUMENTS - 2], "…", arguments[-1]]
    return f"{name}({', '.join([*arguments, *keywords])})"


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _power(inputs: tuple[Any, ...], operands: list[str]) -> str:
    exponent = inputs[1] if len(inputs) == 2 else 2
    if isinstance(exponent, (int, float, np.number)) and float(exponent).is_integer():
        return operands[0] + text(Script(Number(""), None, Number(str(int(exponent)))))
    return " ** ".join(operands)
