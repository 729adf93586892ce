"""Each formula against Keras, and what holds for all of them."""

import inspect

import numpy as np
import pytest

from autograd_lite import Tensor, Variable, no_grad, stop_gradient
from nn import optimizers, schedules
from nn.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)

# Five steps of `descend`, computed with Keras 3.15.1 (JAX backend, float64): the six elements of
# the kernel, then the two of the bias.
KERAS = {
    "SGD()": [
        -0.969865811124,
        -0.572877358909,
        -0.18717162849,
        0.19129099277,
        0.573209398667,
        0.966105250538,
        0.297957567934,
        -1.93822561328,
    ],
    "SGD(0.1, momentum=0.9)": [
        -0.554124039909,
        0.0395334937582,
        0.366725368507,
        0.280045381667,
        0.012599211442,
        -0.0363118686035,
        -0.0118213211587,
        -0.544484818742,
    ],
    "SGD(0.1, momentum=0.9, nesterov=True)": [
        -0.305341538124,
        0.173027363972,
        0.318030166647,
        0.112542321132,
        -0.13832123577,
        -0.0877273474649,
        0.105383458462,
        -0.26929186312,
    ],
    "SGD(0.1, weight_decay=0.01)": [
        -0.700210347404,
        -0.347262918263,
        -0.0996481035881,
        0.0980478712975,
        0.347133932161,
        0.701671196718,
        0.30042171487,
        -1.42486667763,
    ],
    "SGD(0.1, clipnorm=1.0)": [
        -0.870623399413,
        -0.493219182153,
        -0.146718568786,
        0.173218738306,
        0.495355218028,
        0.84643144011,
        0.286485636824,
        -1.63116008775,
    ],
    "SGD(0.1, clipvalue=0.3)": [
        -0.942530230587,
        -0.535694937604,
        -0.162866218546,
        0.17,
        0.527550003381,
        0.91,
        0.329614683655,
        -1.85,
    ],
    "SGD(0.1, global_clipnorm=1.0)": [
        -0.889355737647,
        -0.514676283705,
        -0.16344845239,
        0.172505590833,
        0.515406330832,
        0.881087491497,
        0.281042801528,
        -1.77510547974,
    ],
    "SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)": [
        -0.796034345341,
        -0.453181176833,
        -0.149350476854,
        0.139900645262,
        0.452419476827,
        0.804661080393,
        0.277819381222,
        -1.60963903621,
    ],
    "SGD(0.1, momentum=0.9, gradient_accumulation_steps=2)": [
        -0.929670996635,
        -0.443802575039,
        -0.0229330399138,
        0.26134471726,
        0.463019655725,
        0.712025385303,
        0.185079003365,
        -1.64430257504,
    ],
    "SGD(ExponentialDecay(0.1, 2, 0.5), gradient_accumulation_steps=2)": [
        -0.976229946304,
        -0.543811500281,
        -0.13414229293,
        0.22461437854,
        0.551103967614,
        0.893638134526,
        0.255639642531,
        -1.87044028826,
    ],
    "SGD(CosineDecay(0.1, 4))": [
        -0.982364833519,
        -0.48510981941,
        -0.0274130348508,
        0.293631847422,
        0.506568283434,
        0.739334136132,
        0.161930204412,
        -1.71742755257,
    ],
    "RMSprop()": [
        -0.996148145725,
        -0.59557462597,
        -0.194473987395,
        0.199711195749,
        0.595350038419,
        0.992162353356,
        0.298740239005,
        -1.98858723998,
    ],
    "RMSprop(0.01, rho=0.8, momentum=0.7, epsilon=0.001)": [
        -0.974409555796,
        -0.539817390916,
        -0.081143238928,
        0.229857103118,
        0.540450783355,
        0.855439180135,
        0.253171672897,
        -1.81487544711,
    ],
    "RMSprop(0.01, centered=True)": [
        -0.958267273098,
        -0.552956315342,
        -0.140363046321,
        0.198482245264,
        0.551172973114,
        0.915342841964,
        0.285755866354,
        -1.87342675935,
    ],
    "RMSprop(0.01, momentum=0.5, centered=True)": [
        -0.955165681318,
        -0.52493711475,
        -0.0711767027532,
        0.22395913727,
        0.524886622541,
        0.838130317041,
        0.254574465183,
        -1.78133932204,
    ],
    "Adagrad()": [
        -0.998736506256,
        -0.598348433749,
        -0.198388136253,
        0.1999641043,
        0.598442749248,
        0.99763509347,
        0.299533586206,
        -1.99666906829,
    ],
    "Adagrad(0.1, initial_accumulator_value=0.5, epsilon=0.01)": [
        -0.860457604662,
        -0.440836024413,
        -0.0890283906879,
        0.177044496109,
        0.448302561135,
        0.802617209002,
        0.272293661641,
        -1.71262082051,
    ],
    "Adadelta()": [
        -0.999995782297,
        -0.599995114652,
        -0.199997333425,
        0.199998560139,
        0.599994913428,
        0.999995267087,
        0.300000038779,
        -1.99999151135,
    ],
    "Adadelta(1.0, rho=0.9, epsilon=0.001)": [
        -0.700272793516,
        -0.303335345629,
        -0.0665789329579,
        0.0749106456132,
        0.279162722189,
        0.709230868512,
        0.328747382689,
        -1.43544551831,
    ],
    "Adam()": [
        -1.00009360197,
        -0.598234430257,
        -0.196129611944,
        0.201970695092,
        0.59854792865,
        0.995514267904,
        0.297399109907,
        -1.99527489448,
    ],
    "Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=0.001)": [
        -0.968617482517,
        -0.411431372711,
        0.143255991318,
        0.339504746361,
        0.435050023149,
        0.575838666199,
        0.10017647288,
        -1.52782713289,
    ],
    "Adam(0.1, amsgrad=True, beta_2=0.5)": [
        -1.01872137029,
        -0.466365051726,
        0.140186715401,
        0.378029601557,
        0.490213682538,
        0.595557253974,
        0.0717894773727,
        -1.57680055441,
    ],
    "Adam(0.01, weight_decay=0.1, global_clipnorm=0.5)": [
        -0.999027374564,
        -0.581424894009,
        -0.1612308839,
        0.220991017698,
        0.585691772671,
        0.950773744686,
        0.271043942116,
        -1.94139209135,
    ],
    "Adam(0.01, gradient_accumulation_steps=2)": [
        -1.00419930304,
        -0.581326486173,
        -0.181222453403,
        0.209438456189,
        0.581930409192,
        0.980224616171,
        0.288131917214,
        -1.98031460699,
    ],
    "AdamW()": [
        -1.00007358994,
        -0.59822243207,
        -0.196125651899,
        0.201966666616,
        0.598535927742,
        0.995494311766,
        0.297393146572,
        -1.99523493368,
    ],
    "AdamW(0.1, weight_decay=0.2)": [
        -0.891434366593,
        -0.365959994704,
        0.164922080261,
        0.340017476312,
        0.392797698043,
        0.488986986335,
        0.0548001230446,
        -1.35552921392,
    ],
    "Adamax()": [
        -1.00047765182,
        -0.599132996001,
        -0.196890878036,
        0.201801783746,
        0.59931637723,
        0.996344373064,
        0.297763584566,
        -1.99629172482,
    ],
    "Adamax(0.1, beta_1=0.5, beta_2=0.7, epsilon=0.01)": [
        -0.930730652223,
        -0.407070675266,
        0.0733062814827,
        0.261676416499,
        0.422494151529,
        0.633042696728,
        0.200209196844,
        -1.54959537785,
    ],
    "Nadam()": [
        -0.998620372757,
        -0.598289115276,
        -0.1978229942,
        0.200067994314,
        0.598260522211,
        0.99699007286,
        0.299304939206,
        -1.99581520461,
    ],
    "Nadam(0.1, beta_1=0.8, beta_2=0.9, epsilon=0.001)": [
        -0.827374683947,
        -0.407946753773,
        0.00403921195277,
        0.177097766291,
        0.402092470037,
        0.688870779786,
        0.2563476223,
        -1.54338419783,
    ],
    "Lion()": [
        -0.999,
        -0.597,
        -0.197,
        0.199,
        0.597,
        0.997,
        0.301,
        -1.995,
    ],
    "Lion(0.01, beta_1=0.5, beta_2=0.6, weight_decay=0.1)": [
        -0.984970069955,
        -0.567026013973,
        -0.169101898051,
        0.208922097951,
        0.567026013973,
        0.945109890055,
        0.288582897051,
        -1.94011988006,
    ],
}

