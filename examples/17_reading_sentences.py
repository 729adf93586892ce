# %% [markdown]
# # 17. Reading: words as vectors, in both directions
#
# "Not bad, although the music was dull": which words there are does not tell what somebody thinks;
# their order does. An embedding turns words into vectors, a bidirectional LSTM reads them forwards
# and backwards, and a mask lets it skip what only fills a shorter sentence up.

# %%
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nn
from nn import Adam, Dense, Sequential, datasets
from nn.layers import LSTM, Bidirectional, Embedding, TextVectorization
from nn.losses import BinaryCrossentropy
from nn.optimizers.schedules import CosineDecay

FAST = os.environ.get("AUTOGRAD_LITE_FAST") == "1"  # fewer sentences, for the tests
plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The sentences
#
# Opinions on films, made by rules that are known, so that what a network gets wrong is its own
# mistake. A clause praises or not, and "not", "never" or "hardly" turn it round. Of two clauses,
# joined by "but" the second one counts, joined by "although" the first.

# %%
NOUNS = ["film", "story", "music", "acting", "ending", "camera"]
GOOD = ["good", "great", "fine", "lovely", "clever", "moving", "funny", "brilliant"]
BAD = ["bad", "awful", "dull", "boring", "silly", "weak", "slow", "terrible"]
NOT = ["not", "never", "hardly"]
rng = np.random.default_rng(0)


def clause():
    """A clause, and whether it praises."""
    likes, turned = rng.random() < 0.5, rng.random() < 0.4
    words = ["the", rng.choice(NOUNS), rng.choice(["was", "is", "seemed"])]
    if turned:
        words.append(rng.choice(NOT))
    if rng.random() < 0.4:
        words.append(rng.choice(["very", "really", "so"]))
    words.append(rng.choice(GOOD if likes != turned else BAD))
    return " ".join(words), likes


def opinion():
    """A sentence, and whether it praises."""
    (first, likes_first), (second, likes_second) = clause(), clause()
    kind = rng.integers(3)
    if kind == 0:
        return first, likes_first
    if kind == 1:
        return f"{first}, but {second}", likes_second
    return f"{first}, although {second}", likes_first


opinions = dict(opinion() for _ in range(2400 if FAST else 4000))  # each sentence once
texts, labels = np.array(list(opinions)), np.array(list(opinions.values()), dtype=int)
train_texts, test_texts, y_train, y_test = datasets.train_test_split(texts, labels)
print(f"{len(train_texts)} sentences to learn from, {len(test_texts)} to be tested on, such as")
for text, label in zip(train_texts[:4], y_train[:4], strict=True):
    print(f"  {'+' if label else '-'} {text}")
assert not set(train_texts) & set(test_texts)

# %% [markdown]
# ## Words as numbers
#
# `TextVectorization` learns the words, most frequent first, and turns each into its index. 0 fills
# shorter sentences up, 1 stands for words that it does not know.

# %%
as_indices = TextVectorization().adapt(train_texts)
vocabulary = as_indices.get_vocabulary()
x_train, x_test = as_indices(train_texts).data, as_indices(test_texts).data
print(f"\n{len(vocabulary)} words: {', '.join(vocabulary[2:10])}, ...")
print(f'"{test_texts[0]}" is\n{x_test[0]}')
assert x_train.shape[1] == 13  # the words of the longest sentence
assert as_indices(["the soundtrack was good"]).data[0, 1] == 1

# %% [markdown]
# ## Without order
#
# A bag of words says which words there are. Each gets a weight, the weights are added up: logistic
# regression. "Not" can only count as good or bad in itself.

