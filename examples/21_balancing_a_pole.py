# %% [markdown]
# # 21. Balancing a pole: learning from rewards
#
# Nobody says what the right action is. A policy tries, is rewarded or not, and makes more likely
# what went well. The world is a cart with a pole on it, a dozen lines of mechanics in NumPy.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Dense, Sequential

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer rounds, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)
random = np.random.default_rng(0)

# %% [markdown]
# ## A gradient without knowing the world
#
# First the idea, where everything can be computed: a machine with three levers, which pay 1, 2 and
# 4. The policy pulls lever k with probability p_k, the softmax of three numbers θ. It wants to
# raise the mean reward Σ p_k r_k, whose gradient is Σ p_k r_k ∇ log p_k.
#
# That is itself a mean: of r ∇ log p(action), over actions that the policy takes. So it can be
# estimated by pulling levers and watching, without knowing what they pay: the policy gradient.

# %%
pays = np.array([1.0, 2.0, 4.0])
theta = np.array([0.5, 0.0, -0.5])


def log_p(theta):
    return theta - ag.logsumexp(theta)


exact = ag.grad(lambda theta: np.sum(np.exp(log_p(theta)) * pays))(theta)
pulled = random.choice(3, size=20_000, p=np.exp(log_p(theta)))
estimate = ag.grad(lambda theta: np.mean(log_p(theta)[pulled] * pays[pulled]))(theta)
print("gradient of the mean reward:", exact.round(3))
print("estimated from 20,000 pulls:", estimate.round(3))
assert np.allclose(estimate, exact, atol=0.05)

# %% [markdown]
# The estimate is noisy, since each reward is positive and so every action taken looks good.
# Compared with what was to be expected, a baseline b, the mean is the same (Σ p_k ∇ log p_k = 0),
# and the noise is smaller. Here are single pulls, with and without.


# %%
def of_single_pulls(rewards):
    slopes = np.eye(3)[pulled] - np.exp(log_p(theta))  # the gradient of log p(pulled)
    return slopes * rewards[:, None]


without = of_single_pulls(pays[pulled])
baseline = pays @ np.exp(log_p(theta))
with_baseline = of_single_pulls(pays[pulled] - baseline)
variances = [slopes.var(0).sum() for slopes in (without, with_baseline)]
print("variance of one pull: {:.2f}, with a baseline {:.2f}".format(*variances))
assert np.allclose(with_baseline.mean(0), exact, atol=0.05)
assert variances[1] < 0.7 * variances[0]

# %% [markdown]
# ## The world
#
# A cart on rails, a pole hinged on it. The state has four numbers: place and speed of the cart,
# angle and turning speed of the pole. An action pushes the cart to the left or to the right, with
# always the same force. Each of 50 steps a second pays 1; it ends when the pole leans by more than
# 12 degrees or the cart leaves the rails, after 200 steps at the latest.
#
# Many carts are simulated side by side: a row each.
#
# Source of the equations: Barto, Sutton and Anderson, 1983, "Neuronlike adaptive elements that can
# solve difficult learning control problems".

# %%
GRAVITY, CART, POLE, LENGTH, FORCE, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
STEPS = 200


def moved(state, right):
    """The states after one step; `right` is 1 or 0."""
    _, v, angle, turning = state.T
    sin, cos = np.sin(angle), np.cos(angle)
    push = (np.where(right, FORCE, -FORCE) + POLE * LENGTH * turning**2 * sin) / (CART + POLE)
    inertia = LENGTH * (4 / 3 - POLE * cos**2 / (CART + POLE))
    angular = (GRAVITY * sin - cos * push) / inertia
    linear = push - POLE * LENGTH * angular * cos / (CART + POLE)
    change = np.stack([v, linear, turning, angular], axis=1)
    return state + SECONDS * change


def fallen(state):
    return (np.abs(state[:, 0]) > 2.4) | (np.abs(state[:, 2]) > np.deg2rad(12))


# %% [markdown]
# Is the simulation right? A pole that nobody holds falls: for small angles by the equation angle''
# = angle * GRAVITY / inertia, so it grows as cosh. (A push to the left and one to the right, taken
# in turn, are nearly none.)

# %%
state = np.array([[0.0, 0.0, 0.01, 0.0]])
for _ in range(50):
    state = 0.5 * (moved(state, 1) + moved(state, 0))
rate = np.sqrt(GRAVITY / (LENGTH * (4 / 3 - POLE / (CART + POLE))))
expected = 0.01 * np.cosh(rate)
print(f"an angle of 0.01, a second later: {state[0, 2]:.3f}; by the formula {expected:.3f}")
assert abs(state[0, 2] / expected - 1) < 0.15

# %% [markdown]
# ## Trying
#
# The policy is a small network: from a state to the log-odds of pushing to the right. It plays many
# rounds at once; a round that has ended is no longer counted.

