# %% [markdown]
# # 20. A game of two networks (GAN), in the plane
#
# A forger makes points out of noise; a judge tells them from real ones. Each learns from the other,
# and in the end the forger's points lie where the real ones lie, though it has never seen one. With
# points in the plane one sees what happens: also when it goes wrong.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Dense, Sequential

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)
random = np.random.default_rng(0)

# %% [markdown]
# ## A judge knows the odds
#
# Before the game, the judge alone. Real numbers come from the normal distribution N(1, 1), forged
# ones from N(-1, 1), in equal parts. The best answer to "is x real?" is p(x) / (p(x) + q(x)), for
# the densities p and q of the two. Its log-odds are log p(x) - log q(x), here just 2x.
#
# Trained on the cross-entropy, one weight finds that, though nobody told it p or q: a judge
# measures how likely a point is among the real ones, compared to the forged.

# %%
real, forged = random.normal(1, 1, (4000, 1)), random.normal(-1, 1, (4000, 1))
judge = Sequential([nn.Input((1,)), Dense(1)])
judge.compile(loss=nn.losses.BinaryCrossentropy(from_logits=True), optimizer=Adam(0.02))
x, is_real = np.concatenate([real, forged]), np.repeat([1.0, 0.0], 4000)[:, None]
judge.fit(x.astype("float32"), is_real, epochs=12, batch_size=100, verbose=0)
slope, shift = (w.item() for w in judge.get_weights())
print(f"log-odds: {slope:.2f} x + {shift:.2f}, where the densities say 2 x")
assert abs(slope - 2) < 0.2
assert abs(shift) < 0.15

# %% [markdown]
# ## The data
#
# Points around a circle.

# %%


def ring(count):
    angle = random.uniform(0, 2 * np.pi, count)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (points + random.normal(0, 0.08, (count, 2))).astype("float32")


points = ring(2048)

# %% [markdown]
# ## The game
#
# One step of training is a move of each:
#
# - the judge's: real points shall be called real (1), forged ones forged (0);
# - the forger's: its points shall be called real. That is not minus the judge's loss, which is
#   flat just where the forger is bad; it has the same goal and a slope that does not vanish.
#
# The gradient of the forger's loss passes through the judge, which tells it in which direction a
# point would look more real, but only the forger's weights move. Both compute their move before
# either is made. A `train_step` of one's own says all this, and is compiled as the model's own is.


# %%
class Game(nn.Model):
    def __init__(self, noise=2, seed=1):
        super().__init__()
        self.noise, self.generator = noise, np.random.default_rng(seed)
        self.forger = Sequential(
            [
                nn.Input((noise,)),
                Dense(48, activation="relu"),
                Dense(48, activation="relu"),
                Dense(2),
            ]
        )
        self.judge = Sequential(
            [nn.Input((2,)), Dense(48, activation="relu"), Dense(48, activation="relu"), Dense(1)]
        )
        self.forgers, self.judges = Adam(1e-3, beta_1=0.5), Adam(2e-3, beta_1=0.5)
        self.says = nn.losses.BinaryCrossentropy(from_logits=True)

    def call(self, z):
        return self.forger(z)

    def train_step(self, data):
        (real,) = data
        n = len(real)
        z = ag.sample(self.generator, "standard_normal", shape=(n, self.noise), dtype="float32")
        ones, zeros = np.ones((n, 1), "float32"), np.zeros((n, 1), "float32")
        forged = self.forger(z)
        about_forged = self.judge(forged)
        of_judge = 0.5 * (self.says(ones, self.judge(real)) + self.says(zeros, about_forged))
        of_forger = self.says(ones, about_forged)
        moves = [
            (ag.gradients(loss, network.trainable_weights), network.trainable_weights, optimizer)
            for loss, network, optimizer in (
                (of_judge, self.judge, self.judges),
                (of_forger, self.forger, self.forgers),
            )
        ]
        for gradients, weights, optimizer in moves:
            optimizer.apply(gradients, weights)
        return {"judge": of_judge, "forger": of_forger}


