"""Module: the weights and sublayers in an object's attributes, found without registration."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd_lite import Variable
from autograd_lite.extend import FrozenFields, frozen
from nn._core.identifiers import snake_case
from nn._core.tracking import CHANGES, Tracked

# What makes the values of new weights from name, shape and dtype: None for their initializers. A
# file that is read replaces the values, and limits the memory.
VALUE_MAKER: ContextVar[Callable[[str, tuple[Any, ...], Any], Any] | None] = ContextVar(
    "nn.value_maker", default=None
)


@frozen
class Weight(FrozenFields):
    """A variable made by `Layer.add_weight`, with its regularizer and constraint.

    Attributes:
        trainable: as `add_weight` was told, whatever was frozen since.
    """

    variable: Variable
    regularizer: Callable[[Any], Any] | None
    constraint: Callable[[Any], Any] | None
    trainable: bool = True


class Module(Tracked):
    """An object whose attributes hold weights and other modules; the base of `Layer`.

    Attributes:
        built: True once the weights exist.
    """

    # Defaults live on the class, so that a subclass whose __init__ does not call super() works.
    built = False
    _name: str | None = None
    _name_given = False
    _trainable = True
    _frozen: tuple[Variable, ...] = ()
    _weights: tuple[Weight, ...] = ()
    # What is kept from batch to batch and is no weight: the states of a stateful layer.
    _states: tuple[Variable, ...] = ()
    _gathered: Gathered | None = None

    @property
    def metrics(self) -> list[Any]:
        """The metrics among the attributes, those of sublayers included."""
        parts = [part for part in walk(self) if isinstance(part, Module)]
        found = [value for part in parts for value in vars(part).values() if _is_metric(value)]
        return list({id(metric): metric for metric in found}.values())

    @property
    def name(self) -> str:
        """The name in messages, pictures and files."""
        return self._name or self._default_name()

    def _default_name(self) -> str:
        """Return the name of one that was given none."""
        return snake_case(type(self).__name__)

    def _rename(self, name: str) -> None:
        self._name = name
        for weight in self._weights:
            variable = weight.variable
            variable.name = f"{name}/{(variable.name or 'weight').rpartition('/')[2]}"

    def _sublayers(self) -> list[Any]:
        """Return the layers in the attributes, not those inside of them."""
        return [part for part in parts_of(self) if isinstance(part, Module)]

    @property
    def variables(self) -> list[Variable]:
        """All weights, its own and its sublayers', each once, in the order of the attributes."""
        gathered = self._gathered
        if gathered is None or not gathered.is_current():
            gathered = self.__dict__["_gathered"] = Gathered(self)
        return list(gathered.variables)

    weights = variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The weights that an optimizer changes."""
        return [variable for variable in self.variables if variable.requires_grad]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Frozen weights, running statistics and counters."""
        return [variable for variable in self.variables if not variable.trainable]

    non_trainable_weights = non_trainable_variables

    @property
    def trainable(self) -> bool:
        """False freezes the weights, its sublayers' too: no gradient flows to them.

        Weights that were never trainable, running means say, stay so when it is set to True.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        if value:
            for variable in self._frozen:
                variable.trainable = True
            self._frozen = ()
        for part in list(parts_of(self)):
            if isinstance(part, Module):
                part.trainable = value
            elif not value and part.trainable:
                self._frozen += (part,)
                part.trainable = False

    def count_params(self) -> int:
        """Count the numbers in all weights.

        Raises:
            ValueError: if the layer is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"{self.name} has no weights yet: their shapes follow from the inputs. Call it on "
                "a batch first, or start the model with Input(shape)"
            )
        return sum(variable.size for variable in self.variables)

    def zero_grad(self) -> None:
        """Clear the gradients of all weights."""
        for variable in self.variables:
            variable.grad = None

    def get_weights(self) -> list[Any]:
        """Return copies of all weights, as arrays, in the order of `variables`."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: list[Any]) -> None:
        """Assign all weights, in the order of `variables`.

        Raises:
            ValueError: if the number of arrays or a shape does not match; then nothing is assigned.
        """
        variables = self.variables
        arrays = [np.asarray(weight) for weight in weights]
        if len(arrays) != len(variables):
            raise ValueError(
                f"{self.name} has {len(variables)} weights, got {len(arrays)} arrays"
                + ("" if self.built else ". It is not built yet: call it on a batch first")
            )
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"{variable.name} has shape {variable.shape}, got an array of {array.shape}"
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)


# What holds no weights and modules besides those that other attributes hold.
_BOOKKEEPING = frozenset(
    {
        "_dtype",
        "_frozen",
        "_gathered",
        "_input_shapes",
        "_mask_arguments",
        "_output_shape",
        "_penalties",
        "_states",
        "_weights",
    }
)


@contextmanager
def states_kept(module: Module) -> Iterator[None]:
    """Run a block as if stateful layers had no states; leave these as they are."""
    parts = [part for part in walk(module) if isinstance(part, Module)]
    before = [(part, part._states) for part in parts]
    try:
        for part, states in before:
            if states:
                part._states = ()
        yield
    finally:
        for part, states in before:
            if part._states is not states:  # an assignment would count as a change
                part._states = states


def parts_of(
    module: Module, containers: list[list[Any] | dict[Any, Any]] | None = None
) -> list[Module | Variable]:
    """Return the modules and variables in the attributes, not those inside of submodules.

    The lists and dicts among the attributes are appended to `containers`.
    """
    found: list[Module | Variable] = []
    values = [
        value
        for name, value in vars(module).items()
        if value.__class__ not in _PLAIN and name not in _BOOKKEEPING
    ]
    _gather(values, found, [] if containers is None else containers)
    return found


def _gather(
    values: Iterable[Any],
    found: list[Module | Variable],
    containers: list[list[Any] | dict[Any, Any]],
) -> None:
    for value in values:
        if value.__class__ in _PLAIN:
            continue
        if isinstance(value, (Module, Variable)):
            found.append(value)
        elif isinstance(value, (list, tuple, dict)):
            if not isinstance(value, tuple):
                containers.append(value)
            _gather(_contents(value), found, containers)


def _contents(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


_PLAIN = frozenset({bool, int, float, str, type(None), type(_gather)})  # what most attributes are


def _is_metric(value: Any) -> bool:
    return not isinstance(value, type) and all(
        hasattr(value, name) for name in ("update_state", "result", "reset_state")
    )


def walk(
    module: Module, containers: list[list[Any] | dict[Any, Any]] | None = None
) -> Iterator[Module | Variable]:
    """Yield a module and all modules and variables inside it, each once, however often shared.

    The lists and dicts that were looked into are appended to `containers`.
    """
    seen: set[int] = set()
    waiting: list[Module | Variable] = [module]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            if isinstance(part, Module):
                waiting += reversed(parts_of(part, containers))


class Gathered:
    """The weights inside a module, until something changes: a training loop asks at every step.

    Changes of attributes are counted; lists and dicts are compared with what was in them. The
    module holds this object, which therefore does not hold the module.
    """

    def __init__(self, module: Module) -> None:
        self._changes = CHANGES.count
        containers: list[Any] = []
        self.variables = [x for x in walk(module, containers) if isinstance(x, Variable)]
        self._containers = [(each, tuple(_contents(each))) for each in containers]

    def is_current(self) -> bool:
        """Return if nothing has changed."""
        return self._changes == CHANGES.count and all(
            len(container) == len(held) and all(map(operator.is_, _contents(container), held))
            for container, held in self._containers
        )

    # Another process starts counting at zero.
    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_changes": -1}
