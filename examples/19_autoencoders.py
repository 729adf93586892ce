# %% [markdown]
# # 19. Autoencoders: a digit in a few numbers, and digits that nobody wrote
#
# An autoencoder learns to copy its input through a narrow middle, so the middle must keep what
# matters. A variational one also learns where in the middle digits lie: then new ones can be drawn.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Adam, Dense, Sequential, datasets

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The data
#
# Handwritten digits of 8 by 8 pixels, as rows of 64 numbers from 0 to 1. The labels are only used
# to colour pictures: nobody tells the network which digit it sees.

# %%
X, y = datasets.load_digits()
X = (X / 16).astype("float32")
X_train, X_test, y_train, y_test = datasets.train_test_split(X, y, test_size=0.25, stratify=True)


def error(images, copies):
    """The mean squared error of a pixel."""
    return float(np.mean((images - copies) ** 2))


# %% [markdown]
# ## The best that lines can do
#
# Principal components keep the directions along which the data vary most: no linear code of k
# numbers copies better. They follow from a singular value decomposition, without any training.

# %%
CODE = 6
mean = X_train.mean(axis=0)
directions = np.linalg.svd(X_train - mean, full_matrices=False)[2][:CODE]


def by_components(images):
    return (images - mean) @ directions.T @ directions + mean


print(f"with {CODE} principal components: error {error(X_test, by_components(X_test)):.4f}")

# %% [markdown]
# ## A linear autoencoder finds the same
#
# Two Dense layers without activation, 64 to 6 to 64. Trained on the squared error it comes close to
# the principal components, and cannot pass them (on the data that it learns from).


# %%
def trained(layers, epochs, rate=3e-3):
    model = Sequential([nn.Input((64,)), *layers])
    model.compile(loss="mse", optimizer=Adam(rate))
    model.fit(X_train, X_train, epochs=epochs, batch_size=64, verbose=0)
    return model


linear = trained([Dense(CODE), Dense(64)], epochs=60 if FAST else 150, rate=1e-2)
of_line, of_components = (
    error(X_train, linear.predict(X_train)),
    error(X_train, by_components(X_train)),
)
print(
    f"on the training data: linear network {of_line:.5f}, principal components {of_components:.5f}"
)
assert of_components * 0.999 < of_line < of_components * 1.05

# %% [markdown]
# ## Curves do better
#
# With hidden layers and ReLU the code can follow the data round corners: with the same 6 numbers
# the copies of digits that it has never seen are better.

# %%
encoder = [Dense(64, activation="relu"), Dense(CODE)]
decoder = [Dense(64, activation="relu"), Dense(64, activation="sigmoid")]
deep = trained([*encoder, *decoder], epochs=60 if FAST else 200)
of_deep, of_components = error(X_test, deep.predict(X_test)), error(X_test, by_components(X_test))
print(f"on new digits: deep network {of_deep:.4f}, principal components {of_components:.4f}")
assert of_deep < 0.9 * of_components

# %% [markdown]
# ## What it cannot copy was no digit
#
# Everything that it copies well looks like what it has seen. Mixed up pixels have the same greys,
# but their copies are bad: the error tells how strange an input is.

# %%
mixed = np.random.default_rng(0).permuted(X_test, axis=1)
of_each = {
    name: np.mean((images - deep.predict(images)) ** 2, axis=1)
    for name, images in (("digits", X_test), ("mixed up", mixed))
}
limit = np.quantile(of_each["digits"], 0.95)
found = np.mean(of_each["mixed up"] > limit)
print(f"a limit that 95 % of the digits keep: {found:.1%} of the mixed up images exceed it")
assert found > 0.95

# %% [markdown]
# ## The trouble with drawing new ones
#
# A digit is now a point in a space of codes. Why not decode any point? Because the codes lie
# anywhere, with holes between, where the decoder has never learned anything.
#
# ## A variational autoencoder
#
# Its encoder gives not a point but a cloud: a mean and a standard deviation for each number of the
# code. The decoder gets a random point of that cloud, so neighbours must decode alike; and a
# penalty pulls all clouds towards one standard normal distribution, so that there are no holes.
#
# The penalty is the Kullback-Leibler divergence of the cloud N(m, s²) from N(0, 1):
# (m² + s² - 1)/2 - log s. It is also the mean of log(density of the cloud / standard density) over
# the cloud, which we can check.


# %%
def divergence(m, log_s):
    return np.sum(0.5 * (m**2 + np.exp(2 * log_s) - 1) - log_s, axis=-1)


m, log_s = np.array([0.7]), np.array([-0.5])
z = m + np.exp(log_s) * np.random.default_rng(0).normal(size=200_000)
log_quotient = -0.5 * ((z - m) / np.exp(log_s)) ** 2 - log_s + 0.5 * z**2
print(
    f"divergence: formula {divergence(m, log_s):.4f}, mean over a cloud {log_quotient.mean():.4f}"
)
assert abs(divergence(m, log_s) - log_quotient.mean()) < 0.01

# %% [markdown]
# The random point is m + s·e with e from a fixed distribution: so the gradient reaches m and s, as
# through any other sum and product. `ag.sample` draws e anew at each step, in a compiled step too.
#
# A layer may add to the loss from inside of its `call`: that is how the divergence gets there.


