# %% [markdown]
# # 3. Regression: a linear output and the squared error
#
# When the target is a number and not a class, the last layer has no activation and the loss is the
# squared error. First a straight line, where gradient descent can be compared with the exact
# solution; then a curve, which takes a hidden layer.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import SGD, Adam, Sequential, datasets
from nn.layers import Dense
from nn.losses import MeanSquaredError

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## A line
#
# 442 diabetes patients: from the body mass index, how far has the disease gone a year later? The
# model and the cost are
#
# $$f(x) = w x + b, \qquad J(w, b) = \frac1m \sum_i \left(f(x^{(i)}) - y^{(i)}\right)^2.$$
#
# The output is linear: $f$ may be any number. A sigmoid would confine it to $(0, 1)$.

# %%
diabetes = datasets.load_diabetes()
bmi = diabetes.X[:, [diabetes.feature_names.index("bmi")]]
progression = diabetes.y
x = (bmi - bmi.mean()) / bmi.std()

line = Sequential([Dense(units=1, activation="linear")])
line.compile(loss=MeanSquaredError(), optimizer=SGD(learning_rate=0.1))
history = line.fit(x, progression, epochs=100, batch_size=len(x), verbose=0)
w, b = (weight.item() for weight in line.get_weights())

# %% [markdown]
# ## Beside the exact solution
#
# For a linear model the lowest point of $J$ is known: setting its gradient to zero gives a linear
# system, the normal equations, and `np.linalg.lstsq` solves it. Gradient descent knows only which
# way is down, and comes to the same point.

# %%
columns = np.column_stack([x[:, 0], np.ones(len(x))])
exact, *_ = np.linalg.lstsq(columns.astype(float), progression.astype(float))
print(f"gradient descent: w = {w:.4f}, b = {b:.4f}")
print(f"exact solution:   w = {exact[0]:.4f}, b = {exact[1]:.4f}")
assert np.allclose([w, b], exact, rtol=1e-5)

cost, lowest = history.history["loss"][-1], np.mean((columns @ exact - progression) ** 2)
print(f"\ncost J = {cost:.2f}; the lowest there is: {lowest:.2f}")
print(
    f"of the variance {progression.var():.0f} the line explains {1 - cost / progression.var():.0%}"
)
assert np.isclose(cost, lowest, rtol=1e-5)

# %% [markdown]
# The cost of six patients, step by step, forward and backward; the last steps are the update of $w$
# and $b$.

# %%
six = np.expand_dims(progression[:6], 1)
ag.draw(MeanSquaredError()(six, line(x[:6], training=True)), learning_rate=0.1)

# %% [markdown]
# ## A curve
#
# $y = \sin 3x + \tfrac12 x$ with noise. A line cannot follow it; hidden layers of ReLU units can,
# by joining straight pieces. The last layer and the loss stay the same. The noise, with variance
# 0.04, cannot be predicted, so no model can have a lower cost on new data.

# %%
rng = np.random.default_rng(0)
sigma = 0.2


def truth(t):
    return np.sin(3 * t) + t / 2


t = rng.uniform(-2, 2, (200, 1)).astype("float32")
y = (truth(t) + rng.normal(0, sigma, t.shape)).astype("float32")
t_new = rng.uniform(-2, 2, (1000, 1)).astype("float32")
y_new = (truth(t_new) + rng.normal(0, sigma, t_new.shape)).astype("float32")

curves = {}
grid = np.linspace(-2, 2, 400, dtype="float32")[:, None]
model = Sequential(
    [Dense(units=32, activation="relu"), Dense(units=32, activation="relu"), Dense(units=1)]
)
model.compile(loss=MeanSquaredError(), optimizer=Adam(learning_rate=0.01))
print()
trained = 0
for epochs in (5, 20, 100 if FAST else 300):
    model.fit(t, y, initial_epoch=trained, epochs=epochs, verbose=0)
    trained = epochs
    curves[epochs] = model.predict(grid)
    cost = model.evaluate(t_new, y_new, verbose=0)
    print(f"after {epochs:>3} epochs the cost on new data is {cost:.3f}")
print(f"the variance of the noise is {sigma**2:.3f}")
assert cost < 0.065

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
ends = np.array([bmi.min(), bmi.max()])
scaled = (ends - bmi.mean()) / bmi.std()
left.plot(bmi, progression, "o", ms=3, color="C4", alpha=0.6, label="a patient")
left.plot(ends, w * scaled + b, color="C0", lw=3, label="gradient descent")
left.plot(ends, exact[0] * scaled + exact[1], "--", color="C1", lw=2, label="exact solution")
left.set(xlabel="body mass index", ylabel="disease progression after one year")
left.set(title="Gradient descent finds the exact line", ylim=(0, 470))
left.legend(loc="upper left")

right.plot(t, y, "o", ms=3, color="C4", alpha=0.6, label="data")
right.plot(grid, truth(grid), color="black", lw=1, label="truth")
for (epochs, curve), style in zip(curves.items(), (":", "--", "-"), strict=True):
    right.plot(grid, curve, style, color="C1", lw=2, label=f"after {epochs} epochs")
right.set(xlabel="x", ylabel="y", title="Hidden layers bend the line", ylim=(-2, 3.3))
right.legend(loc="upper left", ncols=2)
figure.savefig(output / "03_regression.png", dpi=150)
print(f"\nwritten: {output / '03_regression.png'}")
