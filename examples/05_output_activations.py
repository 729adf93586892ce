# %% [markdown]
# # 5. Which output activation for which problem
#
# Hidden layers: ReLU, unless something speaks against it (example 4). The output layer follows from
# the target: its activation has to reach every value that the target can take, and no other.
#
# | the target $y$ | output layer | its range | loss |
# |---|---|---|---|
# | one of two classes | `Dense(1, "sigmoid")` | $(0, 1)$ | `BinaryCrossentropy` |
# | a number of either sign | `Dense(1)`, linear | all numbers | `MeanSquaredError` |
# | a number, never negative | `Dense(1, "relu")` | $[0, \infty)$ | `MeanSquaredError` |
# | one of $N$ classes | `Dense(N, "softmax")` | sum 1 | `SparseCategoricalCrossentropy` |
#
# Four small experiments, one for each row.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Sequential, datasets
from nn.layers import Dense
from nn.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## One of two classes: sigmoid
#
# Malignant or benign, from all thirty measures. The output is read as $P(y = 1 \mid x)$.

# %%
cancer = datasets.load_breast_cancer()
malignant = (cancer.y == cancer.target_names.index("malignant")).astype(int)
X, X_test, y, y_test = datasets.train_test_split(cancer.X, malignant, stratify=True)
mean, deviation = X.mean(axis=0), X.std(axis=0)

binary = Sequential([Dense(units=16, activation="relu"), Dense(units=1, activation="sigmoid")])
binary.compile(loss=BinaryCrossentropy(), optimizer=Adam(learning_rate=0.003))
binary.fit((X - mean) / deviation, y, epochs=30, verbose=0)

probability = binary.predict((X_test - mean) / deviation)[:, 0]
right = np.mean((probability > 0.5) == (y_test == 1))
print(f"two classes, sigmoid:   outputs {probability.min():.4f} to {probability.max():.4f}")
print(f"                        {right:.1%} of {len(y_test)} new masses classified rightly")
assert np.all((probability >= 0) & (probability <= 1))
assert right > 0.93

# %% [markdown]
# ## A number of either sign: linear
#
# The temperature on a winter's day. The inputs are the two coordinates of the hour hand of a
# 24-hour clock, so that midnight comes after 23:59, and the output layer is the whole model: what
# its activation can reach shows plainly. ReLU cannot go below 0, sigmoid cannot leave $(0, 1)$, and
# no training helps against that.

# %%
rng = np.random.default_rng(0)
hour = rng.uniform(0, 24, 400)
temperature = 2 + 6 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 0.5, hour.shape)


def clock(hour):
    angle = 2 * np.pi * hour / 24
    return np.column_stack([np.cos(angle), np.sin(angle)])


def fitted(activation, target):
    """One output unit, trained; and its cost."""
    nn.set_random_seed(0)
    model = Sequential([Dense(units=1, activation=activation, bias_initializer="ones")])
    model.compile(loss=MeanSquaredError(), optimizer=Adam(learning_rate=0.05))
    model.fit(clock(hour), target, epochs=30 if FAST else 100, verbose=0)
    return model, model.evaluate(clock(hour), target, verbose=0)


temperature_models = {name: fitted(name, temperature) for name in ("linear", "relu", "sigmoid")}
print("\ntemperature, cost by output activation (the noise alone is 0.25):")
for name, (_, cost) in temperature_models.items():
    print(f"  {name:>8} {cost:7.3f}")
assert temperature_models["linear"][1] < 0.3
assert temperature_models["relu"][1] > 2
assert temperature_models["sigmoid"][1] > 10

# %% [markdown]
# ## A number that is never negative: ReLU
#
# The power of a solar panel on that day: it follows the sun, and is 0 while the sun is down. A
# linear output predicts negative power for the night, and to soften that it spoils the day.
#
# A ReLU output has one risk: if its $z$ is negative for every sample, its gradient is 0 and it
# stays so. That is why the bias starts at 1. `softplus`, $\log(1 + e^z)$, never gets stuck; it is
# always above 0, if only just.

# %%
power = 4 * np.maximum(0, -np.cos(2 * np.pi * hour / 24) - 0.25) * rng.uniform(0.9, 1, hour.shape)

