# %% [markdown]
# # 9. Gradient descent itself
#
# With two weights the cost is a landscape, and training is a path downhill. This example draws it:
# what the learning rate does, and how momentum, RMSprop and Adam walk.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
from nn import datasets
from nn.optimizers import SGD, Adam, RMSprop

plt.style.use("tableau-colorblind10")
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
w1, w2 = np.linspace(-1.7, 1.9, 120), np.linspace(-1.9, 1.7, 120)
surface = np.mean(
    (w1[None, :, None] * X[:, 0] + w2[:, None, None] * X[:, 1] - y) ** 2, axis=-1
)  # a row for each w2
levels = cost(lowest) + np.geomspace(0.002, 10, 16)


def draw_landscape(panel):
    panel.contour(w1, w2, surface, levels=levels, colors="C2", linewidths=0.8)
    panel.plot(*lowest, "*", color="black", ms=12, zorder=4)
    panel.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    panel.set(xlim=w1[[0, -1]], ylim=w2[[0, -1]])


figure, panels = plt.subplots(1, 3, figsize=(10, 3.9), layout="constrained", sharey=True)
for panel, (name, rate) in zip(panels, rates.items(), strict=True):
    draw_landscape(panel)
    panel.plot(*walks[name].T, ".-", color="C0", lw=1.2, ms=5)
    panel.set_title(f"α = {rate:.3f}: {name}")
    panel.label_outer()
figure.suptitle(
    "30 steps of gradient descent with three learning rates; the star is the lowest point"
)
figure.savefig(output / "09_learning_rate.png", dpi=150)

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
figure, (map_, curve) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
draw_landscape(map_)
styles = {
    "RMSprop": ("black", ":", "s"),
    "SGD": ("C0", "-", "o"),
    "momentum": ("C1", "-", "^"),
    "Adam": ("C5", "--", "D"),
}
for name, (color, line, marker) in styles.items():
    look = {"color": color, "linestyle": line, "label": name}
    map_.plot(*paths[name][:60].T, marker=marker, mfc="white", ms=4, lw=1.2, **look)
    curve.semilogy(np.maximum(excess[name], 1e-12), lw=2, **look)
map_.set(title="The first 60 steps")
map_.legend(loc="lower left", framealpha=1)
curve.axhline(1e-3, color="C2", lw=1)
curve.set(xlabel="step", ylabel="cost above the lowest", ylim=(1e-9, 5))
curve.set(title="Momentum and Adam pass SGD in the valley")
curve.legend(loc="upper right", ncols=2)
figure.savefig(output / "09_optimizers.png", dpi=150)

# %% [markdown]
# RMSprop ends up circling near the bottom: its steps do not get smaller with the gradient, since
# they are divided by its size. A learning rate that falls (`nn.schedules`) cures that.

# %%
print(f"\nwritten: {output / '09_learning_rate.png'}, {output / '09_optimizers.png'}")
