"""OptimizerOptions: the options that all optimizers share, checked whenever they are set."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import define
from nn._core.identifiers import Configured
from nn._core.keywords import SpelledKeywords
from nn._core.tracking import track_change
from nn._core.validation import require_count, require_fields, require_fraction, require_number
from nn.optimizers.learning_rate import LearningRate, config_of, source_of

# Options that decide which state the steps so far have built up.
_FIXED = ("use_ema", "gradient_accumulation_steps")


@define
class OptimizerOptions(Configured, SpelledKeywords):
    """The constructor arguments of `Optimizer`, where they are documented."""

    built = False

    learning_rate: LearningRate = LearningRate(0.001)
    _: KW_ONLY
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    gradient_accumulation_steps: int | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        self._check_options()
        for name, value in list(vars(self).items()):
            if isinstance(value, np.generic):  # a NumPy scalar would impose its dtype
                setattr(self, name, value.item())
        self._undecayed: tuple[list[Variable], tuple[str, ...]] = [], ()
        self.name = self.name or type(self).__name__.lower()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an option, before or after the first step.

        Raises:
            ValueError, TypeError: as for the constructor's arguments, and for an option that does
                not fit the state built up so far. Nothing is changed then.
        """
        if name == "learning_rate":
            object.__setattr__(self, name, value)
            return
        track_change(name)
        if name not in type(self).__dataclass_fields__ or not self.__dict__.get("built"):
            object.__setattr__(self, name, value)
            return
        if isinstance(value, np.generic):
            value = value.item()
        before = getattr(self, name)
        if name in _FIXED and value != before:
            raise ValueError(
                f"{name} cannot be set after the first step: the state kept for {before!r} does "
                f"not fit {value!r}. Make a new optimizer (for a model: compile it again)"
            )
        object.__setattr__(self, name, value)
        try:
            self._check_options()
        except (TypeError, ValueError):
            object.__setattr__(self, name, before)
            raise
        self._after_option_change()

    def _after_option_change(self) -> None:
        """Adapt to an option that was set after the first step."""

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Exclude variables, biases say, from weight decay. Call it before the first step.

        Args:
            var_list: Variables.
            var_names: parts of names: ["bias"] for every variable with "bias" in its name.

        Raises:
            ValueError: after the first step.
        """
        if self.built:
            raise ValueError("call exclude_from_weight_decay before the first step")
        if isinstance(var_names, str):
            raise TypeError(f"var_names is a list of strings: [{var_names!r}]")
        self._undecayed = list(var_list or ()), tuple(var_names or ())

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments by name, the learning rate as it is now.

        Raises:
            TypeError: if the learning rate is a function, which a config cannot hold.
        """
        return super().get_config() | {"learning_rate": config_of(self)}

    def __repr__(self) -> str:
        source = source_of(self)
        rate = source.item() if isinstance(source, Variable) else source
        others = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in dataclasses.fields(self)
            if field.name not in ("learning_rate", "name")
            and getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join([f'learning_rate={rate!r}', *others])})"

    def _check_options(self) -> None:
        require_fields(self)
        clips = ("clipnorm", "clipvalue", "global_clipnorm")
        given = [name for name in clips if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"gradients are clipped in one way, got {' and '.join(given)}")
        for name in given:
            require_number(name, getattr(self, name), positive=True)
        if self.weight_decay is not None:
            require_number("weight_decay", self.weight_decay)
        require_fraction("ema_momentum", self.ema_momentum, one=True)
        if self.ema_overwrite_frequency is not None:
            require_count("ema_overwrite_frequency", self.ema_overwrite_frequency)
            if not self.use_ema:
                raise ValueError("ema_overwrite_frequency needs use_ema=True")
        if self.gradient_accumulation_steps is not None:
            require_count("gradient_accumulation_steps", self.gradient_accumulation_steps)
