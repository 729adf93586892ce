"""Names of the classes and functions of `nn` in Keras's files: module and class."""

from __future__ import annotations

from typing import Any

from nn import activations
from nn._core.identifiers import snake_case
from nn._core.named_classes import named_classes
from nn.layers import GroupQueryAttention, Layer, activation
from nn.saving.files import ModelFileError
from nn.saving.registry import Registry

# Keras's modules, and which part of a `Registry` has the same names.
MODULES = {
    "keras.layers": "layers",
    "keras.initializers": "initializers",
    "keras.regularizers": "regularizers",
    "keras.constraints": "constraints",
    "keras.optimizers": "optimizers",
    "keras.optimizers.schedules": "schedules",
    "keras.losses": "losses",
    "keras.metrics": "metrics",
    "keras.activations": "activations",
}
# Where the optimizers are that Keras makes, and names in files, when it runs on PyTorch.
_OPTIMIZERS_ON_TORCH = "keras.src.backend.torch.optimizers."
FUNCTIONS = ("activations", "losses", "metrics")  # where a function of Keras may be from
FUNCTIONAL = "keras.src.models.functional", "Functional"
_MODELS = {
    FUNCTIONAL: "models.Model",
    ("keras", "Functional"): "models.Model",
    ("keras", "Model"): "models.Model",
    ("keras.models", "Model"): "models.Model",
    ("keras", "Sequential"): "models.Sequential",
    ("keras.models", "Sequential"): "models.Sequential",
}

# Layers that Keras has as `Activation(name)` alone.
AS_ACTIVATION = {
    kind: name
    for name in activations.__all__
    for kind in vars(activation).values()
    if isinstance(kind, type)
    and getattr(kind, "function", None) is getattr(activations, name)
    and kind.__module__ == activation.__name__
} | {activation.GELU: "gelu", activation.LogSoftmax: "log_softmax"}


def class_of(described: dict[str, Any], registry: Registry) -> type:
    """Return the class that a part of a config names.

    Raises:
        ModelFileError: for a class that `nn` does not have and nobody registered.
    """
    module, name = _text(described, "module"), _text(described, "class_name")
    if module.startswith(_OPTIMIZERS_ON_TORCH):
        module = "keras.optimizers"
    registered = _text(described, "registered_name")
    for custom in (registered, name):
        if isinstance(registry.custom.get(custom), type):
            found: type = registry.custom[custom]
            return found
    if (module, name) in _MODELS:
        model: type = named_classes()[_MODELS[module, name]]
        return model
    known = registry.known(f"{MODULES[module]}.{name}") if module in MODULES else None
    if isinstance(known, type):
        return known
    raise _unknown(registry, module, name, registered, "class")


def function_of(described: dict[str, Any], registry: Registry) -> Any:
    """Return the function that a part of a config names.

    Raises:
        ModelFileError: as `class_of`.
    """
    module, name = _text(described, "module"), _text(described, "config")
    registered = _text(described, "registered_name")
    for custom in (registered, name):
        if custom in registry.custom:
            return registry.custom[custom]
    if module == "builtins" or module in MODULES:
        for part in FUNCTIONS:
            found = registry.known(f"{part}.{name}")
            if callable(found) and not isinstance(found, type):
                return found
    raise _unknown(registry, module, name, registered, "function")


def _text(described: dict[str, Any], key: str) -> str:
    value = described.get(key)
    return value if isinstance(value, str) else ""


def _unknown(
    registry: Registry, module: str, name: str, registered: str, kind: str
) -> ModelFileError:
    if module in MODULES:
        hint = registry.nearest(f"{MODULES[module]}.{name}")
        return ModelFileError(f"nn has no {kind} {module[:60]}.{name[:60]}.{hint}")
    if module.partition(".")[0] == "keras":
        return ModelFileError(f"nn has no {kind} {module[:60]}.{name[:60]}")
    given = registered if ">" in registered else name
    package, _, short = given.rpartition(">")
    decorator = f"@nn.saving.register_keras_serializable({package or 'Custom'!r})"
    return ModelFileError(
        f"the {kind} {given[:80]!r} is not Keras's own, and a file holds no code. Write it with "
        f"nn, {decorator} above 'class {short[:60]}', before the file is loaded, or give it: "
        f"custom_objects={{{given[:80]!r}: {short[:60]}}}"
    )


def is_functional(layer: Layer) -> bool:
    """Return if a layer is a model of symbolic Tensors."""
    return getattr(layer, "_recipe", None) is not None


def group_of(layer: Layer) -> str:
    """Return the name of a layer's group in a list of layers, without its number."""
    kind = type(layer)
    if kind in AS_ACTIVATION:
        return "activation"
    if kind is GroupQueryAttention:
        return "grouped_query_attention"  # Keras's class has another name than it is exported by
    if kind is named_classes()["models.Model"] and is_functional(layer):
        return "functional"
    return snake_case(kind.__name__)
