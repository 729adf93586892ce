# %% [markdown]
# # 2. The same with Sequential, compile and fit
#
# Example 1 wrote logistic regression out. Here `Sequential`, `compile` and `fit` do it, beside the
# loop by hand, and after equal steps the weights are equal: there is nothing else inside.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Sequential, datasets
from nn.callbacks import Callback
from nn.layers import Dense
from nn.losses import BinaryCrossentropy
from nn.optimizers import SGD

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer steps, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The data
#
# As in example 1: two measures of 569 breast masses, standardized; $y = 1$ for malignant.

# %%
cancer = datasets.load_breast_cancer()
columns = [cancer.feature_names.index(name) for name in ("mean radius", "mean texture")]
X = cancer.X[:, columns]
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (cancer.y == cancer.target_names.index("malignant")).astype("float32")

# %% [markdown]
# ## The three steps of training
#
# 1. Define the output: `Sequential` puts layers in a row, each computing from what the one before
#    gives.
# 2. Specify the loss, with `compile`. The cost is the mean of the loss.
# 3. Train, with `fit`: it goes through the data `epochs` times, one update for each batch of
#    samples.

# %%
model = Sequential(
    [
        Dense(units=25, activation="sigmoid"),
        Dense(units=15, activation="sigmoid"),
        Dense(units=1, activation="sigmoid"),
    ]
)
model.compile(loss=BinaryCrossentropy())
model.fit(X, y, epochs=100)

a = model.predict(X)
correct = (a[:, 0] > 0.5) == (y == 1)
print(f"\nThe 25-15-1 network classifies {correct.mean():.1%} rightly")
assert correct.mean() > 0.88

# %% [markdown]
# ## Inside the network
#
# The cost of eight masses, and its gradient, layer by layer: each box opens to its operations.

# %%
ag.draw(BinaryCrossentropy()(y[:8, None], model(X[:8], training=True)))

# %% [markdown]
# ## One unit is logistic regression
#
# A `Dense` layer computes $a = g(x W + b)$. With one unit, $W$ is one column, and this is the model
# of example 1. `BinaryCrossentropy` is the logistic loss.
#
# For equal steps, three of `fit`'s choices have to be those of example 1: plain gradient descent
# (`SGD`; RMSprop is the default), all samples in one batch (32 is the default), and no shuffling. A
# `Callback` notes the weights after each epoch.

# %%
alpha = 0.5
steps = 100 if FAST else 300
start = [np.array([[-1.0], [1.0]], "float32"), np.array([1.0], "float32")]


class Watch(Callback):
    """Keeps the weights after each epoch: w1, w2, b."""

    def __init__(self):
        self.path = []

    def on_epoch_end(self, epoch, logs=None):
        self.path.append(np.concatenate([weight.ravel() for weight in self.model.get_weights()]))


model = Sequential([nn.Input((2,)), Dense(units=1, activation="sigmoid")])
model.set_weights(start)
model.compile(loss=BinaryCrossentropy(), optimizer=SGD(learning_rate=alpha))
watch = Watch()
history = model.fit(
    X, y, epochs=steps, batch_size=len(X), shuffle=False, callbacks=[watch], verbose=0
)

# %% [markdown]
# ## The same by hand
#
# The loop of example 1, in float32 as `nn` computes.

# %%
w = ag.Tensor(start[0], requires_grad=True, name="w")
b = ag.Tensor(start[1], requires_grad=True, name="b")
target = y[:, None]
path, costs = [], []
for _ in range(steps):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    J = np.mean(-target * np.log(a) - (1 - target) * np.log(1 - a))
    costs.append(J.item())
    J.backward()
    w.data -= alpha * w.grad
    b.data -= alpha * b.grad
    w.zero_grad()
    b.zero_grad()
    path.append(np.concatenate([w.numpy().ravel(), b.numpy()]))

# %% [markdown]
# ## Equal weights after equal steps

# %%
by_hand, by_fit = np.array(path), np.array(watch.path)
difference = np.abs(by_hand - by_fit).max(axis=1)
print(f"\n{'after':>10} {'w1':>20} {'w2':>20} {'b':>20}")
for step in (0, 9, steps - 1):
    pairs = zip(by_hand[step], by_fit[step], strict=True)
    print(f"{step + 1:>4} steps", *(f"  {hand:>8.5f} = {fit:>8.5f}" for hand, fit in pairs))
cost_difference = np.abs(np.subtract(costs, history.history["loss"])).max()
print(f"\nlargest difference of a weight in {steps} steps: {difference.max():.1e}")
print(f"largest difference of the cost:              {cost_difference:.1e}")
print(f"float32's own resolution at 1:               {np.finfo('float32').eps:.1e}")
assert difference.max() < 5e-6
assert cost_difference < 5e-6

# %%
figure, (weights, gap) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
epochs = np.arange(1, steps + 1)
some = np.unique(np.geomspace(1, steps, 14).astype(int)) - 1
for i, name, color in ((0, "w1", "C0"), (1, "w2", "C1"), (2, "b", "C3")):
    weights.semilogx(epochs, by_fit[:, i], color=color, label=f"{name}, by fit")
    weights.plot(epochs[some], by_hand[some, i], "o", color=color, mfc="white", label="by hand")
weights.set(xlabel="step (log scale)", ylabel="weight", title="fit takes the steps of the loop")
weights.legend()
gap.semilogx(epochs, difference / np.finfo("float32").eps, ".", color="C3")
gap.set(xlabel="step (log scale)", ylabel="largest difference of a weight, in units of $2^{-23}$")
gap.set(title="What differs is float32's last digit", ylim=(-0.2, 5))
figure.savefig(output / "02_the_same_with_fit.png", dpi=150)
print(f"\nwritten: {output / '02_the_same_with_fit.png'}")
