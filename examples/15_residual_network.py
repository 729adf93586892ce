# %% [markdown]
# # 15. A residual network: layers that add to what is there
#
# A deeper network can express more, and yet a deep stack of layers often learns less than a shallow
# one: the gradient that reaches the first layers has passed through all others. A residual network
# (He et al., 2015) adds the input of each block to its output, so that there is a way around every
# block. Such a network is no stack; it is a graph, which the functional API writes down.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nn
from nn import Adam, Dense, datasets
from nn.layers import (
    Conv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    RandomRotation,
    RandomTranslation,
)
from nn.losses import SparseCategoricalCrossentropy
from nn.optimizers.schedules import CosineDecay

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

X, y = datasets.load_digits()
X = (X / 16).reshape(-1, 8, 8, 1).astype("float32")
X_train, X_test, y_train, y_test = datasets.train_test_split(X, y, test_size=0.25, stratify=True)

# %% [markdown]
# ## A graph of layers
#
# `nn.Input` stands for any batch. A layer called on it gives another such stand-in, and so does
# NumPy's `+`: `x + h` is the residual connection. `nn.Model(inputs, outputs)` takes what was
# recorded from here to there, and computes it on data.


# %%
def block(x, filters, residual):
    """Two convolutions; with residual=True, what they make is added to what came in."""
    h = Conv2D(filters, 3, padding="same", activation="relu")(x)
    h = Conv2D(filters, 3, padding="same")(h)
    return nn.activations.relu(x + h if residual else h)


def network(blocks, residual, name):
    nn.set_random_seed(1)
    inputs = nn.Input((8, 8, 1), name="digits")
    x = MaxPooling2D()(Conv2D(16, 3, padding="same", activation="relu", name="first")(inputs))
    for _ in range(blocks):
        x = block(x, 16, residual)
    x = GlobalAveragePooling2D(name="features")(x)
    return nn.Model(inputs, Dense(10, name="digit")(x), name=name)


network(1, True, "one_block").summary()

# %% [markdown]
# ## What reaches the first layer
#
# Two networks of eight blocks, 17 convolutions each, with and without the way around; their initial
# weights are the same. Before any training, the gradient of the loss with respect to the kernels of
# the first convolution and of the last:

# %%
BLOCKS = 8
loss = SparseCategoricalCrossentropy(from_logits=True)
plain, residual = network(BLOCKS, False, "plain"), network(BLOCKS, True, "residual")
for a, b in zip(plain.get_weights(), residual.get_weights(), strict=True):
    assert np.array_equal(a, b)

norms = {}
for model in (plain, residual):
    J = loss(y_train[:64], model(X_train[:64]))
    J.backward()
    kernels = [v for v in model.trainable_variables if v.ndim == 4]
    norms[model.name] = [float(np.sqrt(np.mean(kernel.grad**2))) for kernel in kernels]
    first, last = norms[model.name][0], norms[model.name][-1]
    print(f"{model.name:>9}: gradient of the first convolution {first:.1e}, of the last {last:.1e}")
    for v in model.trainable_variables:
        v.zero_grad()

assert norms["plain"][0] < 0.1 * norms["residual"][0]

# %% [markdown]
# Each ReLU lets about half of its input through. So the numbers shrink on the way to the output,
# and the gradient shrinks on the way back: the plain network's is small at every kernel.
#
# ## And what that means for learning
#
# Both learn from the same batches with the same steps, which become smaller towards the end.


