"""Backup: the state of a training between two steps, as `BackupAndRestore` keeps it."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import random as python_random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import Snapshot, unwrap
from nn import random
from nn._core.generators import generators_of
from nn._core.nest import leaves
from nn.callbacks.base import Callback
from nn.callbacks.watched import Watched
from nn.saving import optimizer_state
from nn.saving.decoding import Decoder
from nn.saving.encoding import Encoder
from nn.saving.files import Contents, ModelFileError, Path, read, write
from nn.saving.paths import layer_paths, variable_paths
from nn.saving.registry import Registry
from nn.saving.weights import assign_all
from nn.training.network import Network

KEY = "backup"  # of the file's metadata, under which the JSON stands
VERSION = 2
MEASURED = "config:metric:"  # what tensors of metrics begin with: "config:" is no weight's

Sums = tuple[dict[str, float], int]


@dataclass(frozen=True)
class Position:
    """The position of a training, between two steps.

    Attributes:
        epoch: the current epoch, or the next one.
        step: the number of its finished steps.
        running: the sums of the epoch so far, as a `RunningMean` has them; None between two epochs.
    """

    epoch: int
    step: int = 0
    running: Sums | None = None


class Backup:
    """The state of a training, in a file.

    Attributes:
        position: where the training was.
        ended: True if it was told to stop.
        call: the arguments of `fit` that have to be the same.
        order: the state of the generator that shuffles, as it was when `fit` began; or None.
        data: the `fingerprint` of the first batch; or None.
        text: the JSON of the file, by which two backups can be told apart.
    """

    def __init__(self, contents: Contents) -> None:
        """Parse a file.

        Raises:
            ModelFileError: if it is not a backup, or of a later version.
        """
        self._tensors = contents.tensors
        self.text = contents.metadata.get(KEY, "")
        document = _document(self.text)
        running = document["running"]
        self.position = Position(
            document["epoch"], document["step"], None if running is None else tuple(running)
        )
        self.ended: bool = document["ended"]
        self.call: dict[str, Any] = document["call"]
        self.data: str | None = document.get("data")
        self.order = None if document["order"] is None else np.array(document["order"], np.uint64)
        self._document = document

    @classmethod
    def read(cls, path: Path) -> Backup:
        """Read the backup in a file.

        Raises:
            ModelFileError, OSError: as `nn.saving.files.read`; and for a file that is no backup.
        """
        return cls(read(path))

    @staticmethod
    def write(
        path: Path,
        previous: str,
        model: Network,
        callbacks: Sequence[Callback],
        position: Position,
        *,
        call: Mapping[str, Any],
        order: np.ndarray[Any, Any] | None,
        data: str | None,
    ) -> None:
        """Write the state of a training to a file.

        Args:
            path: of the file.
            previous: the path for the previous backup.
            model: the model that is trained.
            callbacks: the others, whose state is kept too.
            position: where the training is.
            call: as the attribute.
            order: as the attribute.
            data: as the attribute.

        Raises:
            OSError: if that fails; then the files are as they were.
        """
        encoder = Encoder(Registry())
        weights = variable_paths(model)
        layers = dict(layer_paths(model))
        state = {
            "generator": random.generator(),
            "layers": {path: generators_of(layer) for path, layer in layers.items()},
            "callbacks": [_state(callback) for callback in callbacks],
            "numpy": _legacy_state(),
            "python": python_random.getstate(),
        }
        document = {
            "version": VERSION,
            "epoch": position.epoch,
            "step": position.step,
            "running": position.running,
            "ended": model.stop_training,
            "call": call,
            "order": None if order is None else order.tolist(),
            "data": data,
            "optimizer": optimizer_state.describe(model.optimizer, weights),
            "trainable": {path: layer.trainable for path, layer in layers.items()},
            "state": encoder.encode(state, "the backup"),
        }
        variables = weights | optimizer_state.tensors(model.optimizer, weights)
        if position.running is not None:
            variables |= _measured(model)
        arrays = {name: variable.data for name, variable in variables.items()}
        # NaN is no JSON, but Python reads it back; a sum may be NaN where a metric is undefined.
        write(path, arrays | encoder.tensors, {KEY: json.dumps(document)}, previous=previous)

    def restore(self, model: Network, callbacks: Sequence[Callback]) -> None:
        """Restore everything, or leave everything as it is.

        Raises:
            ModelFileError: if it does not fit the model, its optimizer or the callbacks.
        """
        layers = dict(layer_paths(model))
        state = self._state()
        self._require_same_layers(state, layers)
        found = state["callbacks"]
        if len(found) != len(callbacks):
            raise ModelFileError(f"it has {len(found)} callbacks, not {len(callbacks)}")
        for callback, attributes in zip(callbacks, found, strict=True):
            _require_attributes(callback, attributes)
        with Snapshot(objects=[model.optimizer]).restored_on_error():
            self._assign(model)
        for path, layer in layers.items():
            if layer.trainable != self._document["trainable"][path]:
                layer.trainable = self._document["trainable"][path]
            for name, generator in state["layers"][path].items():
                _rewind(layer, name, generator)
        for callback, attributes in zip(callbacks, found, strict=True):
            _set_state(callback, attributes)
        random.generator().state = state["generator"].state
        if state.get("numpy") is not None:
            np.random.set_state(state["numpy"])  # noqa: NPY002 - the user's code may draw from it
        if state.get("python") is not None:
            python_random.setstate(state["python"])

    def _state(self) -> dict[str, Any]:
        """Parse the part of the file that is not arrays.

        Raises:
            ModelFileError: if it is of another form.
        """
        state: dict[str, Any] = Decoder(Registry(), self._tensors).decode(self._document["state"])
        right = (
            isinstance(state, dict)
            and isinstance(state.get("generator"), random.Generator)
            and isinstance(state.get("layers"), dict)
            and all(isinstance(named, dict) for named in state["layers"].values())
            and isinstance(state.get("callbacks"), list)
            and all(isinstance(named, dict) for named in state["callbacks"])
        )
        if not right:
            raise ModelFileError("its state is not of the right kind")
        for of, adopt in (("numpy", np.random.RandomState().set_state), ("python", _try_python)):
            if state.get(of) is not None:
                try:
                    adopt(state[of])
                except Exception as error:  # whatever a module says about a state that is none
                    raise ModelFileError(f"it has no state for {of}'s random: {error}") from None
        return state

    def _require_same_layers(self, state: dict[str, Any], layers: Mapping[str, Any]) -> None:
        trainable = self._document["trainable"]
        for path in {*layers, *trainable, *state["layers"]}:
            if path not in layers or path not in trainable or path not in state["layers"]:
                raise ModelFileError(
                    f"the layer {path!r:.80} is "
                    + ("in the file only" if path not in layers else "not in the file")
                )
            for name, generator in state["layers"][path].items():
                if not isinstance(generator, np.random.Generator) or not _has(layers[path], name):
                    raise ModelFileError(f"{path!r:.80} has no generator {name!r:.80}")

    def _assign(self, model: Network) -> None:
        """Assign all Variables, or none.

        Raises:
            ModelFileError: if they are not those of the model.
        """
        weights = variable_paths(model)
        described = self._document["optimizer"]
        if described.get("built_for") is not None and not model.optimizer.built:
            model.optimizer.build(optimizer_state.built_for(described, weights))
        variables = weights | optimizer_state.tensors(model.optimizer, weights)
        if self.position.running is not None:
            variables |= _measured(model)
        kept = {
            name: array
            for name, array in self._tensors.items()
            if name in variables or not name.startswith("config:")
        }
        assign_all(variables, kept)


def fingerprint(batch: Any) -> str:
    """Return a short text that identifies a batch."""
    digest = hashlib.blake2b(digest_size=16)
    for part in leaves(batch):
        array = np.asarray(unwrap(part))
        digest.update(f"{array.dtype.str} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


# -- the document ----------------------------------------------------------------------------------


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ModelFileError("it is a safetensors file, but not a backup of a training")
    version = document.get("version", 1)
    if not _is_count(version) or version > VERSION:
        raise ModelFileError(
            f"it is a backup of version {version!r:.80}, and this nn reads versions up to "
            f"{VERSION}. A later nn may read it"
        )
    right: dict[str, Callable[[Any], bool]] = {
        "epoch": _is_count,
        "step": _is_count,
        "running": lambda value: value is None or _is_sums(value),
        "ended": lambda value: type(value) is bool,
        "call": lambda value: type(value) is dict,
        "order": lambda value: value is None or _is_order(value),
        "optimizer": lambda value: type(value) is dict,
        "trainable": lambda value: (
            type(value) is dict and all(type(item) is bool for item in value.values())
        ),
        "state": lambda value: type(value) is dict,
    }
    for name, fits in right.items():
        if name not in document or not fits(document[name]):
            raise ModelFileError(f"its {name} is not of the right kind")
    if type(document.get("data")) not in (str, type(None)):
        raise ModelFileError("its data is not of the right kind")
    return document


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_sums(value: Any) -> bool:
    return (
        type(value) is list
        and len(value) == 2
        and type(value[0]) is dict
        and all(type(total) in (int, float) for total in value[0].values())
        and _is_count(value[1])
    )


def _is_order(value: Any) -> bool:
    return (
        type(value) is list
        and len(value) == 6
        and all(type(word) is int and 0 <= word < 2**64 for word in value)
    )


# -- the parts of a training -----------------------------------------------------------------------


def _measured(model: Network) -> dict[str, Variable]:
    """Return the state of the metrics by name."""
    variables = [v for metric in model.metrics for v in metric.variables]
    return {f"{MEASURED}{i}": variable for i, variable in enumerate(variables)}


def _has(layer: Any, name: str) -> bool:
    """Return if a layer has this generator, or is a model that creates its own in its first fit."""
    ours = vars(layer).get(name)
    return isinstance(ours, np.random.Generator) or (name == "_generator" and ours is None)


def _rewind(layer: Any, name: str, to: np.random.Generator) -> None:
    """Set a generator to the state of another one, in place, since layers may share it."""
    ours = vars(layer).get(name)
    if ours is None:
        setattr(layer, name, to)
    else:
        ours.bit_generator.state = to.bit_generator.state


def _legacy_state() -> Any:
    """The state of `np.random`'s own functions; None if somebody has given them another kind."""
    state = np.random.get_state(legacy=False)  # noqa: NPY002 - the user's code may draw from it
    if not isinstance(state, dict) or state["bit_generator"] != "MT19937":
        return None
    inner = state["state"]
    return ("MT19937", inner["key"], inner["pos"], state["has_gauss"], state["gauss"])


