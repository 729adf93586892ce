"""The functions that are measured: their exact values, and how each library spells them."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpmath import mp

from nn import activations, layers, losses

LOG_2 = math.log(2)
INTRODUCTION = """\
# Numerical accuracy

The largest error found of every activation, loss and normalization, in units in the last place
(ulps) of the exact result, computed with mpmath to 50 digits. 0.5 is the best possible: the exact
result, rounded. Measured by `python tools/measure_numerics.py --write`, at some {points} points for
each function and dtype: all exponents from the smallest subnormal to the largest number, both
signs, and the ranges where a function bends. A result that is NaN, or finite where the exact one
rounds to infinity, or the reverse, counts as infinite. A difference of terms that cancel has no
last place of its own: for functions marked * the unit is that of the largest term.

PyTorch and JAX are measured at the same points, on a CPU; a dash where they have no such function.
Some errors leave no correct digit: JAX treats subnormal numbers as zero (2^23 ulps in float32,
2^52 in float64), and where a formula cancels, only rounding errors remain.

Functions whose error is more than twice that of the better of the two (counted as 0.5 at least):
{worse}.
"""

# Where it is known to be worse, and why it stays so.
REASONS = {
    "tanh": "NumPy's own `np.tanh` in float32; computing it in float64 would take 16 times as long",
}


@dataclass(frozen=True)
class Case:
    """One function.

    Attributes:
        name: as in `nn`.
        group: the heading of its table.
        points: ``points(p)`` gives the arrays that it is called with, of equally many samples.
        exact: of one sample, mpmath's numbers or lists of them.
        here: ``here(*arrays)``, likewise `torch` and `jax`; None where there is none.
        scale: of one sample, the size of the terms that may cancel; None if they do not.
    """

    name: str
    group: str
    points: Callable
    exact: Callable
    here: Callable
    torch: Callable | None
    jax: Callable | None
    scale: Callable | None = None


def compute(case, library, inputs):
    """What a library gives for the inputs, as a NumPy array; in the dtype of the inputs."""
    function = getattr(case, library)
    if library == "torch":
        import torch

        result = function(torch, *map(torch.from_numpy, inputs)).numpy()
    elif library == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        result = np.asarray(function(jax, *map(jax.numpy.asarray, inputs)))
    else:
        with np.errstate(all="ignore"):
            result = function(*inputs)
        result = np.asarray(getattr(result, "data", result))
    assert result.dtype == inputs[0].dtype, (case.name, library, result.dtype)
    return result


def exactly(x):
    """A float as mpmath's number, without rounding; an array as a list of them."""
    return [mp.mpf(float(v)) for v in x] if np.ndim(x) else mp.mpf(float(x))


# -- exact formulas --------------------------------------------------------------------------------
# Beyond 5000 the exponential is beyond all floats.


def exp(x):
    return mp.mpf(0) if x < -5000 else mp.inf if x > 5000 else mp.exp(x)


def expm1(x):
    return mp.mpf(-1) if x < -5000 else mp.inf if x > 5000 else mp.expm1(x)


def log1p(x):
    """log(1 + x), of tiny x by its series."""
    if abs(x) < mp.mpf(10) ** -20:
        return x - x**2 / 2 + x**3 / 3
    return mp.log(1 + x)


def sigmoid(x):
    w = exp(-abs(x))
    return 1 / (1 + w) if x >= 0 else w / (1 + w)


def softplus(x):
    return max(x, mp.mpf(0)) + log1p(exp(-abs(x)))


def tanh(x):
    return mp.sign(x) if abs(x) > 5000 else mp.tanh(x)


def normal_below(x):
    return mp.mpf(x > 0) if abs(x) > 1000 else mp.erfc(-x / mp.sqrt(2)) / 2


def mish(x):
    if x > 5000:
        return x
    w = exp(x)
    n = w * (w + 2)
    return x * n / (n + 2)


def gelu_tanh(x):
    if abs(x) > 10**6:
        return max(x, mp.mpf(0))
    u = mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)
    return x * sigmoid(2 * u)


SELU_ALPHA = mp.mpf("1.6732632423543772848170429916717")
SELU_SCALE = mp.mpf("1.0507009873554804934193349852946")


