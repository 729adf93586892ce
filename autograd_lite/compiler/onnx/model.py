"""`onnx_model`: what a function computes for any number of rows, as a model of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onnx import ModelProto, checker, helper

from autograd_lite.compiler.onnx.graph import OPSET, OnnxGraph
from autograd_lite.compiler.onnx.operations import WRITERS
from autograd_lite.compiler.onnx.writing import Writer, Writing, optimized
from autograd_lite.compiler.program import Program, Value
from autograd_lite.compiler.twins import Twins

IR_VERSION = 8  # what runtimes know that know the opset


def onnx_model(
    one: Program,
    other: Program,
    lengths: tuple[int, int],
    *,
    name: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    writers: Mapping[Any, Writer] | None = None,
) -> ModelProto:
    """Write down what two programs compute that were traced for batches of two lengths.

    Args:
        one: of a function, not optimized.
        other: of the same function, likewise.
        lengths: of the batches that they were traced for.
        name: of the graph.
        inputs: their names in the file.
        outputs: likewise.
        writers: by operation, writes its nodes and returns the name of its result.

    Returns:
        The model, checked by `onnx.checker`. The first axis of inputs is called "batch".

    Raises:
        ValueError: if the programs differ in more than lengths, and for an operation that has no
            counterpart; it names the operation and the layer.
    """
    graph = OnnxGraph()
    twins = Twins(optimized(one), optimized(other), lengths)
    program = twins.one
    names = [graph.name(wanted) for wanted in inputs]
    if names:
        graph.set_rows_of(names[0])
    results = Writing(graph, twins, {**WRITERS, **(writers or {})}, names).write()
    ends = [graph.name(wanted) for wanted in outputs]
    for result, end in zip(results, ends, strict=True):
        graph.nodes.append(helper.make_node("Identity", [result], [end], name=end))
    _name_results(graph.nodes, results, ends)
    described = helper.make_graph(
        _used(graph.nodes, ends),
        name,
        [_info(graph, twins, n, x) for n, x in zip(names, program.arguments, strict=True)],
        [_info(graph, twins, n, x) for n, x in zip(ends, program.results, strict=True)],
        [],
    )
    read = {name for node in described.node for name in node.input}
    described.initializer.extend(graph.initializers[n] for n in graph.initializers if n in read)
    model = helper.make_model(
        described, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="autograd_lite"
    )
    model.ir_version = IR_VERSION
    checker.check_model(model, full_check=True)
    return model


def _info(graph: OnnxGraph, twins: Twins, name: str, value: Value) -> Any:
    return graph.value_info(name, value.dtype, twins.shape(value))


def _name_results(nodes: list[Any], results: Sequence[str], ends: Sequence[str]) -> None:
    """Let a node that gives a result, and one alone, give it under the result's name."""
    made = {name for node in nodes for name in node.output}
    renamed = {
        result: end
        for result, end in zip(results, ends, strict=True)
        if result in made and list(results).count(result) == 1
    }
    nodes[:] = [
        node
        for node in nodes
        if node.input[:1] == [] or node.output[0] not in ends or node.input[0] not in renamed
    ]
    for node in nodes:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]


def _used(nodes: Sequence[Any], ends: Sequence[str]) -> list[Any]:
    """The nodes that the results depend on, in order: layouts that were changed back are not."""
    needed, found = set(ends), []
    for node in reversed(nodes):
        if not needed.isdisjoint(node.output):
            needed.update(node.input)
            found.append(node)
    return found[::-1]
