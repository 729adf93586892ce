# %% [markdown]
# # 14. Convolution: one small window, everywhere
#
# A Dense layer learns each pixel's weight anew; a convolution slides one small kernel over the
# whole image. First by hand, then as a layer; then what its kernels have learned to look for.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Dense, Flatten, Sequential, datasets
from nn.layers import Conv2D, MaxPooling2D
from nn.losses import SparseCategoricalCrossentropy

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The data
#
# 1,797 handwritten digits of 8 by 8 pixels. Images have four axes: (samples, height, width,
# channels). These have one channel, grey.

# %%
X, y = datasets.load_digits()
X = (X / 16).reshape(-1, 8, 8, 1)
X_train, X_test, y_train, y_test = datasets.train_test_split(X, y, test_size=0.25, stratify=True)
print(f"images {X_train.shape} to learn from, {X_test.shape} to be tested on")


def as_text(image):
    """An image in characters, from light to dark."""
    shades = " .:-=+*#%@"
    scaled = (image - image.min()) / max(np.ptp(image), 1e-9) * (len(shades) - 1)
    return "\n".join("".join(2 * shades[round(v)] for v in row) for row in scaled.tolist())


# %% [markdown]
# ## By hand
#
# Lay the kernel on the image, multiply what lies under it, add up: one number. Move on by one
# pixel, and so on. An 8 by 8 image has 6 by 6 places for a window of 3 by 3.
#
# This kernel is the difference of right and left: it answers where the image turns from light to
# dark, and with the other sign where it turns back.


# %%
def convolve_by_hand(image, kernel):
    height, width = image.shape[0] - 2, image.shape[1] - 2
    rows = [
        [np.sum(image[i : i + 3, j : j + 3] * kernel) for j in range(width)] for i in range(height)
    ]
    return np.array(rows)


edges = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
digit = X[1, :, :, 0]
found = convolve_by_hand(digit, edges)
print(f"\nA {y[1]}:\n{as_text(digit)}")
print(f"\nIts left edges (dark) and right edges (light):\n{as_text(found)}")

# %% [markdown]
# ## By the layer
#
# `Conv2D` with the same kernel gives the same numbers. It takes all windows of all images at once,
# writes each as a row, and makes a single matrix product of them: that is why it is fast.

# %%
layer = Conv2D(1, 3, use_bias=False, dtype="float64")
layer.build((None, 8, 8, 1))
layer.set_weights([edges.reshape(3, 3, 1, 1)])
by_layer = layer(X[1:2]).data[0, :, :, 0]
print(f"\nLargest difference between hand and layer: {np.abs(by_layer - found).max():.1e}")
assert np.allclose(by_layer, found, rtol=1e-12, atol=1e-12)

# %% [markdown]
# ## The gradient of a convolution is a convolution
#
# A pixel that lies under several windows receives from each of them what the kernel has at that
# place. Finite differences agree, to the second order.

# %%
report = ag.check_gradients(
    lambda x, kernel: np.sum(np.sin(layer(x))),
    X[1:2],
    layer.kernel,
    order=2,
    samples=10,
)
print(f"\n{report}")
received = ag.grad(lambda x: np.sum(layer(x)))(X[1:2])
by_hand = np.zeros((8, 8))
for i in range(6):
    for j in range(6):
        by_hand[i : i + 3, j : j + 3] += edges
assert np.allclose(received[0, :, :, 0], by_hand)

# %% [markdown]
# ## A convolutional network
#
# Two layers of kernels, and after each the largest answer of every 2 by 2 pixels: a digit that is
# moved by a pixel looks nearly the same from there on. Beside it a network of Dense layers that has
# more weights.


# %%
def trained(layers):
    nn.set_random_seed(3)
    model = Sequential([nn.Input((8, 8, 1)), *layers])
    model.compile(
        loss=SparseCategoricalCrossentropy(from_logits=True),
        optimizer=Adam(3e-3),
        metrics=["accuracy"],
    )
    model.fit(X_train, y_train, epochs=12 if FAST else 30, verbose=0)
    return model


convolutional = trained(
    [
        Conv2D(8, 3, padding="same", activation="relu"),
        MaxPooling2D(),
        Conv2D(16, 3, padding="same", activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(10),
    ]
)
dense = trained([Flatten(), Dense(32, activation="relu"), Dense(10)])
convolutional.summary()


def moved(images, by):
    """The images, moved to the right; the column that comes in is white."""
    return np.concatenate([np.zeros_like(images[:, :, :by]), images[:, :, :-by]], axis=2)


accuracy = {}
for name, model in (("convolutional", convolutional), ("dense", dense)):
    as_they_are = model.evaluate(X_test, y_test, verbose=0)[1]
    after_moving = model.evaluate(moved(X_test, 1), y_test, verbose=0)[1]
    accuracy[name] = as_they_are, after_moving
    print(
        f"{name:>14}: {model.count_params():5} weights, accuracy {as_they_are:.3f}; "
        f"of digits moved by a pixel {after_moving:.3f}"
    )
assert convolutional.count_params() < dense.count_params()
assert accuracy["convolutional"][0] > 0.95
assert accuracy["convolutional"][1] > accuracy["dense"][1] + 0.05

# %% [markdown]
# ## What the kernels look for
#
# The eight kernels of the first layer, and their answers to one digit (feature maps).

# %%
first = convolutional.layers[0]
kernels = first.kernel.data[:, :, 0]
maps = first(X_test[:1].astype("float32")).data[0]
figure, axes = plt.subplots(2, 9, figsize=(13, 3.4))
axes[0, 0].axis("off")
axes[1, 0].imshow(X_test[0, :, :, 0], cmap="gray_r")
axes[1, 0].set_title(f"a {y_test[0]}")
limit = np.abs(kernels).max()
for k in range(8):
    axes[0, k + 1].imshow(kernels[..., k], cmap="PuOr", vmin=-limit, vmax=limit)
    axes[0, k + 1].set_title(f"kernel {k + 1}")
    axes[1, k + 1].imshow(maps[..., k], cmap="gray_r")
for ax in axes.flat:
    ax.set_xticks([])
    ax.set_yticks([])
figure.tight_layout()
figure.savefig(output / "kernels_and_feature_maps.png", dpi=110)

strongest = int(np.argmax(maps.mean(axis=(0, 1))))
print(f"\nThe strongest feature map is that of kernel {strongest + 1}:\n")
print(as_text(maps[..., strongest]))
assert maps.shape == (8, 8, 8)
assert (maps >= 0).all()

# %% [markdown]
# ## To try
#
# - Another kernel by hand: `edges.T` finds the upper and lower edges, `np.ones((3, 3)) / 9` blurs.
# - `strides=2` in place of the pooling, or `nn.layers.GlobalAveragePooling2D()` in place of
#   `Flatten()`: how many weights are left, and how well does it do?
# - Train both on moved digits too, `moved(X_train, 1)`: which of them learns from it?
