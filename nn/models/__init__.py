"""Models: layers that can be compiled, trained, evaluated and used to predict."""

from __future__ import annotations

from typing import Any

from nn._core.missing_names import missing_name
from nn.models.clone_model import clone_model
from nn.models.model import Model
from nn.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model"]

_OF_SAVING = ("load_model", "model_from_json", "save_model")


def __getattr__(name: str) -> Any:
    """Names that `nn.saving` has too, which is imported when they are first asked for."""
    if name in _OF_SAVING:
        from nn import saving

        return getattr(saving, name)
    raise missing_name("nn.models", name, [*__all__, *_OF_SAVING])
