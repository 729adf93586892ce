"""A campaign: a compiled function gives what the function itself would give now, whatever changes.

python -m tests.soak.contract --first 0 --count 20000 --engine numpy
python -m tests.soak.contract --first 0 --count 2000 --engine native

Each seed writes a small module: globals, a class and an object, containers, a closure, Variables, a
generator, and a function that reads, changes and assigns some of them. It is run twice, plainly and
compiled, and the same changes are made to both between calls. Results, errors and everything around
the function have to be equal after each call; or the compiled one is refused with the line, and has
changed nothing.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import threading
import time
import types
import warnings
from typing import Any

import numpy as np

import autograd_lite as ag

CALLS = 7

MODULE = """
import collections, contextvars, dataclasses, functools
import numpy as np
import autograd_lite as ag

RATE, COUNT = 1.5, 2
M = np.array([1.0, 0.0, -2.0])
WHOLE = np.arange(6.0)
PART = WHOLE[::2]
FROZEN = np.array([0.5, 1.0, 2.0]); FROZEN.flags.writeable = False
TABLE = {"a": 0.5, "b": [1.0, 2.0], "m": np.array([3.0, 1.0, 0.0]), "t": (1.0, [2.0])}
CHOICE = contextvars.ContextVar("choice", default=0.25)
LOG, QUEUE = [], collections.deque([1.0], maxlen=3)
rng = np.random.default_rng(5)
w = ag.Variable([1.0, 2.0, 3.0], name="w")
v = ag.Variable([0.5, -0.5, 1.5], name="v")
count = ag.Variable(0.0, trainable=False, name="count")
t = ag.Tensor([2.0, 1.0, -1.0])

@dataclasses.dataclass
class Settings:
    gain: float = 1.0
    names: list = dataclasses.field(default_factory=lambda: [0.5])

class Thing:
    factor = 2.0
    def __init__(self):
        self.rate, self.fail, self.calls = 1.25, False, 0
        self.inner = {"k": [0.5, 1.0], "m": np.array([1.0, 2.0, 3.0])}
        self.settings = Settings()
    def scale(self, x):
        return x * self.rate
    @property
    def doubled(self):
        return self.rate * 2
    def __call__(self, x):
        return x + self.factor

class Slotted:
    __slots__ = ("a", "b")

thing, slotted = Thing(), Slotted()
slotted.a = 0.75

def helper(x, by=[1.5]):
    return x * RATE + by[0]

part_of = functools.partial(lambda x, s: x * s["a"], s=TABLE)

def outer():
    cell, box = 1.25, [0.75, np.array([1.0, -1.0, 0.5])]
    def set_cell(value):
        nonlocal cell
        cell = value
    def f(x, y, *, scale=[0.5]):
        total = 0.0
{lines}
        return x, np.sum(x * y) + total
    return f, set_cell, box, cell