# %%
as_bag = TextVectorization(output_mode="multi_hot").adapt(train_texts)
bag = Sequential([nn.Input((len(as_bag.get_vocabulary()),)), Dense(1)])
bag.compile(Adam(2e-2), BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
bag.fit(as_bag(train_texts).data, y_train, epochs=8, verbose=0)
of_bag = bag.evaluate(as_bag(test_texts).data, y_test, verbose=0)[1]

# %% [markdown]
# ## With order
#
# One LSTM reads from the left, a second one from the right; what both have in mind at their ends
# goes to a Dense layer. "Although" comes after what counts, so reading backwards helps.


# %%
def reader(mask_zero):
    return Sequential(
        [
            nn.Input((None,), dtype="int64"),
            Embedding(len(vocabulary), 12, mask_zero=mask_zero),
            Bidirectional(LSTM(12)),
            Dense(1),
        ]
    )


EPOCHS = 8 if FAST else 12
model = reader(mask_zero=True)
falling = CosineDecay(2e-2, decay_steps=EPOCHS * -(-len(x_train) // 32))
model.compile(Adam(falling), BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(x_train, y_train, epochs=EPOCHS, verbose=0)
model.summary()
of_model = model.evaluate(x_test, y_test, verbose=0)[1]
print(f"accuracy on new sentences: bag of words {of_bag:.3f}, bidirectional LSTM {of_model:.3f}")
assert of_model > 0.95
assert of_model > of_bag + 0.2

# %% [markdown]
# ## Padding does not count
#
# With `mask_zero=True` the embedding marks which steps are words, and an LSTM keeps its state where
# there is none. So a sentence says the same with 30 zeros behind it. A twin with the same weights
# and no mask reads the zeros as a word, again and again.

# %%
print("\nmask of the first sentence:", model.layers[0](x_test[:1]).mask.data[0].astype(int))
twin = reader(mask_zero=False)
twin.set_weights(model.get_weights())
twin.compile(loss=BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
padded = np.pad(x_test, [(0, 0), (0, 30)])
changed, accuracy = {}, {}
for name, network in (("with a mask", model), ("without", twin)):
    changed[name] = np.abs(network.predict(x_test) - network.predict(padded)).max()
    accuracy[name] = network.evaluate(padded, y_test, verbose=0)[1]
    print(
        f"{name:>12}: 30 zeros more change a logit by up to {changed[name]:.1e}; "
        f"accuracy then {accuracy[name]:.3f}"
    )
assert changed["with a mask"] < 1e-5
assert changed["without"] > 1
assert accuracy["with a mask"] == of_model > accuracy["without"]

# %% [markdown]
# ## An opinion while reading
#
# What the model thinks after the first word, the first two, and so on. These beginnings have
# different lengths, so they are one batch with padding.

# %%
SENTENCES = (
    "the film was not very good, although the music was great",
    "the film was not very good, but the music was great",
    "the ending is hardly terrible",
)


def probability(logits):
    return 1 / (1 + np.exp(-logits[:, 0]))


figure, axes = plt.subplots(1, 3, figsize=(14, 4), width_ratios=(11, 11, 5))
final = []
for ax, sentence in zip(axes, SENTENCES, strict=True):
    words = sentence.split()
    beginnings = [" ".join(words[: n + 1]) for n in range(len(words))]
    praise = probability(model.predict(as_indices(beginnings).data))
    final.append(praise[-1])
    print(f"{praise[-1]:.3f} praise: {sentence}")
    ax.bar(range(len(words)), praise - 0.5, bottom=0.5)
    ax.axhline(0.5, color="black", linewidth=0.8)
    ax.set_xticks(range(len(words)), words, rotation=60, ha="right")
    ax.set(ylim=(0, 1))
axes[0].set_ylabel("probability of praise, read so far")
figure.tight_layout()
figure.savefig(output / "opinions_while_reading.png", dpi=110)
assert final[0] < 0.5 < min(final[1:])

# %% [markdown]
# ## What the embedding has learned
#
# Nobody said which words are alike. The two directions in which the vectors of these words differ
# most (their principal components):

# %%
shown = GOOD + BAD + NOT + NOUNS
vectors = model.layers[0].get_weights()[0][[vocabulary.index(word) for word in shown]]
vectors = vectors - vectors.mean(axis=0)
_, _, directions = np.linalg.svd(vectors, full_matrices=False)
places = vectors @ directions[:2].T

figure, ax = plt.subplots(figsize=(10, 6))
start = 0
for name, words in (("good", GOOD), ("bad", BAD), ("not", NOT), ("nouns", NOUNS)):
    part = places[start : start + len(words)]
    ax.scatter(*part.T, label=name)
    for word, place in zip(words, part, strict=True):
        ax.annotate(word, place, xytext=(5, 3), textcoords="offset points", fontsize=9)
    start += len(words)
ax.legend()
figure.tight_layout()
figure.savefig(output / "words_in_the_plane.png", dpi=110)

good, bad = vectors[: len(GOOD)], vectors[len(GOOD) : len(GOOD) + len(BAD)]
apart = good.mean(axis=0) - bad.mean(axis=0)
middle = (good.mean(axis=0) + bad.mean(axis=0)) / 2
assert ((good - middle) @ apart > 0).all()
assert ((bad - middle) @ apart < 0).all()

# %% [markdown]
# ## To try
#
# - `LSTM(12)` alone, or `nn.layers.GlobalAveragePooling1D()` in its place: averages of word vectors
#   know no order either.
# - A word that was never seen: "the soundtrack was great". And a rule that was never seen: three
#   clauses.
# - Real opinions: `nn.datasets.imdb.load_data(num_words=5000)` downloads 50,000 of them;
#   cut them to 200 words with `nn.utils.pad_sequences`.