# %%
def train(model, epochs, rate=4e-3, batch_size=64):
    falling = CosineDecay(rate, decay_steps=epochs * -(-len(X_train) // batch_size))
    model.compile(Adam(falling), loss, metrics=["accuracy"])
    return model.fit(X_train, y_train, batch_size=batch_size, epochs=epochs, verbose=0)


epochs = 6 if FAST else 20
curves = {model.name: train(model, epochs).history["loss"] for model in (plain, residual)}
for name, values in curves.items():
    print(f"{name:>9}: loss after {epochs} epochs {values[-1]:.3f}")
accuracy = residual.evaluate(X_test, y_test, verbose=0)[1]
print(f"           accuracy of the residual network on new digits {accuracy:.3f}")
assert curves["residual"][-1] < 0.5 * curves["plain"][-1]
assert accuracy > (0.7 if FAST else 0.95)

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
for name in norms:
    left.semilogy(range(1, len(norms[name]) + 1), norms[name], "o-", label=name)
    right.plot(range(1, epochs + 1), curves[name], "o-", label=name)
left.set(xlabel="convolution, from the input", title="gradient before training (root mean square)")
right.set(xlabel="epoch", title="loss")
for ax in (left, right):
    ax.legend()
figure.tight_layout()
figure.savefig(output / "residual_gradients.png", dpi=110)

# %% [markdown]
# ## More digits than there are
#
# A digit moved or turned a little is the same digit. `RandomTranslation` and `RandomRotation` are
# layers: they are part of the model, act in training only, and draw anew for every image and step.
# Learning takes longer then, as there is more to learn; but a pixel to the side costs little.


# %%
def augmented(blocks):
    nn.set_random_seed(2)
    inputs = nn.Input((8, 8, 1), name="digits")
    x = RandomTranslation(0.15, 0.15, fill_mode="constant")(inputs)
    x = RandomRotation(0.03, fill_mode="constant")(x)
    return nn.Model(inputs, network(blocks, True, "inner")(x), name="augmented")


few = 2
as_they_are, with_changes = network(few, True, "as_they_are"), augmented(few)
moved = np.concatenate([np.zeros_like(X_test[:, :, :1]), X_test[:, :, :-1]], axis=2)
scores = {}
for model in (as_they_are, with_changes):
    train(model, 8 if FAST else 30, rate=8e-3, batch_size=32)
    scores[model.name] = [model.evaluate(data, y_test, verbose=0)[1] for data in (X_test, moved)]
    as_given, shifted = scores[model.name]
    print(f"{model.name:>12}: accuracy {as_given:.3f}; of digits moved by a pixel {shifted:.3f}")
lost = {name: as_given - shifted for name, (as_given, shifted) in scores.items()}
assert lost["augmented"] < 0.5 * lost["as_they_are"]
assert FAST or scores["augmented"][1] > scores["as_they_are"][1] + 0.1

images = X_test[:2].repeat(10, axis=0)
for layer in with_changes.layers[1:3]:
    images = layer(images, training=True).data
images[::10] = X_test[:2]
figure, axes = plt.subplots(2, 10, figsize=(12, 3))
for ax, image in zip(axes.flat, images, strict=True):
    ax.imshow(image[..., 0], cmap="gray_r")
    ax.set_xticks([])
    ax.set_yticks([])
figure.suptitle("two digits, and what nine steps of training are shown of them")
figure.savefig(output / "augmented_digits.png", dpi=110)

# %% [markdown]
# ## The inside of a model
#
# Between any two symbolic Tensors lies a model. This one ends before the last layer: sixteen
# numbers for each digit. Digits of one class lie close together there.

# %%
features = nn.Model(residual.input, residual.get_layer("features").output)
found = features.predict(X_test)
centres = np.array([found[y_test == digit].mean(axis=0) for digit in range(10)])
nearest = np.argmin(((found[:, None] - centres) ** 2).sum(axis=2), axis=1)
print(
    f"\n{found.shape[1]} features a digit; nearest centre right: {np.mean(nearest == y_test):.3f}"
)
assert found.shape == (len(X_test), 16)
assert np.mean(nearest == y_test) > (0.6 if FAST else 0.85)

# %% [markdown]
# ## To try
#
# - `BLOCKS = 25`: 51 convolutions. What reaches the first of them without a way around?
# - `nn.layers.BatchNormalization()` after each convolution of the plain network: a second remedy.
# - A block that halves the image: `Conv2D(32, 3, strides=2, padding="same")`, and on the way around
#   `Conv2D(32, 1, strides=2)`, so that both can be added.
# - `residual.plot("residual.svg")`: the graph, with its ways around.
