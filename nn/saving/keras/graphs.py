"""Models from Keras's configs: stacks of layers, and graphs whose calls are made again.

Every layer is called on symbolic Tensors, as the user of Keras once did. So what `nn` computes of a
model is compared with the shapes that the file says.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_lite.extend import SymbolicTensor, flatten, map_arguments, parts_of
from nn._core.identifiers import snake_case
from nn.layers import InputLayer, Layer, RepeatVector, Resizing
from nn.layers.augmentation import RandomCrop
from nn.layers.images import CenterCrop
from nn.layers.merging import Dot
from nn.saving.allowance import Allowance, blamed_on_file
from nn.saving.encoding import MOST_OBJECTS
from nn.saving.files import ModelFileError
from nn.saving.keras.decoding import Decoder, Reference, name_in, reference
from nn.saving.keras.operations import is_operation, operation_of
from nn.training.network import Network

MOST_ELEMENTS = 2**26  # of a sample, anywhere in a model
_TAKEN_FROM_CALL = ("training",)  # a model says so itself when it is called
_OWN = {"name", "trainable", "dtype", "layers", "input_layers", "output_layers"}


class ModelMaker:
    """Makes models of what their configs say.

    Args:
        allowance: the memory that their weights may take.
        adapt: gives a layer at a path of the file what it has to know before it is called.
    """

    def __init__(self, allowance: Allowance, adapt: Callable[[str, Layer], None]) -> None:
        self._allowance, self._adapt = allowance, adapt
        self._path = ""

    def __call__(self, decoder: Decoder, kind: type[Any], config: dict[str, Any]) -> Network:
        """Make the model of a config with layers.

        Raises:
            ModelFileError: for what does not fit together.
        """
        described = config["layers"]
        if not isinstance(described, list) or not all(isinstance(x, dict) for x in described):
            raise ModelFileError("the layers of a model are no list of layers")
        if len(described) > MOST_OBJECTS:
            raise ModelFileError(f"it has more than {MOST_OBJECTS} layers")
        make = self._stack if kind.begins_with_input else self._graph
        path = self._path
        model = make(decoder, kind, config)
        self._path = path
        if config.get("trainable") is False:
            model.trainable = False
        return model

    def layer(self, decoder: Decoder, described: Any, prefix: str, used: Counter[str]) -> Layer:
        """Make a layer of a model.

        Args:
            decoder: of the file.
            described: the layer, in the file.
            prefix: the path of the model.
            used: how often layers of each class were there so far, by the name of their groups.

        Raises:
            ModelFileError: for what is no layer.
        """
        group = snake_case(str(described.get("class_name")))
        number = f"_{used[group]}" if used[group] else ""
        used[group] += 1
        self._path = f"{prefix}layers/{group}{number}/"
        layer = decoder.decode(described)
        if not isinstance(layer, Layer):
            raise ModelFileError(f"a model holds a {type(layer).__name__}, which is no layer")
        self._adapt(self._path[:-1], layer)
        return layer

    # -- stacks ------------------------------------------------------------------------------------

    def _stack(self, decoder: Decoder, kind: type[Any], config: dict[str, Any]) -> Network:
        with blamed_on_file(f"the {kind.__name__} {config.get('name')!r:.80}"):
            model = kind(name=name_in(config))
        prefix, used = self._path, Counter[str]()
        for described in config["layers"]:
            layer = self.layer(decoder, described, prefix, used)
            with self.building(layer.name):
                if isinstance(layer, InputLayer):
                    _require_modest(layer.name, layer.output)
                elif model._input is not None:
                    _require_growth(layer, [model._symbols()[1]])
                model.add(layer)
                if model._input is not None:
                    _require_modest(layer.name, model._symbols()[1])
        shape = config.get("build_input_shape")
        if model._input is None and shape is not None and model.layers:
            with self.building(model.name):
                model.build(tuple(shape))
        built: Network = model
        return built

    @contextmanager
    def building(self, name: str) -> Iterator[None]:
        """Blame errors on the file in a block, and let its weights take memory."""
        with blamed_on_file(f"{name!r:.80}"), self._allowance.in_force():
            yield

    # -- graphs ------------------------------------------------------------------------------------

    def _graph(self, decoder: Decoder, kind: type[Any], config: dict[str, Any]) -> Network:
        graph = _Graph(self, decoder, self._path)
        waiting = [graph.node(described) for described in config["layers"]]
        graph.run(waiting)
        inputs, outputs = (
            _structure(graph, config.get(key)) for key in ("input_layers", "output_layers")
        )
        own = {key: decoder.decode(x) for key, x in config.items() if key not in _OWN}
        with blamed_on_file(f"the {kind.__name__} {config.get('name')!r:.80}"):
            model: Network = kind(inputs=inputs, outputs=outputs, name=name_in(config), **own)
            return model


class _Node:
    """A layer or an operation in a graph, with the calls that are still to be made."""

    def __init__(self, name: str, thing: Any, calls: list[Any]) -> None:
        self.name, self.thing, self.calls = name, thing, calls


class _Graph:
    def __init__(self, maker: ModelMaker, decoder: Decoder, prefix: str) -> None:
        self._maker, self._decoder, self._prefix = maker, decoder, prefix
        self._used: Counter[str] = Counter()
        self._outputs: dict[str, list[list[Any]]] = {}
        self._calls = 0

    def node(self, described: dict[str, Any]) -> _Node:
        """Make one layer, and list its calls."""
        name = described.get("name", name_in(_dict(described, "config")))
        if not isinstance(name, str) or name in self._outputs:
            raise ModelFileError(f"a graph has no name for a layer, or twice: {name!r:.80}")
        calls = described.get("inbound_nodes")
        if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
            raise ModelFileError(
                f"the calls of {name!r:.80} are no list of dicts. Files of Keras 2 are loaded by "
                "Keras, which saves them anew"
            )
        self._calls += len(calls)
        if self._calls > 10 * MOST_OBJECTS:
            raise ModelFileError(f"its graph has more than {10 * MOST_OBJECTS} calls")
        if is_operation(described):
            thing = operation_of(
                {**described, "config": self._decoder.decode(_dict(described, "config"))}
            )
        else:
            thing = self._maker.layer(self._decoder, described, self._prefix, self._used)
        self._outputs[name] = []
        if isinstance(thing, InputLayer):
            _require_modest(name, thing.output)
            self._outputs[name].append([thing.output])
        return _Node(name, thing, [self._arguments(call) for call in calls])

    def _arguments(self, call: dict[str, Any]) -> Any:
        args, kwargs = self._decoder.decode([call.get("args"), call.get("kwargs")])
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise ModelFileError("a call in its graph has no arguments")
        kwargs = {
            key: x for key, x in kwargs.items() if key not in _TAKEN_FROM_CALL and x is not None
        }
        return args, kwargs

    def run(self, nodes: list[_Node]) -> None:
        """Make all calls, each when what it is called on is there."""
        while nodes:
            left = []
            for node in nodes:
                while node.calls and self._is_ready(node.calls[0]):
                    self._call(node, *node.calls.pop(0))
                if node.calls:
                    left.append(node)
            if len(left) == len(nodes) and not any(self._is_ready(n.calls[0]) for n in left):
                raise ModelFileError(
                    f"{left[0].name!r:.80} is called on outputs that nothing makes"
                )
            nodes = left

    def _is_ready(self, call: Any) -> bool:
        return all(self.has(x) for x in parts_of(list(call)) if isinstance(x, Reference))

    def has(self, place: Reference) -> bool:
        """Return if an output is known."""
        made = self._outputs.get(place.layer, [])
        return place.call < len(made) and place.output < len(made[place.call])

    def output(self, place: Reference) -> Any:
        """Return an output, a symbolic Tensor.

        Raises:
            ModelFileError: if there is none.
        """
        if not self.has(place):
            raise ModelFileError(f"its graph has no output {place!r:.120}")
        found = self._outputs[place.layer][place.call][place.output]
        _require_as_declared(place, found)
        return found

    def _call(self, node: _Node, args: Any, kwargs: Any) -> None:
        args, kwargs = map_arguments(
            lambda x: self.output(x) if isinstance(x, Reference) else x, [args, kwargs]
        )
        given = [x for x in parts_of([args, kwargs]) if isinstance(x, SymbolicTensor)]
        if not given:
            raise ModelFileError(f"{node.name!r:.80} is called on no output of its graph")
        with self._maker.building(node.name):
            _require_growth(node.thing, given)
            outputs = node.thing(*args, **kwargs)
            made = _in_order(outputs)
            _require_modest(node.name, *made)
        self._outputs[node.name].append(made)


def _dict(described: dict[str, Any], key: str) -> dict[str, Any]:
    found = described.get(key)
    if not isinstance(found, dict):
        raise ModelFileError(f"a layer of a graph has no {key}")
    return found


def _in_order(outputs: Any) -> list[Any]:
    """The outputs of a call in Keras's order, of dicts by their keys."""
    if isinstance(outputs, dict):
        return [x for key in sorted(outputs) for x in _in_order(outputs[key])]
    if isinstance(outputs, (list, tuple)):
        return [x for part in outputs for x in _in_order(part)]
    return [outputs]


