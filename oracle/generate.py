"""Random programs, at points where every operation is smooth."""

import numpy as np

from oracle.operations import TABLE
from oracle.program import Program, Step, evaluate

MOST_INPUTS = 6
LARGEST = 100.0  # values beyond are squashed, so that later operations still see digits
MOST_ELEMENTS = 48
DRAWS = 100  # for shapes that fit an operation
# Small pools of shapes: what is compiled for each shape anew then has little to compile.
POOLS = tuple(
    map(
        frozenset,
        [
            [(), (3,), (2, 3), (3, 3)],
            [(), (2,), (4,), (1, 2), (2, 1), (2, 2)],
            [(), (3,), (1, 3), (3, 1), (3, 3)],
            [(), (2,), (2, 2), (2, 2, 1), (2, 2, 2)],
        ],
    )
)


def generate(seed, number, least=5, most=40, shapes=None):
    """Program `number` of a campaign; it depends on nothing but the arguments.

    Args:
        seed: of the campaign.
        number: of the program.
        least, most: how many steps it has.
        shapes: those that values may have; any by default.
    """
    random = np.random.default_rng([seed, number])
    draft = _Draft(random, shapes)
    names = list(TABLE)
    length = int(random.integers(least, most + 1))
    while len(draft.steps) < length:
        draft.add(TABLE[names[random.integers(len(names))]])
    return draft.program()


def is_smooth(program):
    """Whether every operation is at a point where all libraries agree on its derivatives.

    False also for a program that cannot be run.
    """

    def apply(name, operands, parameters):
        operation = TABLE[name]
        fitting = all(need.holds(x) for need, x in zip(operation.needs, operands, strict=True))
        if not fitting or not operation.fits(*operands, **parameters):
            raise ValueError
        y = _computed(operation, operands, parameters)
        if y is None:
            raise ValueError
        return y

    try:
        evaluate(program, program.inputs, apply)
    except (ValueError, TypeError, IndexError, np.linalg.LinAlgError):
        return False
    return True


def _computed(operation, operands, parameters, shapes=None):
    """The result in NumPy's float64; None if it is no result to go on with."""
    with np.errstate(all="ignore"):
        y = np.asarray(operation.numpy(np, *operands, **parameters), dtype=np.float64)
    fine = y.size and y.size <= MOST_ELEMENTS and y.ndim <= 4 and np.isfinite(y).all()
    return y if fine and (shapes is None or y.shape in shapes) else None


class _Draft:
    """A program under way. Inputs are made when they are needed; at the end they come first."""

    def __init__(self, random, shapes=None):
        self.random = random
        self.shapes = shapes  # that values may have, or None
        self.values = []  # every value, in the order of creation
        self.makers = []  # None for an input, else (name, operands, parameters)

    @property
    def steps(self):
        return [maker for maker in self.makers if maker is not None]

    def add(self, operation):
        """One step of this operation, if operands for it are found or can be made."""
        for _ in range(10):
            if self._add_with(operation, self._choose(operation)):
                return
        made = len(self.values) - len(self.steps)
        if made + len(operation.needs) <= MOST_INPUTS or not self.steps:
            self._add_with(operation, self._make(operation))

    def _draw_shapes(self, operation):
        """Shapes that fit; None if none are found that values may have."""
        for _ in range(DRAWS):
            shapes = operation.shapes(self.random)
            if self.shapes is None or self.shapes.issuperset(map(tuple, shapes)):
                return shapes
        return None

    def _choose(self, operation):
        """Operands out of what is there, recent values more often."""
        if not self.values:
            return None
        ages = self.random.exponential(6, len(operation.needs)).astype(int)
        return [max(0, len(self.values) - 1 - int(age)) for age in ages]

    def _make(self, operation):
        """Operands made on purpose."""
        shapes = self._draw_shapes(operation)
        if shapes is None:
            return None
        operands = []
        for need, shape in zip(operation.needs, shapes, strict=True):
            fresh = np.asarray(need.fresh(self.random, shape), dtype=np.float64)
            operands.append(self._append(fresh.round(3), None))
        return operands

    def _append(self, value, maker):
        self.values.append(value)
        self.makers.append(maker)
        return len(self.values) - 1

    def _add_with(self, operation, operands):
        if operands is None:
            return False
        shapes = [self.values[i].shape for i in operands]
        if operation.broadcasts:
            try:
                np.broadcast_shapes(*shapes)
            except ValueError:
                return False
        parameters = operation.parameters(self.random, *shapes)
        if parameters is None:
            return False
        count = len(self.values)
        operands = [
            self._adapted(i, need) for i, need in zip(operands, operation.needs, strict=True)
        ]
        y = None
        if None not in operands:
            arrays = [self.values[i] for i in operands]
            if operation.fits(*arrays, **parameters):
                y = _computed(operation, arrays, parameters, self.shapes)
        if y is None:
            del self.values[count:], self.makers[count:]  # adapters that served nothing
            return False
        number = self._append(y, (operation.name, operands, parameters))
        if np.abs(y).max() > LARGEST:
            self._squash(number)
        return True

    def _adapted(self, i, need):
        """A value as it is needed, by one more step if that helps."""
        x = self.values[i]
        if need.holds(x):
            return i
        if need.adapter is None:
            return None
        name, parameters = need.adapter
        y = _computed(TABLE[name], [x], parameters)
        if y is None or not need.holds(y):
            return None
        return self._append(y, (name, [i], parameters))

    def _squash(self, i):
        x = self.values[i]
        scale = {"c": float(1 / np.abs(x).max())}
        j = self._append(x * scale["c"], ("times_number", [i], scale))
        self._append(np.tanh(self.values[j]), ("tanh", [j], {}))

    def program(self):
        inputs = [i for i, maker in enumerate(self.makers) if maker is None]
        steps = [i for i, maker in enumerate(self.makers) if maker is not None]
        number = {old: new for new, old in enumerate(inputs + steps)}
        return Program(
            tuple(self.values[i] for i in inputs),
            tuple(
                Step(name, tuple(number[j] for j in operands), parameters)
                for name, operands, parameters in (self.makers[i] for i in steps)
            ),
        )