def softmax(z):
    e = [exp(v - max(z)) for v in z]
    return [v / sum(e) for v in e]


def log_softmax(z):
    """Its terms are what lies below the largest, and the logarithm of the sum beside it."""
    at = z.index(max(z))
    below = [v - z[at] for v in z]
    rest = log1p(sum((exp(v) for i, v in enumerate(below) if i != at), mp.mpf(0)))
    return [v - rest for v in below]


# -- activations -----------------------------------------------------------------------------------


def _nn(name, **given):
    """A function of torch.nn.functional."""
    return lambda t, *x: getattr(t.nn.functional, name)(*x, **given)


def _jax(name, **given):
    """A function of jax.nn."""
    return lambda j, *x: getattr(j.nn, name)(*x, **given)


def _activation(name, exact, torch, jax, here=None):
    here = here or getattr(activations, name)
    return Case(name, "Activations", lambda p: (p.everywhere(),), exact, here, torch, jax)


def _vector(name, exact):
    return Case(
        name,
        "Activations",
        lambda p: (p.vectors(5, -3, 3),),
        exact,
        getattr(activations, name),
        lambda t, z: getattr(t, name)(z, dim=-1),
        _jax(name),
    )


_ACTIVATIONS = [
    _activation("elu", lambda x: x if x > 0 else expm1(x), _nn("elu"), _jax("elu")),
    _activation("exponential", exp, lambda t, x: t.exp(x), lambda j, x: j.numpy.exp(x)),
    _activation(
        "gelu", lambda x: x * normal_below(x), _nn("gelu"), _jax("gelu", approximate=False)
    ),
    _activation(
        "gelu, approximate",
        gelu_tanh,
        _nn("gelu", approximate="tanh"),
        _jax("gelu", approximate=True),
        lambda x: activations.gelu(x, approximate=True),
    ),
    _activation(
        "hard_sigmoid",
        lambda x: min(max(x + 3, mp.mpf(0)), mp.mpf(6)) / 6,
        _nn("hardsigmoid"),
        _jax("hard_sigmoid"),
    ),
    _activation(
        "hard_tanh",
        lambda x: min(max(x, mp.mpf(-1)), mp.mpf(1)),
        _nn("hardtanh"),
        _jax("hard_tanh"),
    ),
    _activation(
        "leaky_relu",
        lambda x: x if x > 0 else x / 5,
        _nn("leaky_relu", negative_slope=0.2),
        _jax("leaky_relu", negative_slope=0.2),
    ),
    _activation("log_sigmoid", lambda x: -softplus(-x), _nn("logsigmoid"), _jax("log_sigmoid")),
    _vector("log_softmax", log_softmax),
    _activation("mish", mish, _nn("mish"), _jax("mish")),
    _activation("relu", lambda x: max(x, mp.mpf(0)), _nn("relu"), _jax("relu")),
    _activation("relu6", lambda x: min(max(x, mp.mpf(0)), mp.mpf(6)), _nn("relu6"), _jax("relu6")),
    _activation(
        "selu",
        lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * expm1(x)),
        _nn("selu"),
        _jax("selu"),
    ),
    _activation("sigmoid", sigmoid, _nn("sigmoid"), _jax("sigmoid")),
    _activation("silu", lambda x: x * sigmoid(x), _nn("silu"), _jax("silu")),
    _vector("softmax", softmax),
    _activation("softplus", softplus, _nn("softplus"), _jax("softplus")),
    _activation("softsign", lambda x: x / (1 + abs(x)), _nn("softsign"), _jax("soft_sign")),
    _activation("tanh", tanh, _nn("tanh"), lambda j, x: j.numpy.tanh(x)),
]

# -- losses ----------------------------------------------------------------------------------------
# Each of samples of one number, so that nothing is averaged. Arguments (y_true, y_pred).


def _loss(name, points, exact, torch=None, jax=None, scale=None, **given):
    """A loss of one number by one number."""

    def here(y, a):
        return getattr(losses, name)(y[:, None], a[:, None], **given)

    shown = name + "".join(f", {key}" for key, value in given.items() if value is True)
    return Case(shown, "Losses", points, exact, here, torch, jax, scale)


def _labels_and_logits(p):
    z = p.everywhere()
    return p.labels(len(z)), z


