# %% [markdown]
# # 1. Logistic regression, written out
#
# A model, a loss, a cost, an update rule: that is all of training. Here each is a line of NumPy,
# and the gradients come from the graph that those lines leave behind.

# %%
import os
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
from nn import datasets

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer steps, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)

# %% [markdown]
# ## The data
#
# 569 breast masses, each measured under a microscope; of the thirty measures we take two, so that
# we can draw them: the mean radius of the cell nuclei and their texture. The target is
# $y = 1$ for malignant, $y = 0$ for benign.
#
# Both columns are standardized (mean 0, standard deviation 1). Gradient descent moves all weights
# at one rate $\alpha$, so the inputs should be of one size.

# %%
cancer = datasets.load_breast_cancer()
columns = [cancer.feature_names.index(name) for name in ("mean radius", "mean texture")]
X = cancer.X[:, columns].astype(float)
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (cancer.y == cancer.target_names.index("malignant")).astype(float)
print(f"{len(X)} masses, {y.sum():.0f} of them malignant")

# %% [markdown]
# ## The model
#
# $$z = w \cdot x + b, \qquad a = g(z) = \frac{1}{1 + e^{-z}}$$
#
# The sigmoid $g$ turns any number into one between 0 and 1, read as the probability of $y = 1$.
# It is $\frac12$ where $z = 0$: that line, $w \cdot x + b = 0$, is the decision boundary.
#
# The start is arbitrary. This one is bad on purpose, so that there is something to see.

# %%
w = ag.Tensor([-1.0, 1.0], requires_grad=True, name="w")
b = ag.Tensor(1.0, requires_grad=True, name="b")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def predict(X):
    return sigmoid(X @ w + b)


# %% [markdown]
# ## Loss and cost
#
# The logistic loss of one sample is $-\log$ of the probability that the model gave to what is true:
#
# $$L(a, y) = -y \log a - (1 - y) \log(1 - a) =
#   \begin{cases} -\log a & y = 1 \\ -\log(1 - a) & y = 0 \end{cases}$$
#
# It is near 0 for a confident right answer and grows without bound for a confident wrong one. The
# cost is its mean over the $m$ samples: $J(w, b) = \frac1m \sum_i L(a^{(i)}, y^{(i)})$.


# %%
def cost():
    a = predict(X)
    loss = -y * np.log(a) - (1 - y) * np.log(1 - a)
    return np.mean(loss)


# %% [markdown]
# ## The gradient
#
# By hand, the chain rule gives $\frac{\partial J}{\partial w} = \frac1m \sum_i (a^{(i)} -
# y^{(i)})\, x^{(i)}$ and $\frac{\partial J}{\partial b} = \frac1m \sum_i (a^{(i)} - y^{(i)})$.
# `backward` finds the same numbers from the record of what `cost` computed.

# %%
J = cost()
J.backward()
error = predict(X).data - y
by_hand = error @ X / len(X), error.mean()
difference = max(np.abs(w.grad - by_hand[0]).max(), abs(b.grad - by_hand[1]))
print(f"\nJ = {J.item():.4f}   dJ/dw = {w.grad}   dJ/db = {b.grad:.4f}")
print(f"largest difference from the formula by hand: {difference:.1e}")
assert difference < 1e-12
w.zero_grad()
b.zero_grad()

# %% [markdown]
# Step by step: forward, then backward, where each edge multiplies by its derivative. The last step
# moves $w$ and $b$ against the gradient, and shows what becomes of $J$.

# %%
ag.draw(J, learning_rate=0.5)

# %% [markdown]
# ## Training
#
# Repeat: $\;w := w - \alpha \frac{\partial J}{\partial w}, \quad b := b - \alpha
# \frac{\partial J}{\partial b}$. `backward` adds to `grad`, so it is cleared after each step.

# %%
alpha = 0.5
steps = 150 if FAST else 500
costs, path = [], []
for _ in range(steps):
    J = cost()
    costs.append(J.item())
    path.append((w.numpy(), b.item()))

    J.backward()
    w.data -= alpha * w.grad
    b.data -= alpha * b.grad
    w.zero_grad()
    b.zero_grad()

correct = (predict(X).data > 0.5) == (y == 1)
print(f"\ncost {costs[0]:.4f} -> {cost().item():.4f} in {steps} steps of alpha = {alpha}")
print(f"{correct.sum()} of {len(y)} classified rightly ({correct.mean():.1%})")
print(f"w = {w.data.round(3)}, b = {b.item():.3f}")
assert all(later < earlier for earlier, later in pairwise(costs))
assert correct.mean() > 0.88

# %% [markdown]
# ## The boundary as it moves
#
# The cost is convex in $w$ and $b$: a bowl with one lowest point, which every start reaches.

# %%
figure, (plane, curve) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
for label, marker, color, name in ((0, "o", "C0", "benign"), (1, "^", "C1", "malignant")):
    of_class = X[y == label]
    plane.scatter(*of_class.T, s=14, marker=marker, color=color, alpha=0.5, label=name)

boxed = {"ha": "center", "va": "center", "bbox": {"fc": "white", "ec": "none", "pad": 1}}
shown = [0, 3, 10, 30, steps - 1]
for strength, step in zip(np.linspace(0.3, 1, len(shown)), shown, strict=True):
    line = {"color": "black", "alpha": strength}
    (w1, w2), b_then = path[step]
    slope, intercept = -w1 / w2, -b_then / w2
    plane.axline((0, intercept), slope=slope, lw=2.5 if step == shown[-1] else 1.5, **line)
    edge = min(3.9, ((-2.2 if slope < 0 else 4.7) - intercept) / slope)
    plane.text(edge, slope * edge + intercept, f"{step + 1}", **boxed)
    curve.plot(step + 1, costs[step], "o", zorder=3, **line)
    curve.annotate(f"step {step + 1}", (step + 1, costs[step]), (6, 6), textcoords="offset points")
plane.set(xlim=(-2.2, 4.2), ylim=(-2.5, 5), xlabel="mean radius (standardized)")
plane.set(ylabel="mean texture (standardized)", title="The boundary w·x + b = 0, by step")
plane.legend(loc="upper right", framealpha=1)
curve.semilogx(range(1, steps + 1), costs, color="C3")
curve.set(xlabel="step (log scale)", ylabel="cost J", title="Every step lowers the cost")
curve.set(xlim=(0.7, steps * 6), ylim=(0.15, 1.35))
figure.savefig(output / "01_logistic_regression.png", dpi=150)
print(f"\nwritten: {output / '01_logistic_regression.png'}")
