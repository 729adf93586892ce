# %% [markdown]
# # 7. Softmax cross-entropy, and why from logits
#
# The loss of softmax regression is minus the logarithm of the probability given to the true
# class. Its gradient is the simplest there is, $a - y$. And it can be computed in two ways, which
# are equal on paper and not in a computer.

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

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## One loss for each class
#
# $$L(a, y) = \begin{cases} -\log a_1 & y = 1 \\ \;\;\vdots & \\ -\log a_N & y = N \end{cases}$$
#
# Only the probability of the true class counts; the others count by what they leave for it. (In
# code classes are counted from 0.)

# %%
logits = np.array([2.0, 1.0, -1.0])
a = softmax(logits)
crossentropy = SparseCategoricalCrossentropy(from_logits=True)
print(f"logits z = {logits}, probabilities a = {a.round(4)}")
for c in range(3):
    loss = crossentropy(np.array([c]), logits[None]).item()
    print(f"if the true class is {c}:  -log a[{c}] = {-np.log(a[c]):.6f}   the loss = {loss:.6f}")
    assert np.isclose(loss, -np.log(a[c]))

# %% [markdown]
# ## The gradient: $a - y$
#
# With $y$ the one-hot vector of the true class, the chain rule through logarithm, quotient and
# exponentials ends in $\frac{\partial L}{\partial z_j} = a_j - y_j$. Nobody told the graph so: the
# loss below is written in elementary operations, and differentiated by `ag.gradients`.

# %%
z = ag.Tensor(logits, requires_grad=True, name="z")


def written_out(z, c):
    exponentials = np.exp(z)
    a = exponentials / np.sum(exponentials)
    return -np.log(a[c])


print()
for c in range(3):
    (gradient,) = ag.gradients(written_out(z, c), [z])
    y = np.eye(3)[c]
    print(f"true class {c}:  dL/dz = {gradient.data.round(4)}   a - y = {(a - y).round(4)}")
    assert np.allclose(gradient.data, a - y, rtol=0, atol=1e-15)
print(f"\nThe graph of the last one:\n{ag.draw(written_out(z, 2))}")
ag.draw(written_out(z, 2))

# %% [markdown]
# Differentiated once more, it gives the curvature $\frac{\partial^2 L}{\partial z_j \partial z_k}
# = a_j (\delta_{jk} - a_k)$, the same for every class, and nowhere negative: the loss is convex
# in $z$.

# %%
hessian = ag.hessian(lambda z: written_out(z, 0))(logits)
print(f"smallest eigenvalue of the Hessian: {np.linalg.eigvalsh(hessian)[0]:.0e}")
assert np.allclose(hessian, np.diag(a) - np.outer(a, a), atol=1e-14)
assert np.linalg.eigvalsh(hessian)[0] > -1e-14

# %% [markdown]
# ## From probabilities or from logits
#
# The output layer may apply softmax, and the loss take the logarithm; or the layer gives the logits
# $z$, and the loss does both: $-\log a_c = \log \sum_k e^{z_k} - z_c$, with the largest logit
# subtracted first.
#
# On paper the two are equal. But a probability in float32 that is very small loses its digits, so
# losses on probabilities are cut off at $10^{-7}$: no loss above $-\log 10^{-7} = 16.1$, and beyond
# that no gradient. A sample that is very wrong, which should teach the most, teaches nothing.

# %%
from_probabilities = SparseCategoricalCrossentropy()
from_logits = SparseCategoricalCrossentropy(from_logits=True)
true_class = np.array([0])


def loss_and_gradient(ahead, logits):
    """Two classes; the wrong one is ahead by so much."""
    z = ag.Tensor(np.array([[0, ahead]], "float32"), requires_grad=True)
    L = from_logits(true_class, z) if logits else from_probabilities(true_class, softmax(z))
    L.backward()
    return L.item(), np.abs(z.grad).max()