f, set_cell, box, _ = outer()
"""

READS = """x = x * RATE
x = x * M
x = x * (1 - M)
x = np.where(M > 0, x, -x)
x = x * M.sum()
x = x + M[0]
x = x if M[1] > 0.5 else x * 2
x = x * np.abs(M).max()
x = x + PART
x = x * (FROZEN + 1)
x = x * np.full(3, M[2])
x = x + np.quantile(x, abs(M[0]) / 10)
x = np.roll(x, COUNT)
x = x[::-1] * np.repeat(M[:1], 3)
x = x + np.sum(np.pad(x, COUNT))
x = x * TABLE["a"]
x = x * TABLE["b"][-1]
x = x + TABLE["m"]
x = x * (TABLE["m"] > 0)
x = x * TABLE["t"][1][0]
x = x * len(TABLE)
x = x + sum(QUEUE)
x = x + CHOICE.get()
x = thing.scale(x)
x = x * thing.rate
x = x * thing.doubled
x = thing(x)
x = x + Thing.factor
x = x * thing.inner["k"][0]
x = x + thing.inner["m"]
x = x * thing.settings.gain
x = x * thing.settings.names[0]
x = x * slotted.a
x = helper(x)
x = part_of(x)
x = x * cell
x = x * box[0]
x = x + box[1] * 2
x = x * scale[0]
x = x * w
x = x + v[:1]
x = x + w[::-1]
x = x * np.sum(v)
x = x + t
x = x + ag.stop_gradient(w)
x = x * (2.0 if w.trainable else 3.0)
x = x * w.shape[0]
x = x + np.zeros_like(w.data)
x = x * count
x = x + ag.sample(rng, "normal", 0.0, 1.0, shape=3)
total = total + ag.gradients(np.sum(w * x), [w])[0].sum()
total = total + ag.grad(lambda m: np.sum(m * m * v))(M).sum()
x = x + np.diag(np.linalg.inv(np.diag(y)))
x = np.tanh(x)
x = x / (1 + np.abs(x))""".split("\n")

EFFECTS = """w.assign_sub(0.1 * x)
w.assign(w * 0.5 + v)
v.assign_add(y)
count.assign_add(1.0)
count.assign(0.0)
w.assign(M * 1.0)
w.assign_sub(0.1 * ag.gradients(np.sum(w * w * x), [w])[0])
LOG.append(1)
thing.calls += 1
x = x * (1 + thing.calls)
QUEUE.append(0.5)
M[0] = M[0] + 0.5
TABLE["n"] = len(LOG)
f.calls = getattr(f, "calls", 0) + 1
x = x + rng.normal()
x = x + np.random.normal()
box.append(1.0)
slotted.b = 1.0
TABLE.setdefault("cache", ag.Variable([1.0, 1.0, 1.0]))
if thing.fail: raise RuntimeError("half-way")
if thing.fail: np.ones(2) + np.ones(3)""".split("\n")

VALUES = """x = x * float(np.sum(x))
x = x if np.sum(x) > 0 else -x
x = x * (x.data > 0)
x = x * np.isnan(w.data).any()
x = x * len(np.nonzero(x > 0)[0])
x = x[np.argsort(x.data)]
x = x * v.data[0]
x = x + w.numpy()
x = x * np.array_equal(x, y)
x = x * np.sum(x).item()
x = x * len(x[x > 0])
w.data -= 0.1""".split("\n")

CHANGES = """RATE = {n}
COUNT = {i}
M[{i}] = {n}
M[:] = {a}
M = np.array({a})
M.shape = (1, 3)
M = M.reshape(3).copy()
WHOLE[{i} * 2] = {n}
PART = np.array({a})
FROZEN = np.array({a}); FROZEN.flags.writeable = False
TABLE["a"] = {n}
TABLE["b"].append({n})
TABLE["b"][0] = {n}
TABLE["m"][{i}] = {n}
TABLE["m"] = np.array({a})
TABLE["t"][1][0] = {n}
TABLE["new{i}"] = {n}
TABLE = dict(TABLE, a={n})
QUEUE.append({n})
CHOICE.set({n})
thing.rate = {n}
thing.rate = int(3)
thing.fail = not thing.fail
thing.inner["k"][0] = {n}
thing.inner["m"][{i}] = {n}
thing.inner = dict(thing.inner, k=[{n}])
thing.settings.gain = {n}
thing.settings = Settings({n})
thing.settings.names[0] = {n}
thing = Thing()
Thing.factor = {n}
Thing.scale = lambda self, x: x * self.rate + {n}
thing.scale = lambda x: x * {n}
slotted.a = {n}
helper.__defaults__[0][0] = {n}
helper.__defaults__ = ([{n}],)
helper = lambda x: x - {n}
part_of.keywords["s"]["a"] = {n}
set_cell({n})
set_cell(-0.0)
box[0] = {n}
box[1][{i}] = {n}
f.__kwdefaults__["scale"][0] = {n}
f.__kwdefaults__ = {{"scale": [{n}]}}
w.trainable = not w.trainable
w.assign({a})
w.data = np.array({a})
w.data[{i}] = {n}
w = ag.Variable({a})
v.trainable = False
v.assign({a})
v = ag.Variable({a}, dtype=np.float32)
count.assign({n})
t = ag.Tensor({a})
t.data[{i}] = {n}
rng = np.random.default_rng({i})
LOG.clear()""".split("\n")


class DifferenceError(AssertionError):
    """The compiled function is not the function."""


class World:
    """A module with a function, and what is around it.

    Args:
        lines: of the function's body.
        name: of the module.
    """

    def __init__(self, lines: list[str], name: str) -> None:
        body = "\n".join("        " + line for line in lines) or "        pass"
        self.module = sys.modules[name] = types.ModuleType(name)
        exec(MODULE.replace("{lines}", body), vars(self.module))
        self.run = self.module.f

    def change(self, statement: str) -> None:
        """Run a statement in the module."""
        exec(statement, vars(self.module))

    def outcome(self, *args: Any) -> tuple[str, list[Any]]:
        """The kind of result, and its numbers."""
        np.random.seed(3)
        try:
            with np.errstate(all="ignore"):
                x, total = self.run(*args)
        except ag.TracingError as error:
            return "refused", [str(error)]
        except Exception as error:
            return f"{type(error).__name__}: {error}", []
        return "given", [np.array(x.data), np.array(total.data)]

    def state(self) -> list[Any]:
        """All that is around the function, as numbers and texts."""
        held = {
            name: value
            for name, value in vars(self.module).items()
            if not name.startswith("__") and not isinstance(value, types.ModuleType)
        }
        found: list[Any] = []
        _describe(held, found, set())
        found += [self.module.f.__dict__.get("calls"), np.random.get_state()[1].tobytes()]
        return found


def _describe(x: Any, found: list[Any], seen: set[int]) -> None:
    """What can be told of an object, in order."""
    if isinstance(x, (int, float, str, bytes, type(None))):
        found.append(x)
    elif isinstance(x, np.ndarray):
        found.append(x.copy())
    elif isinstance(x, ag.Tensor):
        found += [x.requires_grad, x.data.copy()]
    elif isinstance(x, np.random.Generator):
        found.append(repr(x.bit_generator.state))
    elif id(x) not in seen:
        seen.add(id(x))
        for part in _parts(x):
            _describe(part, found, seen)


def _parts(x: Any) -> list[Any]:
    if isinstance(x, dict):
        return [part for pair in x.items() for part in pair]
    if isinstance(x, (list, tuple, collections.deque)):
        return list(x)
    if hasattr(type(x), "__slots__") and hasattr(x, "a"):
        return [x.a, getattr(x, "b", None)]
    if type(x).__name__ in ("Thing", "Settings"):
        return [vars(x)]
    return []


def require_same(one: list[Any], other: list[Any], exact: bool, what: str) -> None:
    """Raise if two descriptions differ."""
    same = len(one) == len(other)
    for a, b in zip(one, other, strict=False):
        if isinstance(a, (np.ndarray, float)) and isinstance(b, (np.ndarray, float)):
            tolerance = {"rtol": 1e-12, "atol": 1e-13} if exact else {"rtol": 1e-6, "atol": 1e-9}
            same &= np.shape(a) == np.shape(b) and np.allclose(a, b, equal_nan=True, **tolerance)
            same &= getattr(a, "dtype", float) == getattr(b, "dtype", float)
        else:
            same &= type(a) is type(b) and a == b
        if not same:
            raise DifferenceError(f"{what}: {b} where the function gives {a}")
    if not same:
        raise DifferenceError(f"{what}: {other} where the function gives {one}")


class Case:
    """What one seed stands for: the lines of a function, and the changes between its calls."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        pick = self.random
        lines = pick.choices(READS, k=pick.randint(1, 6)) + pick.choices(
            EFFECTS, k=pick.choice([0, 0, 1, 1, 2])
        )
        if pick.random() < 0.08:
            lines.append(pick.choice(VALUES))
        pick.shuffle(lines)
        self.lines = [
            self._caught(line) if pick.random() < 0.05 and line[:2] != "if" else line
            for line in lines
        ]
        self.steps = [self._step() for _ in range(CALLS)]
        self.watched = pick.random() < 0.03

    @staticmethod
    def _caught(line: str) -> str:
        return f"try: {line}\n        except Exception: x = x + 1"

    def _step(self) -> tuple[list[str], list[Any]]:
        pick = self.random
        numbers = [-1.5, -0.5, 0.0, 0.3, 1.0, 2.0, 2.5]
        changes = []
        for _ in range(pick.choice([0, 0, 0, 1, 1, 2])):
            values = {"n": pick.choice(numbers), "i": pick.randrange(3)}
            values["a"] = pick.choices(numbers, k=3)
            changes.append(pick.choice(CHANGES).format(**values))
        arguments = [np.array(pick.choices(numbers, k=3)) for _ in range(2)]
        return changes, arguments