game = Game()
game.compile()


# %% [markdown]
# ## How far apart are two clouds?
#
# The losses do not say who is winning: both fall and rise with the other's skill. So we measure.
# The energy distance compares mean distances: between the clouds, and within each. It is 0 only if
# both have the same distribution.


# %%
def mean_distance(a, b):
    return np.mean(np.linalg.norm(a[:, None] - b[None], axis=-1))


def energy_distance(a, b):
    return 2 * mean_distance(a, b) - mean_distance(a, a) - mean_distance(b, b)


z = random.normal(size=(512, 2)).astype("float32")
fresh = ring(512)
by_chance = energy_distance(fresh, ring(512))
moments = {0: game.predict(z)}
for epochs in (15, 45) if FAST else (15, 45, 120):
    done = max(moments)
    game.fit(points, epochs=epochs, initial_epoch=done, batch_size=64, verbose=0)
    moments[epochs] = game.predict(z)
print("energy distance of forged points to real ones:")
for epochs, made in moments.items():
    print(f"  after {epochs:3} epochs: {energy_distance(fresh, made):.3f}")
print(f"  real to other real ones: {by_chance:.3f}")

last = moments[max(moments)]
distances = [energy_distance(fresh, made) for made in (moments[0], last)]
assert distances[1] < distances[0] / 20

# %% [markdown]
# Do they lie all around, or only in places? A forger that always makes the same good forgery passes
# the judge for a while: "mode collapse". Count the points of each eighth of the circle.

# %%
radius, angle = np.linalg.norm(last, axis=1), np.arctan2(last[:, 1], last[:, 0])
share = np.histogram(angle, bins=8, range=(-np.pi, np.pi))[0] / len(last)
print(f"radius {radius.mean():.2f} (real: {np.linalg.norm(points, axis=1).mean():.2f})")
print("share of each eighth of the circle:", share.round(2))
assert abs(radius.mean() - 1) < 0.1
assert share.min() > 0.03

# %% [markdown]
# And the judge? Where the two distributions are the same the odds are even, whatever the point: its
# loss is log 2, and it is right half of the time.

# %%
right = np.mean(np.concatenate([game.judge.predict(fresh) > 0, game.judge.predict(last) <= 0]))
print(f"the judge is right in {right:.0%} of cases")
assert 0.4 < right < 0.75

# %% [markdown]
# ## The picture
#
# Grey: how real the judge finds each place, at the end. On the circle it has little to say.

# %%
grid = np.stack(np.meshgrid(np.linspace(-1.8, 1.8, 60), np.linspace(-1.8, 1.8, 60)), axis=-1)
odds = 1 / (1 + np.exp(-game.judge.predict(grid.reshape(-1, 2).astype("float32"))))
figure, axes = plt.subplots(1, len(moments), figsize=(3.2 * len(moments), 3.7), sharey=True)
for ax, (epochs, made) in zip(axes, moments.items(), strict=True):
    if epochs == max(moments):
        ax.contourf(grid[..., 0], grid[..., 1], odds.reshape(60, 60), 12, cmap="Greys_r", alpha=0.6)
    ax.scatter(*fresh.T, s=4, label="real")
    ax.scatter(*made.T, s=4, label="forged")
    ax.set_title(f"after {epochs} epochs")
    ax.set_xlim(-1.8, 1.8)
    ax.set_ylim(-1.8, 1.8)
    ax.set_aspect("equal")
axes[0].legend(loc="lower left")
figure.tight_layout()
figure.savefig(output / "a_game_of_two_networks.png", dpi=110)

# %% [markdown]
# ## To try
#
# - Eight heaps of points in a ring instead of a circle: which of them does the forger forget?
# - A judge with a learning rate ten times as large: what does a forger learn from a perfect judge?
# - Train the forger on minus the judge's loss, `-of_judge`: how long until it begins to learn?
