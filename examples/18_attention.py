# %% [markdown]
# # 18. Attention: a network that writes
#
# A recurrent layer hands everything on from step to step. Attention looks back instead: each step
# asks all steps before it, and takes what answers best. First by hand, then as a layer, then as a
# small transformer (Vaswani et al., 2017), the architecture of large language models, that learns
# two poems character by character and writes.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nn
from nn import Adam, Dense
from nn.initializers import RandomNormal
from nn.layers import Embedding, Layer, LayerNormalization, MultiHeadAttention
from nn.losses import SparseCategoricalCrossentropy
from nn.optimizers.schedules import CosineDecay

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer epochs, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## By hand: a dictionary that is asked softly
#
# A dictionary has keys and values; a query gets the value of the key that it equals. Here a query,
# a vector, gets a mean of all values, in which a value weighs more the better its key fits, by the
# dot product. The softmax makes positive weights with the sum 1 of these scores. They are divided
# by √width, because dot products of wider vectors are larger.


# %%
def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention(queries, keys, values, causal=False):
    """What each query gets, and the weights that it gives to the keys."""
    scores = queries @ keys.T / np.sqrt(keys.shape[-1])
    if causal:  # no query may see a key that comes later
        later = np.triu(np.ones(scores.shape, dtype=bool), k=1)
        scores = np.where(later, -np.inf, scores)
    weights = softmax(scores)
    return weights @ values, weights


