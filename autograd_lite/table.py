"""The table that says how each operation is evaluated and differentiated.

One entry an operation, found under the function a user calls (``np.tanh``, say). An entry is

- an `Operation`: evaluated on arrays, recorded as one node, differentiated by its rules; or
- a `Composite`: a recipe in terms of other operations, which are recorded in its place; or
- `plain`: a question about arrays (``np.shape``), answered without recording anything.

Rules live in `autograd_lite.rules`; this file only holds the table and the contract.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import numpy as np

from autograd_lite.signatures import named, signature_of

Function = Callable[..., Any]
Rule = Callable[..., Any]


class Operation:
    """One differentiable (or knowingly non-differentiable) operation.

    Attributes:
        function: what a user calls and what a node shows; the key in the table.
        evaluate: the same on plain arrays, ``evaluate(*inputs, **keywords)``.
        rules: one vector-Jacobian product for each input, ``rule(g, y, *inputs, **keywords)``;
            None where nothing flows to that input.
        joint: one rule that returns the gradients of all inputs as a tuple, for operations
            with any number of inputs; used when `rules` is empty.
        arity: the number of array inputs, or None for any number.
        keywords: the keyword arguments that the rules take. Any other is refused at the call,
            unless it is at the function's own default.
        differentiable: whether there are any rules.
        foreign: whether a rule is not this project's own, so that it is handed arrays that cannot
            be written into.
        maths: the formula and each local derivative as LaTeX, for `autograd_lite.maths`.
        inlinable: whether a program may take the operations of `evaluate` in its place.
        recipe: a `Composite` for calls with further keywords (``np.var(x, mean=m)``), or None.
        alone: the function that a call with the first input alone means, where that is another:
            ``np.where(condition)`` is `np.nonzero`.
    """

    __slots__ = (
        "alone",
        "arity",
        "differentiable",
        "evaluate",
        "foreign",
        "function",
        "inlinable",
        "joint",
        "keywords",
        "maths",
        "recipe",
        "rules",
    )

    def __init__(
        self,
        function: Function,
        evaluate: Function,
        rules: tuple[Rule | None, ...],
        joint: Rule | None,
        arity: int | None,
        keywords: frozenset[str],
        maths: tuple[str | None, ...] = (),
    ) -> None:
        self.function = function
        self.evaluate = evaluate
        self.rules = rules
        self.joint = joint
        self.arity = arity
        self.keywords = keywords
        self.maths = maths
        self.differentiable = bool(rules) or joint is not None
        self.foreign = any(map(_is_foreign, (*rules, joint)))
        self.inlinable: bool = getattr(function, "inlinable", False)
        self.recipe: Composite | None = None
        self.alone: Function | None = None

    @property
    def name(self) -> str:
        """The name a node of this operation shows: NumPy's name where there is one."""
        return function_name(self.function)

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort a call's arguments into array inputs (by position) and keywords (by name).

        Raises:
            TypeError: for a keyword that the rules do not take, by its name.
        """
        if self.arity is not None and len(args) != self.arity:
            args, kwargs = self._by_position(args, kwargs)
        if kwargs and not self.keywords.issuperset(kwargs):
            kwargs = accepted(self.function, kwargs, self.keywords)
        return args, kwargs

    def _by_position(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Name every argument as the function's signature does, then take the inputs out."""
        assert self.arity is not None
        signature = signature_of(self.function)
        if signature.variadic:  # nothing to read, or *args: array inputs only
            names = tuple(f"x{i + 1}" for i in range(self.arity))
            signature = signature._replace(names=names, variadic=False)
        _, given = named(self.name, signature, args, kwargs, keep=0)
        inputs = signature.names[: self.arity]
        missing = [name for name in inputs if name not in given]
        if missing:
            raise TypeError(f"{self.name} is missing its argument {missing[0]!r}")
        keywords = {name: value for name, value in given.items() if name not in inputs}
        return tuple(given[name] for name in inputs), keywords


