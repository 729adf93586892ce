# %% [markdown]
# # 16. Forecasting: a network with a memory
#
# What comes next in a series depends on what was before it, and in which order. A recurrent layer
# reads the past step by step and keeps a state of what matters. Is it worth it? Only a comparison
# with simple forecasts can tell, so these come first.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nn
from nn import Adam, Dense, Sequential
from nn.layers import GRU
from nn.optimizers.schedules import CosineDecay
from nn.utils import timeseries_dataset_from_array

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The series
#
# White blood cells are made in answer to how many there were some time ago; the answer comes late,
# so their number swings. The equation of Mackey and Glass (1977) says
#
# dx/dt = 0.2 x(t − 17) / (1 + x(t − 17)¹⁰) − 0.1 x(t)
#
# Its solution never repeats itself. We take small steps, keep every twentieth value (two units of
# time), and add some noise, as measurements have it.


# %%
def mackey_glass(length, step=0.1, delay=17.0, keep=20):
    past = round(delay / step)
    x = [1.2] * (past + 1)
    for _ in range((length + 100) * keep):
        late = x[-past - 1]
        x.append(x[-1] + step * (0.2 * late / (1 + late**10) - 0.1 * x[-1]))
    return np.array(x[::keep][-length:])


NOISE = 0.02
values = mackey_glass(2500)
values = values + NOISE * np.random.default_rng(0).normal(size=len(values))
print("the first values:", values[:8].round(2))

# %% [markdown]
# ## Windows
#
# From 24 values, the next ten are to be forecast. The first 1,800 values are to learn from, the
# others to be tested on: never shuffle first, or the test would have been seen in part. Mean and
# standard deviation are those of the values to learn from, too.

# %%
WINDOW, AHEAD, LEARNED = 24, 10, 1800
mean, scale = values[:LEARNED].mean(), values[:LEARNED].std()
series = ((values - mean) / scale).astype("float32")


def windows(part, **options):
    """Batches of windows (samples, 24, 1), and of what comes after each (samples, 10)."""
    after = np.lib.stride_tricks.sliding_window_view(part, AHEAD)[WINDOW:]
    return timeseries_dataset_from_array(part[:, None], after, WINDOW, **options)


train = windows(series[:LEARNED], batch_size=32, shuffle=True, seed=0)
test = windows(series[LEARNED:])
x_train, y_train = (np.concatenate(arrays) for arrays in zip(*train, strict=True))
x_test, y_test = (np.concatenate(arrays) for arrays in zip(*test, strict=True))
print(f"windows {x_train.shape} to learn from, {x_test.shape} to be tested on")
assert np.array_equal(y_test[0], x_test[AHEAD, -AHEAD:, 0])  # ten windows later, it is the past

# %% [markdown]
# ## Simple forecasts
#
# - the last value, again and again;
# - the season: the value one period before, with the period that suits the values to learn from;
# - linear: a weighted sum of the 24 values, its weights by least squares.


# %%
def linear_inputs(x):
    return np.column_stack([x[..., 0], np.ones(len(x))])


def season(x, period):
    return x[:, [WINDOW + ahead - period for ahead in range(AHEAD)], 0]


def error(forecast, y):
    """The root mean squared error, in standard deviations of the series."""
    return float(np.sqrt(np.mean((forecast - y) ** 2)))


period = min(range(AHEAD, WINDOW + 1), key=lambda p: error(season(x_train, p), y_train))
weights, *_ = np.linalg.lstsq(linear_inputs(x_train), y_train, rcond=None)
forecasts = {
    "last value": np.repeat(x_test[:, -1], AHEAD, axis=1),
    f"{period} values before": season(x_test, period),
    "linear": linear_inputs(x_test) @ weights,
}
for name, forecast in forecasts.items():
    print(f"{name:>18}: error {error(forecast, y_test):.3f}")

# %% [markdown]
# ## A gated recurrent unit, by hand
#
# The state h is a vector. At each step a candidate for the new state is made of the input and of
# the state, as far as the gate r lets it in; the gate z says how much of the old state is kept:
#
# - z = σ(x Wz + h Uz + b), r = σ(x Wr + h Ur + b)
# - candidate = tanh(x W + r (h U + c) + b)
# - h ← z h + (1 − z) candidate
#
# The layer keeps the three W side by side in one array, and likewise the U.


# %%
def gru_by_hand(x, kernel, recurrent_kernel, bias):
    units = len(recurrent_kernel)
    h = np.zeros(units)
    for step in x:
        of_input = step @ kernel + bias[0]
        of_state = h @ recurrent_kernel + bias[1]
        gates = 1 / (1 + np.exp(-(of_input + of_state)[: 2 * units]))
        z, r = gates[:units], gates[units:]
        candidate = np.tanh(of_input[2 * units :] + r * of_state[2 * units :])
        h = z * h + (1 - z) * candidate
    return h


