"""Value, gradient and Hessian-vector product of a sample, in PyTorch and here."""

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

import autograd_lite as ag
from autograd_lite.tensor import leaf
from oracle.kinds import Kinds
from oracle.numpy_suite.results import message
from oracle.opinfo.spelling import TABLE

DOUBLE = {"value": 1e-10, "gradient": 1e-8, "second gradient": 1e-7}
SINGLE = {"value": 1e-5, "gradient": 1e-4, "second gradient": 1e-3}
NUMBERS = (ag.Tensor, np.ndarray, np.generic, float, int, bool)


def operators():
    """Every operator of PyTorch's table, with its name and variant."""
    for operator in op_db:
        variant = operator.variant_test_name
        yield operator.name + (f".{variant}" if variant else ""), operator


def run(name, operator, most):
    """Compare one operator's samples."""
    kinds = Kinds()
    function = TABLE.get(name)
    if function is None:
        kinds.add(name, "missing", "")
        return kinds
    torch.manual_seed(0)
    dtype = torch.float64 if operator.supports_dtype(torch.float64, "cpu") else torch.int64
    wanted = operator.supports_autograd and dtype is torch.float64
    for number, sample in enumerate(operator.sample_inputs("cpu", dtype, requires_grad=wanted)):
        if number >= most:
            break
        compare(kinds, name, f"sample {number}", operator, function, sample)
    return kinds


def compare(kinds, name, example, operator, function, sample):
    """One sample; what PyTorch or NumPy itself refuses is left out, and counted."""
    arguments = (sample.input, tuple(sample.args), dict(sample.kwargs))
    if is_symmetric(operator):
        function = of_symmetric(function)
    example = f"{example}: {shapes(arguments)[:150]}"
    try:
        theirs = outcome_of_torch(operator, arguments)
    except Exception as error:
        kinds.leave_out(f"PyTorch does not take it, or has no derivative: {message(error)}", name)
        return
    try:
        plain = values_in_numpy(function, arguments)
    except Exception as error:
        kinds.leave_out(f"NumPy, or its spelling, does not take it: {message(error)}", name)
        return
    tolerance = SINGLE if "float32" in shapes(arguments) else DOUBLE
    if differs(theirs["value"], plain, tolerance["value"]) is not None:
        kinds.add(name, "NumPy's value differs", example)
        return
    try:
        with np.errstate(all="ignore"):
            ours = outcome_here(function, arguments)
    except Exception as error:
        kinds.add(name, f"refused: {message(error)}", example)
        return
    for what, rtol in tolerance.items():
        reason = differs(theirs[what], ours[what], rtol)
        if reason is not None:
            kinds.add(name, f"{what}: {reason}", example)
            return
        kinds.passed += 1


def is_symmetric(operator):
    """Whether it reads one triangle of a matrix: then the matrix is made of both."""
    return operator.gradcheck_wrapper.__name__ == "gradcheck_wrapper_hermitian_input"


def of_symmetric(function):
    return lambda x, *args, **kwargs: function(x + x.mT, *args, **kwargs)


def values_in_numpy(function, arguments):
    """What NumPy gives on arrays."""
    x, args, kwargs = mapped(arguments, as_array)
    with np.errstate(all="ignore"):
        return [np.asarray(y) for y in results_of(function(x, *args, **kwargs), NUMBERS)]


def as_array(x):
    if not isinstance(x, torch.Tensor):
        return x
    return x.detach().resolve_conj().numpy().copy()


def outcome_of_torch(operator, arguments):
    inputs = []

    def fresh(x):
        if not isinstance(x, torch.Tensor):
            return x
        x = x.detach().clone().requires_grad_(x.requires_grad)
        if x.requires_grad:
            inputs.append(x)
        return x

    x, args, kwargs = mapped(arguments, fresh)
    x = x + x.mT if is_symmetric(operator) else x
    results = results_of(operator(x, *args, **kwargs), torch.Tensor)
    total = sum((y * weights(y.shape, k)).sum() for k, y in enumerate(results) if y.requires_grad)
    gradients = differentiated(total, inputs)
    slope = sum(
        (g * weights(x.shape, 3 + k)).sum()
        for k, (g, x) in enumerate(zip(gradients, inputs, strict=True))
        if g is not None and g.requires_grad
    )
    second = differentiated(slope, inputs)
    return {
        "value": [y.detach().resolve_conj().resolve_neg().numpy() for y in results],
        "gradient": [filled(g, x) for g, x in zip(gradients, inputs, strict=True)],
        "second gradient": [filled(g, x) for g, x in zip(second, inputs, strict=True)],
    }