# %%
policy = Sequential([nn.Input((4,)), Dense(16, activation="tanh"), Dense(1)])
SCALE = np.array([1.0, 1.0, 0.2, 1.0], "float32")  # so that all four numbers are about as large


def played(rounds, decide):
    """States, actions and what counts, each with one row a step and one column a round."""
    state = random.uniform(-0.05, 0.05, (rounds, 4))
    alive = np.ones(rounds, bool)
    states, actions, counts = [], [], []
    for _ in range(STEPS):
        scaled = (state / SCALE).astype("float32")
        right = decide(scaled)
        states.append(scaled)
        actions.append(right)
        counts.append(alive)
        state = moved(state, right)
        alive = alive & ~fallen(state)
        if not alive.any():
            break
    return np.stack(states), np.stack(actions), np.stack(counts)


def by_chance(scaled):
    with ag.no_grad():
        odds = policy(scaled).data[:, 0]
    return random.random(len(odds)) < 1 / (1 + np.exp(-odds))


lengths = played(100, by_chance)[2].sum(0)
print(f"before learning, a round lasts {lengths.mean():.0f} steps of {STEPS}")
assert lengths.mean() < 60

# %% [markdown]
# ## Learning
#
# What an action brought is what was earned after it: each later step counts a little less (0.98
# for each step between), since it is due less and less to this action. The baseline is the mean
# over all rounds at the same step, and dividing by the spread keeps the size of the steps the same
# while the rewards grow.
#
# The loss is -mean(advantage · log p(action)). Its value says nothing; its gradient is what we
# want.


# %%
def returns(counts, discount=0.98):
    total, found = np.zeros(counts.shape[1]), np.zeros(counts.shape)
    for step in range(len(counts) - 1, -1, -1):
        total = counts[step] + discount * total
        found[step] = total * counts[step]
    return found


def advantages(counts):
    worth = returns(counts)
    expected = worth.sum(1, keepdims=True) / np.maximum(counts.sum(1, keepdims=True), 1)
    better = (worth - expected) * counts
    return better / (np.sqrt(np.sum(better**2) / counts.sum()) + 1e-8)


optimizer = Adam(0.02)
weights = policy.trainable_weights
history = []
ROUNDS, UPDATES = (20, 40) if FAST else (40, 80)
for update in range(1, UPDATES + 1):
    states, actions, counts = played(ROUNDS, by_chance)
    advantage = advantages(counts)[counts].astype("float32")
    signs = np.where(actions, 1, -1)[counts].astype("float32")
    odds = policy(states[counts], training=True)[:, 0]
    log_probability = -np.logaddexp(0, -signs * odds)  # of the action that was taken
    loss = -np.mean(advantage * log_probability)
    optimizer.apply(ag.gradients(loss, weights), weights)
    history.append(counts.sum(0).mean())
    if update % 10 == 0:
        print(f"{update:3} updates, each from {ROUNDS} rounds: they last {history[-1]:5.1f} steps")

# %% [markdown]
# Without chance, always the more likely action, new rounds last to the end, or nearly.

# %%
after = played(100, lambda scaled: policy.predict(scaled)[:, 0] > 0)[2].sum(0)
print(
    f"after learning: {after.mean():.0f} steps of {STEPS}, {np.mean(after == STEPS):.0%} to the end"
)
assert after.mean() > 3 * lengths.mean()
assert after.mean() > 120 if FAST else after.mean() > 180

# %% [markdown]
# ## What it has learned
#
# To push where the pole falls to, and sooner if it is already turning that way. The weights were
# never told so; the odds say it for each angle and turning speed.

# %%
turning, angle = np.meshgrid(np.linspace(-2, 2, 60), np.linspace(-0.2, 0.2, 60))
situations = np.stack([0 * angle, 0 * angle, angle, turning], axis=-1).reshape(-1, 4) / SCALE
odds = policy.predict(situations.astype("float32"))[:, 0]
falls_right = (angle + 0.2 * turning).ravel()
agrees = np.mean((odds > 0) == (falls_right > 0))
print(f"it pushes where the pole falls to in {agrees:.0%} of situations")
assert agrees > 0.8

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
left.plot(np.arange(1, len(history) + 1), history)
left.axhline(STEPS, color="0.6", linestyle=":")
left.set_xlabel("updates of the policy")
left.set_ylabel("steps until the pole falls")
probability = 1 / (1 + np.exp(-odds)).reshape(60, 60)
image = right.contourf(turning, np.rad2deg(angle), probability, 12, cmap="PuOr")
right.set_xlabel("turning speed (radians a second)")
right.set_ylabel("angle (degrees)")
right.set_title("probability of pushing to the right")
figure.colorbar(image)
figure.tight_layout()
figure.savefig(output / "balancing_a_pole.png", dpi=110)

# %% [markdown]
# ## To try
#
# - `advantage = returns(counts)[counts]`, without a baseline: how many updates does it take then?
# - A policy without hidden layer, `Dense(1)` alone. Is it enough?
# - Half of the force, or a pole of twice the length: learn again, or go on from these weights?
