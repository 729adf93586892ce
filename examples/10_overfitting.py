# %% [markdown]
# # 10. Underfitting and overfitting
#
# A model that is too weak does not even learn its training data: it underfits. One that is strong
# may learn them too well, noise included, and then does worse on new data: it overfits. Three
# remedies, each measured: a penalty on the weights, dropout, and stopping early.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Sequential, datasets
from nn.activations import sigmoid
from nn.callbacks import EarlyStopping
from nn.layers import Dense, Dropout
from nn.losses import BinaryCrossentropy
from nn.regularizers import L2

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)

# %% [markdown]
# ## Little data, much noise
#
# A circle in a circle, so noisy that the classes overlap, and only 60 samples to learn from.
# Another 200 are for validation: with them we choose when to stop and how strong a penalty to
# take. And 2,000 are for the test, which no choice has seen.

# %%
noisy = {"noise": 0.25, "factor": 0.4}
X, y = datasets.make_circles(60, seed=1, **noisy)
X_val, y_val = datasets.make_circles(200, seed=2, **noisy)
X_test, y_test = datasets.make_circles(2000, seed=3, **noisy)

epochs = 150 if FAST else 250
loss = BinaryCrossentropy(from_logits=True)


def network(penalty=None, dropout=0.0):
    """Two hidden layers of 64 units: 4,417 weights for 60 samples."""
    layers = []
    for _ in range(2):
        layers.append(Dense(units=64, activation="relu", kernel_regularizer=penalty))
        if dropout:
            layers.append(Dropout(dropout))
    return Sequential([*layers, Dense(units=1)])


def train(make, callbacks=()):
    nn.set_random_seed(0)
    model = make()
    model.compile(loss=loss, optimizer=Adam(learning_rate=0.01))
    history = model.fit(
        X,
        y,
        epochs=epochs,
        validation_data=(X_val, y_val),
        validation_batch_size=len(X_val),
        callbacks=callbacks,
        verbose=0,
    )
    return model, history.history


def measured(model, X, y):
    """The loss without the penalty, and the share classified rightly."""
    z = model(X)
    return loss(y, z).item(), np.mean((z.data[:, 0] > 0) == (y == 1))


# %% [markdown]
# ## Five models
#
# * **Underfitting**: one layer, a straight boundary.
# * **Overfitting**: the network, trained to the end.
# * **L2 regularisation** adds $\lambda \sum w^2$ to the cost, so each weight has to be worth its
#   size. Small weights make smooth functions.
# * **Dropout** sets half of the hidden units to 0 in each training step, another half each time. No
#   unit can rely on one other; in prediction all take part.
# * **Early stopping** watches the loss on the validation part, ends the training when it has not
#   improved for 20 epochs, and goes back to the best weights.

# %%
stopping = EarlyStopping(patience=20, restore_best_weights=True)
trained = {
    "underfitting": train(lambda: Sequential([Dense(units=1)])),
    "overfitting": train(network),
    "L2": train(lambda: network(penalty=L2(0.01))),
    "dropout": train(lambda: network(dropout=0.5)),
    "early stopping": train(network, callbacks=[stopping]),
}
losses = {
    name: (measured(model, X, y), measured(model, X_test, y_test))
    for name, (model, _) in trained.items()
}
print(f"{'':<15} {'training':>18} {'test':>18}")
print(f"{'':<15} {'loss':>8}{'right':>10} {'loss':>8}{'right':>10}")
for name, ((train_loss, train_right), (test_loss, test_right)) in losses.items():
    print(f"{name:<15} {train_loss:8.3f}{train_right:10.1%} {test_loss:8.3f}{test_right:10.1%}")
print(f"early stopping went back to epoch {stopping.best_epoch + 1} of {epochs}")

(train_loss, train_right), (test_loss, test_right) = losses["overfitting"]
assert losses["underfitting"][0][1] < 0.65
assert train_right > 0.95
assert test_right < train_right - 0.1
for name in ("L2", "dropout", "early stopping"):
    assert losses[name][1][0] < 0.7 * test_loss
    assert losses[name][1][1] > test_right

