// The formula of the neuron or weight under the pointer, with its numbers.

import { byId, element } from "./elements.js";
import { symbol } from "./glossary.js";
import { short, subscripted } from "./numbers.js";

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";
const IDLE = "Point at a neuron, a line or the plane, or move there with the keyboard: here are its formula and its numbers.";

function subscript(number) {
  return [...String(number)].map((digit) => DIGITS[digit]).join("");
}

/** A number in the colour of its sign. */
function signed(value) {
  return element("b", { className: value < 0 ? "negative" : "positive" }, short(value));
}

/** A number as it is written behind others: with its sign as the operator. */
function added(value) {
  const size = element("b", { className: value < 0 ? "negative" : "positive" }, short(Math.abs(value)));
  return [value < 0 ? " − " : " + ", size];
}

export class Inspector {
  constructor() {
    this.element = byId("inspector");
    this.what = null;
  }

  /** Show what is under the pointer: {layer, j}, {layer, i, j} or null. */
  show(what, view, probe) {
    this.what = what;
    const { network, layout, frame } = view;
    if (!what || !frame || what.layer >= network.layers.length) {
      this.element.replaceChildren(element("p", { className: "note" }, this.idle(probe)));
      return;
    }
    const lines = what.i === undefined ? this.neuron(what, network, layout, frame, probe) : this.weight(what, network, layout, frame);
    this.element.replaceChildren(...lines);
  }

  idle(probe) {
    if (!probe) return IDLE;
    return `At x₁ = ${short(probe[0])}, x₂ = ${short(probe[1])}: the numbers under the neurons are their values there. Click to keep the point.`;
  }

  inputName(network, layer, i) {
    return layer === 0 ? subscripted(network.features[i]) : `a${subscript(i + 1)}`;
  }

  title(network, layer, j) {
    if (layer < 0) return `Input ${subscripted(network.features[j])}`;
    const last = layer === network.layers.length - 1;
    if (!last) return `Layer ${layer + 1}, neuron ${j + 1}`;
    return network.layers[layer] === 1 ? "Output" : `Output for class ${network.classes[j]}`;
  }

  // -- a neuron --------------------------------------------------------------------------------------

  neuron({ layer, j }, network, layout, frame, probe) {
    const index = layout.neuron(layer, j);
    const isOutput = layer === network.layers.length - 1;
    const scale = isOutput ? "" : `up to ±${short(frame.scales[index])} on the plane`;
    const head = element("p", {}, element("strong", {}, this.title(network, layer, j)), element("span", { className: "note" }, ` ${scale}`));
    if (layer < 0) return [head, ...this.at(frame, index, probe)];
    if (frame.dead[index - layout.inputs]) head.append(element("span", { className: "warning" }, " dead: 0 for every training point, so no gradient passes"));
    return [head, this.formula(layer, j, network, layout, frame), ...this.at(frame, index, probe), this.gradients(layer, j, layout, frame)];
  }

  formula(layer, j, network, layout, frame) {
    const activation = network.activations[layer];
    const inner = activation === "linear" ? ["", ""] : [`${activation}(`, ")"];
    const line = element("p", { className: "formula" }, symbol("a"), " = ", inner[0]);
    for (let i = 0; i < layout.layers[layer].width; i++) {
      const weight = frame.weights[layout.kernel(layer, i, j)];
      line.append(...(i ? added(weight) : [signed(weight)]), ` ${this.inputName(network, layer, i)}`);
    }
    line.append(...added(frame.weights[layout.bias(layer, j)]), inner[1]);
    return line;
  }

  at(frame, index, probe) {
    if (!probe || !frame.probe) return [];
    return [element("p", { className: "formula" }, `at (${short(probe[0])}, ${short(probe[1])}): a = `, signed(frame.probe[index]))];
  }

  gradients(layer, j, layout, frame) {
    const line = element("p", { className: "formula" }, symbol("∂J/∂w"), " = ");
    for (let i = 0; i < layout.layers[layer].width; i++) {
      if (i) line.append(", ");
      line.append(signed(frame.gradients[layout.kernel(layer, i, j)]));
    }
    line.append("   ", symbol("∂J/∂b"), " = ", signed(frame.gradients[layout.bias(layer, j)]));
    return line;
  }

  // -- a weight --------------------------------------------------------------------------------------

  weight({ layer, i, j }, network, layout, frame) {
    const position = layout.kernel(layer, i, j);
    const gradient = frame.gradients[position];
    const from = layer === 0 ? `Input ${subscripted(network.features[i])}` : this.title(network, layer - 1, i);
    const direction = gradient > 0 ? "A larger w raises the loss: gradient descent lowers w." : "A larger w lowers the loss: gradient descent raises w.";
    return [
      element("p", {}, element("strong", {}, "Weight "), `${from} → ${this.title(network, layer, j)}`),
      element("p", { className: "formula" }, symbol("w"), " = ", signed(frame.weights[position]), "   ", symbol("∂J/∂w"), " = ", signed(gradient)),
      element("p", { className: "note" }, gradient === 0 ? "A gradient of 0: this weight learns nothing now." : direction),
    ];
  }
}