def differentiated(total, inputs):
    if not isinstance(total, torch.Tensor) or not total.requires_grad:
        return [None] * len(inputs)
    return torch.autograd.grad(total, inputs, create_graph=True, allow_unused=True)


def filled(g, x):
    """As an array. PyTorch's symbol for zeros has no memory, and others crash in `numpy()`."""
    if g is None or g._is_zerotensor():
        return np.zeros(tuple(x.shape))
    return np.array(g.detach().tolist()).reshape(x.shape)


def outcome_here(function, arguments):
    inputs = []

    def fresh(x):
        if not isinstance(x, torch.Tensor):
            return x
        tensor = leaf(as_array(x), requires_grad=x.requires_grad)
        if x.requires_grad:
            inputs.append(tensor)
        return tensor

    x, args, kwargs = mapped(arguments, fresh)
    results = results_of(function(x, *args, **kwargs), NUMBERS)
    total = 0.0
    for k, y in enumerate(results):
        if isinstance(y, ag.Tensor) and y.requires_grad:
            total = total + np.sum(y * weights(y.shape, k).numpy())
    gradients = gradients_here(total, inputs)
    slope = 0.0
    for k, (g, x) in enumerate(zip(gradients, inputs, strict=True)):
        if isinstance(g, ag.Tensor) and g.requires_grad:
            slope = slope + np.sum(g * weights(x.shape, 3 + k).numpy())
    second = gradients_here(slope, inputs)
    return {
        "value": [np.asarray(y.data if isinstance(y, ag.Tensor) else y) for y in results],
        "gradient": [array(g, x) for g, x in zip(gradients, inputs, strict=True)],
        "second gradient": [array(g, x) for g, x in zip(second, inputs, strict=True)],
    }


def gradients_here(total, inputs):
    if not isinstance(total, ag.Tensor) or not total.requires_grad:
        return [None] * len(inputs)
    return ag.gradients(total, inputs)


def array(g, x):
    return np.zeros(x.shape) if g is None else g.data


def weights(shape, number):
    """Fixed numbers by which results, and directions in inputs, are weighed."""
    random = np.random.default_rng([number, *shape])
    return torch.from_numpy(np.asarray(random.uniform(0.5, 1.5, tuple(shape))))


def mapped(value, fresh):
    """A nested structure with `fresh` of each tensor."""
    if isinstance(value, (tuple, list)):
        return type(value)([mapped(part, fresh) for part in value])
    if isinstance(value, dict):
        return {key: mapped(part, fresh) for key, part in value.items()}
    return fresh(value)


def results_of(result, kinds):
    """The arrays of a result, one after the other."""
    if isinstance(result, (tuple, list)):
        return [y for part in result for y in results_of(part, kinds)]
    return [result] if isinstance(result, kinds) else []


def differs(theirs, ours, rtol):
    """Why two lists of arrays differ, or None."""
    for a, b in zip(theirs, ours, strict=False):
        if a.shape != b.shape:
            return f"shape of {b.ndim} axes, PyTorch's of {a.ndim}"
        if a.dtype.kind == "c":
            return "complex"
        a, b = a.astype(float), np.asarray(b).astype(float)
        largest = np.max(np.abs(a[np.isfinite(a)]), initial=0)
        if not np.allclose(b, a, rtol=rtol, atol=rtol * max(1.0, largest), equal_nan=True):
            if (np.isnan(a) & ~np.isnan(b)).any():
                return "PyTorch has NaN"
            if (np.isnan(b) & ~np.isnan(a)).any():
                return "NaN"
            return "differs"
    return None


def shapes(value):
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype)[6:]}{list(value.shape)}"
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(shapes, value)) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={shapes(part)}" for key, part in value.items()) + "}"
    return repr(value)