def _labels_and_probabilities(p):
    a = p.probabilities()
    a = a[(a > 2e-7) & (a < 1 - 2e-7)]
    return p.labels(len(a)), a


def _targets(p):
    y = p.numbers()
    return y, p.close_to(y)


def _positive_targets(p):
    y, a = _targets(p)
    return np.abs(y) + y.dtype.type(1e-3), np.abs(a) + y.dtype.type(1e-3)


def _signs_and_scores(p):
    z = p.everywhere()
    z = z[np.abs(z) < 1e15]
    return 2 * p.labels(len(z)) - 1, z


def _crossentropy(y, a):
    return -mp.log(a) if y else -log1p(-a)


def _huber(y, a):
    e = abs(a - y)
    return e**2 / 2 if e <= 1 else e - mp.mpf(1) / 2


def _log_cosh(y, a):
    e = abs(a - y)
    return e - mp.log(2) if e > 5000 else log1p(2 * mp.sinh(e / 2) ** 2)


def _one_hot_and(points):
    def draw(p):
        z = points(p)
        return np.eye(z.shape[1], dtype=z.dtype)[p.random.integers(0, z.shape[1], len(z))], z

    return draw


def _distributions(p):
    e = np.exp(p.vectors(5, -1, 0.7).astype(float))
    a = np.maximum(e / e.sum(axis=1, keepdims=True), 1e-6)  # nothing is cut off at 1e-7
    return a.astype(p.dtype)


def _rows(name, points, exact, torch=None, jax=None, scale=None, **given):
    """A loss of a row of numbers."""
    shown = name + "".join(f", {key}" for key, value in given.items() if value is True)
    function = getattr(losses, name)
    return Case(
        shown, "Losses", points, exact, lambda y, a: function(y, a, **given), torch, jax, scale
    )


def _sparse(name, points, exact, torch, jax, scale=None, **given):
    def here(y, z):
        return losses.sparse_categorical_crossentropy(y.argmax(axis=1), z, **given)

    return Case(name, "Losses", _one_hot_and(points), exact, here, torch, jax, scale)


def _of_label(log_a):
    """Minus the entry of the label, exact."""
    return lambda y, z: -log_a(z)[y.index(1)]


def _log_normalized(p):
    return [mp.log(v / sum(p)) for v in p]


def _at_least_one(exact):
    """The scale of a logarithm of what was rounded near 1."""
    return lambda *sample: max(exact(*sample), mp.mpf(1))


def _torch_cross_entropy(t, y, z):
    return t.nn.functional.cross_entropy(z, y.argmax(1), reduction="none")


def _jax_cross_entropy(j, y, z):
    return -j.numpy.sum(y * j.nn.log_softmax(z), axis=-1)


def _focal_logits(y, z):
    other = sigmoid(-z if y else z)
    return other**2 * softplus(-z if y else z)


def _logits_of_vectors(p):
    return p.vectors(5, -3, 2)


