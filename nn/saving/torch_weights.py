"""The weights of PyTorch models in safetensors files: into a model, and from one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_lite import Variable
from nn.layers.base import Layer
from nn.saving.files import Path, listed, read, write
from nn.saving.paths import layer_paths
from nn.saving.torch_layers import weights_of
from nn.saving.torch_tensors import tensors_of
from nn.saving.weights import require_built

_COUNTER = "num_batches_tracked"  # of a BatchNorm, which no computation here reads
_DIGITS = re.compile(r"(\d+)")

Names = Mapping[str, str | tuple[str, int]]


def load_torch_weights(model: Layer, path: Path, names: Names | None = None) -> None:
    """Load the `state_dict` of a PyTorch model, saved by safetensors, into a model of the same
    layers: all weights, or none.

    In PyTorch: ``safetensors.torch.save_file(model.state_dict(), "m.safetensors")``. Kernels are
    transposed and gates reordered as docs/files.md says; the images that the model takes have their
    channels last all the same.

    Args:
        model: built.
        path: of the file.
        names: the module of each layer, ``{"dense": "fc1", "dense_1": "head.fc2"}``; of a module of
            several recurrent layers with the number of the one, ``("rnn", 1)``. Unless given, a
            layer has the name of its module, "block/conv" for "block.conv"; or the modules are
            numbered, as those of `torch.nn.Sequential`, and in the order of the layers.

    Raises:
        ValueError: if something does not fit: lists each tensor that is missing, unexpected or of
            another shape, and nothing is changed; and if the model has not been built.
        TypeError: for names of another form.
        ModelFileError: for a file that is damaged; it is a ValueError.
        OSError: if it cannot be read.

    Example:
        >>> import numpy as np, tempfile, nn
        >>> from safetensors.numpy import save_file
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="fc")])
        >>> state = {"fc.weight": np.ones((2, 3), "f4"), "fc.bias": np.zeros(2, "f4")}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file(state, f"{folder}/m.safetensors")
        ...     load_torch_weights(model, f"{folder}/m.safetensors")
        >>> model.predict(np.array([[1.0, 2.0, 3.0]]))
        array([[6., 6.]], dtype=float32)
    """
    require_built(model, "loaded")
    tensors = {
        name: x for name, x in read(path).tensors.items() if name.rpartition(".")[2] != _COUNTER
    }
    found = _Matching(model, tensors, _checked(names or {}))
    if found.mismatches:
        raise ValueError(
            f"{path} does not fit {model.name}, which is left as it was.{listed(found.mismatches)}"
        )
    for variable, value in found.values:
        variable.assign(value.astype(variable.dtype))


def _checked(names: Any) -> Names:
    """Return the modules of layers.

    Raises:
        TypeError: for anything but a dict of names, or of a name and a number each.
    """
    rest = names.values() if isinstance(names, Mapping) else [names]
    for module in rest:
        pair = isinstance(module, (tuple, list)) and [type(part) for part in module] == [str, int]
        if not (isinstance(module, str) or pair):
            raise TypeError(
                'names is a dict of modules by layer, {"dense": "fc1", "gru_1": ("rnn", 1)}; got '
                f"{names!r:.80}"
            )
    return names  # type: ignore[no-any-return]


def save_torch_weights(
    model: Layer, path: Path, names: Names | None = None, overwrite: bool = True
) -> None:
    """Write the weights of a model as the `state_dict` of a PyTorch model of the same layers.

    In PyTorch: ``model.load_state_dict(safetensors.torch.load_file("m.safetensors"))``.

    Args:
        model: built.
        path: of the file, which ends with ".safetensors".
        names: the module of each layer, as in `load_torch_weights`: ``{"dense": "0"}``; unless
            given, "block.conv" for the layer "block/conv".
        overwrite: False refuses to replace a file.

    Raises:
        ValueError: for layers that PyTorch has no module like, for two tensors of one name, and if
            the model has not been built.
        TypeError: for names of another form.
        OSError: if the file cannot be written.

    Example:
        >>> import tempfile, nn
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2, name="fc")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_torch_weights(model, f"{folder}/m.safetensors")
        ...     tensors = read(f"{folder}/m.safetensors").tensors
        >>> sorted((name, x.shape) for name, x in tensors.items())
        [('fc.bias', (2,)), ('fc.weight', (2, 3))]
    """
    require_built(model, "saved")
    found = dict(_with_weights(model))
    modules = _modules(found, _checked(names or {}))
    unknown = [name for name in modules if name not in found]
    if unknown:
        raise ValueError(f"names has {unknown[0]!r}, but the layers are {list(found)}")
    tensors: dict[str, Any] = {}
    for name, layer in found.items():
        module, level = modules[name]
        own = tensors_of(layer, level)
        if own is None:
            raise ValueError(
                f"{name} is a {type(layer).__name__}, which PyTorch has no module like, at least "
                "with these arguments: save_weights(path) keeps it for nn"
            )
        for part, value in own.items():
            whole = f"{module}.{part}" if module else part
            if whole in tensors:
                raise ValueError(f"two layers have the tensor {whole}, {name} is the second")
            tensors[whole] = np.ascontiguousarray(value)
    write(path, tensors, {}, overwrite)


def _modules(layers: Mapping[str, Layer], names: Names) -> dict[str, tuple[str, int]]:
    """The module of each layer by its name, and as given; the number of a recurrent layer in it."""
    given = {path: (x, 0) if isinstance(x, str) else (x[0], x[1]) for path, x in names.items()}
    return {path: (path.replace("/", "."), 0) for path in layers} | given


class _Matching:
    """The tensors of a file, and the weights that they are for.

    Attributes:
        values: each weight with its new value.
        mismatches: what does not fit, in words.
    """

    def __init__(self, model: Layer, tensors: Mapping[str, Any], names: Names) -> None:
        self.values: list[tuple[Variable, Any]] = []
        self.mismatches: list[str] = []
        self._tensors, self._left = tensors, set(tensors)
        layers = dict(_with_weights(model))
        modules = self._modules(layers, names)
        for path, layer in layers.items():
            self._match(path, layer, *modules[path])
        for name in sorted(self._left, key=_natural):
            self.mismatches.append(f"in the file alone: {name} {tensors[name].shape}")
        if self.mismatches and not names:
            self.mismatches.append(self._hint(layers))

    def _modules(self, layers: Mapping[str, Layer], names: Names) -> dict[str, tuple[str, int]]:
        """The module of each layer, and the number of the recurrent layer in it."""
        for path in names:
            if path not in layers:
                self.mismatches.append(f"names has {path!r}, but the layers are {list(layers)}")
        prefixes = self._prefixes()
        numbered = all(part.isdigit() for prefix in prefixes for part in prefix.split("."))
        if numbered and not names and len(prefixes) == len(layers):
            return {path: (prefix, 0) for path, prefix in zip(layers, prefixes, strict=True)}
        return _modules(layers, names)

    def _prefixes(self) -> list[str]:
        """The modules with tensors, in the order of their numbers."""
        found = {name.rpartition(".")[0].removesuffix(".out_proj") for name in self._tensors}
        return sorted(found, key=_natural)

    def _match(self, path: str, layer: Layer, module: str, level: int) -> None:
        prefix = f"{module}." if module else ""

        def take(name: str) -> Any:
            self._left.discard(prefix + name)
            return self._tensors.get(prefix + name)

        weights = weights_of(layer, take, level)
        if weights is None:
            self.mismatches.append(
                f"{path} is a {type(layer).__name__}, which PyTorch has no module like: assign its "
                "weights, layer.set_weights([...])"
            )
            return
        for variable, name, value in weights:
            whole = ", ".join(prefix + part for part in name.split(", "))
            weight = f"{(variable.name or '').rpartition('/')[2]} of {path} {variable.shape}"
            if value is None:
                self.mismatches.append(f"missing in the file: {whole}, for {weight}")
            elif value.shape != variable.shape:
                there = [self._tensors[prefix + part].shape for part in name.split(", ")]
                self.mismatches.append(
                    f"of another shape: {whole} is {there[0]}, which becomes {value.shape} for "
                    f"{weight}"
                )
            elif value.dtype.kind != "f":
                self.mismatches.append(f"{whole} has the dtype {value.dtype}, for {weight}")
            elif np.any(np.abs(value) > np.finfo(variable.dtype).max) and np.isfinite(value).all():
                self.mismatches.append(
                    f"{whole} holds {np.max(np.abs(value)):g}, more than {variable.dtype} can, for "
                    f"{weight}"
                )
            else:
                self.values.append((variable, value))

    def _hint(self, layers: Mapping[str, Layer]) -> str:
        pairs = ", ".join(f"{path!r}: ..." for path in layers)
        return (
            f"Say which module each layer is: names={{{pairs}}}. The modules in the file are "
            f"{self._prefixes()}"
        )


def _with_weights(model: Layer) -> Iterator[tuple[str, Layer]]:
    """The layers of a model that correspond to modules with weights, by path."""
    inside: tuple[str, ...] = ()
    for path, layer in layer_paths(model):
        if path and path.startswith(inside):
            continue
        if layer.variables and weights_of(layer, lambda _: None) is not None:
            inside = (*inside, f"{path}/")
            yield path, layer
        elif layer._weights:
            yield path, layer


def _natural(name: str) -> list[Any]:
    """A key that sorts "2.weight" before "10.weight"."""
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in _DIGITS.split(name)]