keys = np.array([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
values = np.array([[10.0], [20.0], [30.0]])
for query in ([0.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]):
    answer, weights = attention(np.array([query]), keys, values)
    print(f"query {query}: weights {weights[0].round(3)}, answer {answer[0, 0]:.2f}")
assert np.isclose(answer[0, 0], 20)  # a query that says nothing gets the mean

# %% [markdown]
# ## By the layer
#
# `MultiHeadAttention` makes queries, keys and values of its inputs, by weights that it learns, and
# several of each, the heads: one may look at the word before, another for a rhyme. What the heads
# have found goes through one more matrix. With the layer's weights, the lines above give the same
# numbers.

# %%
layer = MultiHeadAttention(num_heads=2, key_dim=3, dtype="float64")
x = np.random.default_rng(0).normal(size=(5, 8))  # five steps of a sequence
found, scores = layer(x[None], x[None], use_causal_mask=True, return_attention_scores=True)
to_query, of_query, to_key, of_key, to_value, of_value, to_output, of_output = layer.get_weights()
by_hand = of_output
for head in range(2):
    answers, weights = attention(
        x @ to_query[:, head] + of_query[head],
        x @ to_key[:, head] + of_key[head],
        x @ to_value[:, head] + of_value[head],
        causal=True,
    )
    by_hand = by_hand + answers @ to_output[head]
    assert np.allclose(weights, scores.data[0, head], rtol=1e-12, atol=1e-12)
print("\nweights of the second head, each step over itself and those before:")
print(weights.round(2))
print(f"largest difference between hand and layer: {np.abs(by_hand - found.data[0]).max():.1e}")
assert np.allclose(by_hand, found.data[0], rtol=1e-12, atol=1e-12)

# %% [markdown]
# ## The text
#
# Sonnets 18 and 116 by William Shakespeare, first printed in 1609, in modern spelling. They are in
# the public domain. (The fast mode learns the first alone.)

# %%
TEXT = """\
Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimmed;
And every fair from fair sometime declines,
By chance or nature's changing course untrimmed;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.

Let me not to the marriage of true minds
Admit impediments. Love is not love
Which alters when it alteration finds,
Or bends with the remover to remove:
O no! it is an ever-fixed mark
That looks on tempests and is never shaken;
It is the star to every wandering bark,
Whose worth's unknown, although his height be taken.
Love's not Time's fool, though rosy lips and cheeks
Within his bending sickle's compass come:
Love alters not with his brief hours and weeks,
But bears it out even to the edge of doom.
If this be error and upon me proved,
I never writ, nor no man ever loved.
"""
TEXT = TEXT[: TEXT.index("\n\n") + 1] if FAST else TEXT
characters = sorted(set(TEXT))
index = {c: i for i, c in enumerate(characters)}
tokens = np.array([index[c] for c in TEXT])
print(f"\n{len(TEXT)} characters, {len(characters)} of them different")

LENGTH = 32
windows = np.lib.stride_tricks.sliding_window_view(tokens, LENGTH + 1)
inputs, targets = windows[:, :-1], windows[:, 1:]  # at each step, the character that comes next

# %% [markdown]
# How well can the next character be guessed? Knowing nothing: the logarithm of their number.
# Knowing the character before it: by counting the pairs.

# %%
pairs = np.zeros((len(characters), len(characters)))
np.add.at(pairs, (tokens[:-1], tokens[1:]), 1)
chances = pairs / np.maximum(pairs.sum(axis=1, keepdims=True), 1)
by_pairs = -np.mean(np.log(chances[tokens[:-1], tokens[1:]]))
print(f"cross-entropy: knowing nothing {np.log(len(characters)):.2f}, by pairs {by_pairs:.2f}")

# %% [markdown]
# ## A transformer
#
# Attention has no order of its own: a step sees a set. So each place has a vector of its own, which
# is added to that of the character. Then come two blocks. In each, attention adds what it has found
# elsewhere, and two Dense layers work on it in place; both add to what is there, as in a residual
# network. The end is a logit for each character.


# %%
class Places(Layer):
    """Adds a vector that is learned for each place in the sequence."""

    def build(self, shape):
        self.table = self.add_weight(shape[1:], RandomNormal(stddev=0.3), name="table")
        super().build(shape)

    def call(self, x):
        return x + self.table


WIDTH, HEADS = 64, 4
x = given = nn.Input((LENGTH,), dtype="int64", name="characters")
x = Embedding(len(characters), WIDTH, RandomNormal(stddev=0.3))(x)
x = Places(name="places")(x)
maps = []
for _ in range(2):
    h = LayerNormalization()(x)
    attend = MultiHeadAttention(HEADS, WIDTH // HEADS)
    h, weights = attend(h, h, use_causal_mask=True, return_attention_scores=True)
    maps.append(weights)
    x = x + h
    h = Dense(4 * WIDTH, activation="relu")(LayerNormalization()(x))
    x = x + Dense(WIDTH)(h)
logits = Dense(len(characters), name="next_character")(LayerNormalization()(x))
model = nn.Model(given, logits, name="transformer")
print(f"{model.count_params()} weights")

# %% [markdown]
# Nothing may look ahead, or the answer would be in the question. Other characters from step 20 on
# change nothing before.

# %%
other = inputs[:1].copy()
other[:, 20:] = inputs[300, 20:]
change = np.abs(model.predict(other) - model.predict(inputs[:1]))[0].max(axis=-1)
print(f"\nother characters from 20 on change step 19 by {change[19]:.0e}, 20 by {change[20]:.0e}")
assert change[:20].max() < 1e-5 < change[20]

# %% [markdown]
# ## Learning to guess the next character

# %%
EPOCHS = 9 if FAST else 24
loss = SparseCategoricalCrossentropy(from_logits=True)
model.compile(Adam(CosineDecay(6e-3, decay_steps=EPOCHS * -(-len(inputs) // 16))), loss)
history = model.fit(inputs, targets, batch_size=16, epochs=EPOCHS, verbose=0).history["loss"]
print("loss after each epoch:", np.round(history, 2))
assert history[-1] < by_pairs / 2

# %% [markdown]
# ## Writing
#
# Guess, draw a character by the probabilities, put it behind the text, guess again. The temperature
# divides the logits: below 1 what is likely becomes likelier, above 1 the model dares more. Behind
# what is written the window is filled up with anything: no step looks there.


# %%
def write(beginning, temperature, length, seed=0):
    rng = np.random.default_rng(seed)
    written = [index[c] for c in beginning]
    for _ in range(length):
        seen = written[-LENGTH:]
        window = np.array([seen + [0] * (LENGTH - len(seen))])
        scores = model(window).data[0, len(seen) - 1].astype(float) / temperature
        written.append(int(rng.choice(len(characters), p=softmax(scores))))
    return "".join(characters[token] for token in written)


def from_the_poems(written, n=8):
    """The fraction of runs of n characters that are in the poems."""
    runs = [written[i : i + n] for i in range(len(written) - n + 1)]
    return np.mean([run in TEXT for run in runs])


fractions = {}
for temperature in (0.3, 1.0, 3.0):
    written = write("Thou art ", temperature, 90 if FAST else 300)
    fractions[temperature] = from_the_poems(written)
    print(f"\nTemperature {temperature}, {fractions[temperature]:.0%} from the poems:\n{written}")
assert fractions[0.3] > 0.8
assert fractions[3.0] < fractions[0.3] - 0.3

# %% [markdown]
# It knows its text by heart, and no other. A model that is to say something new needs
# far more text than it has weights; the code stays the same.
#
# ## Where the heads look
#
# Between any two Tensors of the graph lies a model: this one ends at the weights of attention. Each
# row is a step that looks, each column a step that is looked at; nothing is above the diagonal. The
# ends of lines are shown as /.

# %%
looks = nn.Model(given, maps)
start = TEXT.index("So long as men")
part = inputs[start : start + 1]
of_blocks = [weights[0] for weights in looks.predict(part)]
labels = TEXT[start : start + LENGTH].replace("\n", "/")
figure, axes = plt.subplots(2, HEADS, figsize=(4.2 * HEADS, 9))
for row, of_heads in zip(axes, of_blocks, strict=True):
    for head, ax in enumerate(row):
        ax.imshow(of_heads[head], cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(LENGTH), labels, fontsize=6)
        ax.set_yticks(range(LENGTH), labels, fontsize=6)
        ax.set_title(f"head {head + 1}")
axes[0, 0].set_ylabel("first block")
axes[1, 0].set_ylabel("second block")
figure.tight_layout()
figure.savefig(output / "attention_maps.png", dpi=110)

for block, of_heads in enumerate(of_blocks):
    for head, weights in enumerate(of_heads):
        steps = np.arange(LENGTH)
        back = np.sum(weights * (steps[:, None] - steps), axis=1)[10:].mean()
        print(f"block {block + 1}, head {head + 1} looks back {back:4.1f} characters in the mean")
        assert np.allclose(weights.sum(axis=-1), 1, atol=1e-5)
        assert np.all(np.triu(weights, k=1) == 0)

# %% [markdown]
# ## To try
#
# - A text of your own in `TEXT`, of some 10,000 characters, with windows of 64 and four blocks.
# - Without `Places`: what can the model still learn?
# - `use_causal_mask=False`: the loss falls to nearly nothing, and yet it cannot write. Why?
# - Keep a tenth of the windows aside. Up to which epoch does their loss fall?
