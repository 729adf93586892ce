"""EinsumDense: a dense layer between any axes, by an einsum equation."""

from __future__ import annotations

import dataclasses
import math
import re
import string
from typing import Any, NamedTuple, Unpack

import numpy as np

from autograd_lite import Tensor
from nn import activations, constraints, initializers, regularizers
from nn.layers.base import Layer
from nn.layers.options import LayerOptions


class EinsumDense(Layer):
    """``activation(einsum(equation, x, kernel) + bias)``: a dense layer between any axes.

    Args:
        equation: of the inputs and the kernel, "abc,cd->abd"; with an ellipsis before or after the
            axes named, "...x,xy->...y".
        output_shape: of one sample, without the axes of an ellipsis; a number for one axis, None
            for a length that is that of the inputs.
        activation: a name or a function, as in `nn.activations`.
        bias_axes: the axes of the outputs along which there is a bias, "d"; None for no bias.
        kernel_initializer, bias_initializer: as in `nn.initializers`. An initializer by fans takes
            the axes that are summed over as inputs, the others as outputs.
        kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
            bias_constraint: as in `Dense`.
        trainable, dtype, name: as in `Layer`.

    Attributes:
        kernel: the weights, of the shape that the equation says.
        bias: if there is one.

    Raises:
        ValueError: for another equation, and for inputs or an output_shape that do not fit it.

    Example:
        >>> layer = EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
        >>> layer(np.zeros((2, 32, 128))).shape
        (2, 32, 64)
    """

    supports_masking = True

    def __init__(
        self,
        equation: str,
        output_shape: int | tuple[int | None, ...] | list[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        several = isinstance(output_shape, (list, tuple))
        self.partial_output_shape = tuple(output_shape) if several else (output_shape,)  # type: ignore[arg-type]
        self.equation = equation
        self.activation = activation
        self.bias_axes = bias_axes
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        _parsed(equation)
        activations.get(activation)
        for initializer in (kernel_initializer, bias_initializer):
            initializers.get(initializer)
        for regularizer in (kernel_regularizer, bias_regularizer):
            regularizers.get(regularizer)
        for constraint in (kernel_constraint, bias_constraint):
            constraints.get(constraint)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        x, kernel, y = self._labels(len(input_shape))
        lengths = dict(zip(x, input_shape, strict=True))
        lengths.update(self._output_lengths(x, y, lengths))
        summed = [i for i, label in enumerate(kernel) if label not in y]
        given = initializers.get(self.kernel_initializer)
        if getattr(given, "input_axes", summed) is None:
            others = [i for i in range(len(kernel)) if i not in summed]
            given = dataclasses.replace(given, input_axes=summed, output_axes=others)  # type: ignore[type-var]
        self.kernel = self.add_weight(
            tuple(lengths[label] for label in kernel),
            given,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.bias_axes is not None:
            self.bias = self.add_weight(
                self._bias_shape(y, lengths),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        super().build(input_shape)

    def call(self, x: Tensor) -> Any:
        labels = self._labels(x.ndim)
        lengths = dict(zip(labels.kernel, self.kernel.shape, strict=True))
        if any(lengths.get(label, n) != n for label, n in zip(labels.x, x.shape, strict=True)):
            raise ValueError(
                f"{self.name} has a kernel of shape {self.kernel.shape} for {self.equation!r}, "
                f"which inputs of shape {x.shape} do not fit"
            )
        y = _product(x, self.kernel, labels)
        if self.bias_axes is not None:
            y = y + self.bias
        return activations.get(self.activation)(y)

    def get_config(self) -> dict[str, Any]:
        parts = {**vars(self), "name": self.name, "trainable": self.trainable}
        parts["output_shape"] = self.partial_output_shape
        return {name: parts[name] for name in _ARGUMENTS}

    def _labels(self, rank: int) -> _Labels:
        """Return the labels of inputs, kernel and outputs, those of an ellipsis among them."""
        before, x, kernel, y, after = _parsed(self.equation)
        elided = rank - len(x)
        if elided < 0 or (elided and not (before or after)):
            raise ValueError(
                f"{self.name} has the equation {self.equation!r}, whose inputs have "
                f"{len(x)} axes{' or more' * bool(before or after)}, got {rank}"
            )
        spare = [label for label in string.ascii_letters if label not in x + kernel + y][:elided]
        more = "".join(spare)
        return (
            _Labels(more + x, kernel, more + y) if before else _Labels(x + more, kernel, y + more)
        )

    def _output_lengths(self, x: str, y: str, lengths: dict[str, Any]) -> dict[str, Any]:
        """Return the lengths of the labels of the outputs."""
        named = [label for label in y if label in self.equation]
        named = named[1:] if y[0] in named else named  # the first axis counts the samples
        given = self.partial_output_shape
        if len(given) != len(named):
            raise ValueError(
                f"{self.name} has output_shape={given}, and the outputs of {self.equation!r} have "
                f"{len(named)} axes after the samples"
            )
        found = {}
        for label, n in zip(named, given, strict=True):
            known = lengths.get(label)
            if n is not None and label in x and known not in (n, None):
                raise ValueError(
                    f"{self.name} has output_shape={given}, but axis {label!r} of its inputs has "
                    f"length {known}"
                )
            found[label] = known if n is None else n
        return found

    def _bias_shape(self, y: str, lengths: dict[str, Any]) -> tuple[Any, ...]:
        """Return the lengths of the biased axes, and 1 for others behind the first of them."""
        axes: str = self.bias_axes or ""
        missing = [label for label in axes if label not in y]
        if missing or not axes:
            raise ValueError(
                f"{self.name} has bias_axes={axes!r}, which are axes of the outputs of "
                f"{self.equation!r}"
            )
        first = min(map(y.index, axes))
        return tuple(lengths[label] if label in axes else 1 for label in y[first:])


class _Labels(NamedTuple):
    x: str
    kernel: str
    y: str


def _parsed(equation: Any) -> tuple[bool, str, str, str, bool]:
    """Return an equation's parts: is there an ellipsis in front, inputs, kernel, outputs, behind.

    Raises:
        ValueError: for another form, and for axes that stand nowhere else.
    """
    form = r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?"
    match = re.fullmatch(form, equation.replace(" ", "")) if isinstance(equation, str) else None
    if match is None or match[1] != match[5] or match[3] != match[7] or (match[1] and match[3]):
        raise ValueError(
            f"an equation is like 'abc,cd->abd', '...x,xy->...y' or 'ab...,bc->ac...', got "
            f"{equation!r}"
        )
    x, kernel, y = match[2], match[4], match[6]
    loose = [label for label in y if label not in x + kernel]
    loose += [label for label in kernel if label not in x + y]
    if loose:
        raise ValueError(f"axis {loose[0]!r} of {equation!r} stands on one side alone")
    return bool(match[1]), x, kernel, y, bool(match[3])


def _product(x: Any, kernel: Any, labels: _Labels) -> Any:
    """The einsum; as one matrix product where the last axes of x are the first of the kernel."""
    free = "".join(label for label in labels.x if label not in labels.kernel)
    summed = labels.x[len(free) :]
    new = labels.kernel[len(summed) :]
    if not summed or labels != (free + summed, summed + new, free + new):
        return np.einsum(f"{labels.x},{labels.kernel}->{labels.y}", x, kernel)
    n = math.prod(kernel.shape[: len(summed)])
    rows = x if (x.ndim, len(summed)) == (2, 1) else x.reshape(-1, n)
    columns = kernel if kernel.ndim == 2 else kernel.reshape(n, -1)
    z = rows @ columns
    shape = (*x.shape[: len(free)], *kernel.shape[len(summed) :])
    return z if z.shape == shape else z.reshape(shape)


_ARGUMENTS = (
    *("equation", "output_shape", "activation", "bias_axes"),
    *("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer"),
    *("activity_regularizer", "kernel_constraint", "bias_constraint"),
    *("trainable", "dtype", "name"),
)
