"""Metric: the base of metrics, which accumulate over batches; sums and means."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from autograd_lite import Tensor, Variable
from autograd_lite.extend import Fields, current_context, define, mask_of, unwrap
from nn import initializers
from nn._core.identifiers import snake_case
from nn._core.tracking import Tracked, is_own
from nn._core.validation import require_fields
from nn.losses.base import broadcast_weights, mask_as_weights
from nn.metrics.broadcasting import unbroadcast

Array = np.ndarray[Any, Any]


class Metric(Tracked, Fields):
    """The base of all metrics; a metric of your own overrides `update_state` and `result`.

    Its state is kept in Variables, which `add_variable` creates and `reset_state` sets to zero.

    Args:
        dtype: of the state. By default float64: in float32, which Keras uses, a count stops
            growing at 16,777,216.
        name: its name in logs; by default the class name in snake_case.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.largest = self.add_variable()
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(max(self.largest.item(), np.max(np.abs(y_true - y_pred))))
        ...     def result(self):
        ...         return self.largest.item()
        >>> Largest()(np.array([1.0, 2.0]), np.array([1.5, 5.0]))
        3.0
    """

    dtype: Any
    name: str

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.dtype = dtype
        self.name = name  # type: ignore[assignment]
        self.__post_init__()

    def __post_init__(self) -> None:
        """Set defaults; the metrics of this package are dataclasses."""
        require_fields(self)
        self.dtype = np.dtype(self.dtype or np.float64).name
        self.name = self.name or snake_case(type(self).__name__)

    @property
    def traceable(self) -> bool:
        """True if `update_state` can be traced into a compiled step; else it runs after it."""
        return False

    @property
    def traceable_with_weights(self) -> bool:
        """The same where it is given weights."""
        return self.traceable

    def add_variable(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a Variable of state; assign it to an attribute."""
        value = initializers.get(initializer)(shape, dtype or self.dtype)
        return Variable(value, trainable=False, name=name)

    def add_weight(
        self,
        shape: tuple[int, ...] = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a Variable of state, as `add_variable`; zeros unless an initializer is given."""
        return self.add_variable(shape, initializer or "zeros", dtype, name)

    @property
    def variables(self) -> list[Variable]:
        """The state: all attributes that are Variables, in order."""
        return [value for value in vars(self).values() if isinstance(value, Variable)]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Accumulate a batch.

        Args:
            y_true: the targets, an array or Tensor.
            y_pred: the predictions, likewise.
            sample_weight: a weight for each sample; by default all count 1.
        """
        raise NotImplementedError(f"{type(self).__name__} needs update_state and result")

    def result(self) -> Any:
        """Return the value so far, as a float or an array of floats."""
        raise NotImplementedError(f"{type(self).__name__} needs update_state and result")

    def reset_state(self) -> None:
        """Reset the state."""
        for variable in self.variables:
            variable.data.fill(0)
            variable.mark_changed()

    # -- the state as an argument ------------------------------------------------------------------

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Return what `update_state` makes of a state, whose arrays are as in `variables`; the
        metric's own state stays.

        Args:
            metric_variables: the state before.
            *args: as for `update_state`.
            **kwargs: likewise.

        Raises:
            ValueError: if the state is not of this metric.

        Example:
            >>> mean = Mean()
            >>> state = mean.stateless_update_state(mean.stateless_reset_state(), [1.0, 4.0])
            >>> mean.stateless_result(state)
            2.5
        """
        return self._with_state(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables: Any) -> Any:
        """Return the result of a state, as `stateless_update_state` returns it."""
        return self._with_state(metric_variables, self.result)[0]

    def stateless_reset_state(self) -> list[Any]:
        """Return the state of a metric that has seen nothing."""
        return self._with_state(self.variables, self.reset_state)[1]

    def _with_state(self, state: Any, call: Callable[[], Any]) -> tuple[Any, list[Any]]:
        """Call on a state, and return the result and the state after it."""
        own = [variable.data.copy() for variable in self.variables]
        if len(state) != len(own):
            raise ValueError(
                f"{self.name} has {len(own)} variables, so its state is a list of as many arrays; "
                f"got {len(state)}. Begin with metric.stateless_reset_state()"
            )
        try:
            self._assign(state)
            result = call()
            return result, [variable.data.copy() for variable in self.variables]
        finally:
            self._assign(own)

    def _assign(self, state: Any) -> None:
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def __call__(self, *args: Any, sample_weight: Any = None) -> Any:
        """Accumulate a batch and return the value so far."""
        update: Callable[..., None] = self.update_state
        update(*args, sample_weight=sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as `from_config` takes them."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create the metric that `get_config` described."""
        return cls(**config)


class SummedMetric(Metric):
    """A metric whose state is counts or sums: part of a compiled step, unless it is given weights,
    which a program would add up in another order.
    """

    @property
    def traceable(self) -> bool:
        return is_own(type(self))

    @property
    def traceable_with_weights(self) -> bool:
        return False


@define
class Sum(Metric):
    """The sum of all values, each times its weight.

    Example:
        >>> total = Sum()
        >>> total.update_state([1.0, 2.0])
        >>> total(3.0)
        6.0
    """

    name: str = "sum"
    dtype: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.total = self.add_variable(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values, optionally with a weight for each, or for each row."""
        values = np.asarray(unwrap(values), dtype=self.dtype)
        if sample_weight is not None:
            values = values * broadcast_weights(unwrap(sample_weight), values)
        self.total.assign_add(np.add.reduce(values, axis=None))

    def result(self) -> float:
        return float(self.total.data)


class _Average(Metric):
    """A metric whose state is a sum and a count."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def take_in(self, values: Array, sample_weight: Any) -> None:
        """Add values whose first axis is that of the samples; other axes are averaged over."""
        if not values.size:
            return
        samples = values.shape[0] if values.ndim else 1
        count: Any = samples
        if sample_weight is not None:
            traced = current_context().tracing is not None
            given = sample_weight if traced else unwrap(sample_weight)
            weights = broadcast_weights(given, values.astype(self.dtype))
            values = values * weights
            count = _sum(np.broadcast_to(weights, values.shape)) * samples / values.size
        self.total.assign_add(_sum(values) * samples / values.size)
        self.count.assign_add(count)

    def result(self) -> float:
        count = float(self.count.data)
        return float(self.total.data) / count if count else 0.0


def _sum(values: Array) -> Any:
    if values.dtype == bool:
        return np.count_nonzero(values)  # recorded, of a Tensor
    if isinstance(values, Tensor):
        return values.astype(np.float64).sum()
    return np.add.reduce(values, axis=None, dtype=np.float64)


@define
class Mean(_Average):
    """The mean of all values, weighted by sample; 0 while there are none.

    The axes after the first are averaged over.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 2.0, 3.0])
        >>> mean.update_state([6.0])
        >>> mean.result()
        3.0
    """

    name: str = "mean"
    dtype: Any = None

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add a value for each sample, optionally with a weight for each."""
        self.take_in(np.asarray(unwrap(values)), sample_weight)


class MeanMetric(_Average):
    """The mean of `measure` over the samples; of predictions with a mask, over what counts."""

    @property
    def traceable(self) -> bool:
        return is_own(type(self))

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the value of each sample (or predicted number), or one for the whole batch."""
        raise NotImplementedError

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        mask = mask_of(y_pred)
        if current_context().tracing is not None:
            values = self.measure(y_true, y_pred)
        else:
            y_true, y_pred, mask = _plain(y_true), _plain(y_pred), _plain(mask)
            values = np.asarray(_plain(self.measure(y_true, y_pred)))
        if values.ndim == 0 and np.ndim(y_pred):
            values = self._for_each_sample(values, len(y_pred), sample_weight)
        elif mask is not None:
            sample_weight = self._masked(mask, sample_weight, values)
        self.take_in(values, sample_weight)

    def _masked(self, mask: Any, sample_weight: Any, values: Any) -> Any:
        """Return the weights of the values, 0 where the mask of the predictions is False."""
        if mask.ndim > values.ndim:
            raise ValueError(
                f"the metric {self.name} gives values of shape {values.shape}, which the mask of "
                f"the predictions, of shape {mask.shape}, does not fit. Give the predictions an "
                "axis more, (samples, steps, 1)"
            )
        return mask_as_weights(mask, sample_weight, np.dtype(self.dtype), None)

    def _for_each_sample(self, value: Array, samples: int, sample_weight: Any) -> Array:
        """Repeat one number for a batch once for each sample."""
        if sample_weight is not None:
            raise ValueError(
                f"the metric {self.name} gives one number for a whole batch, so sample_weight "
                "cannot weigh it. Let it return one value for each sample"
            )
        return np.broadcast_to(value, (samples,))


@define
class MeanMetricWrapper(MeanMetric):
    """The mean of a function ``fn(y_true, y_pred)`` of arrays.

    Args:
        fn: returns a value for each sample, or one for the whole batch. Arguments of its own are
            given by `functools.partial`.
        name: by default the function's.
        dtype: as in `Metric`.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred: np.abs(y_true - y_pred), "gap")
        >>> metric([1.0, 2.0], [1.5, 4.5])
        1.5
    """

    fn: Callable[[Any, Any], Any]
    name: str = ""
    dtype: Any = None

    def __post_init__(self) -> None:
        self.name = self.name or _name_of(self.fn)
        super().__post_init__()

    @property
    def traceable(self) -> bool:
        return False  # the function is the user's, and takes arrays

    def measure(self, y_true: Any, y_pred: Any) -> Any:
        return unbroadcast(self.fn, np.asarray(y_true), np.asarray(y_pred))


def _plain(y: Any) -> Any:
    """`unwrap`, without a call of an array."""
    return y if y.__class__ is np.ndarray else unwrap(y)


def _name_of(function: Any) -> str:
    """Return the name of a function, also inside `functools.partial`, or of a loss."""
    function = getattr(function, "func", function)
    name: str = getattr(function, "__name__", "") or getattr(function, "name", "")
    return name


def weights_of(shape: tuple[int, ...], sample_weight: Any, dtype: Any = None) -> Array:
    """Return a weight for each value of an array: what is given, by default 1."""
    weights = np.ones(shape, dtype)
    if sample_weight is None:
        return weights
    return np.asarray(weights * broadcast_weights(unwrap(sample_weight), weights))