class Composite:
    """An operation written in terms of others: ``expand(*args, **kwargs)`` records those."""

    __slots__ = ("_keywords", "expand", "function")

    def __init__(self, function: Function, expand: Function) -> None:
        self.function = function
        self.expand = expand
        self._keywords: frozenset[str] | None = None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Expand with the arguments as the function's signature names them."""
        signature = signature_of(self.function)
        name = function_name(self.function)
        args, kwargs = named(name, signature, args, kwargs, keep=signature.required)
        return self.expand(*args, **accepted(self.function, kwargs, self._takes(kwargs)))

    def _takes(self, kwargs: dict[str, Any]) -> frozenset[str]:
        """The names that may be given: all of `kwargs` where `expand` has ``**keywords``."""
        if self._keywords is None:
            parameters = inspect.signature(self.expand).parameters
            self._keywords = frozenset(parameters)
            if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
                self._keywords |= {_ANY}
        return self._keywords.union(kwargs) if _ANY in self._keywords else self._keywords


_ANY = "**"


def accepted(
    function: Function, kwargs: dict[str, Any], keywords: frozenset[str]
) -> dict[str, Any]:
    """`kwargs` without those that are at the function's own default and not among `keywords`.

    Raises:
        TypeError: for any other that is not among `keywords`, by its name.
    """
    signature = signature_of(function)
    kept = {}
    for name, value in kwargs.items():
        if name in keywords and value is not np._NoValue:
            kept[name] = value
        elif not signature.is_default(name, value):
            raise refused_keyword(function_name(function), name, keywords)
    return kept


class Plain:
    """A question about arrays (shape, equality) whose answer is plain Python or NumPy.

    Attributes:
        instead: what to write in a function that is compiled, if the answer depends on values.
    """

    __slots__ = ("function", "instead")

    def __init__(self, function: Function, instead: str | None = None) -> None:
        self.function = function
        self.instead = instead


TABLE: dict[Function, Operation | Composite | Plain] = {}
_LATE: dict[str, Callable[[], Any]] = {}
_WRITERS: dict[Function, str] = {}
_BY_NAME: dict[str, Function] = {}


def gradient(
    function: Function,
    *rules: Rule | None,
    joint: Rule | None = None,
    evaluate: Function | None = None,
    maths: tuple[str | None, ...] = (),
) -> None:
    r"""Teach the framework how `function` is differentiated.

    A rule is a vector-Jacobian product in plain NumPy, ``rule(g, y, *inputs, **keywords)``: it
    gets the upstream gradient `g`, the output `y`, the inputs of the call and its keyword
    arguments, and returns the gradient of that input. Because it is plain NumPy, the same rule
    serves on arrays (fast gradients) and on Tensors (gradients that can be differentiated
    again). Broadcasting is undone by the engine; a rule need not.

    Parameters of a rule after `g` and `y` that have no default are array inputs; those with a
    default, or after ``*``, are the keyword arguments that the operation accepts. Every other
    keyword is refused at the call, unless it is at the default that the function itself has.

    Args:
        function: a NumPy function or ufunc, or one decorated with `autograd_lite.primitive`.
        *rules: one for each array input, in order; None where nothing flows.
        joint: instead of `rules`, one rule that returns the gradients of all inputs as a tuple.
        evaluate: what runs on arrays, if it is not `function` itself.
        maths: for pictures and `autograd_lite.explain`, in LaTeX and in the names of the rule:
            the formula, then for each input the local derivative (``r"1 - y^2"``), by which the
            upstream gradient is multiplied element by element. Where that is no such product,
            the gradient of the input, in terms of the upstream gradient ``\bar{y}``.

    Raises:
        TypeError: if no rule is given, rules disagree about inputs or keywords, or `maths` has
            not one part for the formula and one for each input.

    Example:
        >>> import numpy as np, autograd_lite as ag
        >>> ag.gradient(np.spacing, lambda g, y, x: np.zeros_like(g))
        >>> ag.grad(lambda x: x + np.spacing(x))(1.0)
        array(1.)
    """
    given = [rule for rule in (*rules, joint) if rule is not None]
    if not given:
        raise TypeError(
            f"gradient({function_name(function)}, ...) needs a rule, for example "
            "`lambda g, y, x: g * y`; for a function without a gradient use nondifferentiable()"
        )
    if joint is not None and rules:
        raise TypeError("give either one rule for each input, or joint=, not both")
    signatures = [_rule_signature(rule) for rule in given]
    arity, keywords = signatures[0]
    for other in signatures[1:]:
        if other != (arity, keywords):
            raise TypeError(
                f"the rules of {function_name(function)} must take the same inputs and keywords; "
                f"got {arity, sorted(keywords)} and {other[0], sorted(other[1])}"
            )
    if arity is not None and len(rules) > arity:
        raise TypeError(
            f"{function_name(function)} has {arity} inputs by its first rule, "
            f"but {len(rules)} rules were given"
        )
    if isinstance(maths, str):
        raise TypeError(f'maths= is a tuple of LaTeX, ("x^2", "2 x"), got the string {maths!r}')
    if maths and arity is not None and len(maths) != 1 + arity:
        raise TypeError(
            f"maths= of {function_name(function)} has the formula, then one derivative for each "
            f"of its {arity} inputs; got {len(maths)} parts"
        )
    padded = rules + (None,) * ((arity or 0) - len(rules)) if joint is None else ()
    computes: Any = evaluate or getattr(function, "__wrapped_primitive__", function)
    TABLE[function] = Operation(function, computes, padded, joint, arity, keywords, maths)


