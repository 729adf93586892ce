# %% [markdown]
# # 8. A digit classifier, end to end
#
# Train it, watch the curves, count its mistakes, look at them, save it, load it, use it.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Sequential, datasets
from nn.activations import softmax
from nn.layers import Dense
from nn.losses import SparseCategoricalCrossentropy
from nn.metrics import confusion_matrix

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The data
#
# 1,797 handwritten digits, 8 by 8 pixels from 0 to 16. Three parts, each with every digit in
# proportion: most to learn from, some to watch the training with (validation), some for the test,
# which is looked at once, at the end.

# %%
X, y = datasets.load_digits()
X_rest, X_test, y_rest, y_test = datasets.train_test_split(X / 16, y, test_size=0.2, stratify=True)
X_train, X_val, y_train, y_val = datasets.train_test_split(
    X_rest, y_rest, test_size=0.15, stratify=True
)
print(f"{len(X_train)} to learn from, {len(X_val)} for validation, {len(X_test)} for the test")

# %% [markdown]
# ## The model
#
# Two hidden layers of ReLU and ten logits, one for each digit. The loss applies softmax itself
# (example 7).

# %%
model = Sequential(
    [
        Dense(units=25, activation="relu"),
        Dense(units=15, activation="relu"),
        Dense(units=10, activation="linear"),
    ]
)
model.compile(
    loss=SparseCategoricalCrossentropy(from_logits=True),
    optimizer=Adam(learning_rate=0.005),
    metrics=["accuracy"],
)
history = model.fit(
    X_train, y_train, epochs=25 if FAST else 60, validation_data=(X_val, y_val), verbose=0
)
model.summary()

# %% [markdown]
# ## The test

# %%
loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
logits = model.predict(X_test)
predicted = logits.argmax(axis=1)
confusion = confusion_matrix(y_test, predicted, num_classes=10)
print(f"\ntest: loss {loss:.3f}, accuracy {accuracy:.1%}")
print("confusion matrix (rows: the digit, columns: the answer):")
print(confusion)
assert accuracy > 0.94
assert np.isclose(np.trace(confusion) / confusion.sum(), accuracy)
assert np.array_equal(confusion.sum(axis=1), np.bincount(y_test))

# %% [markdown]
# ## Saving and loading
#
# One file holds the layers, the weights and what was compiled. What is loaded gives the same
# outputs, bit for bit, and can be trained further.

# %%
path = output / "08_digits.safetensors"
model.save(path)
loaded = nn.load_model(path)
print(f"\n{path}: {path.stat().st_size:,} bytes for {loaded.count_params():,} weights")
difference = np.abs(loaded.predict(X_test) - logits).max()
print(f"largest difference between its logits and those of the saved model: {difference}")
assert difference == 0
assert loaded.evaluate(X_test, y_test, verbose=0) == [loss, accuracy]

# %% [markdown]
# ## Predicting
#
# One digit is a batch of one. Softmax makes probabilities of the logits.

# %%
digit = X_test[:1]
probabilities = softmax(loaded.predict(digit))[0]
print("\nthe first digit of the test part:")
for row in digit.reshape(8, 8):
    print("   ", "".join(" .:-=+*#@"[int(ink * 8)] * 2 for ink in row))
print(
    f"is taken for a {probabilities.argmax()} with probability {probabilities.max():.4f}; ", end=""
)
print(f"it is a {y_test[0]}")

# %% [markdown]
# ## The curves, the mistakes, the computation
#
# The loss falls and the accuracy rises, on the validation part too. Which digit is taken for which?

# %%
history.plot(output / "08_training.svg")

# %%
matrix = nn.visualize.confusion_matrix(y_test, predicted)
matrix.save(output / "08_confusion.svg")
print(matrix)
matrix

# %% [markdown]
# One step of the training on four digits: open a layer to see its operations.

# %%
objective = SparseCategoricalCrossentropy(from_logits=True)
ag.draw(objective(y_train[:4], model(X_train[:4], training=True)), learning_rate=0.001)

# %% [markdown]
# ## What it gets wrong
#
# Sorted by how sure the network was. Some of these would puzzle a human, too.

# %%
wrong = np.flatnonzero(predicted != y_test)
certainty = softmax(logits).max(axis=1)
worst = wrong[np.argsort(-certainty[wrong])][:12]
figure, axes = plt.subplots(2, 6, figsize=(9, 4), layout="constrained")
figure.suptitle("Digits that it gets wrong, the surest mistakes first")
for panel in axes.flat:
    panel.axis("off")
for panel, i in zip(axes.flat, worst, strict=False):
    panel.imshow(X_test[i].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    panel.set_title(
        f"a {y_test[i]}, taken for {predicted[i]}\n({certainty[i]:.0%} sure)", fontsize=9
    )
figure.savefig(output / "08_wrong_digits.png", dpi=150)
pictures = ("08_training.svg", "08_confusion.svg", "08_wrong_digits.png")
print(f"\nwritten: {', '.join(str(output / name) for name in pictures)}, {path}")