def _structure(graph: _Graph, described: Any) -> Any:
    """The inputs or outputs of a model, in the structure that its config gives them."""
    if isinstance(described, dict):
        return {key: _structure(graph, x) for key, x in described.items()}
    if isinstance(described, list) and described and isinstance(described[0], (list, dict)):
        return [_structure(graph, x) for x in described]
    return graph.output(reference(described))


# -- limits ----------------------------------------------------------------------------------------


def _elements(x: Any) -> int:
    return math.prod(n or 1 for n in x.shape[1:])


def _require_modest(name: str, *tensors: Any) -> None:
    for x in tensors:
        if not isinstance(x, SymbolicTensor):
            raise ModelFileError(f"{name!r:.80} gives something else than arrays")
        if _elements(x) > MOST_ELEMENTS:
            raise ModelFileError(
                f"{name!r:.80} has samples of shape {x.shape}, a size refused here"
            )


def _require_growth(thing: Any, inputs: list[Any]) -> None:
    """Refuse a layer without weights that makes gigabytes of its inputs, before it is called."""
    size = _growth(thing, inputs)
    if size > MOST_ELEMENTS:
        raise ModelFileError(f"{thing.name!r:.80} gives samples of {size} numbers, a size refused")


def _growth(thing: Any, inputs: list[Any]) -> int:
    first = _elements(inputs[0])
    channels = inputs[0].shape[-1] or 1
    if isinstance(thing, (Resizing, CenterCrop, RandomCrop)):
        return int(thing.height) * int(thing.width) * channels
    if isinstance(thing, RepeatVector):
        return int(thing.n) * first
    if isinstance(thing, Dot):
        return first * _elements(inputs[-1]) // max(max(x.shape[-1] or 1 for x in inputs), 1)
    if len(inputs) > 1 and isinstance(thing, Layer) and not thing._sublayers():
        try:
            return math.prod(np.broadcast_shapes(*(_known(x) for x in inputs)))
        except ValueError:
            return 0
    factors = [getattr(thing, name, 1) for name in ("size", "num_tokens", "max_tokens")]
    padding = [n for n in flatten(getattr(thing, "padding", 0)) if isinstance(n, int)]
    grown = math.prod((n or 1) + sum(padding) for n in inputs[0].shape[1:])
    return grown * math.prod(n for n in flatten(factors) if isinstance(n, int))


def _known(x: Any) -> tuple[int, ...]:
    return tuple(n or 1 for n in x.shape[1:])


def _require_as_declared(place: Reference, found: Any) -> None:
    if place.shape is None:
        return
    shape = found.shape
    fits = len(shape) == len(place.shape) and all(
        n is None or m is None or n == m for n, m in zip(shape, place.shape, strict=True)
    )
    if not fits:
        raise ModelFileError(
            f"{place.layer!r:.80} gives {shape} in nn, and {place.shape!r:.80} in Keras. If "
            "Keras wrote this file as it is, this is an error of nn: please report it"
        )
