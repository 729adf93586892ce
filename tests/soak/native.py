"""A campaign: random arithmetic on awkward values, in native code and in NumPy.

python -m tests.soak.native --programs 2000 --seed 0    # about a second each

A program is a random list of operations on arrays of every dtype, with NaN, infinities, both zeros,
denormal and huge numbers in all pairs. What IEEE arithmetic defines has to be equal bit for bit, as
often as it is applied to its own results; functions of the C library and sums are compared within
the bounds that docs/compile.md states, and nothing is computed from them.
"""

from __future__ import annotations

import argparse
import platform
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.table import TABLE

FLOATS = [np.dtype(name) for name in ("float16", "float32", "float64")]
INTEGERS = [np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = [*FLOATS, *INTEGERS, np.dtype(bool)]

# Of NumPy alone: others, of SciPy say, enter the table when they are used.
UFUNCS = [
    f
    for f in TABLE
    if isinstance(f, np.ufunc)
    and getattr(np, f.__name__, None) is f
    and f.nout == 1
    and f.signature is None
]
APPROXIMATE = {
    np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan,
    np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh,
    np.cbrt, np.power, np.float_power, np.logaddexp, np.logaddexp2, np.arctan2, np.hypot,
}  # fmt: skip
# How far two values may be apart that are both close to the exact one, in units in the last place.
ULPS = 6
SCALARS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, 1e-310, 1e300, np.inf, np.nan, 0, 1, 2, 3, -1, 100]


def awkward(dtype: Any) -> Any:
    """Values of one dtype at which arithmetic goes wrong."""
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, top = int(info.min), int(info.max)
        wanted = {0, 1, 2, 3, 7, -1, -2, top, top - 1, top // 2, low, low + 1}
        return np.array(sorted(x for x in wanted if low <= x <= top), dtype)
    info = np.finfo(dtype)
    large = 2.0 ** (info.nmant + 1)  # where the spacing of numbers becomes 2
    values = [0, 1, 1 + info.eps, 1 - info.epsneg, 0.1, 1 / 3, 2.5, 0.5, 7, large, large + 2]
    values += [info.max, info.tiny, info.smallest_subnormal, info.tiny * 0.7, np.inf, info.max / 2]
    with np.errstate(all="ignore"):
        positive = np.array(values).astype(dtype)
    return np.concatenate([positive, -positive, np.array([np.nan], dtype)])


@dataclass(frozen=True)
class Step:
    """One operation of a program.

    Attributes:
        function: called with the values at `inputs`, which are numbers of steps or Python numbers.
        kind: "exact"; "ulps"; "sign", where the sign of NaN is read, which IEEE 754 leaves open; or
            the name of a reduction, which has a bound of its own.
    """

    name: str
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    kind: str = "exact"


@dataclass
class Program:
    """Steps, after so many arguments."""

    arguments: list[Any]
    steps: list[Step] = field(default_factory=list)

    def __call__(self, *given: Any) -> tuple[Any, ...]:
        values = list(given)
        for step in self.steps:
            values.append(step.function(*(_operand(x, values) for x in step.inputs)))
        return tuple(values[len(given) :])

    def text(self) -> str:
        """Its steps, to be read."""
        first = len(self.arguments)
        lines = [f"v{i} = {a.dtype}{list(a.shape)}" for i, a in enumerate(self.arguments)]
        for i, step in enumerate(self.steps):
            given = ", ".join(f"v{x.place}" if isinstance(x, At) else repr(x) for x in step.inputs)
            lines.append(f"v{first + i} = {step.name}({given})")
        return "\n".join(lines)


@dataclass(frozen=True)
class At:
    """The value at a place of a program."""

    place: int


def _operand(x: Any, values: list[Any]) -> Any:
    return values[x.place] if isinstance(x, At) else x


def _cast(dtype: Any) -> Callable[[Any], Any]:
    return lambda x: x.astype(dtype)


def every_operation(dtype: Any, other: Any, scalars: Any = SCALARS) -> Program:
    """All element-wise operations of one pair of dtypes, each on all pairs of awkward values; of
    one dtype also with Python numbers.
    """
    row, column = awkward(dtype), awkward(other)[:, None]
    program = Program([row, column])
    x, y = At(0), At(1)
    for f in UFUNCS:
        if dtype == other or f.nin == 2:
            _try(program, Step(f.__name__, f, (x, y)[: f.nin], _kind(f)))
    _try(program, Step("where", np.where, (_added(program, np.greater, x, y), x, y)))
    if dtype == other:
        for scalar in scalars:
            for f in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.less):
                _try(program, Step(f.__name__, f, (x, scalar), _kind(f)))
                _try(program, Step(f.__name__, f, (scalar, x), _kind(f)))
        for name in ("sum", "max", "min"):
            for axis in (None, 0, -1):
                _try(program, _reduction(name, axis, x))
    _try(program, Step(f"astype({other})", _cast(other), (x,)))
    return program