ALL = [SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop]
EVERY_BRANCH = [
    *(make() for make in ALL if make is not AdamW),  # whose formula is Adam's
    SGD(0.1, momentum=0.9),
    SGD(0.1, momentum=0.9, nesterov=True),
    RMSprop(momentum=0.9),
    RMSprop(centered=True),
    Adam(amsgrad=True),
]


def gradients(variables, t):
    """Of no loss in particular: they depend on the weights and on the step."""
    return [0.5 * v.data + np.cos(np.arange(v.size).reshape(v.shape) + t) for v in variables]


def descend(optimizer, steps=5):
    kernel = Variable(np.linspace(-1, 1, 6).reshape(2, 3), name="kernel")
    bias = Variable([0.3, -2.0], name="bias")
    for t in range(steps):
        optimizer.apply(gradients([kernel, bias], t), [kernel, bias])
    return np.concatenate([kernel.data.ravel(), bias.data])


@pytest.mark.parametrize("call", KERAS)
def test_five_steps_are_those_of_keras(call):
    found = descend(eval(call, vars(optimizers) | vars(schedules)))
    # Keras computes the cosine of CosineDecay in float32.
    np.testing.assert_allclose(found, KERAS[call], rtol=1e-6 if "Cosine" in call else 2e-11)


def test_every_optimizer_is_compared():
    assert {call.split("(")[0] for call in KERAS} == {make.__name__ for make in ALL}


