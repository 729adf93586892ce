"""Describe the graph of a functional model as Keras does: layers, their calls, inputs, outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn._core.identifiers import first_free, snake_case
from nn._core.named_classes import named_classes
from nn.saving.keras.encoding import Encoder
from nn.saving.keras.operations import written_operation
from nn.training.network import Network


def graph_config(encoder: Encoder, model: Network) -> dict[str, Any]:
    """Return the layers, inputs and outputs of a functional model, with every call.

    Raises:
        ValueError: for calls of functions that Keras does not have, and for a model of a class
            with arguments of its own.
    """
    graph = model.get_config().get("graph")
    if graph is None:
        raise encoder.refusal(
            "of a class with arguments of its own. Give its constructor **kwargs, which go to "
            "nn.Model, or save weights alone: model.save_weights(path)"
        )
    return _Graph(encoder, graph).config()


class _Graph:
    """Reads what `get_config` of a functional model says of its graph."""

    def __init__(self, encoder: Encoder, graph: Mapping[str, Any]) -> None:
        self._encoder, self._graph = encoder, graph
        inputs = [graph["layers"][i] for i in graph["first"]]
        # Of each output: what gives it, the number of the call and of the output.
        self._places = [[layer.name, 0, 0] for layer in inputs]
        self._tensors = [_tensor(x.declaration.batch_shape, x.declaration.dtype) for x in inputs]

    def config(self) -> dict[str, Any]:
        """Return what Keras's config has of it."""
        layers = self._graph["layers"]
        names = [layer.name for layer in layers]
        described = [self._encoder.layer(x) | {"name": x.name, "inbound_nodes": []} for x in layers]
        for function, args, kwargs, structure, made in self._graph["calls"]:
            if isinstance(function, int):
                node = described[function]
                call = {"args": self._encoded(args), "kwargs": self._encoded(kwargs)}
            else:
                node, args = self._operation(function, args, kwargs, names)
                described.append(node)
                call = {"args": self._encoded(args), "kwargs": {}}
            node["inbound_nodes"].append(call)
            self._keep_outputs(node, structure, made)
        return {
            "layers": described,
            "input_layers": self._structure(self._graph["inputs"]),
            "output_layers": self._structure(self._graph["outputs"]),
        }

    def _operation(
        self, function: Any, args: list[Any], kwargs: dict[str, Any], names: list[str]
    ) -> tuple[dict[str, Any], list[Any]]:
        """Describe what a call of a function calls; and with which arguments."""
        try:
            module, kind, options, args = written_operation(function, tuple(args), kwargs)
        except ValueError as error:
            raise self._encoder.refusal(f"a model with {error}") from None
        name = first_free(snake_case(kind), names)
        names.append(name)
        node = {
            "module": module,
            "class_name": kind,
            "config": {"name": name, **self._encoded(options)},
            "registered_name": kind,
            "name": name,
            "inbound_nodes": [],
        }
        return node, args

    def _keep_outputs(self, node: dict[str, Any], structure: Any, made: list[Any]) -> None:
        in_order = _in_order(structure)
        call = len(node["inbound_nodes"]) - 1
        for i, (one, other, dtype, _) in enumerate(made):
            self._places.append([node["name"], call, in_order.index(i)])
            shape = [n if n == m else None for n, m in zip(one, other, strict=True)]
            self._tensors.append(_tensor(shape, dtype))

    def _structure(self, tree: Any) -> Any:
        if isinstance(tree, Mapping):
            return {key: self._structure(part) for key, part in tree.items()}
        if isinstance(tree, (list, tuple)):
            return [self._structure(part) for part in tree]
        return self._places[tree]

    # -- arguments ---------------------------------------------------------------------------------

    def _encoded(self, x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return [self._encoded(part) for part in x]
        if isinstance(x, Mapping):
            return {key: self._encoded(part) for key, part in x.items()}
        if isinstance(x, named_classes()["models.Tensor"]):
            config = {**self._tensors[x.number], "keras_history": self._places[x.number]}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(x, named_classes()["models.Slice"]):
            if x.ends is None:
                return {"class_name": "__ellipsis__", "config": {}}
            ends = zip(("start", "stop", "step"), self._encoded(x.ends), strict=True)
            return {"class_name": "__slice__", "config": dict(ends)}
        if isinstance(x, (named_classes()["models.Samples"], named_classes()["models.Repeated"])):
            raise self._encoder.refusal(
                "a model with an argument that follows from the number of samples. Write -1 for "
                "that in a reshape"
            )
        if isinstance(x, np.ndarray) and x.ndim:
            config = {"value": x.tolist(), "dtype": x.dtype.name}
            return {"class_name": "__numpy__", "config": config}
        return self._encoder.encode(x, "an argument of a call")


def _tensor(shape: Any, dtype: Any) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": np.dtype(dtype).name}


def _in_order(structure: Any) -> list[int]:
    """The numbers of outputs in Keras's order, of dicts by their keys."""
    if isinstance(structure, Mapping):
        return [i for key in sorted(structure) for i in _in_order(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [i for part in structure for i in _in_order(part)]
    return [structure]