def _is_foreign(rule: Rule | None) -> bool:
    module = getattr(rule, "__module__", None) or ""
    return rule is not None and module.partition(".")[0] not in ("autograd_lite", "nn")


def nondifferentiable(
    function: Function, arity: int | None = 1, keywords: str = "", maths: str | None = None
) -> None:
    """Enter `function` as recorded, with no gradient: comparisons, argmax, zeros_like.

    Args:
        function: a NumPy function or ufunc.
        arity: the number of array inputs; None for any number.
        keywords: the keyword arguments it accepts, separated by spaces.
        maths: its formula in LaTeX, of an input x, or of inputs a and b.
    """
    evaluate = getattr(function, "__wrapped_primitive__", function)
    accepted = frozenset(keywords.split())
    TABLE[function] = Operation(
        function, evaluate, (), None, arity, accepted, (maths,) * bool(maths)
    )


def composite(*functions: Function | str) -> Callable[[Function], Function]:
    """Decorator: the body says what `functions` mean in terms of other operations.

    Of a function that has rules, it says what the calls mean that the rules do not take. One of a
    module that NumPy imports late is given by its name, ``"numpy.fft.fftshift"``.
    """

    def enter(expand: Function) -> Function:
        for function in functions:
            if isinstance(function, str):
                _BY_NAME[function] = expand
                continue
            recipe = Composite(function, expand)
            entry = TABLE.setdefault(function, recipe)
            if isinstance(entry, Operation):
                entry.recipe = recipe
            else:
                TABLE[function] = recipe
        return expand

    return enter


def alone(function: Function, other: Function) -> None:
    """Say that `function`, called with its first input alone, is `other`."""
    entry = TABLE[function]
    assert isinstance(entry, Operation)
    entry.alone = other


def inline(function: Function) -> None:
    """Say that a program may take the operations that `function` evaluates in its place."""
    entry = TABLE[function]
    assert isinstance(entry, Operation)
    entry.inlinable = True


def writes(instead: str, *functions: Function) -> None:
    """Say what to write in place of functions that write into an array; they are refused."""
    _WRITERS.update(dict.fromkeys(functions, instead))


def plain(*functions: Function, instead: str | None = None) -> None:
    """Enter functions that are answered from the arrays alone and record nothing.

    Args:
        *functions: NumPy's functions.
        instead: for functions whose answer depends on values, which a compiled program cannot
            repeat: what to write in one.
    """
    for function in functions:
        TABLE[function] = Plain(function, instead)