@pytest.mark.parametrize("optimizer", EVERY_BRANCH, ids=repr)
def test_blocks_give_exactly_what_the_formula_gives_on_the_whole(optimizer):
    rng = np.random.default_rng(0)
    shapes = (3, 7), (150, 700), (1,), ()
    variables = [Variable(rng.normal(size=shape), dtype="float32") for shape in shapes]
    w = [v.data.copy() for v in variables]
    slots = [
        [None if start is None else np.full_like(x, start) for start in optimizer.slots().values()]
        for x in w
    ]
    for t in (1, 2, 3):
        g = [rng.normal(size=shape).astype("float32") for shape in shapes]
        u_product = getattr(optimizer, "u_product", Variable(0.0)).data.copy()
        ahead = optimizer._coefficients_ahead(np.float32, [optimizer.learning_rate], [t])
        coefficients = [float(values[0]) for values in ahead]
        if isinstance(optimizer, Nadam):
            optimizer.u_product.assign(u_product)
        optimizer.apply(g, variables)
        for i in range(len(shapes)):
            w[i], *slots[i] = optimizer.update(w[i], g[i], *coefficients, *slots[i])
    for expected, variable in zip(w, variables, strict=True):
        np.testing.assert_array_equal(variable.data, expected)


@pytest.mark.parametrize("optimizer", EVERY_BRANCH, ids=repr)
def test_formulas_leave_the_gradient_alone_and_the_dtype_as_it_is(optimizer):
    for dtype in (np.float32, np.float64):
        w, g = np.array([1.0, -2.0], dtype), np.array([0.5, 3.0], dtype)
        slots = [None if s is None else np.full_like(w, s) for s in optimizer.slots().values()]
        new = optimizer.update(w, g, *optimizer.coefficients(0.1, 1), *slots)
        assert g.tolist() == [0.5, 3.0]
        assert all(x is None or x.dtype == dtype for x in new)


@pytest.mark.parametrize("optimizer", EVERY_BRANCH, ids=repr)
def test_the_same_formula_runs_on_tensors(optimizer):
    rng = np.random.default_rng(1)
    w, g = rng.normal(size=(2, 5)).astype("float32")
    slots = [
        None if s is None else rng.uniform(0.5, 1.0, 5).astype("float32")
        for s in optimizer.slots().values()
    ]
    coefficients = optimizer.coefficients(0.1, 3)
    with no_grad():
        on_tensors = optimizer.update(
            stop_gradient(Tensor(w, requires_grad=True)),
            Tensor(g),
            *coefficients,
            *(None if s is None else Tensor(s) for s in slots),
        )
    on_arrays = optimizer.update(w, g, *coefficients, *slots)
    for tensor, array in zip(on_tensors, on_arrays, strict=True):
        if array is not None:
            np.testing.assert_array_equal(tensor.data, array)


def test_a_formula_that_returns_new_arrays_is_as_good():
    class Functional(Adam):
        def update(self, w, g, rate, m, v, v_hat):
            m = m + (g - m) * (1 - self.beta_1)
            v = v + (g * g - v) * (1 - self.beta_2)
            return w - m * rate / (np.sqrt(v) + self.epsilon), m, v, v_hat

    np.testing.assert_array_equal(descend(Functional()), descend(Adam()))


def test_a_formula_that_forgets_a_slot_is_refused():
    class Forgetful(SGD):
        def update(self, w, g, rate, m):
            return (w - g * rate,)

    with pytest.raises(ValueError, match="shorter"):
        Forgetful().apply([np.ones(2)], [Variable([1.0, 2.0])])