_LOSSES = [
    _loss(
        "binary_crossentropy",
        _labels_and_logits,
        lambda y, z: softplus(-z if y else z),
        lambda t, y, z: t.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none"),
        lambda j, y, z: -y * j.nn.log_sigmoid(z) - (1 - y) * j.nn.log_sigmoid(-z),
        from_logits=True,
    ),
    _loss(
        "binary_crossentropy",
        _labels_and_probabilities,
        _crossentropy,
        lambda t, y, a: t.nn.functional.binary_cross_entropy(a, y, reduction="none"),
        lambda j, y, a: -y * j.numpy.log(a) - (1 - y) * j.numpy.log1p(-a),
    ),
    _loss(
        "binary_focal_crossentropy",
        _labels_and_logits,
        _focal_logits,
        None,
        lambda j, y, z: (
            j.nn.sigmoid(j.numpy.where(y == 1, -z, z)) ** 2
            * j.nn.softplus(j.numpy.where(y == 1, -z, z))
        ),
        from_logits=True,
    ),
    _loss(
        "binary_focal_crossentropy",
        _labels_and_probabilities,
        lambda y, a: ((1 - a) if y else a) ** 2 * _crossentropy(y, a),
    ),
    _rows(
        "categorical_crossentropy",
        _one_hot_and(_logits_of_vectors),
        _of_label(log_softmax),
        _torch_cross_entropy,
        _jax_cross_entropy,
        from_logits=True,
    ),
    _rows(
        "categorical_crossentropy",
        _one_hot_and(_distributions),
        _of_label(_log_normalized),
        lambda t, y, p: -(y * t.log(p / p.sum(-1, keepdim=True))).sum(-1),
        lambda j, y, p: -j.numpy.sum(y * j.numpy.log(p / p.sum(-1, keepdims=True)), axis=-1),
        _at_least_one(_of_label(_log_normalized)),
    ),
    _rows(
        "categorical_focal_crossentropy",
        _one_hot_and(_logits_of_vectors),
        lambda y, z: (
            mp.mpf(1) / 4 * (1 - softmax(z)[y.index(1)]) ** 2 * -log_softmax(z)[y.index(1)]
        ),
        None,
        None,
        from_logits=True,
    ),
    _rows(
        "categorical_hinge",
        _one_hot_and(_logits_of_vectors),
        lambda y, z: max(
            max(v if not t else mp.mpf(0) for t, v in zip(y, z, strict=True)) - z[y.index(1)] + 1,
            mp.mpf(0),
        ),
        None,
        None,
        lambda y, z: max(max(map(abs, z)), 1),
    ),
    _rows(
        "cosine_similarity",
        lambda p: (p.vectors(5), p.vectors(5)),
        lambda y, a: (
            -(
                sum(s * t for s, t in zip(y, a, strict=True))
                / mp.sqrt(sum(s * s for s in y) * sum(t * t for t in a))
            )
        ),
        lambda t, y, a: -t.nn.functional.cosine_similarity(y, a, dim=-1),
        None,
        lambda y, a: 1,
    ),
    _loss(
        "hinge",
        _signs_and_scores,
        lambda y, z: max(1 - y * z, mp.mpf(0)),
        lambda t, y, z: t.relu(1 - y * z),
        lambda j, y, z: j.nn.relu(1 - y * z),
    ),
    _loss(
        "huber",
        _targets,
        _huber,
        lambda t, y, a: t.nn.functional.huber_loss(a, y, reduction="none"),
        lambda j, y, a: j.numpy.where(abs(a - y) <= 1, 0.5 * (a - y) ** 2, abs(a - y) - 0.5),
    ),
    _rows(
        "kl_divergence",
        lambda p: (_distributions(p), _distributions(p)),
        lambda y, a: sum(s * mp.log(s / t) for s, t in zip(y, a, strict=True)),
        lambda t, y, a: t.nn.functional.kl_div(t.log(a), y, reduction="none").sum(-1),
        lambda j, y, a: j.numpy.sum(j.scipy.special.rel_entr(y, a), axis=-1),
        lambda y, a: max(abs(s * mp.log(s / t)) for s, t in zip(y, a, strict=True)),
    ),
    _loss(
        "log_cosh",
        _targets,
        _log_cosh,
        lambda t, y, a: t.logaddexp(a - y, y - a) - LOG_2,
        lambda j, y, a: j.numpy.logaddexp(a - y, y - a) - LOG_2,
    ),
    _loss(
        "mean_absolute_error",
        _targets,
        lambda y, a: abs(a - y),
        lambda t, y, a: t.nn.functional.l1_loss(a, y, reduction="none"),
        lambda j, y, a: abs(a - y),
    ),
    _loss(
        "mean_absolute_percentage_error",
        _targets,
        lambda y, a: 100 * abs(a - y) / max(abs(y), mp.mpf("1e-7")),
        lambda t, y, a: 100 * abs((a - y) / t.clamp(abs(y), min=1e-7)),
        lambda j, y, a: 100 * abs((a - y) / j.numpy.maximum(abs(y), 1e-7)),
    ),
    _loss(
        "mean_squared_error",
        _targets,
        lambda y, a: (a - y) ** 2,
        lambda t, y, a: t.nn.functional.mse_loss(a, y, reduction="none"),
        lambda j, y, a: (a - y) ** 2,
    ),
    _loss(
        "mean_squared_logarithmic_error",
        _positive_targets,
        lambda y, a: (log1p(a) - log1p(y)) ** 2,
        lambda t, y, a: (t.log1p(a) - t.log1p(y)) ** 2,
        lambda j, y, a: (j.numpy.log1p(a) - j.numpy.log1p(y)) ** 2,
        lambda y, a: max(log1p(a), log1p(y)) ** 2,
    ),
    _loss(
        "poisson",
        _positive_targets,
        lambda y, a: a - y * mp.log(a + mp.mpf("1e-7")),
        lambda t, y, a: t.nn.functional.poisson_nll_loss(
            a, y, log_input=False, eps=1e-7, reduction="none"
        ),
        lambda j, y, a: a - y * j.numpy.log(a + 1e-7),
        lambda y, a: max(a, abs(y * mp.log(a))),
    ),
    _sparse(
        "sparse_categorical_crossentropy, from_logits",
        _logits_of_vectors,
        _of_label(log_softmax),
        _torch_cross_entropy,
        _jax_cross_entropy,
        from_logits=True,
    ),
    _sparse(
        "sparse_categorical_crossentropy",
        _distributions,
        _of_label(_log_normalized),
        None,
        None,
        _at_least_one(_of_label(_log_normalized)),
    ),
    _loss(
        "squared_hinge",
        _signs_and_scores,
        lambda y, z: max(1 - y * z, mp.mpf(0)) ** 2,
        lambda t, y, z: t.relu(1 - y * z) ** 2,
        lambda j, y, z: j.nn.relu(1 - y * z) ** 2,
    ),
]