def late(module: str, load: Callable[[], Any]) -> None:
    """Say what enters the rules for the ufuncs of another library's module, "scipy.special".

    `load` is called when the first of them meets a Tensor.
    """
    _LATE[module] = load


def _load_late(function: Function) -> None:
    """Enter the rules of the library that a ufunc without an entry belongs to."""
    if not isinstance(function, np.ufunc):
        return
    for module, load in list(_LATE.items()):
        if getattr(sys.modules.get(module), function.__name__, None) is function:
            del _LATE[module]
            load()


def lookup(function: Function) -> Operation | Composite | Plain:
    """The entry of `function`.

    Raises:
        TypeError: if it has none; the message shows the lines that would add one.
    """
    entry = TABLE.get(function)
    if entry is None:
        _load_late(function)
        entry = TABLE.get(function)
    if entry is None:
        expand = _BY_NAME.get(f"numpy.{function_name(function)}")
        if expand is None:
            raise no_rule(function)
        entry = TABLE[function] = Composite(function, expand)
    return entry


def no_rule(function: Function) -> TypeError:
    """The error for a function that is not in the table."""
    name = function_name(function)
    if function in _WRITERS:
        return TypeError(
            f"np.{name} changes an array in place, which the record of a Tensor cannot follow. "
            f"Write y = {_WRITERS[function]}"
        )
    inputs = "a, b" if getattr(function, "nin", 1) == 2 else "x"
    plain_name = name.rpartition(".")[2]
    call = f"np.{name}" if is_numpy(function) else name
    return TypeError(
        f"{call} has no gradient rule, so it cannot take a Tensor. To add one:\n"
        f"    ag.gradient({call}, lambda g, y, {inputs}: ...)"
        f"   # g times d{plain_name}/d{inputs[0]}\n"
        "or, if no gradient is wanted, pass the array itself: tensor.data"
    )


def refused_keyword(name: str, keyword: str, accepted: Iterable[str]) -> TypeError:
    """The error for a keyword argument that an operation's rules do not take."""
    known = ", ".join(sorted(set(accepted) - {"out"})) or "none"
    if keyword == "out":
        return TypeError(
            f"{name}(..., out=) would overwrite an array that the record may need. "
            f"Assign the result instead: y = {name}(...)"
        )
    return TypeError(
        f"{name} on a Tensor does not take {keyword}=, since no gradient rule accounts for it "
        f"(it takes: {known})"
    )


def function_name(function: Function) -> str:
    """The plain name of a function, as a user would write it after ``np.``."""
    name: str = getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", None) or ""
    public, _, inner = module.partition(".")
    return f"{inner}.{name}" if public == "numpy" and inner and "_" not in inner else name


def is_numpy(function: Function) -> bool:
    """Return whether a function is NumPy's own: ufuncs, which have no module, by their name."""
    if isinstance(function, np.ufunc):
        return getattr(np, function.__name__, None) is function
    module = getattr(function, "__module__", None) or "numpy"
    return module.split(".")[0] == "numpy"


def _rule_signature(rule: Rule) -> tuple[int | None, frozenset[str]]:
    """The number of array inputs of a rule (None: any) and its keywords; see `gradient`.

    Read from the code object, since inspect.signature on some hundred rules would take a good
    part of the time that the import may take.
    """
    if not isinstance(rule, FunctionType):
        raise TypeError(f"a rule is a function or a lambda, got {type(rule).__name__}")
    code = rule.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional = names[: code.co_argcount]
    if len(positional) < 2:
        raise TypeError("a rule takes at least the upstream gradient and the output: (g, y, ...)")
    if code.co_flags & inspect.CO_VARKEYWORDS:
        raise TypeError(
            "a rule must name its keywords: with **kwargs, an argument that it ignores "
            "would give a wrong gradient silently"
        )
    with_default = len(rule.__defaults__ or ())
    inputs = positional[2 : len(positional) - with_default]
    keywords = frozenset(names[2:]) - frozenset(inputs)
    variadic = bool(code.co_flags & inspect.CO_VARARGS)
    return (None if variadic else len(inputs)), keywords
