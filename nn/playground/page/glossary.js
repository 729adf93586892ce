// The symbols and settings of the page, explained where the pointer rests on them.

import { element } from "./elements.js";

const SYMBOLS = {
  a: "a: the output of a neuron, its activation",
  w: "w: a weight, by which the input is multiplied",
  b: "b: the bias, which is added",
  "∂J/∂w": "∂J/∂w: the gradient, by how much the loss J changes when w does. Gradient descent moves w against it",
  "∂J/∂b": "∂J/∂b: the same for the bias",
};

const PLACES = {
  "#axis-x1": "x₁: the first feature of a point",
  "#axis-x2": "x₂: the second feature of a point",
  ".scale": "blue is negative, orange is positive, the middle is 0",
  "#epoch-count": "epochs: how often the network has seen all training points",
  "#step-count": "steps: how often the weights were changed, once for each batch",
  "#parameters": "weights and biases in all",
  "label:has([name=noise])": "the standard deviation of what is added to each point at random",
  "label:has([name=samples])": "how many points are drawn, training and test together",
  "label:has([name=classes])": "how many kinds of points there are",
  "label:has([name=test_share])": "the share of the points that training never sees; the test measures on them",
  "label:has([name=seed])": "the same seed draws the same points and the same first weights",
  "label:has([name=loss])": "J, what training makes small",
  "label:has([name=optimizer])": "the rule that turns gradients into changes of the weights",
  "label:has([name=learning_rate])": "how far a step goes: w ← w − rate · ∂J/∂w for SGD",
  "label:has([name=batch_size])": "how many points each step averages its gradient over",
  "label:has([name=dropout])": "the share of outputs that is set to 0 at random while training",
  "label:has([name=l1])": "λ in J + λ Σ |w|: pulls weights to exactly 0",
  "label:has([name=l2])": "λ in J + λ Σ w²: keeps weights small",
  "#lines": "what the thickness and colour of a line shows: the weight w, or its gradient ∂J/∂w",
  ".scores .test": "on the points that training never sees",
  ".scores .train": "on the points that training sees",
  ".curves-card .choice": "what the curves show: the loss J, its logarithm, or the share of points that are right",
};

/** Give every symbol and setting of the page its tooltip. */
export function explain() {
  for (const [selector, text] of Object.entries(PLACES)) {
    for (const found of document.querySelectorAll(selector)) found.title = text;
  }
}

/** A symbol in a formula, with its tooltip. */
export function symbol(name) {
  return element("abbr", { title: SYMBOLS[name] }, name);
}
