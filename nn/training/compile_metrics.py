"""CompileMetrics: the metrics that a model was compiled with."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from autograd_lite import scope
from autograd_lite.extend import (
    FrozenFields,
    afterwards,
    current_context,
    frozen,
    leaf,
    mask_of,
    unwrap,
    with_mask,
)
from nn import metrics
from nn._core.identifiers import first_free
from nn._core.tracking import is_own
from nn.distribution.collectives import gather
from nn.distribution.data_parallel import ranks
from nn.metrics.broadcasting import BroadcastError, pairings
from nn.training.compile_loss import CompileLoss
from nn.training.metric_states import MetricStates
from nn.training.outputs import Output, outputs_of, per_output

# Names that are resolved with the first outputs; see `nn.metrics.resolve`.
DEFERRED = ("accuracy", "acc", "crossentropy", "ce")


@frozen
class _OutputMetric(FrozenFields):
    """One metric on one output."""

    name: str
    metric: Any
    output: Output
    weighted: bool
    pairing: list[int] = field(default_factory=list)  # index into `pairings`, once known

    def update(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        weight = self.output.of(sample_weight) if self.weighted else None
        targets, predictions = self.output.of(y, "y"), self.output.of(y_pred, "outputs")
        mask = mask_of(predictions) if isinstance(self.metric, metrics.MeanMetric) else None
        if ranks() is not None:
            afterwards(self._update_with_all_rows, targets, predictions, weight, mask)
        elif current_context().tracing is not None and self._is_traceable(weight):
            with scope(self.name):
                self._update_with_context(targets, predictions, weight)
        else:
            afterwards(self._update_with_context, targets, predictions, weight, mask)

    def _is_traceable(self, weight: Any) -> bool:
        traceable = "traceable" if weight is None else "traceable_with_weights"
        return bool(getattr(self.metric, traceable))

    def _update_with_all_rows(self, *rows: Any) -> None:
        """Update on every rank with the rows of all of them, so that all have the same state."""
        self._update_with_context(*map(gather, rows))

    def _update_with_context(
        self, targets: Any, predictions: Any, weight: Any, mask: Any = None
    ) -> None:
        if mask is not None:  # `afterwards` has made arrays of both
            predictions = with_mask(leaf(predictions), leaf(mask))
        try:
            self._update(targets, predictions, weight)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"the metric {self.name!r} does not fit this model: {error}") from error

    def _update(self, targets: Any, predictions: Any, weight: Any) -> None:
        """Call `update_state` with shapes that a user's metric does not broadcast silently.

        The first batch decides which shapes these are.
        """
        if targets is None or type(self.metric).__module__.startswith("nn."):
            self.metric.update_state(targets, predictions, weight)
            return
        options = pairings(targets, predictions)
        if len(options) > 1 and not self.pairing:
            before = MetricStates([self.metric])
            try:
                self.metric.update_state(*options[0], weight)
                self.pairing.append(0)
                return
            except BroadcastError:
                before.restore()
                self.pairing.append(1)
        self.metric.update_state(*options[self.pairing[0] if len(options) > 1 else 0], weight)


class CompileMetrics:
    """The metrics given as ``compile(metrics=, weighted_metrics=)``.

    The metric that a name such as "accuracy" stands for depends on the outputs, so metrics are
    built with the first batch.

    Args:
        metrics: a list of names, metrics or functions; for several outputs a list or a dict of
            such lists.
        weighted_metrics: likewise; these heed sample_weight and class_weight.
        compile_loss: the compiled losses; "accuracy" uses threshold 0 where a loss takes logits.

    Raises:
        ValueError, TypeError: for unknown names, and for objects that are not metrics.
    """

    _not_captured = frozenset({"_before"})  # by compiled steps

    def __init__(self, metrics: Any, weighted_metrics: Any, compile_loss: CompileLoss) -> None:
        self._compile_loss = compile_loss
        self.given = [(_checked(metrics, "metrics"), False)]
        self.given.append((_checked(weighted_metrics, "weighted_metrics"), True))
        self._resolved: list[_OutputMetric] | None = [] if self.empty else None
        self._before: list[_OutputMetric] = []

    @property
    def empty(self) -> bool:
        """True if no metric was given."""
        return not any(wanted for wanted, _ in self.given)

    @property
    def metrics(self) -> list[Any]:
        """The metrics built so far."""
        return [each.metric for each in self._resolved or ()]

    def unbuild(self) -> None:
        """Resolve the names again with the next batch."""
        if not self.empty:
            self._before = self._resolved or self._before
            self._resolved = None

    def update(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        """Update every metric with a batch."""
        if self._resolved == []:
            return
        for each in self.build(y, y_pred):
            each.update(y, y_pred, sample_weight)

    def build(self, y: Any, y_pred: Any) -> list[_OutputMetric]:
        """Return each metric with its output, built for targets and outputs like these."""
        if self._resolved is None:
            found = self._build(y, y_pred)
            # The same metrics as before stay the same objects, so that compiled steps stay valid.
            same = len(found) == len(self._before) and all(map(_alike, found, self._before))
            self._resolved = self._before if same else found
        return self._resolved

    def results(self) -> dict[str, Any]:
        """Return the value of each metric by name."""
        return {m.name: as_number(m.metric.result()) for m in self._resolved or ()}

    def _build(self, y: Any, y_pred: Any) -> list[_OutputMetric]:
        outputs = outputs_of(y_pred, self._compile_loss.output_names)
        losses = self._compile_loss.by_output(outputs)
        found: list[_OutputMetric] = []
        taken = {"loss", *self._compile_loss.parts}
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
                    found.append(_OutputMetric(name, metric, output, weighted))
        return found


def _alike(a: _OutputMetric, b: _OutputMetric) -> bool:
    """Return if two metrics share a name and measure the same on the same output."""
    if (a.name, a.output, a.weighted) != (b.name, b.output, b.weighted):
        return False
    return a.metric is b.metric or (
        type(a.metric) is type(b.metric)
        and is_own(type(a.metric))
        and a.metric.get_config() == b.metric.get_config()
    )


def _for_each(wanted: Any, outputs: list[Output]) -> list[list[Any]]:
    """Return the requested metrics of each output."""
    if outputs[0].key is None and not isinstance(wanted, dict):
        return [_as_list(wanted)]
    return [_as_list(part) for part in per_output(wanted, outputs, "metrics", one_for_all=False)]


def _as_list(identifiers: Any) -> list[Any]:
    if identifiers is None:
        return []
    return list(identifiers) if isinstance(identifiers, (list, tuple)) else [identifiers]


def _checked(wanted: Any, argument: str) -> Any:
    """Refuse unknown names before the first batch.

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
            raise TypeError(f"{argument}={wanted!r} has a None: leave it out")
        if isinstance(identifier, (list, tuple)):
            _checked(identifier, argument)
        elif not (isinstance(identifier, str) and identifier.lower() in DEFERRED):
            metrics.get(identifier)
    return wanted


def as_number(value: Any) -> Any:
    """Return a metric's value: a float if it has no axes, else an array."""
    value = unwrap(value)
    return float(value) if getattr(value, "ndim", 0) == 0 else value
