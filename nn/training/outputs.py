"""Outputs: the structure of a model's outputs, and arguments given for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import lookup
from nn._core.nest import is_structure, only


@frozen
class Output(FrozenFields):
    """One of several outputs.

    Attributes:
        key: its name in a dict, or its position in a list; None for the only one.
        name: its name in logs: that of the layer which gives it in a model of `nn.Input`, else
            "output_0" for the first of a list.
    """

    key: Any
    name: str

    def prefixed(self, name: str) -> str:
        """Return the name of a measure of this output in logs: "digit_loss"; "loss" for the only
        output.
        """
        return name if self.key is None else f"{self.name}_{name}"

    def of(self, structure: Any, what: str = "sample_weight") -> Any:
        """Return this output's entry of a structure; a single array serves all outputs.

        Raises:
            ValueError: if there is no entry.
        """
        if self.key is None:
            if structure is None or structure.__class__ in (Tensor, np.ndarray):
                return structure
            return only(structure) if what == "outputs" else self._alone(structure, what)
        if structure is None or not isinstance(structure, (list, tuple, dict)):
            if structure is not None and what != "sample_weight":
                raise ValueError(
                    f"the model has several outputs, so y is a list or a dict with an array for "
                    f"each; there is only one array for {self.name!r}"
                )
            return structure
        try:
            return structure[self.named_in(structure)]
        except (KeyError, IndexError, TypeError):
            there = list(structure) if isinstance(structure, dict) else f"{len(structure)} arrays"
            raise ValueError(
                f"{what} has nothing for the output {self.named_in(structure)!r}: {there}"
            ) from None

    def named_in(self, structure: Any) -> Any:
        """Return what a structure would call it: in a dict the output of a list has a name."""
        by_name = isinstance(structure, dict) and isinstance(self.key, int)
        return self.name if by_name else self.key

    def _alone(self, structure: Any, what: str) -> Any:
        """Return the entry of the only output: the array in a structure of one.

        Raises:
            ValueError: if there are several.
        """
        alone = only(structure)
        if is_structure(alone):
            raise ValueError(
                f"{what} has {len(alone)} arrays, but the model has one output. Give one array"
            )
        return alone


ALONE = Output(None, "output")


def outputs_of(y_pred: Any, names: list[str] | None = None) -> list[Output]:
    """Return the outputs in a model's return value: several in a list or dict, else one.

    A single one in a list or dict has no name in logs, as in Keras.

    Args:
        y_pred: what the model returned.
        names: of the outputs in a list, where the model has some.
    """
    if isinstance(y_pred, dict):
        names = list(map(str, y_pred))
        keys = list(y_pred)
    elif isinstance(y_pred, (list, tuple)):
        keys = list(range(len(y_pred)))
    else:
        return [ALONE if not names else Output(None, names[0])]
    if names is None or len(names) != len(keys):
        names = [f"output_{i}" for i in keys]
    if len(keys) == 1:
        return [Output(None, names[0])]
    return [Output(key, name) for key, name in zip(keys, names, strict=True)]


def refuse_surplus(structure: Any, outputs: list[Output], what: str) -> None:
    """Refuse entries that belong to no output, instead of ignoring them.

    Args:
        structure: a list by position, or a dict by name; anything else is accepted.
        outputs: of the model.
        what: the name in the message: "y".

    Raises:
        ValueError: if there are any.
    """
    if outputs[0].key is None:
        return  # a list of numbers stands for one array
    if isinstance(structure, dict):
        known = {output.named_in(structure): output for output in outputs}
        surplus = [key for key in structure if key not in known]
        if surplus:
            raise ValueError(
                f"{what} has an entry for {surplus[0]!r}, but the outputs are {list(known)}"
            )
    elif isinstance(structure, (list, tuple)) and len(structure) > len(outputs):
        raise ValueError(
            f"{what} has {len(structure)} entries, but the model has {len(outputs)} outputs"
        )


def per_output(given: Any, outputs: list[Output], what: str, one_for_all: bool) -> list[Any]:
    """Return the entry of each output, in order; None for outputs without one.

    Args:
        given: a list, by position; a dict, by name; or one for all outputs.
        outputs: of the model.
        what: the name of the argument, for the message: "loss".
        one_for_all: True if a single one is meant for every output.

    Raises:
        ValueError: for a list of another length, and for unknown names.
        TypeError: for a single one where each output needs its own.
    """
    if given is None:
        return [None] * len(outputs)
    if isinstance(given, dict):
        table = {output.name: output for output in outputs}
        named = {lookup("output", str(name), table).name: part for name, part in given.items()}
        return [named.get(output.name) for output in outputs]
    if isinstance(given, (list, tuple)):
        if len(given) != len(outputs):
            raise ValueError(
                f"{what} has {len(given)} entries, but the model has {len(outputs)} "
                f"output{'s' if len(outputs) > 1 else ''}"
            )
        return list(given)
    if not one_for_all and outputs[0].key is not None:
        raise TypeError(f"{what} is a list or a dict, with an entry for each output")
    return [given] * len(outputs)
