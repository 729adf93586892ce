"""What NumPy means by leaving an argument out may also be said: by name, and by position."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import recording
from autograd_lite.signatures import signature_of
from autograd_lite.table import TABLE, Composite, Operation
from autograd_lite.tree import flatten
from tests.autograd_lite.rule_cases import GROUPS


def spelled_by_name(function, args, kwargs):
    """The same call with every parameter that was left out at NumPy's default."""
    signature = signature_of(function)
    taken = signature.names[: len(args)]
    rest = {n: d for n, d in signature.defaults.items() if n not in taken and n not in kwargs}
    return args, kwargs | rest


def spelled_by_position(function, args, kwargs):
    """The same call with all that can be given by position given so."""
    signature = signature_of(function)
    if signature.variadic:
        return args, kwargs
    left = dict(kwargs)
    more = [left.pop(n, signature.defaults.get(n)) for n in signature.names[len(args) :]]
    return (*args, *more), left


def outcome(function, args, kwargs):
    return [np.asarray(x.data if isinstance(x, ag.Tensor) else x)
            for x in flatten(tensor_call(function, args, kwargs))]  # fmt: skip


tensor_call = recording.call


@pytest.mark.parametrize("spelled", [spelled_by_name, spelled_by_position])
@pytest.mark.parametrize("group", GROUPS)
def test_defaults_may_be_spelled_out(group, spelled, monkeypatch):
    seen = set()

    def call(function, args, kwargs):
        plain = tensor_call(function, args, kwargs)
        key = (function, len(args), *sorted(kwargs))
        if key not in seen and function in TABLE:
            seen.add(key)
            expected = outcome(function, args, kwargs)
            got = outcome(function, *spelled(function, args, kwargs))
            for e, g in zip(expected, got, strict=True):
                np.testing.assert_array_equal(g, e)
        return plain

    monkeypatch.setattr(ag.Tensor, "_apply", staticmethod(call))
    for _, function, inputs in GROUPS[group]():
        function(*(ag.Tensor(x, requires_grad=True) for x in inputs))


RECIPES = [f for f, entry in TABLE.items() if isinstance(entry, Composite)]


@pytest.mark.parametrize("function", [f for f in RECIPES if not signature_of(f).variadic])
def test_recipes_name_their_parameters_as_numpy_does(function):
    """An argument that a recipe knows under another name could not be given by name."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    nameless = sum(p.kind is p.POSITIONAL_ONLY for p in parameters)
    own = signature_of(TABLE[function].expand)
    assert not own.variadic
    assert {*own.names[nameless:], *own.defaults} <= {p.name for p in parameters}


def test_what_is_not_at_its_default_is_refused_by_name():
    @ag.primitive
    def scaled(x, factor=2.0, shift=0.0):
        return x * factor + shift

    ag.gradient(scaled, lambda g, y, x, factor=2.0: g * factor)
    try:
        t = ag.Tensor([1.0], requires_grad=True)
        assert scaled(t, 3.0).item() == 3.0
        assert scaled(t, 3.0, 0.0).item() == 3.0
        assert scaled(t, shift=0.0).item() == 2.0
        with pytest.raises(TypeError, match="does not take shift="):
            scaled(t, shift=1.0)
        with pytest.raises(TypeError, match="does not take shift="):
            scaled(t, 2.0, False)  # equal, but no float
        with pytest.raises(TypeError, match="'factor' by position and by name"):
            scaled(t, 2.0, factor=2.0)
    finally:
        del TABLE[scaled]


def test_no_value_is_no_value():
    """What NumPy's own wrappers pass for an argument that was left out."""
    t = ag.Tensor([[1.0, 2.0]], requires_grad=True)
    assert np.sum(t, keepdims=np._NoValue).shape == ()
    assert np.sum(t, 0, None, None, np._NoValue).shape == (2,)
    assert isinstance(TABLE[np.sum], Operation)