def _added(program: Program, f: Any, *inputs: Any) -> At:
    program.steps.append(Step(f.__name__, f, inputs, _kind(f)))
    return At(len(program.arguments) + len(program.steps) - 1)


def _kind(f: Any) -> str:
    if f in (np.maximum, np.minimum) and platform.machine() not in ("x86_64", "AMD64"):
        return f.__name__[
            :3
        ]  # which of 0.0 and -0.0 NumPy takes differs from processor to processor
    return "ulps" if f in APPROXIMATE else "sign" if f in (np.copysign, np.signbit) else "exact"


def _reduction(name: str, axis: int | None, x: At) -> Step:
    function = getattr(np, name)
    return Step(f"{name}[axis={axis}]", lambda a: function(a, axis=axis), (x,), name)


def _try(program: Program, step: Step) -> bool:
    """Append a step, if NumPy takes it."""
    try:
        with np.errstate(all="ignore"):
            values = [*program.arguments, *program(*program.arguments)]
            found = step.function(*(_operand(x, values) for x in step.inputs))
    except (TypeError, ValueError, OverflowError):
        return False
    if np.asarray(found).dtype not in DTYPES:
        return False
    program.steps.append(step)
    return True


def random_program(rng: np.random.Generator, length: int) -> Program:
    """Operations on two or three dtypes; results of exact ones are operands in turn."""
    arguments: list[Any] = []
    for dtype in rng.choice(np.array(DTYPES, dtype=object), size=2):
        values = awkward(dtype)
        arguments += [values, rng.permutation(values)[:, None], np.array(rng.choice(values))]
    program = Program(arguments)
    usable = [At(i) for i in range(len(arguments))]
    exact = [f for f in UFUNCS if f not in APPROXIMATE]
    common = [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.negative, np.square]
    for _ in range(200):
        if len(program.steps) == length:
            break
        step = _random_step(rng, usable, exact, common)
        if _try(program, step) and step.kind == "exact":
            usable.append(At(len(program.arguments) + len(program.steps) - 1))
    return program


def _random_step(
    rng: np.random.Generator, usable: list[At], exact: list[Any], common: list[Any]
) -> Step:
    def operand() -> Any:
        if rng.random() < 0.15:
            return SCALARS[rng.integers(len(SCALARS))]
        return usable[max(0, len(usable) - 1 - int(rng.exponential(3)))]

    def value() -> At:
        return usable[rng.integers(len(usable))]

    drawn = rng.random()
    if drawn < 0.5:
        f = common[rng.integers(len(common))]
    elif drawn < 0.75:
        f = exact[rng.integers(len(exact))]
    elif drawn < 0.82:
        f = UFUNCS[rng.integers(len(UFUNCS))]
    elif drawn < 0.88:
        dtype = DTYPES[rng.integers(len(DTYPES))]
        return Step(f"astype({dtype})", _cast(dtype), (value(),))
    elif drawn < 0.93:
        return Step("where", np.where, (value(), operand(), operand()))
    else:
        name = ("sum", "max", "min")[rng.integers(3)]
        return _reduction(name, (None, 0, -1)[rng.integers(3)], value())
    return Step(f.__name__, f, (value(), operand())[: f.nin], _kind(f))


