"""Every function that has a rule works on symbolic Tensors, and replayed as on data."""

import numpy as np
import pytest

import autograd_lite as ag
import nn
from autograd_lite.tree import flatten
from tests.autograd_lite.rule_cases import CASES

# How many elements there are follows from values.
OF_VALUES = ("trim_zeros", "extract", "bincount", "polymul", "tensor-mask", "lstsq", "unique")
# These read values, or none of the examples can be inverted.
OTHERS = ("tensorsolve", "tensorinv", "checkpoint")
# Their bodies may read Variables, which only a layer gives to a model.
IN_LAYERS = ("scan",)


def arrays_of(inputs):
    arrays = [np.asarray(x) for x in inputs]
    fits = all(a.dtype.kind in "fiub" and a.ndim and 0 not in a.shape for a in arrays)
    return arrays if fits and arrays else None


@pytest.mark.parametrize(
    ("name", "function", "inputs"),
    [pytest.param(name, f, x, id=f"{group}:{name}") for group, name, f, x in CASES],
)
def test_replayed_on_data(name, function, inputs):
    arrays = arrays_of(inputs)
    if arrays is None or name.startswith((*OF_VALUES, *OTHERS, *IN_LAYERS)):
        return
    expected = flatten(function(*map(ag.Tensor, arrays)))
    symbols = [nn.Input(batch_shape=a.shape, dtype=a.dtype.name) for a in arrays]
    outputs = flatten(function(*symbols))
    model = nn.Model(symbols, outputs)
    assert model._recipe is not None
    for e, y, x in zip(
        expected, model._recipe.run(list(map(ag.Tensor, arrays)), None), outputs, strict=True
    ):
        np.testing.assert_array_equal(y.data, e.data)
        assert (x.shape, x.dtype) == (e.shape, e.dtype)


class Totals(nn.Layer):
    def call(self, x):
        return ag.scan(lambda c, row: (c + row, c), np.zeros_like(x[0]), x)[1]


def test_a_scan_is_for_the_call_of_a_layer():
    x = nn.Input(batch_shape=(3, 2))
    with pytest.raises(
        TypeError, match=r"a scan or cond needs values.*call of a layer of your own"
    ):
        ag.scan(lambda c, row: (c + row, c), np.zeros(2), x)
    model = nn.Model(x, Totals()(x))
    np.testing.assert_array_equal(model(np.ones((3, 2))).data, [[0, 0], [1, 1], [2, 2]])
