# %% [markdown]
# # 12. A replay of XOR
#
# Four points, two classes, and no straight line between them: XOR. A network with one hidden layer
# learns it. Here its computation is written to a page on which one can step through it, forward and
# backward, with the real numbers; and to a second page with a slider through its training.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import autograd_lite as ag
import nn

plt.style.use("tableau-colorblind10")
output = Path("demo_output")
output.mkdir(exist_ok=True)

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([[0.0], [1.0], [1.0], [0.0]])

nn.set_random_seed(3)
model = nn.Sequential(
    [nn.Input((2,)), nn.Dense(3, activation="tanh", name="hidden"), nn.Dense(1, name="output")]
)
model.compile(nn.Adam(0.05), nn.BinaryCrossentropy(from_logits=True))

# %% [markdown]
# ## One backward pass, step by step
#
# `ag.draw(J)` writes what it is asked for by the file's ending; ".html" is the replay. Open the
# page, press → for the next step, or space to let it run. Each step shows one edge: the upstream
# gradient, the local derivative, and their product. The tab "Quiz" asks for a gradient before it
# shows it.

# %%
J = model.compute_loss(X, y, model(X, training=True))
drawing = ag.draw(J)
drawing.save(output / "12_xor.html")
print(f"J = {J.item():.4f}; the page is {output / '12_xor.html'}")
drawing  # a notebook shows it in its cell

# %% [markdown]
# The same numbers, as data: each contribution to a gradient, in the order in which the backward
# walk made them.

# %%
graph = ag.graph(J)
for step in graph.backward[:4]:
    source, target = graph.nodes[step.edge.source], graph.nodes[step.edge.target]
    undone = f", summed over axes {step.axes}" if step.axes else ""
    print(f"{target.label} hands {source.label} a gradient of shape {source.shape}{undone}")

# %% [markdown]
# ## The training, on one page
#
# The callback `Replay` looks at the same four points after every 50 epochs. On its page a slider
# moves through time: weights, values and gradients change, and the loss falls.

# %%
replay = nn.callbacks.Replay(output / "12_xor_training.html", (X, y), every=50)
monitor = nn.callbacks.Monitor()
history = model.fit(X, y, epochs=300, verbose=0, callbacks=[replay, monitor])
print(f"loss {history.history['loss'][0]:.3f} → {history.history['loss'][-1]:.3f}")
predicted = (model.predict(X) > 0).astype(int)
print("predicted:", predicted.ravel(), "wanted:", y.ravel().astype(int))
assert (predicted == y).all()

# %% [markdown]
# ## How each layer learned
#
# `Monitor` wrote down the length of each layer's gradient, and how much a step changes its weights.
# Once the four points are learned, the gradients fade: there is nothing left to correct.

# %%
history.plot(output / "12_xor_training.png")