print(f"\n{'the wrong logit':>16}{'from probabilities':>24}{'from logits':>24}{'exact':>12}")
print(f"{'is ahead by':>16}{'loss':>12}{'gradient':>12}{'loss':>12}{'gradient':>12}{'loss':>12}")
for ahead in (1.0, 10.0, 16.0, 20.0, 100.0, 10_000.0):
    rows = *loss_and_gradient(ahead, False), *loss_and_gradient(ahead, True)
    exact = np.logaddexp(0, ahead)
    print(f"{ahead:>16g}" + "".join(f"{x:>12.5g}" for x in (*rows, exact)))
    assert np.isclose(rows[2], exact, rtol=1e-6)
    assert rows[3] > 0.7
assert np.isclose(rows[0], -np.log(1e-7), rtol=1e-4)
assert rows[1] == 0

# %% [markdown]
# ## So: linear output, `from_logits=True`
#
# Three growers of wine, from 13 measures; and the inputs were not standardized, as happens. One
# of them is near 750, so the first logits are hundreds apart. From probabilities every sample
# that is wrong is cut off, every one that is right has a loss near 0: hardly anything is learned.
# From logits the network finds its way. (Standardize anyway. The sigmoid has the same remedy,
# `BinaryCrossentropy(from_logits=True)`.)

# %%
wine = datasets.load_wine()
epochs = 40 if FAST else 100


def train(output_activation, loss):
    nn.set_random_seed(0)
    model = Sequential([Dense(units=3, activation=output_activation)])
    model.compile(loss=loss, optimizer=Adam(learning_rate=0.01), metrics=["accuracy"])
    return model, model.fit(wine.X, wine.y, epochs=epochs, verbose=0).history["accuracy"]


model, with_logits = train("linear", SparseCategoricalCrossentropy(from_logits=True))
_, with_probabilities = train("softmax", SparseCategoricalCrossentropy())
print(f"\nwine: accuracy in epoch 1 and in epoch {epochs}")
print(f"  from probabilities {with_probabilities[0]:.3f}  {with_probabilities[-1]:.3f}")
print(f"  from logits        {with_logits[0]:.3f}  {with_logits[-1]:.3f}")
assert with_probabilities[-1] < 0.5
assert with_logits[-1] > 0.7

# %% [markdown]
# The model now gives logits. Their softmax is the probabilities; the largest logit is the largest
# probability, so for the class alone no softmax is needed.

# %%
logits = model.predict(wine.X[:3])
print("\nlogits of three wines of class 0:\n", logits.round(1))
print("their softmax:\n", softmax(logits).round(4))
assert np.all(logits.argmax(axis=1) == softmax(logits).argmax(axis=1))

# %%
figure, (log, gap, training) = plt.subplots(1, 3, figsize=(10, 4), layout="constrained")
share = np.linspace(0.005, 1, 200)
log.plot(share, -np.log(share), color="C3")
for c, (color, marker) in enumerate((("C0", "o"), ("C1", "s"), ("C5", "^"))):
    log.plot(a[c], -np.log(a[c]), marker, color=color, ms=9, label=f"true class {c}")
log.set(
    xlabel="$a_c$, probability of the true class", ylabel="loss", title="The loss is −log $a_c$"
)
log.legend(title="z = (2, 1, −1)")

ahead = np.linspace(-5, 40, 181)
for logits, color, style, name in (
    (True, "C0", "-", "from logits"),
    (False, "C1", "--", "from probabilities"),
):
    losses = [loss_and_gradient(d, logits)[0] for d in ahead]
    gap.plot(ahead, losses, style, color=color, lw=2, label=name)
gap.annotate("cut off at 16.1:\nno gradient", (28, 16.1), (16, 5), arrowprops={"arrowstyle": "->"})
gap.set(xlabel="the wrong logit is ahead by", ylabel="loss", title="The more wrong, the more loss")
gap.legend(loc="upper left")

steps = range(1, epochs + 1)
training.plot(steps, with_logits, color="C0", lw=2, label="from logits")
training.plot(steps, with_probabilities, "--", color="C1", lw=2, label="from probabilities")
training.set(xlabel="epoch", ylabel="accuracy", title="Wine, not standardized", ylim=(0, 1.03))
training.legend(loc="lower right")
figure.savefig(output / "07_softmax_crossentropy.png", dpi=150)
print(f"\nwritten: {output / '07_softmax_crossentropy.png'}")