layer = GRU(4, bias_initializer="random_normal", dtype="float64")
by_layer = layer(x_test[:1].astype("float64")).data[0]
by_hand = gru_by_hand(x_test[0].astype("float64"), *layer.get_weights())
print(f"\nlargest difference between hand and layer: {np.abs(by_hand - by_layer).max():.1e}")
assert np.allclose(by_hand, by_layer, rtol=1e-12, atol=1e-12)

# %% [markdown]
# ## Training
#
# The state after the last step goes to a Dense layer, which forecasts ten values at once.

# %%
EPOCHS = 10 if FAST else 40
model = Sequential([nn.Input((WINDOW, 1)), GRU(32), Dense(AHEAD)])
model.compile(Adam(CosineDecay(1e-2, decay_steps=EPOCHS * len(train))), "mse")
history = model.fit(train, epochs=EPOCHS, validation_data=test, verbose=0).history
forecasts["GRU"] = model.predict(x_test)
found = {name: error(forecast, y_test) for name, forecast in forecasts.items()}
print()
for name, value in found.items():
    print(f"{name:>18}: error {value:.3f}")
print(f"{'noise alone':>18}: error {NOISE / scale:.3f}, which nobody can forecast")
assert found["GRU"] < 0.5 * min(value for name, value in found.items() if name != "GRU")
assert found["GRU"] > NOISE / scale

# %% [markdown]
# A linear forecast has the same 24 values, yet only weighs them. The equation is not linear, and
# how the series goes on depends on where it is; the GRU has learned that.
#
# ## The further ahead, the harder

# %%
figure, axes = plt.subplots(1, 2, figsize=(13, 4.2), width_ratios=(3, 2))
start = 100
past, future = np.arange(WINDOW), WINDOW + np.arange(AHEAD)
axes[0].plot(past, x_test[start, :, 0], "k-", label="what is known")
axes[0].plot(future, y_test[start], "k.", label="what comes")
for name, forecast in forecasts.items():
    axes[0].plot(future, forecast[start], label=name)
    by_distance = np.sqrt(np.mean((forecast - y_test) ** 2, axis=0))
    axes[1].plot(range(1, AHEAD + 1), by_distance, "o-", label=name)
axes[1].axhline(NOISE / scale, color="grey", linestyle=":", label="noise alone")
axes[0].set(title="a forecast of ten values", xlabel="step")
axes[1].set(title="error by the distance ahead", xlabel="values ahead", ylim=(0, None))
for ax in axes:
    ax.legend(fontsize=8)
figure.tight_layout()
figure.savefig(output / "forecasts.png", dpi=110)

# %% [markdown]
# ## On and on
#
# A forecast can be put behind what is known, to forecast from there. Each error is then built on:
# the series is chaotic, so the forecasts get worse, though those of the sixth ten values are
# still better than the linear ones of the first ten.

# %%
ROUNDS = 6
known = x_test[: len(x_test) - (ROUNDS - 1) * AHEAD]
truth = np.lib.stride_tricks.sliding_window_view(series[LEARNED + WINDOW :], ROUNDS * AHEAD)
for _ in range(ROUNDS):
    ahead = model.predict(known[:, -WINDOW:])
    known = np.concatenate([known, ahead[..., None]], axis=1)
rolled = known[:, WINDOW:, 0]
assert rolled.shape == truth.shape
rounds = [
    error(rolled[:, i : i + AHEAD], truth[:, i : i + AHEAD])
    for i in range(0, ROUNDS * AHEAD, AHEAD)
]
print("\nerror of the first ten values, the second ten, ...:", np.round(rounds, 3))
assert rounds[0] < rounds[-1] < found["linear"]

figure, ax = plt.subplots(figsize=(11, 3.4))
ax.plot(truth[start], "k.", label="what comes")
ax.plot(rolled[start], label="GRU, built on its own forecasts")
ax.set(xlabel="values ahead")
ax.legend()
figure.tight_layout()
figure.savefig(output / "on_and_on.png", dpi=110)

# %% [markdown]
# ## To try
#
# - `nn.layers.LSTM(32)` or `nn.layers.SimpleRNN(32)` in place of the GRU. What does each cost?
# - `nn.layers.Flatten()` and `Dense(32, activation="relu")` in place of the GRU: a network
#   without a memory, which sees all 24 values at once.
# - A longer delay, `mackey_glass(2500, delay=30.0)`: how far ahead can it be forecast?
# - `GRU(32, return_sequences=True)` below a second `GRU(32)`: two layers of memory.