@pytest.mark.parametrize("optimizer", EVERY_BRANCH, ids=repr)
def test_a_gradient_of_zero_moves_nothing_at_first_and_gives_no_nan(optimizer):
    w = Variable([1.0, -2.0])
    optimizer = type(optimizer).from_config(optimizer.get_config() | {"weight_decay": 0.0})
    optimizer.apply([np.zeros(2)], [w])
    assert w.data.tolist() == [1.0, -2.0]


def test_centered_rmsprop_survives_equal_gradients():
    # The variance is 0; rounding made it -1e-3 here, and its root NaN.
    w = Variable([0.0], dtype="float32")
    optimizer = RMSprop(1e-9, centered=True)
    for _ in range(300):
        optimizer.apply([np.array([123.456], "float32")], [w])
    assert np.isfinite(w.data).all()


@pytest.mark.parametrize("make", ALL)
def test_names_and_defaults_are_those_of_keras(make):
    # inspect.signature in Keras 3.15.1, without the options that all share.
    own = {
        SGD: {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        RMSprop: {
            "learning_rate": 0.001,
            "rho": 0.9,
            "momentum": 0.0,
            "epsilon": 1e-7,
            "centered": False,
        },
        Adagrad: {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
        Adadelta: {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
        Adam: {
            "learning_rate": 0.001,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "epsilon": 1e-7,
            "amsgrad": False,
        },
        AdamW: {
            "learning_rate": 0.001,
            "weight_decay": 0.004,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "epsilon": 1e-7,
            "amsgrad": False,
        },
        Adamax: {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        Nadam: {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        Lion: {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99},
    }[make]
    parameters = list(inspect.signature(make).parameters.values())
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert {p.name: p.default for p in positional} == own
    assert [p.name for p in positional] == list(own)
    shared = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    expected = {
        "weight_decay": None,
        "clipnorm": None,
        "clipvalue": None,
        "global_clipnorm": None,
        "use_ema": False,
        "ema_momentum": 0.99,
        "ema_overwrite_frequency": None,
        "gradient_accumulation_steps": None,
        "name": None,
    }
    assert shared == {name: value for name, value in expected.items() if name not in own}


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (SGD, {"momentum": -0.1}),
        (SGD, {"momentum": 1.5}),
        (SGD, {"nesterov": True}),
        (RMSprop, {"rho": 1.0}),
        (RMSprop, {"epsilon": -1e-7}),
        (Adagrad, {"initial_accumulator_value": -0.1}),
        (Adadelta, {"rho": float("nan")}),
        (Adam, {"beta_1": 1.0}),
        (Adam, {"beta_2": -0.5}),
        (Adam, {"epsilon": float("inf")}),
        (AdamW, {"weight_decay": None}),
        (Adamax, {"beta_1": 1.0}),
        (Nadam, {"beta_2": 1.0}),
        (Lion, {"beta_1": 0.0}),
    ],
)
def test_hyperparameters_out_of_range_are_refused_by_name(make, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).split("=")[0]):
        make(**wrong)


def test_hyperparameters_are_numbers():
    with pytest.raises(TypeError, match=r"beta_1 is a number, got '0\.9'"):
        Adam(beta_1="0.9")
    with pytest.raises(TypeError, match="momentum is a number, got True"):
        SGD(momentum=True)


def test_slots_are_named_after_their_weights():
    names = {
        Adam: ["momentum", "velocity"],
        SGD: [],
        RMSprop: ["velocity"],
        Adagrad: ["accumulator"],
        Adadelta: ["accumulated_grad", "accumulated_delta_var"],
        Adamax: ["momentum", "norm"],
        Lion: ["momentum"],
    }
    for make, slots in names.items():
        optimizer = make()
        optimizer.build([Variable([1.0], name="dense/kernel"), Variable([1.0])])
        expected = [
            name for slot in slots for name in (f"dense/kernel_{slot}", f"variable_1_{slot}")
        ]
        assert [v.name for v in optimizer.variables] == ["iterations", "learning_rate", *expected]


def test_nadam_keeps_its_product_where_a_checkpoint_finds_it():
    optimizer = Nadam()
    optimizer.apply([np.array([1.0])], [Variable([1.0])])
    (product,) = [v for v in optimizer.variables if v.name == "u_product"]
    assert product.item() == pytest.approx(0.9 * (1 - 0.5 * 0.96), rel=1e-15)


def test_the_base_is_no_optimizer():
    with pytest.raises(TypeError, match="abstract"):
        Optimizer()