def differences(program: Program, calls: int = 2) -> list[str]:
    """Where native code gives other values than NumPy; the second call has other arguments."""
    rng = np.random.default_rng(0)
    compiled = ag.compile(program, engine="native")
    found: list[str] = []
    given = program.arguments
    for _ in range(calls):
        with np.errstate(all="ignore"):
            try:
                wanted = program(*given)
            except ValueError:  # an integer to a negative power
                break
            results = compiled(*given)
        values = [*given, *wanted]
        for number, step in enumerate(program.steps):
            operands = [_operand(x, values) for x in step.inputs]
            message = _difference(step, operands, results[number].data, np.asarray(wanted[number]))
            if message:
                found.append(f"v{len(given) + number} = {step.name}: {message}")
        given = [rng.permutation(a) if a.ndim else a.copy() for a in given]
    return found


def _difference(step: Step, operands: list[Any], found: Any, wanted: Any) -> str:
    """What is wrong with a value; nothing, if it is right."""
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        return f"{found.dtype}{found.shape}, not {wanted.dtype}{wanted.shape}"
    floating = wanted.dtype.kind == "f"
    same = (found == wanted) | ((found != found) & (wanted != wanted))
    if floating and step.kind not in ("max", "min"):  # of two zeros, either is the largest
        same &= (np.signbit(found) == np.signbit(wanted)) | (wanted != wanted)
    if step.kind == "sign":
        same |= np.isnan(operands[-1])
    with np.errstate(all="ignore"):
        if floating and step.kind == "ulps":
            error = np.abs(np.subtract(found, wanted, dtype=np.longdouble))
            close = error <= ULPS * np.spacing(np.abs(wanted))
            same |= close & (np.signbit(found) == np.signbit(wanted))
        if floating and step.kind == "sum":
            error = np.abs(np.subtract(found, wanted, dtype=np.longdouble))
            bound = _bound_of_sum(step, operands[0], wanted)
            same |= (error <= bound) | np.isnan(bound)
    if same.all():
        return ""
    place = tuple(np.argwhere(~same)[0])
    with np.errstate(all="ignore"):
        inputs = [
            repr(np.broadcast_to(x, found.shape)[place])
            for x in operands
            if step.kind not in ("sum", "max", "min")
        ]
    return f"{found[place]!r}, not {wanted[place]!r}, of {', '.join(inputs) or operands[0]!r}"


def _bound_of_sum(step: Step, x: Any, wanted: Any) -> Any:
    """How far two orders of adding may be apart; NaN where one of them may overflow."""
    sizes = step.function(np.abs(x.astype(np.longdouble)))
    info = np.finfo(wanted.dtype)
    finite = np.isfinite(step.function(x.astype(np.longdouble)))
    bound = x.size * info.eps * sizes + info.smallest_subnormal
    return np.where(finite & (sizes >= info.max), np.nan, np.where(finite, bound, 0))


def campaign(count: int, seed: int, length: int = 24) -> int:
    """Run so many programs; print those that differ. Returns their number."""
    failed = 0
    for number in range(seed, seed + count):
        program = random_program(np.random.default_rng(number), length)
        found = differences(program)
        if found:
            failed += 1
            print(f"seed {number}:\n{program.text()}\n" + "\n".join(found), flush=True)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("error")  # an engine that gives up and lets NumPy run it fails
    wrong = sum(len(differences(every_operation(a, b))) for a, b in product(DTYPES, DTYPES))
    wrong += campaign(arguments.programs, arguments.seed)
    print(f"{arguments.programs} programs: {wrong or 'none'} differ")
    sys.exit(bool(wrong))