# %%
class Cloud(nn.Layer):
    """Takes means and log standard deviations side by side, and gives a random point."""

    def __init__(self, size, seed=0):
        super().__init__()
        self.size, self.generator = size, np.random.default_rng(seed)

    def call(self, both, training=False):
        mean, log_s = both[:, : self.size], both[:, self.size :]
        self.add_loss(np.mean(divergence(mean, log_s)))
        if not training:
            return mean
        e = ag.sample(self.generator, "standard_normal", shape=mean.shape, dtype="float32")
        return mean + np.exp(log_s) * e


def likelihood(images, copies):
    """Minus the log-likelihood of an image whose pixels are on with the probability of the copy:
    the binary cross-entropy, summed over pixels."""
    return 64 * nn.losses.binary_crossentropy(images, copies)


nn.set_random_seed(1)
cloud_of = Sequential([nn.Input((64,)), Dense(128, activation="relu"), Dense(2 * CODE)])
draw_from = Sequential(
    [nn.Input((CODE,)), Dense(128, activation="relu"), Dense(64, activation="sigmoid")]
)


class Variational(nn.Model):
    def __init__(self):
        super().__init__()
        self.encoder, self.cloud, self.decoder = cloud_of, Cloud(CODE), draw_from

    def call(self, x, training=False):
        return self.decoder(self.cloud(self.encoder(x), training=training))


vae = Variational()
vae.compile(loss=likelihood, optimizer=Adam(3e-3))
history = vae.fit(X_train, X_train, epochs=60 if FAST else 250, batch_size=64, verbose=0)
losses = history.history["loss"]
print(f"loss of a digit: {losses[0]:.1f} at first, {losses[-1]:.1f} at last")
assert losses[-1] < losses[0] - 8

# %% [markdown]
# Now all clouds together look like the standard normal distribution, which those of the plain
# autoencoder need not. (The clouds' own width counts too: a point is drawn from each.)

# %%
both = cloud_of.predict(X_train)
spread = np.sqrt(both[:, :CODE].var(axis=0) + np.exp(2 * both[:, CODE:]).mean(axis=0))
plain = Sequential(encoder).predict(X_train).std(axis=0)
print("spread of each number of the code, variational:", spread.round(2))
print("                                         plain:", plain.round(2))
assert np.all(np.abs(spread - 1) < 0.25)

# %% [markdown]
# ## New digits
#
# Draw codes from the standard normal distribution and decode. Are these digits? Each is compared
# with the real image that it resembles most. The plain autoencoder gets its best chance too: codes
# from a normal distribution with the spread that its own codes have.


# %%
def distance_to_nearest(images):
    squares = (images**2).sum(1)[:, None] - 2 * images @ X_train.T + (X_train**2).sum(1)
    return np.sqrt(np.maximum(squares, 0).min(axis=1))


random = np.random.default_rng(5)
codes = random.normal(size=(400, CODE)).astype("float32")
new = draw_from.predict(codes)
plain_codes = Sequential(encoder).predict(X_train)
guesses = random.multivariate_normal(plain_codes.mean(0), np.diag(plain_codes.var(0)), 400)
by_plain = Sequential(decoder).predict(guesses.astype("float32"))
nearest = {
    "real digits, not trained on": distance_to_nearest(X_test).mean(),
    "drawn by the variational one": distance_to_nearest(new).mean(),
    "drawn by the plain one": distance_to_nearest(by_plain).mean(),
}
for name, value in nearest.items():
    print(f"{name:>30}: {value:.2f} from the nearest training image")
assert nearest["drawn by the variational one"] < nearest["drawn by the plain one"] - 0.05

# %% [markdown]
# In the picture the inventions of the plain one are sharper, but more of them are no digit.
# The blur has a reason: where the code leaves a pixel open, its probability is a mean of what it
# may be.

# %% [markdown]
# ## From one digit to another
#
# The way from one code to another passes through codes that all decode to something: a digit that
# turns into another.

# %%
a, b = (cloud_of.predict(X_test[y_test == digit][:1])[:, :CODE] for digit in (0, 6))
between = draw_from.predict(np.concatenate([a + (b - a) * t for t in np.linspace(0, 1, 10)]))
steps = np.sqrt(((between[1:] - between[:-1]) ** 2).sum(axis=1))
whole = np.sqrt(((between[-1] - between[0]) ** 2).sum())
print(f"from a 0 to a 6 in 9 steps: the longest is {steps.max() / whole:.0%} of the whole way")
assert steps.max() < 0.6 * whole

rows = {
    "digits": X_test[:10],
    f"{CODE} components": by_components(X_test[:10]),
    f"network, {CODE} numbers": deep.predict(X_test[:10]),
    "variational": vae.predict(X_test[:10]),
    "new ones": new[:10],
    "plain, new": by_plain[:10],
    "from 0 to 6": between,
}
figure, axes = plt.subplots(len(rows), 10, figsize=(9, 0.95 * len(rows)))
for (name, images), row in zip(rows.items(), axes, strict=True):
    for image, ax in zip(images, row, strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set_xticks([])
        ax.set_yticks([])
    row[0].set_ylabel(name, rotation=0, ha="right", va="center")
figure.tight_layout(pad=0.4)
figure.savefig(output / "autoencoders.png", dpi=110)

# %% [markdown]
# ## To try
#
# - `CODE = 2`, and a scatter plot of the codes coloured by `y_train`: which digits are neighbours?
# - Divide the divergence by 4 in `Cloud`: sharper copies, worse new digits. Why?
# - Give `deep` noisy inputs and clean targets: `fit(X_train + noise, X_train)`. It learns to clean.
