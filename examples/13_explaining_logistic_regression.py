# %% [markdown]
# # 13. Explaining logistic regression
#
# `backward` gives numbers. Where do they come from? `ag.explain(J, w)` writes the chain rule from J
# to w in formulas: every factor, its derivative, its shape, and what is left when all is put
# together. Here it derives what every course derives:
#
# $$\frac{\partial J}{\partial w} = \frac1m x^\top (a - y)$$

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import datasets
from nn.activations import sigmoid

plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)

# %% [markdown]
# ## The model of the first example
#
# 569 breast masses with two measures each, and the logistic loss.

# %%
cancer = datasets.load_breast_cancer()
columns = [cancer.feature_names.index(name) for name in ("mean radius", "mean texture")]
x = cancer.X[:, columns].astype(float)
x = (x - x.mean(axis=0)) / x.std(axis=0)
y = (cancer.y == cancer.target_names.index("malignant")).astype(float)[:, None]
m = len(x)

w = ag.Tensor([[-1.0], [1.0]], requires_grad=True, name="w")
b = ag.Tensor([1.0], requires_grad=True, name="b")


def cost():
    a = sigmoid(x @ w + b)
    return np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))


# %% [markdown]
# ## From J back to w
#
# Read "Chain rule" from above: each line is the gradient by one value, in terms of the lines before
# it. Beside it stands the local derivative, from the rule of that operation. In "Put together" the
# derivative of the loss and that of the sigmoid meet, and nearly everything cancels.
#
# In a notebook the explanation shows itself, with its formulas drawn.

# %%
J = cost()
explanation = ag.explain(J, w)
print(explanation)
explanation.save(output / "13_explanation.html")
assert explanation.result == "∂J/∂w = (1/m) xᵀ (a − y)"
explanation

# %% [markdown]
# ## Is it true?
#
# The formula as a line of NumPy, beside the gradient from the graph.

# %%
a = sigmoid(x @ w.data + b.data)
by_formula = x.T @ (a - y) / m
(from_graph,) = ag.gradients(J, [w])
difference = np.abs(by_formula - from_graph.data).max()
print(f"\nlargest difference between formula and gradient: {difference:.1e}")
assert difference < 1e-15

# %% [markdown]
# ## The same cost, spelled otherwise
#
# From logits, or as one operation of `nn`: other graphs, other chains, the same derivative. And a
# penalty on the weights is one more term, since w is then used twice.

# %%
z = x @ w + b
spellings = {
    "logits": np.mean(np.logaddexp(0, z) - y * z),
    "nn": nn.BinaryCrossentropy(from_logits=True)(y, z),
    "with a penalty": cost() + 0.05 * np.sum(w**2),
}
print()
for name, J in spellings.items():
    print(f"{name:15}", ag.explain(J, w).result)
assert ag.explain(spellings["logits"], w).result == explanation.result
assert ag.explain(spellings["nn"], w).result == explanation.result
assert ag.explain(spellings["with a penalty"], w).result == f"{explanation.result} + 0.1w"

# %% [markdown]
# ## Why not the squared error?
#
# With $(a - y)^2$ the derivative of the sigmoid stays in the formula: $a (1 - a)$ is nearly 0 where
# the model is sure, and also where it is sure and wrong. There it hardly learns.

# %%
squared = ag.explain(np.mean((sigmoid(z) - y) ** 2), w)
print("\nsquared error  ", squared.result)
assert "a(1 − a)" in squared.result

sure = ag.Tensor(8.0, requires_grad=True, name="z")  # a = 0.9997, but y = 0
slopes = {}
for name, loss in (
    ("logistic loss", -np.log(1 - sigmoid(sure))),
    ("squared error", sigmoid(sure) ** 2),
):
    (slope,) = ag.gradients(loss, [sure])
    slopes[name] = slope.item()
    print(f"sure and wrong, {name}: dJ/dz = {slope.item():.4f}")
assert slopes["logistic loss"] > 0.99
assert slopes["squared error"] < 0.001

# %% [markdown]
# ## The formula as a picture
#
# $\frac1m x^\top (a - y)$ is a sum over samples: each pulls w along its own x, as strongly as it is
# predicted wrongly. The arrow is the sum of all pulls, the direction in which w is moved. At the
# minimum errors are left, but their pulls cancel.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained", sharex=True, sharey=True)


def draw_pulls(plane, title):
    error = (sigmoid(x @ w.data + b.data) - y)[:, 0]
    points = plane.scatter(*x.T, c=error, cmap="coolwarm", vmin=-1, vmax=1, s=16, edgecolors="none")
    pull = -(x.T @ error) / m
    arrow = {"arrowstyle": "-|>", "lw": 2, "color": "black", "shrinkA": 0, "shrinkB": 0}
    if np.linalg.norm(pull) > 0.01:
        plane.annotate("", 4 * pull, (0, 0), arrowprops=arrow)
    plane.plot(0, 0, "ko", markersize=5)
    plane.set(title=title, xlabel="mean radius (standardized)")
    return points, np.linalg.norm(pull)


points, before = draw_pulls(axes[0], "At the start: the errors pull together")
for _ in range(400):
    slope_w, slope_b = ag.gradients(cost(), [w, b])
    w.data -= 1.0 * slope_w.data
    b.data -= 1.0 * slope_b.data
_, after = draw_pulls(axes[1], "At the minimum: their pulls cancel")
axes[0].set(ylabel="mean texture (standardized)")
figure.colorbar(points, ax=axes, label="a − y")
figure.savefig(output / "13_pulls.png", dpi=150)
print(f"\n|dJ/dw| {before:.3f} -> {after:.1e}")
print(f"written: {output / '13_pulls.png'} and {output / '13_explanation.html'}")
assert after < 1e-3 * before
