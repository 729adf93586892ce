"""Muon beside Keras: which variables are AdamW's, three steps of each kind."""

import numpy as np
import pytest

import nn
from autograd_lite import Variable
from nn.optimizers import AdamW, Muon

# Keras 3.15.1 on JAX in float64, three steps with a rate of 0.1, of a matrix, a vector and a matrix
# that is excluded.
STEPS = [
    (
        {},
        [-0.05213542580846145, 0.8194038755131741, 0.9375870325625775, 0.19375699577808048,
         -0.782152761940904, -1.0322969804594717, -0.3333521158250373, 0.6720751467668902],
        [0.8384619099163462, 0.2555129014168397, -0.5988924387313704],
        [-0.0997483269436561, -0.4657990313543032, -0.8627050957466601, -0.5457827422554815,
         0.9311713454560653, 1.145643435533806, 0.12768213846655327, -0.5024275706835979],
    ),
    (
        {"nesterov": False, "rms_rate": None, "weight_decay": None, "adam_weight_decay": None,
         "adam_lr_ratio": 0.5},
        [-0.14527580793412254, 0.7565983540520763, 0.9628594785548746, 0.2838720389283104,
         -0.7997928080508221, -1.1517755932478893, -0.4448212096981362, 0.6710997426499726],
        [0.9198158323096315, 0.398171638202031, -0.5078247437074739],
        [0.020711620623679868, -0.611695759793496, -0.9113434527077634, -0.41282642644096723,
         0.794529806420849, 1.0681475328523313, 0.2700874675889774, -0.5235783392331487],
    ),
    (
        {"clipnorm": 0.5, "momentum": 0.8},
        [-0.0511367542251024, 0.8244007406491736, 0.9419879964894039, 0.19351583255749444,
         -0.7855919377274768, -1.026738183226912, -0.3239060781132535, 0.6767237814483189],
        [0.8384586710868438, 0.255256265556166, -0.597103029019511],
        [-0.09880377235093066, -0.46518583730772595, -0.8620210647638373, -0.5452989684380358,
         0.9314916871036321, 1.1452253319043764, 0.1275921468800582, -0.5028222572280946],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("options", "kernel", "bias", "last"), STEPS)
def test_three_steps(options, kernel, bias, last):
    a = Variable(np.sin(np.arange(8.0)).reshape(2, 4), name="kernel")
    b = Variable(np.cos(np.arange(3.0)), name="bias")
    e = Variable(np.sin(np.arange(8.0) + 3).reshape(4, 2), name="last")
    optimizer = Muon(0.1, exclude_layers=["last"], **options)
    for i in range(3):
        gradients = [
            np.cos(np.arange(8.0) + i).reshape(2, 4),
            np.sin(np.arange(3.0) + i),
            np.cos(np.arange(8.0) * 2 + i).reshape(4, 2),
        ]
        optimizer.apply(gradients, [a, b, e])
    for variable, expected in ((a, kernel), (b, bias), (e, last)):
        np.testing.assert_allclose(variable.data.ravel(), expected, rtol=1e-7)


def test_which_variables_are_adamws():
    optimizer = Muon(exclude_layers=["head$|^head"])
    kinds = {
        name: optimizer.uses_adam(Variable(np.zeros(shape), name=name))
        for name, shape in {
            "dense/kernel": (2, 3),
            "dense/bias": (3,),
            "conv2d/kernel": (3, 3, 1, 2),
            "embedding/embeddings": (5, 2),
            "head/kernel": (2, 2),
        }.items()
    }
    assert [name for name, adam in kinds.items() if not adam] == ["dense/kernel"]
    own = Muon(exclude_embeddings=False)
    assert not own.uses_adam(Variable(np.zeros((5, 2)), name="embedding/embeddings"))


def test_a_vector_is_updated_as_by_adamw():
    pair = [Variable(np.array([1.0, -2.0])) for _ in range(2)]
    muon, adamw = Muon(0.1), AdamW(0.1)
    for i in range(4):
        g = np.array([0.3 * i, -1.0])
        muon.apply([g], [pair[0]])
        adamw.apply([g], [pair[1]])
    np.testing.assert_allclose(pair[0].data, pair[1].data, rtol=1e-12)


def test_the_step_is_nearly_orthogonal():
    """Singular values between 0.7 and 1.2, whatever those of the momentum are."""
    x = np.random.default_rng(0).normal(size=(6, 4)) @ np.diag([1.0, 0.3, 3.0, 0.5])
    for matrix in (x, x.T):
        values = np.linalg.svd(Muon().orthogonal(matrix), compute_uv=False)
        assert (values > 0.65).all()
        assert (values < 1.25).all()


def test_a_model_learns_and_is_saved(tmp_path):
    nn.utils.set_random_seed(0)  # 3 of 40 seeds learn less in 30 epochs
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8)).astype("f4")
    y = (x @ rng.normal(size=(8, 1))).astype("f4")
    model = nn.Sequential([nn.Input((8,)), nn.Dense(16, "relu"), nn.Dense(1)])
    model.compile(Muon(0.02, exclude_layers=["dense_1"]), "mse")
    losses = model.fit(x, y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]
    nn.saving.save(model, tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    assert again.optimizer.exclude_layers == ["dense_1"]
    one, other = (m.fit(x, y, epochs=1, shuffle=False, verbose=0).history for m in (model, again))
    assert one == other


def test_options():
    with pytest.raises(TypeError, match=r"exclude_layers is a list of patterns: \['head'\]"):
        Muon(exclude_layers="head")
    with pytest.raises(ValueError, match="momentum"):
        Muon(momentum=1.5)
