# %% [markdown]
# # 11. Drawing and reading a graph
#
# Whatever NumPy computes with a Tensor is remembered: that record is the computation graph.
# `ag.draw` makes a picture of it, `print` a tree, `ag.graph` plain data. Here we read all three.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn
from nn import Dense, Input, Sequential, datasets

plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)
nn.set_random_seed(0)

# %% [markdown]
# ## The graph of logistic regression
#
# Three samples of two features. `ag.scope` names a part of the computation; the picture draws a
# frame around it. Names make a graph readable: give them to what you write down as symbols.

# %%
x = ag.Tensor([[1.0, 2.0], [-1.0, 0.5], [3.0, 1.0]], name="x")
y = np.array([1.0, 0.0, 1.0])
w = ag.Tensor([0.5, -1.0], requires_grad=True, name="w")
b = ag.Tensor(0.2, requires_grad=True, name="b")

z = x @ w + b
z.name = "z"
with ag.scope("sigmoid"):
    a = 1 / (1 + np.exp(-z))
    a.name = "a"
with ag.scope("cost"):
    J = np.mean(-y * np.log(a) - (1 - y) * np.log(1 - a))
    J.name = "J"

drawing = ag.draw(J)
drawing.save(output / "11_logistic_regression.svg")
print(drawing)
drawing  # a notebook shows it: a page to step through

# %% [markdown]
# In a notebook the drawing shows itself, as a page to step through. The picture, top to bottom, is
# the forward pass: data in blue, parameters as yellow cylinders, operations in white, the result
# in green. Each box says what it computed and, in orange, the gradient of $J$ by it. Gradients
# flow along the arrows, against their direction; along a dashed arrow none does.
#
# ## Three things to read off it
#
# **At the result the gradient is 1**: $\partial J / \partial J$. From there the chain rule goes up.

# %%
graph = drawing.graph
named = {node.name: node for node in graph.nodes if node.name}
assert named["J"].gradient_sample.values == ((1.0,),)

# %% [markdown]
# **Where a value is used twice, its gradient is a sum.** $a$ goes into $\log a$ and into $1 - a$:
# two contributions arrive at it. The graph lists them in the order in which they were added.

# %%
arrived = [step for step in graph.backward if step.edge.source == named["a"].id]
contributions = np.array([step.contribution.sample.values[0] for step in arrived])
for step, contribution in zip(arrived, contributions, strict=True):
    print(f"from {graph.nodes[step.edge.target].label:12} {contribution.round(4)}")
print(f"together          {contributions.sum(axis=0).round(4)}")
assert len(arrived) == 2
assert np.allclose(contributions.sum(axis=0), named["a"].gradient_sample.values[0])

# %% [markdown]
# **At the parameters stands what training needs**: by hand, $\frac{\partial J}{\partial w} =
# \frac1m x^\top (a - y)$ and $\frac{\partial J}{\partial b} = \frac1m \sum_i (a_i - y_i)$.

# %%
error = a.data - y
by_hand = x.data.T @ error / len(error)
print(f"\ndJ/dw in the picture {np.array(named['w'].gradient_sample.values[0]).round(4)}")
print(f"dJ/dw by hand        {by_hand.round(4)}")
assert np.allclose(named["w"].gradient_sample.values[0], by_hand)
assert np.isclose(named["b"].gradient_sample.values[0][0], error.mean())
assert w.grad is None  # drawing computes gradients aside; it changes no .grad

# %% [markdown]
# ## What the picture shows is up to you
#
# `show` chooses what is said of each array, `depth` how many levels of scopes are open, `direction`
# where it flows, `theme` its colours. The suffix chooses the format.

# %%
ag.draw(J, depth=0, direction="right").save(output / "11_closed.svg")
ag.draw(J, show=("shapes", "statistics"), theme="dark").save(output / "11_statistics.svg")
ag.draw(J, direction="right").save(output / "11_logistic_regression.png")
ag.draw(J).save(output / "11_logistic_regression.html")  # a page to step through, forward and back
ag.draw(J).save(output / "11_logistic_regression.tex")  # for a LaTeX document, drawn by TikZ
ag.draw(J).save(output / "11_logistic_regression.mmd")  # Mermaid, for Markdown on GitHub
closed = ag.draw(J, depth=0).picture
print(f"\n{len(drawing.picture.boxes)} boxes, with the scopes closed {len(closed.boxes)}")
assert [box.title for box in closed.boxes if box.kind == "layer"] == ["sigmoid", "cost"]

# %% [markdown]
# ## A model
#
# A model is drawn with its layers closed, each with the shape of its output and the number of its
# weights. It needs no loss, and no data if it starts with an `Input`.

# %%
digits = Sequential(
    [Input((64,)), Dense(25, activation="relu"), Dense(15, activation="relu"), Dense(10)],
    name="digits",
)
picture = digits.plot(output / "11_digits.svg").picture
for box in picture.boxes:
    print(f"{box.title:22} {box.shape:12} {box.contents}")
print(picture.summary)
assert f"{digits.count_params():,} parameters" in picture.summary

# %% [markdown]
# With `fold=True` layers alike in a row are drawn as one: twenty of them still fit on a slide.

# %%
deep = Sequential([Input((64,)), *(Dense(64, activation="relu") for _ in range(20)), Dense(10)])
titles = [box.title for box in deep.plot(output / "11_deep.svg", fold=True).picture.boxes]
print(f"\n{' -> '.join(titles)}")
assert titles == ["x", "dense … dense_19 ×20", "dense_20"]

# %% [markdown]
# ## The graph as data
#
# A picture is read by people, `ag.graph` by programs. How much memory does a training step keep
# until its backward pass? The weights take what they take; what the layers compute grows with the
# batch. Every node says how many bytes it holds.

# %%
X, labels = datasets.load_digits()
loss = nn.SparseCategoricalCrossentropy(from_logits=True)
batches = [1, 4, 16, 64, 256, 1024]
weights, computed = [], []
for m in batches:
    nodes = ag.graph(loss(labels[:m], digits(X[:m] / 16)), gradients=False).nodes
    weights.append(sum(node.bytes for node in nodes if node.kind == "parameter"))
    computed.append(sum(node.bytes for node in nodes if node.operation is not None))

print("\nbatch   weights  computed (bytes)")
for m, of_weights, of_computed in zip(batches, weights, computed, strict=True):
    print(f"{m:5} {of_weights:9,} {of_computed:9,}")
assert set(weights) == {4 * digits.count_params()}  # float32: 4 bytes each
# Per sample: two layers of three operations, one of two, and the loss; plus the mean.
per_sample = np.diff(computed) / np.diff(batches)
assert np.allclose(per_sample, 4 * (3 * 25 + 3 * 15 + 2 * 10 + 1))

# %%
figure, panel = plt.subplots(figsize=(9, 4), layout="constrained")
panel.loglog(batches, np.array(computed) / 1e3, "o-", label="what the layers compute")
panel.loglog(batches, np.array(weights) / 1e3, "s--", label="weights")
panel.set(xlabel="samples in a batch", ylabel="memory (kB)")
panel.set_title("What a training step keeps until its backward pass")
panel.legend()
figure.savefig(output / "11_memory.png", dpi=150)
print(f"\nwritten to {output}: {', '.join(sorted(path.name for path in output.glob('11_*')))}")