def check(seed: int, engine: str, counts: collections.Counter[str]) -> None:
    """Run one case.

    Raises:
        DifferenceError: with the module and the changes so far.
    """
    case = Case(seed)
    plain, compiled = World(case.lines, f"plain_{seed}"), World(case.lines, f"compiled_{seed}")
    compiled.run = program = ag.compile(compiled.module.f, engine=engine)
    done: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for changes, arguments in case.steps:
                done += changes
                for change in changes:
                    _change_both(plain, compiled, change)
                before = compiled.state()
                with _Watcher(compiled.module.w, case.watched):
                    found = compiled.outcome(*arguments)
                if found[0] == "refused":
                    require_same(before[:-1], compiled.state()[:-1], True, "a refusal left")
                    counts["refused"] += 1
                    return
                expected = plain.outcome(*map(ag.Tensor, arguments))
                exact = engine == "numpy"
                if expected[0] != found[0]:
                    raise DifferenceError(f"{found} where the function gives {expected}")
                require_same(expected[1], found[1], exact, "results")
                require_same(plain.state(), compiled.state(), exact, "state")
                counts["calls"] += 1
                counts["errors"] += expected[0] != "given"
        counts["warned"] += any("plain Python" in str(w.message) for w in said)
        counts["traces"] += program.traces
        if sum("plain Python" in str(w.message) for w in said) > 1:
            raise DifferenceError(f"warned more than once: {[str(w.message) for w in said]}")
    except DifferenceError as error:
        text = "\n".join([*case.lines, "--", *done])
        raise DifferenceError(f"seed {seed}: {error}\n{text}") from None
    finally:
        counts["cases"] += 1
        for world in (plain, compiled):
            sys.modules.pop(world.module.__name__)


