import functools
import json
import math

import numpy as np
import pytest

from nn import initializers
from nn._core.identifiers import serialize
from nn.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from nn.random import Generator, generator, set_random_seed

RANDOM = [
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
]


@pytest.fixture(autouse=True)
def _global_state_is_put_back():
    state = generator().state
    yield
    generator().state = state


def normal_cdf(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


def distance_from(cdf, values):
    """The Kolmogorov-Smirnov statistic times sqrt(n); above 1.63 in 1 % of true samples."""
    ordered = np.sort(values.ravel())
    n = ordered.size
    expected = np.array([cdf(x) for x in ordered])
    steps = np.arange(n + 1) / n
    worst = max(np.abs(expected - steps[:-1]).max(), np.abs(expected - steps[1:]).max())
    return worst * math.sqrt(n)


# -- values ----------------------------------------------------------------------------------------


def test_fixed_values():
    assert Zeros()((2, 1)).tolist() == [[0], [0]]
    assert Ones()((2,)).tolist() == [1, 1]
    assert Constant(0.5)((2,)).tolist() == [0.5, 0.5]
    assert Constant()((1,)).tolist() == [0]
    assert Constant([[1, 2]])((1, 2)).tolist() == [[1, 2]]
    assert Identity(2.0)((2, 3)).tolist() == [[2, 0, 0], [0, 2, 0]]


def test_an_array_is_not_stretched_to_another_shape():
    with pytest.raises(ValueError, match=r"values of shape \(2,\), but shape \(3, 2\)"):
        Constant([1.0, 2.0])((3, 2))


def test_normal_values():
    values = RandomNormal(1.0, 2.0, seed=0)((20_000,), "float64")
    assert distance_from(lambda x: normal_cdf((x - 1) / 2), values) < 1.63


def test_uniform_values():
    values = RandomUniform(-1.0, 3.0, seed=0)((20_000,), "float64")
    assert values.min() >= -1
    assert values.max() <= 3
    assert distance_from(lambda x: (x + 1) / 4, values) < 1.63


def test_truncated_normal_values_have_exactly_that_distribution():
    values = TruncatedNormal(1.0, 0.5, seed=0)((20_000,), "float64")
    assert values.min() >= 0
    assert values.max() <= 2
    low, high = normal_cdf(-2), normal_cdf(2)
    assert distance_from(lambda x: (normal_cdf((x - 1) / 0.5) - low) / (high - low), values) < 1.63


@pytest.mark.parametrize(
    ("make", "variance"),
    [
        (GlorotUniform, 2 / (200 + 300)),
        (GlorotNormal, 2 / (200 + 300)),
        (HeUniform, 2 / 200),
        (HeNormal, 2 / 200),
        (LecunUniform, 1 / 200),
        (LecunNormal, 1 / 200),
    ],
)
def test_the_variance_is_scaled_to_the_layer(make, variance):
    kernel = make(seed=1)((200, 300), "float64")
    assert kernel.mean() == pytest.approx(0, abs=4 * math.sqrt(variance / kernel.size))
    assert kernel.var() == pytest.approx(variance, rel=0.02)
    uniform = make.__name__.endswith("Uniform")
    limit = math.sqrt(3 * variance) if uniform else 2 * math.sqrt(variance) / 0.87962566103423978
    assert 0.99 * limit < np.abs(kernel).max() <= limit


def test_the_standard_deviation_of_a_truncated_normal():
    # By its textbook formula, 1 - 2 a density(a) / (2 cdf(a) - 1) at a = 2, for the variance.
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    variance = 1 - 4 * density / (2 * normal_cdf(2) - 1)
    assert math.sqrt(variance) == pytest.approx(0.87962566103423978, rel=1e-15)


@pytest.mark.parametrize(
    ("shape", "options", "n"),
    [
        ((), {}, 1),
        ((400,), {}, 400),
        ((4, 100), {"mode": "fan_out"}, 100),
        ((4, 100), {"mode": "fan_avg"}, 52),
        ((3, 3, 8, 16), {}, 72),
        ((3, 3, 8, 16), {"mode": "fan_out"}, 144),
        ((5, 8, 16), {}, 40),
        ((8, 4, 25), {"input_axes": [0], "output_axes": [1, 2]}, 8),
        ((8, 4, 25), {"input_axes": [0], "output_axes": [1, 2], "mode": "fan_out"}, 100),
        ((0, 3), {}, 1),
    ],
)
def test_the_width_of_a_layer(shape, options, n):
    scaled = VarianceScaling(6.0, distribution="uniform", seed=3, **options)(shape, "float64")
    plain = RandomUniform(-1.0, 1.0, seed=3)(shape, "float64")
    np.testing.assert_allclose(scaled, plain * math.sqrt(3 * 6.0 / n), rtol=1e-12)


def test_untruncated_values_go_beyond_two_deviations():
    draw = functools.partial(VarianceScaling, 1.0, "fan_in", seed=0)
    assert np.abs(draw("untruncated_normal")((1, 1000))).max() > 2.5
    np.testing.assert_array_equal(draw("normal")((9, 9)), draw("truncated_normal")((9, 9)))


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (2, 3, 4), (1, 1)])
def test_orthogonal_matrices(shape):
    q = Orthogonal(3.0, seed=0)(shape, "float64").reshape(-1, shape[-1]) / 3.0
    product = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(product, np.eye(min(q.shape)), atol=1e-14)