# -- normalizations --------------------------------------------------------------------------------


def _rows_off_zero(p):
    """Rows whose mean is up to 30 standard deviations from 0."""
    x = p.vectors(8, -2, 3).astype(float)
    offset = p.random.uniform(-30, 30, (len(x), 1)) * x.std(axis=1, keepdims=True)
    return ((x + offset).astype(p.dtype),)


def _normalized(x):
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    return [(v - mean) / mp.sqrt(variance + mp.mpf("0.001")) for v in x]


def _largest_part(x):
    """What is subtracted from each other, over what both are divided by."""
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    return max(map(abs, x)) / mp.sqrt(variance + mp.mpf("0.001"))


def _jax_normalized(j, x):
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return (x - mean) * j.lax.rsqrt(variance + 0.001)


def _layer(make, inputs=lambda x: x, outputs=lambda y: y, **options):
    def here(x):
        layer = make(dtype=str(x.dtype))
        return outputs(layer(inputs(x), **options).data)

    return here


_NORMALIZATIONS = [
    Case(
        "LayerNormalization",
        "Normalizations",
        _rows_off_zero,
        _normalized,
        _layer(layers.LayerNormalization),
        lambda t, x: t.nn.functional.layer_norm(x, (8,), eps=0.001),
        _jax_normalized,
        _largest_part,
    ),
    Case(
        "BatchNormalization in training",
        "Normalizations",
        _rows_off_zero,
        _normalized,
        _layer(layers.BatchNormalization, np.transpose, np.transpose, training=True),
        lambda t, x: (
            t.nn.functional.batch_norm(x.T.contiguous(), None, None, training=True, eps=0.001).T
        ),
        _jax_normalized,
        _largest_part,
    ),
]

CASES = [*_ACTIVATIONS, *_LOSSES, *_NORMALIZATIONS]

DERIVATIVES = """\
## Derivatives

A rule computes from the function's inputs, not from a rounded output: the derivatives of tanh,
expm1, elu, arcsin, arccos, arctanh, arctan2, hypot, norms, standard deviations, logsumexp and
logaddexp are accurate to some 50 ulps at inputs of every size
(`tests/autograd_lite/test_extreme_arguments.py` compares them with closed forms by mpmath; second
derivatives too, where these do not cancel). Two rules use a rounded output on purpose: those of
sigmoid, y (1 - y), and of softmax. The loss that follows divides by the same rounded numbers, and
the errors cancel; alone, the derivative of sigmoid has an error of up to half an ulp of 1.

Through `eigh` and `svd` at equal or nearly equal values, in float64, first derivatives of results
that do not depend on the choice of vectors have an error of about 1e-11, second ones of up to 1e-6;
derivatives of results that do depend on it are NaN.
"""