def _change_both(plain: World, compiled: World, change: str) -> None:
    errors = []
    for world in (plain, compiled):
        try:
            world.change(change)
            errors.append("")
        except Exception as error:
            errors.append(repr(error))
    if errors[0] != errors[1]:
        raise DifferenceError(f"{change}: {errors}")


class _Watcher:
    """Another thread reads a Variable meanwhile: it must be what it was, or what it is then."""

    def __init__(self, variable: Any, watches: bool) -> None:
        self._variable, self._watches = variable, watches
        self._seen: set[bytes] = set()
        self._stop = threading.Event()

    def __enter__(self) -> None:
        if self._watches:
            self._before = self._variable.data[:1].tobytes()
            self._thread = threading.Thread(target=self._look)
            self._thread.start()

    def _look(self) -> None:
        while not self._stop.is_set():
            self._seen.add(self._variable.data[:1].tobytes())
            time.sleep(1e-4)

    def __exit__(self, *exception: object) -> None:
        if self._watches:
            after = self._variable.data[:1].tobytes()
            self._stop.set()
            self._thread.join()
            # A function that assigns twice, in plain Python, shows what is between as well.
            if len(self._seen - {self._before, after}) > 1:
                raise DifferenceError(f"another thread saw {self._seen}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--first", type=int, default=0, help="the first seed: to go on where it was"
    )
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--engine", choices=["numpy", "native"], default="numpy")
    given = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    failed = 0
    for seed in range(given.first, given.first + given.count):
        try:
            check(seed, given.engine, counts)
        except DifferenceError as error:
            failed += 1
            print(error, flush=True)
        if (seed + 1) % 100 == 0:
            print(f"up to seed {seed}: {dict(counts)}, {failed} differ", flush=True)
    print(f"{given.count} functions on {given.engine}: {dict(counts)}, {failed} differ")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