# %%
figure, panels = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
axis = np.linspace(-1.7, 1.7, 120, dtype="float32")
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
for panel, (name, (model, _)) in zip(panels.flat, trained.items(), strict=False):
    probability = sigmoid(model.predict(grid, batch_size=len(grid))).reshape(120, 120)
    shades = panel.contourf(
        axis, axis, probability, np.linspace(0, 1, 11), cmap="PuOr_r", alpha=0.7
    )
    panel.contour(axis, axis, probability, [0.5], colors="black", linewidths=1)
    for label, marker, color in ((0, "o", "indigo"), (1, "^", "saddlebrown")):
        panel.scatter(*X[y == label].T, s=16, marker=marker, color=color, edgecolor="white", lw=0.5)
    (_, train_right), (_, test_right) = losses[name]
    panel.set_title(f"{name}\ntraining {train_right:.0%}, test {test_right:.0%} right", fontsize=11)
    panel.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
figure.colorbar(shades, ax=panels[0], label="predicted P(class 1)", ticks=[0, 0.5, 1])

bars = panels.flat[-1]
place = np.arange(len(losses))
for shift, part, color, hatch in ((-0.2, 0, "C0", None), (0.2, 1, "C1", "//")):
    heights = [pair[part][0] for pair in losses.values()]
    label = ("training", "test")[part]
    bars.bar(place + shift, heights, 0.4, color=color, hatch=hatch, edgecolor="white", label=label)
bars.set_xticks(place, losses, rotation=35, ha="right")
bars.set(ylabel="loss", title="Overfitting costs on new data")
bars.legend()
figure.savefig(output / "10_overfitting.png", dpi=150)

# %% [markdown]
# What the penalty adds to the computation: a term of the cost for each kernel, and with it a part
# of each kernel's gradient. Four samples and a small network, one step after the other.

# %%
small = Sequential([Dense(4, activation="relu", kernel_regularizer=L2(0.01)), Dense(1)])
four = loss(y[:4], small(X[:4], training=True))
ag.draw(four + sum(small.losses), learning_rate=0.01)

# %% [markdown]
# ## Validation curves
#
# Over the epochs: the training loss falls on and on; the validation loss turns and rises. That
# turn is where early stopping goes back to.
#
# Over the strength $\lambda$ of the penalty: without it the two losses are far apart
# (overfitting), with too much both are high (underfitting). The best $\lambda$ is where the
# validation loss is lowest, and it is chosen there, not on the test.

# %%
strengths = [1e-5, 1e-3, 1e-2, 1e-1, 1] if FAST else [1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1]
swept = [
    train(lambda strength=strength: network(penalty=L2(strength)))[0] for strength in strengths
]
on_training = np.array([measured(model, X, y)[0] for model in swept])
on_validation = np.array([measured(model, X_val, y_val)[0] for model in swept])
print(f"\n{'lambda':>8}{'training loss':>16}{'validation loss':>18}")
for row in zip(strengths, on_training, on_validation, strict=True):
    print("{:8g}{:16.3f}{:18.3f}".format(*row))
choice = int(on_validation.argmin())
print(f"lowest validation loss at lambda = {strengths[choice]:g}")
assert 0 < choice < len(strengths) - 1
assert on_training[0] < 0.5 * on_validation[0]
assert on_training[-1] > 0.6

# %%
figure, (over_epochs, over_lambda) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
history = trained["overfitting"][1]
steps = np.arange(1, epochs + 1)
over_epochs.plot(steps, history["loss"], color="C0", lw=2, label="training")
over_epochs.plot(steps, history["val_loss"], "--", color="C1", lw=2, label="validation")
best = stopping.best_epoch + 1
over_epochs.axvline(best, color="C3", lw=1)
over_epochs.text(best + 4, 0.02, f"early stopping: epoch {best}", color="C3")
over_epochs.set(xlabel="epoch", ylabel="loss", title="Without a remedy", ylim=0)
over_epochs.legend()

over_lambda.semilogx(strengths, on_training, "o-", color="C0", lw=2, label="training")
over_lambda.semilogx(strengths, on_validation, "^--", color="C1", lw=2, label="validation")
over_lambda.axvline(strengths[choice], color="C3", lw=1)
over_lambda.set(
    xlabel="λ, the strength of the L2 penalty (log scale)", ylabel="loss, without penalty"
)
over_lambda.set(title="Left: overfitting, right: underfitting", ylim=0)
over_lambda.legend()
figure.savefig(output / "10_validation_curves.png", dpi=150)
print(f"\nwritten: {output / '10_overfitting.png'}, {output / '10_validation_curves.png'}")
