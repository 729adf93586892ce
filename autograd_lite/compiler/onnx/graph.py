"""`OnnxGraph`: the nodes and arrays of an ONNX graph while it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

try:
    from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
except ImportError as error:
    raise ImportError(
        "an ONNX file is written by the package onnx: pip install onnx (extra `onnx` of "
        "autograd_lite)"
    ) from error

from autograd_lite.compiler.twins import Length

Array = np.ndarray[Any, Any]
OPSET = 18
ROWS = "batch"  # what the file calls the number of rows


class OnnxGraph:
    """Nodes in the order of computation, with the arrays that they read.

    Attributes:
        nodes: so far.
        initializers: weights and constants by name.
        scope: what the names of new nodes begin with, such as the path of a layer.
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, TensorProto] = {}
        self.scope = ""
        self._taken: set[str] = set()
        self._known: dict[Any, str] = {}
        self._rows = ""
        self._made_by: dict[str, NodeProto] = {}

    # -- names -------------------------------------------------------------------------------------

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        found, number = wanted, 1
        while found in self._taken:
            found, number = f"{wanted}_{number}", number + 1
        self._taken.add(found)
        return found

    # -- what a graph consists of ------------------------------------------------------------------

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return the name of that.

        Args:
            operator: of ONNX, "MatMul".
            *inputs: the names of what it reads; "" for one that is left out.
            name: of node and output; by default that of the operator within the scope.
            **attributes: of the node.
        """
        (output,) = self.add_with_outputs(operator, inputs, 1, name=name, **attributes)
        return output

    def add_with_outputs(
        self, operator: str, inputs: Sequence[str], count: int, *, name: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs, and return their names."""
        inside = f"{self.scope}/{operator.lower()}" if self.scope else operator.lower()
        base = self.name(name or inside)
        outputs = [base, *(self.name(f"{base}:{i}") for i in range(1, count))]
        node = helper.make_node(operator, list(inputs), outputs, name=base, **attributes)
        self.nodes.append(node)
        self._made_by.update(dict.fromkeys(outputs, node))
        return outputs

    def once(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, unless there is one of the same operator, inputs and attributes."""
        key = (operator, inputs, repr(sorted(attributes.items())))
        if key not in self._known:
            self._known[key] = self.add(operator, *inputs, **attributes)
        return self._known[key]

    def array(self, value: Any, name: str = "") -> str:
        """The name of an array in the file; equal ones of one name are kept once."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        key = (name, array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            known = self._known[key] = self.name(name or "constant")
            self.initializers[known] = numpy_helper.from_array(array, known)
        return self._known[key]

    def integers(self, *values: int) -> str:
        """The name of a vector of int64."""
        return self.array(np.array(values, np.int64).reshape(-1))

    # -- shapes ------------------------------------------------------------------------------------

    def set_rows_of(self, name: str) -> None:
        """Say of which input the first axis counts the rows."""
        self._rows = name

    def length(self, n: int | Length) -> str:
        """The name of a vector with one length, which may depend on the rows."""
        if not isinstance(n, Length):
            return self.integers(n)
        shape = self.once("Shape", self._rows)
        rows = self.once("Gather", shape, self.integers(0), axis=0)
        if n.factor != 1:
            rows = self.once("Mul", rows, self.integers(n.factor))
        return rows if n.rest == 0 else self.once("Add", rows, self.integers(n.rest))

    def shape(self, lengths: Sequence[int | Length], *, inferred: bool = False) -> str:
        """The name of a shape.

        Args:
            lengths: of the axes.
            inferred: whether one unknown length may be written as -1, as for a reshape.
        """
        unknown = [n for n in lengths if isinstance(n, Length)]
        if not unknown:
            return self.integers(*(n for n in lengths if not isinstance(n, Length)))
        if inferred and len(unknown) == 1:
            return self.integers(*(-1 if isinstance(n, Length) else n for n in lengths))
        return self.once("Concat", *map(self.length, lengths), axis=0)

    def counted(self, n: int | Length, dtype: Any) -> str:
        """The name of the vector 0, 1, ..., n - 1."""
        limit = self.once("Squeeze", self.length(n))
        zero, one = (self.array(np.array(i, np.int64)) for i in (0, 1))
        return self.once("Cast", self.once("Range", zero, limit, one), to=element_type(dtype))

    # -- layouts -----------------------------------------------------------------------------------

    def transposed(self, x: str, axes: Sequence[int]) -> str:
        """A transpose; none if it only undoes another."""
        axes = list(axes)
        if axes == sorted(axes):
            return x
        made_by = self._made_by.get(x)
        if made_by is not None and made_by.op_type == "Transpose":
            before = list(made_by.attribute[0].ints)
            if [before[i] for i in axes] == sorted(axes):
                return str(made_by.input[0])
        return self.once("Transpose", x, perm=axes)

    # -- the file ----------------------------------------------------------------------------------

    def value_info(self, name: str, dtype: Any, lengths: Sequence[int | Length]) -> ValueInfoProto:
        """The description of an input or an output."""
        dims = [_dimension(n) for n in lengths]
        return helper.make_tensor_value_info(name, element_type(dtype), dims)


def _dimension(n: int | Length) -> int | str:
    if not isinstance(n, Length):
        return n
    return ROWS if (n.factor, n.rest) == (1, 0) else repr(n).replace("rows", ROWS)


def element_type(dtype: Any) -> int:
    """ONNX's number of a dtype."""
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
