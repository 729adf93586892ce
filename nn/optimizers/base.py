"""Optimizer: what all optimizers do around their formula."""

from __future__ import annotations

import abc
import dataclasses
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import afterwards, describe, fused_update, prepare, supply
from nn._core.identifiers import Configured
from nn._core.tracking import TRANSIENT, track_change
from nn._core.validation import require_count, require_fields, require_fraction, require_number
from nn.optimizers.clipping import shrinking_factor
from nn.optimizers.flat import GRADIENT, VALUE, Flat, Part, Selection
from nn.optimizers.learning_rate import LearningRate, config_of, require_settable, source_of

__all__ = ["Optimizer"]

_AVERAGE, _ACCUMULATOR = "average", "gradient_accumulator"
# Options that say what was gathered over the steps so far.
_FIXED = ("use_ema", "gradient_accumulation_steps")


@dataclass(eq=False, repr=False)
class Optimizer(Configured, abc.ABC):
    """The base of all optimizers: a subclass is a dataclass with `slots` and `update`.

    One step: clip the gradients, let the weights decay, `update`, average.

    Args:
        learning_rate: a number; a schedule from `nn.schedules`; or a function, of the step or of
            nothing. Reading the attribute gives the number for the next step.
        weight_decay: before each update, weights lose this fraction of themselves, times the
            learning rate.
        clipnorm: the greatest length (Euclidean norm) of the gradient of each variable.
        clipvalue: the greatest absolute value of each element of a gradient.
        global_clipnorm: the greatest length of all gradients together. At most one of these three.
        use_ema: whether to keep an exponential moving average of the weights.
        ema_momentum: the fraction of the average that stays at each step.
        ema_overwrite_frequency: after so many updates the weights are replaced by their average;
            None for only in `finalize_variable_values`.
        gradient_accumulation_steps: so many calls of `apply` make one update, with the mean of
            their gradients.
        name: the class's name in lower case by default.

    Attributes:
        iterations: a Variable that counts updates.
        built: whether the slots have been made.

    Raises:
        ValueError: for a number out of range; for options that contradict each other.
        TypeError: for a learning rate that is neither a number nor callable.

    Example:
        >>> @dataclass(eq=False, repr=False)
        ... class SignDescent(Optimizer):
        ...     def update(self, w, g, rate):
        ...         w -= rate * np.sign(g)
        ...         return (w,)
        >>> w = Variable([1.0, -1.0], name="w")
        >>> SignDescent(0.25).apply([np.array([3.0, -4.0])], [w])
        >>> w.data
        array([ 0.75, -0.75])
    """

    _not_captured: ClassVar[frozenset[str]] = frozenset(TRANSIENT)

    learning_rate: LearningRate = LearningRate(0.001)  # noqa: RUF009 - a descriptor
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
            if isinstance(value, np.generic):  # a NumPy scalar would take arithmetic to its dtype
                setattr(self, name, value.item())
        self.name = self.name or type(self).__name__.lower()
        self.built = False
        self.iterations = Variable(0, trainable=False, dtype=np.int64, name="iterations")
        self._accumulated = Variable(0, trainable=False, dtype=np.int64, name="accumulated")
        self._variables: list[Variable] = []
        self._slots: dict[str, list[Variable]] = {}
        self._columns: tuple[str, ...] = ()
        self._flat: Flat | None = None
        self._undecayed: tuple[list[Variable], tuple[str, ...]] = [], ()
        self._reported: list[Variable] = []

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an option; after the first step too, where it can be kept.

        Raises:
            ValueError, TypeError: as for the constructor's arguments; for one that would spoil what
                was gathered over steps. Nothing is changed then.
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
                f"{name} cannot be set after the first step: what was gathered for {before!r} is "
                f"of no use for {value!r}. Make a new optimizer (for a model: compile it again)"
            )
        object.__setattr__(self, name, value)
        try:
            self._check_options()
        except (TypeError, ValueError):
            object.__setattr__(self, name, before)
            raise
        self._match_slots()

    # -- what a subclass defines ----------------------------------------------------------------

    def slots(self) -> dict[str, float | None]:
        """The names of what is remembered for each weight, in the order in which `update` takes
        them, with the initial value; None for one that the options switch off.
        """
        return {}

    def coefficients(self, rate: float, t: int) -> tuple[float, ...]:
        """What `update` needs of the learning rate and of the number of the update, from 1 up.

        Plain numbers, computed once for an update; nothing is changed, see `advance`.
        """
        return (rate,)

    def advance(self, t: int) -> None:
        """Bring up to date what is remembered besides slots, behind update number t."""

    @abc.abstractmethod
    def update(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The formula: ``update(w, g, *coefficients, *slots)``, elementwise, in plain NumPy.

        w are weights and g their gradient, which is not to be changed: flat arrays, or Tensors
        when the step is being recorded. Then come the numbers that `coefficients` returned, and
        the slots, None where they are switched off.

        Returns:
            The new ``(w, *slots)``. ``w -= ...`` is the fastest way to make them: it writes into
            an array, and makes a new Tensor of a Tensor; ``w = w - ...`` is as good a formula.
        """

    # -- what a user calls ----------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """All Variables that a checkpoint has to hold: counters, a settable rate, then slots.

        A slot is called after its weight: "dense/kernel_momentum".
        """
        slots = [v for owned in self._slots.values() for v in owned]
        return [*self._scalars(), *slots]

    @property
    def calls(self) -> int:
        """How often `apply` was called: the number of which a schedule is a function."""
        updates: int = self.iterations._data.item()
        calls: int = self._accumulated._data.item()
        return updates * (self.gradient_accumulation_steps or 1) + calls

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots. `apply` does so at its first call, for the variables that it is given.

        At each step the `data` of a variable is written to. It is a view into an array of all
        variables of its dtype; data of another kind (a new array, say) is first moved there.

        Raises:
            TypeError: for anything but floating-point Variables.
            ValueError: if a Variable is given twice, or the optimizer was built for others.
        """
        variables = list(variables)
        if self.built:
            self._flattened().select(variables)
            return
        for variable in variables:
            _require_variable(variable)
        self._columns = VALUE, GRADIENT, *self.slots()
        self._variables = variables
        self._slots = self._made_slots()
        self._flat = Flat(variables, self._slots)
        self.built = True

    def _made_slots(self) -> dict[str, list[Variable]]:
        """The slots that the options ask for: those that are there, and new ones."""
        initial = {name: value for name, value in self.slots().items() if value is not None}
        if self.use_ema:
            initial[_AVERAGE] = 0.0
        if self.gradient_accumulation_steps is not None:
            initial[_ACCUMULATOR] = 0.0
        return {
            slot: self._slots.get(slot)
            or [_slot(variable, i, slot, value) for i, variable in enumerate(self._variables)]
            for slot, value in initial.items()
        }

    def _match_slots(self) -> None:
        """Make the slots of an option that was switched on, drop those of one switched off."""
        slots = self._made_slots()
        if slots.keys() != self._slots.keys():
            self._slots, self._flat = slots, None

    def apply(self, gradients: Sequence[Any], variables: Sequence[Variable] | None = None) -> None:
        """Update the variables once.

        A variable whose gradient is None keeps its value, its slots and its decay for another
        time. That is reported by a warning, once, unless the variable is frozen. Constraints are
        the layers' and are not applied here.

        Args:
            gradients: for each variable an array or a Tensor of its shape, or None.
            variables: all or some of those that the optimizer was built for, in any order; those
                themselves by default.

        Raises:
            ValueError: if the lengths or shapes do not match; a variable is unknown to the
                optimizer, or frozen and yet has a gradient; no variable has one.
            TypeError: as `build`.
        """
        if variables is None:
            if not self.built:
                raise ValueError("the first apply(gradients, variables) needs the variables")
            variables = self._variables
        if len(gradients) != len(variables):
            raise ValueError(f"got {len(gradients)} gradients for {len(variables)} variables")
        if not self.built:
            self.build(variables)
        for g, variable in zip(gradients, variables, strict=True):
            if g is None or not variable.requires_grad:
                gradients, variables = self._with_gradient(gradients, variables)
                break
        if not variables:
            return
        selection = self._flattened().select(variables)
        prepare(selection.attach)
        due = True
        if self.gradient_accumulation_steps is not None:
            due, gradients = self._accumulated_gradients(gradients, variables)
        if due is not False:
            self._update(selection, gradients, due)
        afterwards(self._count, due)

    def _update(self, selection: Selection, gradients: Sequence[Any], due: Any) -> None:
        """Clip, let the weights decay, update and average.

        Args:
            selection: what is updated.
            gradients: of its variables.
            due: True; or, where gradients are accumulated in a step that is traced, a Tensor of
                one truth value: where it is False nothing changes.
        """
        if self.clipnorm is not None:
            gradients = [g * shrinking_factor(g, limit=self.clipnorm) for g in gradients]
        for part in selection.parts:
            self._update_part(part, part.paired(gradients), self._shared_factor(gradients), due)
        if self.use_ema:
            self._average(due)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """`apply`, with the gradients and variables in pairs.

        Args:
            grads_and_vars: pairs (gradient, variable).

        Returns:
            `iterations`.

        Raises:
            ValueError, TypeError: as `apply`, and for what are no such pairs.

        Example:
            >>> from nn import SGD
            >>> w = Variable([1.0, -1.0], name="w")
            >>> SGD(0.25).apply_gradients([(np.array([4.0, 0.0]), w)]).item()
            1
            >>> w.data
            array([ 0., -1.])
        """
        pairs = list(grads_and_vars)
        for pair in pairs:
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"apply_gradients takes pairs (gradient, variable), got {pair!r}")
            if isinstance(pair[0], Variable) and not isinstance(pair[1], Variable):
                raise TypeError(
                    "a pair is (gradient, variable), got (variable, gradient): exchange the two"
                )
        if not pairs:
            raise ValueError("there are no pairs (gradient, variable) to apply")
        self.apply([g for g, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def latest_gradients(self) -> list[tuple[Variable, Any]]:
        """Each variable with its gradient in the latest update, an array that is not to be kept:
        the next update overwrites it. Empty before the first.
        """
        if not self.built:
            return []
        everything = self._flattened().everything
        return list(zip(everything.variables, everything.gradients, strict=True))

    def require_settable_rate(self, by: str) -> None:
        """Refuse what would replace a schedule by numbers.

        Args:
            by: what is about to set the learning rate, for the message.

        Raises:
            TypeError: if the rate is a schedule or a function, as in Keras.
        """
        require_settable(self, by)

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Let some variables keep their size, biases say. To be called before the first step.

        Args:
            var_list: Variables.
            var_names: parts of names: ["bias"] for every variable with "bias" in its name.

        Raises:
            ValueError: after the first step.
        """
        if self.built:
            raise ValueError("exclude_from_weight_decay has to be called before the first step")
        if isinstance(var_names, str):
            raise TypeError(f"var_names is a list of strings: [{var_names!r}]")
        self._undecayed = list(var_list or ()), tuple(var_names or ())

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Replace variables by their moving averages, if there are any: the end of a training.

        Raises:
            ValueError: for a Variable that the optimizer was not built for.
        """
        if self.use_ema and self.iterations.item() > 0:
            selection = self._flattened().select(var_list)
            selection.attach()
            for part in selection.parts:
                for w, average in part.blocks((VALUE, _AVERAGE)):
                    w[...] = average

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

    # The flat arrays are no part of the state: a copy has Variables of its own to put there.
    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_flat": None}

    # -- the parts of a step --------------------------------------------------------------------

    def _with_gradient(
        self, gradients: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[list[Any], list[Variable]]:
        """The pairs that have a gradient."""
        pairs = list(zip(gradients, variables, strict=True))
        for g, variable in pairs:
            if g is not None and not variable.trainable:
                raise ValueError(
                    f"{describe(variable)} is frozen (trainable=False), but was given a gradient. "
                    "Leave it out, or set trainable = True"
                )
        missing = [v for g, v in pairs if g is None and v.trainable]
        found = [(g, v) for g, v in pairs if g is not None]
        if missing and not found:
            raise ValueError(
                "no variable has a gradient: the loss does not depend on any of them, or "
                "backward() was not called"
            )
        self._report(missing)
        return [g for g, _ in found], [v for _, v in found]

    def _report(self, missing: Sequence[Variable]) -> None:
        """Warn once of each variable without a gradient."""
        new = [v for v in missing if not any(v is known for known in self._reported)]
        if new:
            self._reported += new
            warnings.warn(
                f"no gradient for {', '.join(map(describe, new))}: the loss does not depend on it, "
                "and it is not updated. Freeze it (trainable = False) if that is meant",
                stacklevel=4,
            )

    def _flattened(self) -> Flat:
        if self._flat is None:
            self._flat = Flat(self._variables, self._slots)
        return self._flat

    def _accumulated_gradients(
        self, gradients: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[Any, list[Any]]:
        """Add the gradients to those of earlier calls; whether an update is due, and the means."""
        steps = self.gradient_accumulation_steps
        assert steps is not None
        (due,) = supply(self._is_due, lambda: ["due"], bool)
        slots = dict(zip(map(id, self._variables), self._slots[_ACCUMULATOR], strict=True))
        totals = [slots[id(v)] + g for v, g in zip(variables, gradients, strict=True)]
        for variable, total in zip(variables, totals, strict=True):
            slots[id(variable)].assign(np.where(due, 0, total))
        return due, [total / steps for total in totals]

    def _is_due(self) -> tuple[bool]:
        """Whether the next call of `apply` makes an update."""
        return (self._accumulated._data.item() + 1 == self.gradient_accumulation_steps,)

    def _shared_factor(self, gradients: Sequence[Any]) -> Any:
        """The factor that shortens all gradients together; None if there is no such limit."""
        if self.global_clipnorm is None:
            return None
        return shrinking_factor(*gradients, limit=self.global_clipnorm)

    def _update_part(self, part: Part, gradients: Any, factor: Any, due: Any) -> None:
        """Update the variables of one dtype."""
        numbers = list(supply(self._numbers, self._number_names, part.dtype))
        extra: dict[str, Any] = {"gradients": gradients, "finite": part.gradient}
        decays = bool(self.weight_decay)
        if decays and not all(map(self._decays, part.variables)):
            decay, decays = numbers.pop(), False
            blocks = part.blocks((VALUE,), self._decays)
            if blocks:
                title = f"{self.name}_decay"
                fused_update(
                    _decayed, (VALUE,), blocks, [decay, *_unless_true(due)], title=title, **extra
                )
                extra = {}
        is_shortened, is_masked = factor is not None, due is not True
        numbers += [factor] * is_shortened + _unless_true(due)
        fused_update(
            lambda *given: self._formula(given, decays, is_shortened, is_masked),
            self._columns,
            part.blocks(self._columns),
            numbers,
            title=str(self.name),
            variables=part.owned,
            **extra,
        )

    def _formula(
        self, given: tuple[Any, ...], decays: bool, is_shortened: bool, is_masked: bool
    ) -> Sequence[Any]:
        """One update of flat arrays, or of Tensors: the columns first, then the numbers."""
        old = given[: len(self._columns)]
        numbers = list(given[len(old) :])
        due = numbers.pop() if is_masked else None
        w, g, *slots = old
        if is_shortened:
            g = g * numbers.pop()
        if self.clipvalue is not None:
            g = np.clip(g, -self.clipvalue, self.clipvalue)
        if decays:
            w -= w * numbers.pop()
        w, *slots = self.update(w, g, *numbers, *slots)
        new = [w, old[1], *slots]
        return new if due is None else [_where(due, a, b) for a, b in zip(new, old, strict=True)]

    def _numbers(self) -> list[float]:
        """The numbers of the next update: coefficients, then the fraction that decays."""
        rate = self.learning_rate
        decay = [rate * self.weight_decay] if self.weight_decay else []
        return [*self.coefficients(rate, self._next()), *decay]

    def _number_names(self) -> list[str]:
        """The names of `_numbers`."""
        count = len(self.coefficients(1.0, 1))
        names = ["rate"] if count == 1 else [f"coefficient_{i}" for i in range(count)]
        return [*names, "decay"] if self.weight_decay else names

    def _next(self) -> int:
        """The number of the next update, from 1 up."""
        number: int = self.iterations._data.item() + 1
        return number

    def _count(self, due: Any) -> None:
        """Count a call of `apply` that has happened."""
        if due:
            self.advance(self._next())
            self.iterations._data[...] = self._next()
            self._accumulated._data[...] = 0
        else:
            self._accumulated._data[...] += 1

    def _average(self, due: Any) -> None:
        """Move the average of every variable, updated or not, towards its value."""
        everything = self._flattened().everything
        prepare(everything.attach)
        for part in everything.parts:
            numbers = supply(self._averaging, lambda: ["weight", "overwrite"], part.dtype)
            fused_update(
                _averaged,
                (_AVERAGE, VALUE),
                part.blocks((_AVERAGE, VALUE)),
                [*numbers, *_unless_true(due)],
                title=f"{self.name}_average",
                variables=part.owned,
            )

    def _averaging(self) -> tuple[float, bool]:
        """How far the averages move, and whether the weights are replaced by them then."""
        t = self._next()
        frequency = self.ema_overwrite_frequency
        return (1.0 if t == 1 else 1 - self.ema_momentum), bool(frequency and t % frequency == 0)

    def _decays(self, variable: Variable) -> bool:
        excluded, parts = self._undecayed
        return not any(variable is v for v in excluded) and not any(
            part in (variable.name or "") for part in parts
        )

    def _scalars(self) -> list[Variable]:
        """The Variables that belong to no weight."""
        scalars = [self.iterations]
        if isinstance(source_of(self), Variable):
            scalars.append(source_of(self))
        if self.gradient_accumulation_steps is not None:
            scalars.append(self._accumulated)
        return scalars

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


def _unless_true(due: Any) -> list[Any]:
    """The number that says whether an update is due, where that is not certain."""
    return [] if due is True else [due]


def _decayed(w: Any, decay: Any, due: Any = None) -> tuple[Any]:
    new = w
    new -= w * decay  # in place of an array; another Tensor of a Tensor
    return (new if due is None else np.where(due, new, w),)


def _averaged(average: Any, w: Any, weight: Any, overwrite: Any, due: Any = None) -> Any:
    new = average
    new += (w - average) * weight
    if overwrite is False:
        return new, w
    return _where(due, new, average), _where(due, np.where(overwrite, new, w), w)


def _where(due: Any, new: Any, old: Any) -> Any:
    """The new value of a column where an update is due; None for a column that is not there."""
    return new if due is None or new is None or new is old else np.where(due, new, old)


def _slot(variable: Variable, position: int, slot: str, value: float) -> Variable:
    """What an optimizer remembers for each element of a variable."""
    owner = variable.name or f"variable_{position}"
    initial = np.full_like(variable._data, value)
    return Variable(initial, trainable=False, name=f"{owner}_{slot}")


def _require_variable(variable: Any) -> None:
    if not isinstance(variable, Variable):
        kind = type(variable).__name__
        hint = "; make it one: ag.Variable(tensor.data)" if isinstance(variable, Tensor) else ""
        raise TypeError(f"an optimizer updates Variables, got {kind}{hint}")
    if variable.dtype.kind != "f":
        raise TypeError(
            f"{describe(variable)} has dtype {variable.dtype}: only floating-point Variables can "
            "be updated by a gradient"
        )
