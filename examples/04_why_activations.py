# %% [markdown]
# # 4. Why activations
#
# Without activations a network of any depth is one linear model. With ReLU between the layers it
# bends. Sigmoid bends too, but stacked deep it lets hardly any gradient through to the first
# layers. Each of these is measured here.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import SGD, Adam, Input, Sequential, datasets
from nn.layers import Dense
from nn.losses import BinaryCrossentropy

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer runs and epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## Two circles
#
# One class lies inside the other: no straight line parts them. The last layer gives the logit $z$;
# class 1 is predicted where $z > 0$, that is where $\text{sigmoid}(z) > \frac12$.

# %%
X, y = datasets.make_circles(400, noise=0.1, seed=0)
loss = BinaryCrossentropy(from_logits=True)


def accuracy(z):
    return np.mean((z[:, 0] > 0) == (y == 1))


# %% [markdown]
# ## A deep linear network is one matrix
#
# Without activations the layers are $x W_1 + b_1$, then $(x W_1 + b_1) W_2 + b_2$, and so on.
# Multiplied out,
#
# $$z = x \underbrace{W_1 W_2 W_3}_{W} + \underbrace{(b_1 W_2 + b_2) W_3 + b_3}_{b},$$
#
# one layer: hundreds of weights, and no function that three could not compute.

# %%
epochs = 60 if FAST else 200
linear = Sequential([Input((2,)), Dense(units=25), Dense(units=15), Dense(units=1)])
linear.compile(loss=loss, optimizer=Adam(learning_rate=0.01))
linear.fit(X, y, epochs=epochs, verbose=0)

(W1, b1), (W2, b2), (W3, b3) = (layer.get_weights() for layer in linear.layers)
W = W1 @ W2 @ W3
b = (b1 @ W2 + b2) @ W3 + b3
difference = np.abs(linear.predict(X) - (X @ W + b)).max()
print(
    f"deep linear network: {linear.count_params()} weights, {accuracy(linear.predict(X)):.1%} right"
)
print(f"its one matrix:        {W.size + b.size} weights, {accuracy(X @ W + b):.1%} right")
print(f"largest difference of their outputs: {difference:.1e}")
assert difference < 1e-5
assert accuracy(linear.predict(X)) < 0.7

# %% [markdown]
# ## ReLU between the layers
#
# $\text{ReLU}(z) = \max(0, z)$ is linear on each side of 0, and the bend at 0 is enough: the same
# layers with ReLU solve the circles.

# %%
bent = Sequential(
    [Input((2,)), Dense(units=25, activation="relu"), Dense(units=15, activation="relu"), Dense(1)]
)
bent.compile(loss=loss, optimizer=Adam(learning_rate=0.01))
bent.fit(X, y, epochs=epochs, verbose=0)
print(f"\nthe same layers with ReLU: {accuracy(bent.predict(X)):.1%} right")
assert accuracy(bent.predict(X)) > 0.97
for model, name in ((linear, "linear"), (bent, "relu")):
    plane = nn.visualize.decision_boundary(model, X, y)
    plane.save(output / f"04_plane_{name}.svg")
    print(plane)
plane

# %% [markdown]
# ## ReLU or sigmoid in the hidden layers?
#
# On its way back the gradient is multiplied, layer by layer, by the derivative of the activation.
# For the sigmoid that is $g'(z) = g(z)(1 - g(z)) \le \frac14$: after five layers at most
# $(\frac14)^5 \approx 0.001$, times the weights. For ReLU it is 1 wherever a unit is active.
#
# Here are the gradients of the very first step, in networks with five hidden layers that differ in
# the activation alone: same seed, same weights. The size is the root mean square over the kernel's
# entries; shown is the median over several seeds.

# %%
seeds = range(3 if FAST else 5)
activations = ("relu", "sigmoid")


def deep(activation, seed):
    nn.set_random_seed(seed)
    hidden = [Dense(units=16, activation=activation) for _ in range(5)]
    return Sequential([Input((2,)), *hidden, Dense(units=1)])


def first_gradients(model):
    loss(y, model(X)).backward()
    return [np.sqrt(np.mean(layer.kernel.grad**2)) for layer in model.layers]


gradients = {
    name: np.median([first_gradients(deep(name, seed)) for seed in seeds], axis=0)
    for name in activations
}
print("\nsize of the first gradient, layer by layer:")
for name in activations:
    print(f"{name:>8}", *(f"{size:9.1e}" for size in gradients[name]))
ratio = {name: sizes[-1] / sizes[0] for name, sizes in gradients.items()}
print(
    f"last layer : first layer = {ratio['relu']:.0f} with ReLU, {ratio['sigmoid']:.0f} with sigmoid"
)
assert ratio["relu"] < 100
assert ratio["sigmoid"] > 1000

# %% [markdown]
# The same on one page: the deep network with sigmoids, step by step. Its tab *Layers* shows the
# gradient that arrives at each layer.

# %%
ag.draw(loss(y[:8], deep("sigmoid", 0)(X[:8], training=True)))

# %% [markdown]
# ## Steps to converge
#
# Then they are trained, all samples in one batch, until the cost is below 0.1. Adam divides each
# gradient by its usual size, so it gets the sigmoid network moving after a while; plain gradient
# descent does not.

# %%
limit, goal = 400, 0.1
optimizers = {"Adam": lambda: Adam(learning_rate=0.01), "SGD": lambda: SGD(learning_rate=0.2)}


def costs(activation, optimizer, seed):
    model = deep(activation, seed)
    model.compile(loss=loss, optimizer=optimizers[optimizer]())
    return model.fit(X, y, epochs=limit, batch_size=len(X), verbose=0).history["loss"]


curves = {
    (name, optimizer): np.array([costs(name, optimizer, seed) for seed in seeds])
    for name in activations
    for optimizer in optimizers
}


def steps_needed(runs):
    """The median number of steps to the goal; runs that do not get there count as infinite."""
    reached = runs < goal
    return np.median(np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, np.inf))


print(f"\nsteps until the cost is below {goal} (median of {len(seeds)} seeds):")
for (name, optimizer), runs in curves.items():
    needed = steps_needed(runs)
    print(f"{name:>8} with {optimizer:<4}", f"{needed:5.0f}" if needed <= limit else f"> {limit}")
assert 2 * steps_needed(curves["relu", "Adam"]) < steps_needed(curves["sigmoid", "Adam"])
assert steps_needed(curves["relu", "SGD"]) < limit < steps_needed(curves["sigmoid", "SGD"])

# %%
figure, (sizes, curve) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
style = {"relu": {"color": "C0", "marker": "o"}, "sigmoid": {"color": "C1", "marker": "^"}}
names = {"relu": "ReLU", "sigmoid": "sigmoid"}
for name in activations:
    sizes.semilogy(range(1, 7), gradients[name], **style[name], label=names[name])
sizes.set(xlabel="layer, from the input to the output", ylabel="size of the gradient of its kernel")
sizes.set(title="Through sigmoids the gradient vanishes")
sizes.legend()
for (name, optimizer), runs in curves.items():
    line = "-" if optimizer == "Adam" else ":"
    label = f"{names[name]}, {optimizer}"
    curve.plot(np.median(runs, axis=0), line, color=style[name]["color"], lw=2, label=label)
curve.axhline(goal, color="C2", lw=1)
curve.set(
    xlabel="step", ylabel="cost (median over seeds)", title="Deep sigmoids start late or never"
)
curve.legend()
figure.savefig(output / "04_why_activations.png", dpi=150)
print(f"\nwritten: {output / '04_why_activations.png'}")
