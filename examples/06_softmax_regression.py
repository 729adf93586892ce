# %% [markdown]
# # 6. Softmax regression
#
# Softmax regression is logistic regression with $N$ classes: $N$ weighted sums $z_1, \dots, z_N$,
# and an activation that makes a probability distribution of them. Here are its three properties,
# the proof that the sigmoid is its two-class case, and a classifier of three iris species.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import SGD, Adam, Input, Sequential, datasets
from nn.activations import sigmoid, softmax
from nn.layers import Dense
from nn.losses import BinaryCrossentropy, SparseCategoricalCrossentropy

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer steps, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## Positive, sum 1, and only differences matter
#
# $$a_j = \frac{e^{z_j}}{\sum_k e^{z_k}}$$
#
# The exponential makes every $a_j$ positive; dividing by their total makes the sum 1. Adding one
# number $c$ to all $z_j$ multiplies numerator and denominator by $e^c$, so nothing changes.

# %%
z = np.array([2.0, 1.0, -1.0, 0.5])
a = softmax(z)
print("z =", z, "  a =", a.round(4))
print(f"smallest a_j: {a.min():.4f}    sum: {a.sum():.15f}")
print(f"softmax(z + 7) - softmax(z): at most {np.abs(softmax(z + 7) - a).max():.0e}")
assert a.min() > 0
assert np.isclose(a.sum(), 1, rtol=1e-15)
assert np.allclose(softmax(z + 7), a, rtol=1e-14)

# %% [markdown]
# That is also how to compute it. $e^{1000}$ overflows, but the largest $z_j$ may be subtracted from
# all of them first; then the largest exponential is $e^0 = 1$. `nn.activations.softmax` does so.

# %%
with np.errstate(over="ignore", invalid="ignore"):
    naive = np.exp(z + 1000) / np.exp(z + 1000).sum()
print("at z + 1000: by the formula", naive, "  by nn.activations", softmax(z + 1000).round(4))
assert np.isnan(naive).all()
assert np.allclose(softmax(z + 1000), a)

# %% [markdown]
# ## The sigmoid is the softmax of two classes with $z_2 = 0$
#
# $$a_1 = \frac{e^{z}}{e^{z} + e^{0}} = \frac{1}{1 + e^{-z}} = g(z), \qquad a_2 = 1 - g(z)$$
#
# Values and gradients are equal, whatever $z$.

# %%
z1 = np.linspace(-8, 8, 161)


def two_class(z):
    return softmax(np.stack([z, np.zeros_like(z)], axis=-1))[..., 0]


slope_sigmoid = ag.grad(lambda z: np.sum(sigmoid(z)))(z1)
slope_softmax = ag.grad(lambda z: np.sum(two_class(z)))(z1)
value_gap = np.abs(sigmoid(z1) - two_class(z1)).max()
slope_gap = np.abs(slope_sigmoid - slope_softmax).max()
print("\nsigmoid and two-class softmax, 161 points from -8 to 8:")
print(f"values differ by at most {value_gap:.0e}, gradients by {slope_gap:.0e}")
assert value_gap < 1e-15
assert slope_gap < 1e-15

# %% [markdown]
# ## The same for a whole training
#
# A model with two softmax outputs has a $z_2$ of its own, but only $z_1 - z_2$ matters. Both
# columns of weights start at 0 and get opposite gradients, so the difference learns twice as fast:
# with half the learning rate it takes exactly the steps of logistic regression.

# %%
cancer = datasets.load_breast_cancer()
X = (cancer.X - cancer.X.mean(axis=0)) / cancer.X.std(axis=0)
steps, alpha = (50 if FAST else 200), 0.2


def trained(units, activation, loss, learning_rate):
    model = Sequential([Input((30,)), Dense(units, activation, kernel_initializer="zeros")])
    model.compile(loss=loss, optimizer=SGD(learning_rate=learning_rate))
    model.fit(X, cancer.y, epochs=steps, batch_size=len(X), shuffle=False, verbose=0)
    return model


logistic = trained(1, "sigmoid", BinaryCrossentropy(), alpha)
two_logits = trained(2, "softmax", SparseCategoricalCrossentropy(), alpha / 2)
w = logistic.layers[0].kernel.data[:, 0]
W = two_logits.layers[0].kernel.data
gap = np.abs((W[:, 1] - W[:, 0]) - w).max()
print(f"\nafter {steps} steps on {len(X)} masses: largest |w| {np.abs(w).max():.3f},")
print(f"the difference of the softmax columns differs from w by at most {gap:.0e}")
assert gap < 1e-5
assert np.allclose(logistic.predict(X)[:, 0], two_logits.predict(X)[:, 1], atol=1e-5)

# %% [markdown]
# ## Three species of iris
#
# One dense layer and softmax: each class has a weighted sum of its own, and the largest wins.
# Between two classes the boundary is where their sums are equal, $z_j = z_k$: a straight line.

# %%
iris = datasets.load_iris()
petal = iris.X[:, 2:]
model = Sequential([Dense(units=3, activation="softmax")])
model.compile(loss=SparseCategoricalCrossentropy(), optimizer=Adam(learning_rate=0.1))
model.fit(petal, iris.y, epochs=60 if FAST else 200, verbose=0)
a = model.predict(petal)
right = np.mean(a.argmax(axis=1) == iris.y)
print(f"\niris from petal length and width: {right:.1%} of {len(a)} classified rightly")
assert np.allclose(a.sum(axis=1), 1, atol=1e-6)
assert right > 0.94

# %%
names = {"features": ("petal length (cm)", "petal width (cm)"), "classes": iris.target_names}
plane = nn.visualize.decision_boundary(model, petal, iris.y, **names)
plane.save(output / "06_iris.svg")
plane

# %% [markdown]
# The cost of six flowers, one step after the other.

# %%
some = slice(None, None, 25)
loss = SparseCategoricalCrossentropy()(iris.y[some], model(petal[some], training=True))
ag.draw(loss, learning_rate=0.1)

# %%
figure, (three, both) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
logits = np.stack([z1, np.ones_like(z1), -np.ones_like(z1)], axis=1)
colors = ["C0", "C9", "C5"]
three.stackplot(z1, softmax(logits).T, colors=colors, edgecolor="white")
for x, height, name, color in (
    (3, 0.4, "$a_1$", "white"),
    (-5, 0.4, "$a_2$", "black"),
    (-5, 0.93, "$a_3$", "white"),
):
    three.text(x, height, name, color=color, fontsize=14, va="center")
three.set(xlabel="$z_1$, with $z_2 = 1$ and $z_3 = -1$", ylabel="probabilities, stacked")
three.set(title="Softmax: positive, sum 1", xlim=(-8, 8), ylim=(0, 1))

some = slice(None, None, 10)
both.plot(z1, sigmoid(z1), color="C0", label="sigmoid $g(z)$")
both.plot(z1[some], two_class(z1)[some], "o", color="C0", mfc="white", label="softmax of $(z, 0)$")
both.plot(z1, slope_sigmoid, color="C1", label="gradient of the sigmoid")
both.plot(
    z1[some], slope_softmax[some], "s", color="C1", mfc="white", label="gradient of the softmax"
)
both.set(xlabel="z", title="Sigmoid = two-class softmax", ylim=(-0.05, 1.7))
both.legend(loc="upper left")
figure.savefig(output / "06_softmax_regression.png", dpi=150)
print(f"\nwritten: {output / '06_softmax_regression.png'}")
