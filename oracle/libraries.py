"""A program computed by each library: its values, gradients and Hessian-vector products.

The number that is differentiated is the sum of all results, each weighed with fixed numbers.
"""

import importlib.util
import os
import sys
from dataclasses import dataclass

import numpy as np

import autograd_lite as ag
from autograd_lite.tensor import leaf
from oracle.operations import TABLE
from oracle.program import evaluate, weights

NAMES = ("torch", "jax")
# Without fusion: fused, a value may be computed twice, rounded differently, and JAX's gradient of
# max, which compares the two, is then 0 / 0.
XLA_FLAGS = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_disable_hlo_passes=fusion"
)


@dataclass(frozen=True)
class Outcome:
    """What a library computed, as NumPy arrays.

    Attributes:
        values: of every step.
        gradients: for each input.
        products: the Hessian times fixed directions, for each input.
    """

    values: list
    gradients: list
    products: list


def installed(name):
    """Whether a library can be imported."""
    return importlib.util.find_spec(name) is not None


def ours(program, dtype, jitter=0.0, seed=0):
    """By this package.

    Args:
        program: the program.
        dtype: of the inputs.
        jitter: every value is changed by a random part of up to this; how much the outcome then
            changes says how much rounding may change it.
        seed: of the jitter.
    """
    random = np.random.default_rng(seed)

    def apply(name, operands, parameters):
        y = TABLE[name].numpy(np, *operands, **parameters)
        return _jittered(y, TABLE[name], jitter, random) if jitter else y

    inputs = [leaf(x.astype(dtype), requires_grad=True) for x in program.inputs]
    values = evaluate(program, inputs, apply)
    total = _total(program, values, lambda x, y: np.sum(x * y.astype(x.dtype)))
    found = ag.gradients(total, inputs) if total.requires_grad else [None] * len(inputs)
    slope = 0.0
    for i, g in enumerate(found):
        if g is not None:
            slope = slope + np.sum(g * _direction(program, i).astype(g.dtype))
    curved = isinstance(slope, ag.Tensor) and slope.requires_grad
    products = ag.gradients(slope, inputs) if curved else [None] * len(inputs)
    products = [None if p is None else p.data for p in products]
    if total.requires_grad:
        total.backward()  # the fast rules, on arrays; those above were on Tensors
    gradients = [x.grad for x in inputs]
    _require_equal(found, gradients)
    return Outcome(
        [np.asarray(v.data) for v in values[len(inputs) :]],
        [_filled(g, x) for g, x in zip(gradients, inputs, strict=True)],
        [_filled(p, x) for p, x in zip(products, inputs, strict=True)],
    )


def _jittered(y, operation, jitter, random):
    """A result that is rounded more coarsely: linear algebra by parts of its largest element."""
    y = y * (1 + jitter * random.uniform(-1, 1, y.shape))
    if any(f.__module__ == "numpy.linalg" for f in operation.covers):
        y = y + jitter * np.max(np.abs(y.data)) * random.uniform(-1, 1, y.shape)
    return y


def torch(program, dtype):
    """By PyTorch."""
    import torch as t

    def apply(name, operands, parameters):
        return TABLE[name].torch(t, *operands, **parameters)

    inputs = [t.tensor(x.astype(dtype), requires_grad=True) for x in program.inputs]
    values = evaluate(program, inputs, apply)
    total = _total(program, values, lambda x, y: (x * t.from_numpy(y).to(x.dtype)).sum())
    found = _torch_gradients(t, total, inputs)
    slope = 0.0
    for i, g in enumerate(found):
        if g is not None:
            slope = slope + (g * t.from_numpy(_direction(program, i)).to(g.dtype)).sum()
    products = _torch_gradients(t, slope, inputs)

    def plain(x):
        # PyTorch's own symbol for zeros can crash when it is converted.
        return None if x is None or x._is_zerotensor() else x.numpy(force=True)

    return Outcome(
        [v.numpy(force=True) for v in values[len(inputs) :]],
        [_filled(plain(g), x) for g, x in zip(found, inputs, strict=True)],
        [_filled(plain(p), x) for p, x in zip(products, inputs, strict=True)],
    )


def _torch_gradients(t, y, inputs):
    if not isinstance(y, t.Tensor) or not y.requires_grad:
        return [None] * len(inputs)
    return t.autograd.grad(y, inputs, create_graph=True, allow_unused=True)


def jax(program, dtype):
    """By JAX, forward over reverse.

    Operation by operation: JAX compiles each once for its shapes and keeps it, so that programs of
    few shapes (`generate.POOLS`) soon take milliseconds. A program compiled as a whole takes
    seconds, every one of them.
    """
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)
    import jax as j
    import jax.numpy as jnp

    j.config.update("jax_enable_x64", True)

    def apply(name, operands, parameters):
        return TABLE[name].jax(jnp, *operands, **parameters)

    def total(inputs):
        values = evaluate(program, inputs, apply)
        return _total(program, values, lambda x, y: jnp.sum(x * y.astype(x.dtype))), values

    inputs = [jnp.asarray(x.astype(dtype)) for x in program.inputs]
    directions = [jnp.asarray(_direction(program, i).astype(dtype)) for i in range(len(inputs))]
    gradient = j.grad(total, has_aux=True)
    with j.disable_jit():  # functions of JAX that are compiled as a whole would share nothing
        gradients, products, values = j.jvp(gradient, (inputs,), (directions,), has_aux=True)
    found = values[len(inputs) :], gradients, products
    return Outcome(*([np.asarray(x) for x in part] for part in found))


def forget():
    """Free what JAX has compiled: 1.5 MB for each operation and shape."""
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


LIBRARIES = {"torch": torch, "jax": jax}


def _total(program, values, weighed):
    """The sum of the results times their weights."""
    total = 0.0
    for i in program.unused:
        total = total + weighed(values[i], weights(tuple(values[i].shape), i))
    return total


def _direction(program, i):
    return weights(program.inputs[i].shape, 0.5 + i)


def _filled(found, x):
    """Zeros where the result does not depend on an input."""
    return np.zeros(tuple(x.shape)) if found is None else np.asarray(found)


def _require_equal(on_tensors, on_arrays):
    """The two ways to the first derivative, rules on Tensors and on arrays, must agree."""
    for a, b in zip(on_tensors, on_arrays, strict=True):
        if a is None or b is None:
            assert a is b is None, "one way says that there is no gradient, the other does not"
            continue
        assert a.dtype == b.dtype, f"gradients of {a.dtype} and of {b.dtype}"
        np.testing.assert_allclose(a.data, b, rtol=1e-5 if b.dtype == np.float32 else 1e-12)
