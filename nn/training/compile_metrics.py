"""The metrics of a compiled model: which there are, what they have seen, what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograd_lite import scope
from autograd_lite.extend import afterwards, tracing, unwrap
from nn import metrics
from nn._core.identifiers import first_free
from nn.metrics.broadcasting import BroadcastError, pairings
from nn.training.compile_loss import Objective
from nn.training.metric_states import MetricStates
from nn.training.outputs import Output, outputs_of, per_output

__all__ = ["Measures", "as_number"]

# Names whose meaning depends on the outputs; see `nn.metrics.resolve`.
LATER = ("accuracy", "acc", "crossentropy", "ce")


@dataclass(frozen=True)
class _Measure:
    """One metric on one output."""

    name: str
    metric: Any
    output: Output
    weighted: bool
    chosen: list[int] = field(default_factory=list)  # which of the `pairings` it is given

    def update(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        weight = self.output.of(sample_weight) if self.weighted else None
        targets, predictions = self.output.of(y, "y"), self.output.of(y_pred, "outputs")
        if tracing() is not None and self.metric.traceable:
            with scope(self.name):
                self._take_in(targets, predictions, weight)
        else:
            afterwards(self._take_in, targets, predictions, weight)

    def _take_in(self, targets: Any, predictions: Any, weight: Any) -> None:
        try:
            self._update(targets, predictions, weight)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"the metric {self.name!r} does not fit this model: {error}") from error

    def _update(self, targets: Any, predictions: Any, weight: Any) -> None:
        """`update_state`, in shapes that a metric of a user's does not broadcast.

        Which these are is found with the first batch; nothing has been taken in then.
        """
        if targets is None or type(self.metric).__module__.startswith("nn."):
            self.metric.update_state(targets, predictions, weight)
            return
        options = pairings(targets, predictions)
        if len(options) > 1 and not self.chosen:
            before = MetricStates([self.metric])
            try:
                self.metric.update_state(*options[0], weight)
                self.chosen.append(0)
                return
            except BroadcastError:
                before.restore()
                self.chosen.append(1)
        self.metric.update_state(*options[self.chosen[0] if len(options) > 1 else 0], weight)


class Measures:
    """What ``compile(metrics=, weighted_metrics=)`` means.

    Which metric a name such as "accuracy" means depends on the outputs, so they are made when the
    first ones are seen.

    Args:
        metrics: a list of names, metrics or functions; for several outputs a list or a dict of
            such lists.
        weighted_metrics: likewise; these heed sample_weight and class_weight.
        objective: the compiled losses; "accuracy" cuts at 0 where a loss is of logits.

    Raises:
        ValueError, TypeError: for unknown names, and for what is no metric.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any, objective: Objective) -> None:
        self._objective = objective
        self.given = [(_checked(metrics, "metrics"), False)]
        self.given.append((_checked(weighted_metrics, "weighted_metrics"), True))
        self._measures: list[_Measure] | None = None
        self.forget()

    @property
    def empty(self) -> bool:
        """Whether nothing was asked for."""
        return not any(wanted for wanted, _ in self.given)

    @property
    def metrics(self) -> list[Any]:
        """The metrics, as far as they have been made."""
        return [measure.metric for measure in self._measures or ()]

    def forget(self) -> None:
        """Decide anew what the names mean, when the next batch is seen."""
        self._measures = [] if self.empty else None

    def update(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        """Let them see a batch."""
        if self._measures == []:
            return
        for measure in self.made(y, y_pred):
            measure.update(y, y_pred, sample_weight)

    def made(self, y: Any, y_pred: Any) -> list[_Measure]:
        """Each metric with its place, made for targets and outputs like these."""
        if self._measures is None:
            self._measures = self._made(y, y_pred)
        return self._measures

    def results(self) -> dict[str, Any]:
        """The value of each by name; numbers where a value is one."""
        return {m.name: as_number(m.metric.result()) for m in self._measures or ()}

    def _made(self, y: Any, y_pred: Any) -> list[_Measure]:
        outputs = outputs_of(y_pred)
        losses = self._objective.by_output(outputs)
        made: list[_Measure] = []
        taken = {"loss", *self._objective.parts}
        for wanted, weighted in self.given:
            for output, loss, identifiers in zip(
                outputs, losses, _for_each(wanted, outputs), strict=True
            ):
                targets, predictions = output.of(y, "y"), output.of(y_pred, "outputs")
                for identifier in identifiers:
                    metric = metrics.resolve(identifier, targets, predictions, loss)
                    name = output.prefixed(metric.name)
                    if weighted and name in taken:
                        name = output.prefixed(f"weighted_{metric.name}")
                    name = first_free(name, taken)
                    taken.add(name)
                    made.append(_Measure(name, metric, output, weighted))
        return made


def _for_each(wanted: Any, outputs: list[Output]) -> list[list[Any]]:
    """The metrics wanted of each output."""
    if outputs[0].key is None and not isinstance(wanted, dict):
        return [_as_list(wanted)]
    return [_as_list(part) for part in per_output(wanted, outputs, "metrics", one_for_all=False)]


def _as_list(identifiers: Any) -> list[Any]:
    if identifiers is None:
        return []
    return list(identifiers) if isinstance(identifiers, (list, tuple)) else [identifiers]


def _checked(wanted: Any, argument: str) -> Any:
    """Refuse unknown names now, and not after the first batch.

    Raises:
        TypeError: for a single metric, where a list is meant.
    """
    if wanted is None:
        return None
    if isinstance(wanted, dict):
        return {name: _checked(_as_list(part), argument) for name, part in wanted.items()}
    if not isinstance(wanted, (list, tuple)):
        raise TypeError(f"{argument} is a list: {argument}=[{wanted!r}]")
    for identifier in wanted:
        if identifier is None:
            raise TypeError(f"there is a None in {argument}={wanted!r}: leave it out")
        if isinstance(identifier, (list, tuple)):
            _checked(identifier, argument)
        elif not (isinstance(identifier, str) and identifier.lower() in LATER):
            metrics.get(identifier)
    return wanted


def as_number(value: Any) -> Any:
    """A metric's value as a float, if it has one element and no axes; else as an array."""
    value = unwrap(value)
    return float(value) if getattr(value, "ndim", 0) == 0 else value
