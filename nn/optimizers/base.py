"""Optimizer: what all optimizers do around their formula."""

from __future__ import annotations

import abc
import functools
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import afterwards, define, fused_update, prepare, supply, tracing
from nn._core.tracking import TRANSIENT
from nn.distribution.collectives import average_gradients
from nn.optimizers.buckets import GRADIENT, VALUE, Buckets, BucketSlice, Selection
from nn.optimizers.clipping import clip_factor
from nn.optimizers.counting import Counting
from nn.optimizers.learning_rate import require_settable, source_of
from nn.optimizers.missing_gradients import drop_missing
from nn.optimizers.slots import make_slot, require_variable

_EMA, _ACCUMULATOR = "average", "gradient_accumulator"


@define
class Optimizer(Counting, abc.ABC):
    """The base of all optimizers: a subclass is a dataclass with `slots` and `update`.

    One step: clip the gradients, let the weights decay, `update`, average.

    Args:
        learning_rate: a number; a schedule from `nn.schedules`; or a function, of the step or of
            nothing. Reading the attribute gives the number for the next step.
        weight_decay: decoupled weight decay: before each update, weights shrink by this fraction
            times the learning rate.
        clipnorm: the largest norm (Euclidean) of the gradient of each variable.
        clipvalue: the largest absolute value of each element of a gradient.
        global_clipnorm: the largest joint norm of all gradients. Give at most one of these three.
        use_ema: whether to keep an exponential moving average of the weights.
        ema_momentum: the fraction of the average that is kept at each update. (Keras averages at
            each call that accumulates gradients, too, in which the weights do not change.)
        ema_overwrite_frequency: the weights are replaced by their average every so many updates;
            None for only in `finalize_variable_values`.
        gradient_accumulation_steps: the number of calls of `apply` per update, which takes the mean
            of their gradients.
        name: the class's name in lower case by default.

    Attributes:
        iterations: a Variable that counts updates.
        built: True once the slots exist.

    Raises:
        ValueError: for a number out of range; for options that contradict each other.
        TypeError: for a learning rate that is neither a number nor callable.

    Example:
        >>> from dataclasses import dataclass
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

    def __post_init__(self) -> None:
        super().__post_init__()
        self.built = False
        self.iterations = Variable(0, trainable=False, dtype=np.int64, name="iterations")
        self._accumulated = Variable(0, trainable=False, dtype=np.int64, name="accumulated")
        self._variables: list[Variable] = []
        self._slots: dict[str, list[Variable]] = {}
        self._buffer_names: tuple[str, ...] = ()
        self._buckets: Buckets | None = None
        self._warned_of: list[Variable] = []
        self._averages_in_use = False

    # -- what a subclass defines ----------------------------------------------------------------

    def slots(self) -> dict[str, float | None]:
        """Return the slots kept for each weight and their initial values, in `update`'s order.

        The value is None for a slot that the options switch off.
        """
        return {}

    @abc.abstractmethod
    def update(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Compute ``update(w, g, *coefficients, *slots)``, elementwise, in plain NumPy.

        w are the weights and g their gradient, which must not be changed: flat arrays, or Tensors
        while the step is recorded. Then come the numbers that `coefficients` returned, and the
        slots, None where they are switched off.

        Returns:
            The new ``(w, *slots)``. ``w -= ...`` is fastest, since it writes into an array (and
            makes a new Tensor from a Tensor); ``w = w - ...`` is just as correct.
        """

    # -- what a user calls ----------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """All Variables of a checkpoint: counters, a settable rate, then slots.

        A slot is named after its weight: "dense/kernel_momentum".
        """
        slots = [v for owned in self._slots.values() for v in owned]
        return [*self._scalars(), *slots]

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots; the first `apply` does so for its variables.

        The `data` of each variable becomes a view of a buffer shared by all variables of its
        dtype, and is written in place at each step.

        Raises:
            TypeError: for anything but floating-point Variables.
            ValueError: if a Variable is given twice, or the optimizer was built for others.
        """
        variables = list(variables)
        if self.built:
            self._get_buckets().select(variables)
            return
        for variable in variables:
            require_variable(variable)
        self._buffer_names = VALUE, GRADIENT, *self.slots()
        self._variables = variables
        self._slots = self._make_slots()
        self._buckets = Buckets(variables, self._slots)
        self.built = True

    def _make_slots(self) -> dict[str, list[Variable]]:
        """Return the slots that the options ask for; existing ones are kept."""
        initial = {name: value for name, value in self.slots().items() if value is not None}
        if self.use_ema:
            initial[_EMA] = 0.0
        if self.gradient_accumulation_steps is not None:
            initial[_ACCUMULATOR] = 0.0
        return {
            slot: self._slots.get(slot)
            or [make_slot(variable, i, slot, value) for i, variable in enumerate(self._variables)]
            for slot, value in initial.items()
        }

    def _after_option_change(self) -> None:
        """Add the slots of an option that was switched on, drop those of one switched off."""
        slots = self._make_slots()
        if slots.keys() != self._slots.keys():
            self._slots, self._buckets = slots, None

    def apply(self, gradients: Sequence[Any], variables: Sequence[Variable] | None = None) -> None:
        """Update the variables once. Of a distributed model, by the averages of all ranks.

        A variable whose gradient is None is left alone, slots and decay included. A warning says
        so once, unless the variable is frozen. Constraints belong to the layers and are not
        applied here.

        Args:
            gradients: for each variable an array or a Tensor of its shape, or None.
            variables: all or some of those that the optimizer was built for, in any order; all by
                default.

        Raises:
            ValueError: if lengths or shapes do not match, if a variable is unknown to the
                optimizer, or frozen but given a gradient, and if no variable has a gradient.
            TypeError: as `build`.
        """
        self.apply_averaged(average_gradients(gradients), variables)

    def apply_averaged(
        self, gradients: Sequence[Any], variables: Sequence[Variable] | None = None
    ) -> None:
        """Update the variables once, by gradients that are the same on all ranks; see `apply`."""
        if variables is None:
            if not self.built:
                raise ValueError("call the first apply(gradients, variables) with the variables")
            variables = self._variables
        if len(gradients) != len(variables):
            raise ValueError(f"got {len(gradients)} gradients for {len(variables)} variables")
        if not self.built:
            self.build(variables)
        for g, variable in zip(gradients, variables, strict=True):
            if g is None or not variable.requires_grad:
                gradients, variables = drop_missing(gradients, variables, self._warned_of)
                break
        if not variables:
            return
        selection = self._get_buckets().select(variables)
        prepare(selection.attach, selection.places)
        due = True
        if self.gradient_accumulation_steps is not None:
            due, gradients = self._accumulated_gradients(gradients, variables)
        if due is not False:
            self._update(selection, gradients, due)
        afterwards(self._count, many=self._count)

    def _update(self, selection: Selection, gradients: Sequence[Any], due: Any) -> None:
        """Clip the gradients, decay the weights, update and average.

        Args:
            selection: the variables to update.
            gradients: of its variables.
            due: True; or, in a traced step that accumulates gradients, a boolean Tensor: nothing
                changes where it is False.
        """
        if self.clipnorm is not None:
            gradients = [g * clip_factor(g, limit=self.clipnorm) for g in gradients]
        for part in selection.slices:
            self._update_slice(
                part, part.pair_gradients(gradients), self._global_clip_factor(gradients), due
            )
        if self.use_ema:
            self._update_average(due)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Update the variables once, given pairs; see `apply`.

        Args:
            grads_and_vars: pairs (gradient, variable).

        Returns:
            `iterations`.

        Raises:
            ValueError, TypeError: as `apply`, and for anything but such pairs.

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
                raise TypeError("got pairs (variable, gradient): write (gradient, variable)")
        if not pairs:
            raise ValueError("apply_gradients got no pairs (gradient, variable)")
        self.apply([g for g, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def latest_gradients(self) -> list[tuple[Variable, Any]]:
        """Return each variable with its gradient in the latest update; empty before the first.

        Copy a gradient to keep it: the next update overwrites the array.
        """
        if not self.built:
            return []
        everything = self._get_buckets().everything
        return list(zip(everything.variables, everything.gradients, strict=True))

    def require_settable_rate(self, by: str) -> None:
        """Refuse to replace a schedule by numbers.

        Args:
            by: the name of the caller that sets the learning rate, for the message.

        Raises:
            TypeError: if the rate is a schedule or a function, as in Keras.
        """
        require_settable(self, by)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Replace variables by their moving averages, with `use_ema`, at the end of training.

        Raises:
            ValueError: for a Variable that the optimizer was not built for.
        """
        if self.use_ema and self.iterations.item() > 0 and not self._averages_in_use:
            selection = self._get_buckets().select(var_list)
            selection.attach()
            for part in selection.slices:
                for w, average in part.blocks((VALUE, _EMA)):
                    w[...] = average

    def swap_averages(self, in_use: bool) -> None:
        """Put the moving averages in the place of the weights, or back, unless it is done."""
        if in_use != self._averages_in_use and self.iterations.item() > 0:
            for variable, average in zip(self._variables, self._slots[_EMA], strict=True):
                value = variable.numpy()
                variable.assign(average.numpy())
                average.assign(value)
            self._averages_in_use = in_use

    # Buckets are not state: a copy builds its own, from its own Variables.
    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__ | {"_buckets": None}
        state.pop("_block", None)  # made at a call
        return state

    # -- the parts of a step --------------------------------------------------------------------

    def _get_buckets(self) -> Buckets:
        if self._buckets is None:
            self._buckets = Buckets(self._variables, self._slots)
        return self._buckets

    def _accumulated_gradients(
        self, gradients: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[Any, list[Any]]:
        """Accumulate the gradients; return if an update is due, and their means."""
        steps = self.gradient_accumulation_steps
        assert steps is not None
        (due,) = supply(self._update_is_due, lambda: ["due"], bool, self._updates_due)
        slots = dict(zip(map(id, self._variables), self._slots[_ACCUMULATOR], strict=True))
        totals = [slots[id(v)] + g for v, g in zip(variables, gradients, strict=True)]
        for variable, total in zip(variables, totals, strict=True):
            slots[id(variable)].assign(np.where(due, 0, total))
        return due, [total / steps for total in totals]

    def _global_clip_factor(self, gradients: Sequence[Any]) -> Any:
        """Return the factor of `global_clipnorm`; None without it."""
        if self.global_clipnorm is None:
            return None
        return clip_factor(*gradients, limit=self.global_clipnorm)

    def _update_slice(self, part: BucketSlice, gradients: Any, factor: Any, due: Any) -> None:
        """Update the variables of one dtype."""
        scalars = functools.partial(self._scalars_of_update, part.dtype)
        known = tracing() is not None and self._is_known_ahead
        ahead = functools.partial(self._scalars_ahead, part.dtype) if known else None
        numbers = list(supply(scalars, self._scalar_names, part.dtype, ahead))
        finite: Any = part.gradient
        decays = bool(self.weight_decay)
        if decays and not all(map(self._decays, part.variables)):
            decay, decays = numbers.pop(), False
            blocks = part.blocks((VALUE,), self._decays)
            if blocks:
                title = f"{self.name}_decay"
                fused_update(
                    _decay_weights,
                    (VALUE,),
                    blocks,
                    [decay, *_due_argument(due)],
                    title=title,
                    gradients=gradients,
                    finite=finite,
                )
                gradients, finite = (), None
        is_clipped, is_masked = factor is not None, due is not True
        if is_clipped:
            numbers.append(factor)
        if is_masked:
            numbers.append(due)
        fused_update(
            lambda *given: self._formula(given, decays, is_clipped, is_masked),
            self._buffer_names,
            part.blocks(self._buffer_names),
            numbers,
            title=str(self.name),
            variables=part.owned,
            gradients=gradients,
            finite=finite,
        )

    def _formula(
        self, given: tuple[Any, ...], decays: bool, is_clipped: bool, is_masked: bool
    ) -> Sequence[Any]:
        """Compute one update of flat arrays or Tensors: first the buffers, then the scalars."""
        count = len(self._buffer_names)
        old = given[:count]
        numbers: Sequence[Any] = given[count:]
        due = None
        if is_masked:
            *numbers, due = numbers
        w, g, *slots = old
        if is_clipped:
            *numbers, factor = numbers
            g = g * factor
        if self.clipvalue is not None:
            g = np.clip(g, -self.clipvalue, self.clipvalue)
        if decays:
            *numbers, decay = numbers
            w -= w * decay
        w, *slots = self.update(w, g, *numbers, *slots)
        new = [w, old[1], *slots]
        return (
            new if due is None else [_select_due(due, a, b) for a, b in zip(new, old, strict=True)]
        )

    def _update_average(self, due: Any) -> None:
        """Move the average of every variable, updated or not, toward its value."""
        everything = self._get_buckets().everything
        prepare(everything.attach, everything.places)
        for part in everything.slices:
            names, ahead = (lambda: ["weight", "overwrite"]), self._averages_ahead
            numbers = supply(self._average_scalars, names, part.dtype, ahead)
            fused_update(
                _average_weights,
                (_EMA, VALUE),
                part.blocks((_EMA, VALUE)),
                [*numbers, *_due_argument(due)],
                title=f"{self.name}_average",
                variables=part.owned,
            )

    def _decays(self, variable: Variable) -> bool:
        excluded, parts = self._undecayed
        return not any(variable is v for v in excluded) and not any(
            part in (variable.name or "") for part in parts
        )

    def _scalars(self) -> list[Variable]:
        """Return the Variables that belong to no weight."""
        scalars = [self.iterations]
        if isinstance(source_of(self), Variable):
            scalars.append(source_of(self))
        if self.gradient_accumulation_steps is not None:
            scalars.append(self._accumulated)
        return scalars


def _due_argument(due: Any) -> list[Any]:
    """Return `due` as an argument, where it is not simply True."""
    return [] if due is True else [due]


def _decay_weights(w: Any, decay: Any, due: Any = None) -> tuple[Any]:
    new = w
    new -= w * decay  # in place for an array, a new Tensor for a Tensor
    return (new if due is None else np.where(due, new, w),)


def _average_weights(average: Any, w: Any, weight: Any, overwrite: Any, due: Any = None) -> Any:
    new = average
    new += (w - average) * weight
    if overwrite is False:
        return new, w
    return _select_due(due, new, average), _select_due(due, np.where(overwrite, new, w), w)


def _select_due(due: Any, new: Any, old: Any) -> Any:
    """Return the new value where an update is due; None for a missing buffer."""
    return new if due is None or new is None or new is old else np.where(due, new, old)