def _try_python(state: Any) -> None:
    python_random.Random().setstate(state)


# -- the state of callbacks ------------------------------------------------------------------------


def _state(callback: Callback) -> dict[str, Any]:
    """Return the state of a callback: its attributes, without its arguments."""
    attributes = vars(callback)
    if any(isinstance(value, io.IOBase) for value in attributes.values()):
        return {}  # its state is in the file, and would not fit another
    told = {"model", "params", "validates", *inspect.signature(type(callback)).parameters}
    found = {
        name: value.best if isinstance(value, Watched) else value
        for name, value in attributes.items()
        if name not in told
    }
    kept = {name: value for name, value in found.items() if _is_plain(value)}
    if not type(callback).__module__.startswith("nn.callbacks."):
        _warn_of_losses(callback, found.keys() - kept.keys())
    return kept


def _warn_of_losses(callback: Callback, names: set[str]) -> None:
    lost = sorted(name for name in names if not callable(getattr(callback, name)))
    if lost:
        warnings.warn(
            f"a backup does not hold {', '.join(f'{type(callback).__name__}.{n}' for n in lost)}: "
            "only numbers, strings, arrays, and lists and dicts of these. When training resumes "
            "after an interruption, it starts over",
            stacklevel=2,
        )


def _require_attributes(callback: Callback, attributes: Mapping[str, Any]) -> None:
    """Refuse a file that would replace a method by data.

    Raises:
        ModelFileError: if it does.
    """
    kind = type(callback)
    for name in attributes:
        ours = getattr(kind, name, None) if type(name) is str else callable
        if callable(ours) or isinstance(ours, property) or str(name).startswith("__"):
            raise ModelFileError(f"{kind.__name__} has no state {name!r:.80}")


def _set_state(callback: Callback, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        there = getattr(callback, name, None)
        if isinstance(there, Watched):
            there.best = value
        else:
            setattr(callback, name, value)


def _is_plain(value: Any) -> bool:
    """Return if a value is plain data that a file can hold."""
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind in "fiub"
    return value is None or type(value) in (bool, int, float, str)