def test_orthogonal_matrices_are_as_often_reflections_as_rotations():
    rng = Generator(0)
    signs = [np.linalg.det(Orthogonal(seed=rng)((3, 3))) for _ in range(400)]
    assert abs(np.mean(np.sign(signs))) < 0.15  # three standard deviations


# -- seeds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", RANDOM)
def test_a_seeded_initializer_repeats_itself(make):
    seeded = make(seed=7)
    np.testing.assert_array_equal(seeded((4, 5)), seeded((4, 5)))
    assert not np.array_equal(seeded((4, 5)), make(seed=8)((4, 5)))


@pytest.mark.parametrize("make", RANDOM)
def test_without_a_seed_it_follows_the_global_generator(make):
    unseeded = make()
    set_random_seed(1)
    first, second = unseeded((4, 5)), unseeded((4, 5))
    assert not np.array_equal(first, second)
    set_random_seed(1)
    np.testing.assert_array_equal(unseeded((4, 5)), first)


def test_a_generator_as_the_seed_moves_on():
    drawing = RandomNormal(seed=Generator(0))
    assert not np.array_equal(drawing((3,)), drawing((3,)))


@pytest.mark.parametrize("make", RANDOM)
def test_a_seed_means_the_same_in_every_dtype(make):
    wide = make(seed=2)((6, 4), "float64")
    for dtype in (np.float32, np.float16):
        narrow = make(seed=2)((6, 4), dtype)
        assert narrow.dtype == dtype
        np.testing.assert_array_equal(narrow, wide.astype(dtype))


def test_the_dtype_is_float32_by_default():
    for make in (*RANDOM, Zeros, Ones, Constant, Identity):
        values = make()((3, 2))
        assert (values.dtype, values.shape, type(values)) == (np.float32, (3, 2), np.ndarray)


@pytest.mark.parametrize("make", [m for m in RANDOM if m is not Orthogonal] + [Zeros, Ones])
def test_any_shape_will_do(make):
    for shape, expected in (((), ()), ((0, 3), (0, 3)), (3, (3,)), ([2, 3], (2, 3))):
        assert make()(shape).shape == expected


def test_orthogonal_matrices_may_be_empty():
    assert Orthogonal()((0, 3)).shape == (0, 3)


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", RANDOM)
def test_random_values_are_floating(make):
    with pytest.raises(TypeError, match="floating-point, got dtype int64"):
        make()((2, 2), "int64")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Identity()((3,)), r"two axes, got shape \(3,\)"),
        (lambda: Orthogonal()((3,)), r"two axes or more, got shape \(3,\)"),
        (lambda: RandomNormal(stddev=-1.0), "stddev is a number from 0 up"),
        (lambda: TruncatedNormal(stddev=float("nan")), "stddev is a number from 0 up"),
        (lambda: RandomUniform(1.0, 0.0), "minval is the smaller one"),
        (lambda: VarianceScaling(0.0), "scale is a positive number"),
        (lambda: VarianceScaling(mode="fan"), "unknown mode 'fan'. Did you mean 'fan_in'"),
        (lambda: VarianceScaling(distribution="unifrm"), "Did you mean 'uniform'"),
        (lambda: VarianceScaling(input_axes=[0]), "give both input_axes and output_axes"),
        (lambda: GlorotUniform(seed=-1)((2,)), "from 0 up"),
        (lambda: Zeros()((-1,)), "negative"),
    ],
)
def test_arguments_that_cannot_work_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_an_argument_means():
    assert initializers.get("he_normal") == initializers.get("HeNormal") == HeNormal()
    assert initializers.get("zeros") == Zeros()

    def own(shape, dtype):
        return np.zeros(shape, dtype)

    for given in (own, functools.partial(own), GlorotNormal(3)):
        assert initializers.get(given) is given


@pytest.mark.parametrize("make", [*RANDOM, Zeros, Ones, Identity])
def test_a_config_goes_through_json_and_back(make):
    made = make(seed=3) if make in RANDOM else make()
    twin = initializers.get(json.loads(json.dumps(serialize(made))))
    assert twin == made
    np.testing.assert_array_equal(twin((3, 3)), made((3, 3)))


def test_the_config_of_an_array():
    config = json.loads(json.dumps(serialize(Constant(np.array([1.0, 2.0])))))
    assert initializers.get(config)((2,)).tolist() == [1, 2]


def test_what_is_no_initializer_is_refused():
    with pytest.raises(ValueError, match=r"unknown initializer 'xavier'\. Known: 'constant'"):
        initializers.get("xavier")
    with pytest.raises(ValueError, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")
    with pytest.raises(TypeError, match=r"is not an initializer\. Give a name, 'constant' say"):
        initializers.get(0.5)


def test_a_class_and_none_stand_for_defaults_as_in_keras():
    assert initializers.get(HeNormal) == HeNormal()
    assert initializers.get(None) == initializers.GlorotUniform()
    assert initializers.he_normal is HeNormal
