# %% [markdown]
# # 9. Gradient descent itself
#
# With two weights the cost is a landscape, and training is a path downhill. This example draws it:
# what the learning rate does, and how momentum, RMSprop and Adam walk.

# %%
from pathlib import Path

import numpy as np

import autograd_lite as ag
from nn import datasets, visualize
from nn.optimizers import SGD, Adam, RMSprop

output = Path("demo_output")
output.mkdir(exist_ok=True)

# %% [markdown]
# ## A landscape from real data
#
# The diabetes patients again; the progression from two blood values, total cholesterol and LDL
# (`s1`, `s2`), everything standardized:
#
# $$J(w) = \frac1m \sum_i \left(w_1 x_1^{(i)} + w_2 x_2^{(i)} - y^{(i)}\right)^2$$
#
# The two are strongly correlated, so raising one weight nearly makes up for lowering the other.
# That makes a long valley, steep across and flat along, and valleys are what is hard for gradient
# descent.

# %%
diabetes = datasets.load_diabetes()
columns = [diabetes.feature_names.index(name) for name in ("s1", "s2")]
X = diabetes.X[:, columns].astype(float)
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (diabetes.y.astype(float) - diabetes.y.mean()) / diabetes.y.std()


def cost(w):
    return np.mean((X @ w - y) ** 2)


# %% [markdown]
# The Hessian, the matrix of second derivatives, tells how steep: its eigenvalues are the curvatures
# across and along the valley.

# %%
lowest, *_ = np.linalg.lstsq(X, y)
hessian = ag.hessian(cost)(lowest)
along, across = np.linalg.eigvalsh(hessian)
print(f"correlation of the two inputs: {np.corrcoef(X.T)[0, 1]:.3f}")
print(f"curvature across the valley {across:.3f}, along it {along:.3f}: {across / along:.0f} to 1")
print(f"lowest point: w = {lowest.round(3)}, J = {cost(lowest):.4f}")
assert np.abs(ag.grad(cost)(lowest)).max() < 1e-12
assert np.allclose(hessian, 2 * X.T @ X / len(X))

# %% [markdown]
# ## The learning rate
#
# A step $w := w - \alpha \frac{\partial J}{\partial w}$ multiplies the distance to the lowest point
# by $1 - \alpha \lambda$ in each direction of curvature $\lambda$. It shrinks as long as
# $|1 - \alpha\lambda| < 1$: the steepest direction allows $\alpha < 2 / \lambda_{\max}$. Beyond
# that, every step overshoots by more than the last.

# %%
start = [-1.5, 0.5]


def walk(optimizer, steps):
    """The points visited, the start included."""
    w = ag.Variable(start, name="w")
    path = [w.numpy()]
    for _ in range(steps):
        J = cost(w)
        J.backward()
        optimizer.apply([w.grad], [w])
        w.zero_grad()
        path.append(w.numpy())
    return np.array(path)


limit = 2 / across
print(f"\nthe learning rate has to be below 2 / {across:.3f} = {limit:.4f}")
rates = {"too small": 0.04 * limit, "good": 0.8 * limit, "too large": 1.02 * limit}
walks = {name: walk(SGD(learning_rate=rate), 30) for name, rate in rates.items()}
for name, rate in rates.items():
    path = walks[name]
    print(f"alpha = {rate:.3f}, {name:<9}: J from {cost(path[0]):.3f} to {cost(path[-1]):.3f}")
assert cost(walks["good"][-1]) < cost(walks["too small"][-1]) < cost(walks["too large"][-1])
by_formula = np.linalg.matrix_power(np.eye(2) - rates["good"] * hessian, 30) @ (start - lowest)
assert np.allclose(walks["good"][-1] - lowest, by_formula, atol=1e-12)

# %%
around = (-1.8, 2.0, -2.0, 1.8)
sgd = {f"{name}: α = {rate:.3f}": SGD(learning_rate=rate) for name, rate in rates.items()}
chart = visualize.optimizer_paths(cost, start, sgd, steps=30, extent=around)
chart.save(output / "09_learning_rate.svg")
chart

# %% [markdown]
# One of these steps, seen from inside: the cost, its gradient on the way back, the update.

# %%
ag.draw(cost(ag.Variable(start, name="w")), names={"X": X, "y": y}, learning_rate=0.1)

# %% [markdown]
# ## Momentum, RMSprop, Adam
#
# With $g = \partial J / \partial w$:
#
# * momentum keeps a velocity, $v := \mu v - \alpha g$, $w := w + v$: what alternates across the
#   valley cancels, what points along it adds up;
# * RMSprop divides each weight's gradient by its usual size, the root of a running mean of $g^2$:
#   steep and flat directions get steps of one size;
# * Adam does both.
#
# How many steps until the cost is within 0.001 of the lowest? That depends on each one's learning
# rate; here are ones that suit this valley.

# %%
steps = 200
optimizers = {
    "SGD": SGD(learning_rate=0.1),
    "momentum": SGD(learning_rate=0.1, momentum=0.8),
    "RMSprop": RMSprop(learning_rate=0.03),
    "Adam": Adam(learning_rate=0.15),
}
paths = {name: walk(optimizer, steps) for name, optimizer in optimizers.items()}
excess = {name: np.array([cost(w) for w in path]) - cost(lowest) for name, path in paths.items()}
needed = {name: int(np.argmax(above < 1e-3)) for name, above in excess.items()}
print("\nsteps to within 0.001 of the lowest cost:")
for name, count in needed.items():
    print(f"  {name:<9} {count:>4}   {optimizers[name]}")
assert all(above.min() < 1e-3 for above in excess.values())
assert 2 * needed["momentum"] < needed["SGD"]
assert needed["Adam"] < needed["SGD"]

# %%
chart = visualize.optimizer_paths(
    cost,
    start,
    {
        "SGD": SGD(learning_rate=0.1),
        "momentum": SGD(learning_rate=0.1, momentum=0.8),
        "RMSprop": RMSprop(learning_rate=0.03),
        "Adam": Adam(learning_rate=0.15),
    },
)
chart.save(output / "09_optimizers.svg")
print(chart)
chart

# %% [markdown]
# RMSprop ends up circling near the bottom: its steps do not get smaller with the gradient, since
# they are divided by its size. A learning rate that falls (`nn.schedules`) cures that.

# %%
print(f"\nwritten: {output / '09_learning_rate.svg'}, {output / '09_optimizers.svg'}")
