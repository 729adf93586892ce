# %% [markdown]
# # Handwritten digits: train, check, look
#
# A network with two hidden layers learns to tell handwritten digits apart. Then two questions that
# a framework should be able to answer: are its gradients right, and what does its graph look like?

# %%
import time
from pathlib import Path

import autograd_lite as ag
import nn
from nn import Adam, Dense, Sequential, SparseCategoricalCrossentropy, datasets

started = time.perf_counter()
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The data
#
# 1,797 images of 8 by 8 pixels, from 0 to 16, and the digit that each shows. A fifth is kept back
# for the test.

# %%
X, y = datasets.load_digits()
X_train, X_test, y_train, y_test = datasets.train_test_split(
    X / 16, y, test_size=0.2, seed=0, stratify=True
)
print(f"{len(X_train)} images to learn from, {len(X_test)} to be tested on")

# %% [markdown]
# ## The model
#
# The last layer gives logits; the loss applies softmax itself, which is exact for any logits.

# %%
model = Sequential([Dense(96, activation="relu"), Dense(48, activation="relu"), Dense(10)])
loss = SparseCategoricalCrossentropy(from_logits=True)
model.compile(loss=loss, optimizer=Adam(2e-3), metrics=["accuracy"])
history = model.fit(X_train, y_train, epochs=30, validation_split=0.1)
model.summary()

# %%
_, accuracy = model.evaluate(X_test, y_test, verbose=0)
print(f"\nTest accuracy: {accuracy:.4f} ({round(accuracy * len(y_test))} of {len(y_test)} digits)")

# %% [markdown]
# ## Are the gradients right?
#
# Each weight is moved a little, and the change of the loss is compared with the gradient; then
# the same for the gradient of the gradient. The trained weights are checked as they are.

# %%
few = slice(0, 16)
report = ag.check_gradients(
    lambda *weights: loss(y_test[few], model(X_test[few])),
    *model.trainable_variables,
    samples=25,
)
print("\nGradients of the trained model beside finite differences:")
print(report)

# %% [markdown]
# ## The graph
#
# The same record that gave the gradients, as a picture.

# %%
J = loss(y_test[few], model(X_test[few]))
drawing = ag.draw(J, learning_rate=0.01)
for suffix in ("svg", "dot", "txt"):
    drawing.save(output / f"graph.{suffix}")
drawing.save(output / "replay.html")
drawing  # a notebook shows it: a page to step through

# %%
history.plot(output / "loss.png")

# %%
print(f"""
Written to {output.resolve()}:
  graph.svg   the computation graph: layers, shapes, mean absolute gradients (open it in a browser)
  graph.dot   the same for Graphviz
  graph.txt   the same as a text tree
  loss.png    loss and accuracy over the epochs
  replay.html the same computation step by step: open it in a browser, it needs no network

Done in {time.perf_counter() - started:.1f} s. What to try next:
  - change the layers above, or the activation, and run it again
  - print(drawing) in a Python prompt
  - model.predict(X_test[:5]).argmax(axis=1), beside y_test[:5]""")
assert accuracy >= 0.97, f"the test accuracy is {accuracy:.4f}; 0.97 and more was expected"