day = np.linspace(0, 24, 400)
power_models = {name: fitted(name, power) for name in ("linear", "relu", "softplus")}
powers = {name: model.predict(clock(day))[:, 0] for name, (model, _) in power_models.items()}
print("\nsolar power, cost by output activation:")
for name, (_, cost) in power_models.items():
    print(f"  {name:>8} {cost:7.3f}, negative {np.mean(powers[name] < 0):.0%} of the day")
assert powers["linear"].min() < -0.3
assert powers["relu"].min() == 0
assert powers["softplus"].min() > 0
assert power_models["relu"][1] < 0.1 * power_models["linear"][1]

# %% [markdown]
# ## One of N classes: softmax
#
# Three species of iris. Softmax gives a positive number to each class, and their sum is 1: a
# probability distribution (example 6).

# %%
iris = datasets.load_iris()
middle, spread = iris.X.mean(axis=0), iris.X.std(axis=0)
multiclass = Sequential([Dense(units=16, activation="relu"), Dense(units=3, activation="softmax")])
multiclass.compile(loss=SparseCategoricalCrossentropy(), optimizer=Adam(learning_rate=0.01))
multiclass.fit((iris.X - middle) / spread, iris.y, epochs=60, verbose=0)

distributions = multiclass.predict((iris.X - middle) / spread)
right = np.mean(distributions.argmax(axis=1) == iris.y)
print(f"\niris, softmax:          {right:.1%} of {len(iris.y)} flowers classified rightly")
print(f"                        sums differ from 1 by {np.abs(distributions.sum(1) - 1).max():.0e}")
assert np.all(distributions > 0)
assert np.allclose(distributions.sum(axis=1), 1)
assert right > 0.95

# %% [markdown]
# The computation of four flowers, one step after the other: how softmax's probabilities come about,
# and the gradient on its way back.

# %%
four = (iris.X[:4] - middle) / spread
ag.draw(SparseCategoricalCrossentropy()(iris.y[:4], multiclass(four, training=True)))

# %%
figure, axes = plt.subplots(2, 2, figsize=(9, 7.5), layout="constrained")
(two, either), (never, several) = axes
bins = np.linspace(0, 1, 21)
for value, name, style in (
    (0, "benign", {"color": "C0"}),
    (1, "malignant", {"color": "C1", "hatch": "//"}),
):
    two.hist(probability[y_test == value], bins, label=name, edgecolor="white", alpha=0.8, **style)
two.set(xlabel="output of the sigmoid, P(malignant)", ylabel="masses in the test part")
two.set(title="Two classes: sigmoid, a probability")
two.legend(title="in truth", loc="upper center")

lines = {
    "linear": ("C0", "-"),
    "relu": ("C1", "--"),
    "sigmoid": ("C3", ":"),
    "softplus": ("C3", ":"),
}
for panel, target, models in (
    (either, temperature, temperature_models),
    (never, power, power_models),
):
    panel.plot(hour, target, "o", ms=2.5, color="C2", alpha=0.6)
    for name, (model, _) in models.items():
        color, style = lines[name]
        panel.plot(day, model.predict(clock(day)), style, color=color, lw=2, label=name)
    panel.axhline(0, color="black", lw=0.8)
    panel.set(xlabel="hour of the day", xticks=range(0, 25, 6))
    panel.legend(title="output", loc="upper left")
either.set(ylabel="temperature (°C)", title="Either sign: linear")
never.set(ylabel="power (kW)", title="Never negative: ReLU or softplus")

flowers = np.repeat(iris.X.mean(axis=0)[None], 200, axis=0)
petals = np.linspace(0, 1, 200)[:, None]
petal = slice(2, 4)
flowers[:, petal] = (
    iris.X[:, petal].min(axis=0) * (1 - petals) + iris.X[:, petal].max(axis=0) * petals
)
shares = multiclass.predict((flowers - middle) / spread).T
several.stackplot(
    flowers[:, 2], shares, colors=["C0", "C9", "C5"], edgecolor="white", labels=iris.target_names
)
several.set(xlabel="petal length (cm), the width growing with it", ylabel="probability, stacked")
several.set(title="N classes: softmax, the sum is 1", xlim=(1, 6.9), ylim=(0, 1))
several.legend(loc="lower center", framealpha=1)
figure.savefig(output / "05_output_activations.png", dpi=150)
print(f"\nwritten: {output / '05_output_activations.png'}")
