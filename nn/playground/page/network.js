// The network: a column for each layer, a heatmap for each neuron, a line for each weight.

import { heatmap, variable } from "./colours.js";
import { byId, element, svg } from "./elements.js";
import { counted, short, subscripted } from "./numbers.js";

export const FEATURES = ["x1", "x2", "x1²", "x2²", "x1·x2", "sin 2x1", "sin 2x2"];
export const ACTIVATIONS = ["tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu"];
export const MOST_LAYERS = 6;
export const MOST_UNITS = 10;

const MANY_LAYERS = 5; // with the output; beyond, columns are narrow
const SMALLEST = 22; // px, a neuron
const LARGEST = 46;
const GAP = 9;
const THICKEST = 7.5;
const LARGE_WEIGHT = 3; // drawn at three quarters of the thickest line

/** Where things are in the flat arrays of a frame. */
export class Layout {
  constructor(network) {
    this.inputs = network.features.length;
    this.layers = [];
    let weight = 0;
    let neuron = this.inputs;
    let width = this.inputs;
    for (const units of network.layers) {
      this.layers.push({ width, units, kernel: weight, bias: weight + width * units, neuron });
      weight += (width + 1) * units;
      neuron += units;
      width = units;
    }
  }

  /** The position of the weight from input `i` to neuron `j` of a layer. */
  kernel(layer, i, j) {
    const { kernel, units } = this.layers[layer];
    return kernel + i * units + j;
  }

  bias(layer, j) {
    return this.layers[layer].bias + j;
  }

  /** The position of a neuron's heatmap; layer -1 are the inputs. */
  neuron(layer, j) {
    return layer < 0 ? j : this.layers[layer].neuron + j;
  }
}

export class NetworkView {
  /**
   * `onEdit(change)` when a layer or a feature was changed; `onInspect(what)` when the pointer or
   * the focus is on {layer, j} (a neuron), {layer, i, j} (a weight) or null.
   */
  constructor({ onEdit, onInspect }) {
    this.onEdit = onEdit;
    this.onInspect = onInspect;
    this.root = byId("network");
    this.lines = "weights";
    this.network = null;
    this.frame = null;
    this.root.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.place()).observe(this.root.parentElement);
  }

  // -- building ------------------------------------------------------------------------------------

  build(network) {
    const focused = this.focusedKey();
    this.network = network;
    this.layout = new Layout(network);
    this.frame = null;
    this.neurons = [];
    this.links = [];
    this.wires = svg("svg", { class: "wires", "aria-hidden": "true" });
    const last = network.layers.length - 1;
    const columns = [this.inputColumn(), ...network.layers.map((_, l) => (l < last ? this.hiddenColumn(l) : this.outputColumn(l)))];
    this.root.replaceChildren(this.wires, ...columns);
    network.layers.forEach((units, layer) => {
      const width = this.layout.layers[layer].width;
      for (let i = 0; i < width; i++) for (let j = 0; j < units; j++) this.links.push(this.link(layer, i, j));
    });
    this.wires.append(...this.links.map((link) => link.line), ...this.links.map((link) => link.target));
    if (this.neurons.length) this.neurons[0].button.tabIndex = 0;
    this.place();
    if (focused) this.root.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  /** What has the focus survives that its layer is built anew. */
  focusedKey() {
    const active = document.activeElement;
    return this.root.contains(active) ? active.dataset.key : null;
  }

  inputColumn() {
    const column = element("div", { className: "layer inputs" }, element("div", { className: "layer-head" }, element("strong", {}, "Inputs")));
    const cells = element("div", { className: "cells" });
    let position = 0;
    for (const name of FEATURES) {
      const used = this.network.features.includes(name);
      const cell = this.cell(-1, used ? position : null, subscripted(name));
      cell.button.setAttribute("aria-pressed", used);
      cell.button.dataset.key = `feature-${name}`;
      cell.button.title = used ? "Used as an input; click to leave it out" : "Not used; click to use it as an input";
      cell.button.addEventListener("click", () => this.onEdit({ toggleFeature: name }));
      cell.node.prepend(element("span", { className: "feature-name" }, subscripted(name)));
      if (used) position += 1;
      cells.append(cell.node);
    }
    column.append(cells);
    return column;
  }

  hiddenColumn(layer) {
    const units = this.network.layers[layer];
    const name = `layer ${layer + 1}`;
    const fewer = element("button", { type: "button", disabled: units <= 1, "aria-label": `Remove a neuron of ${name}`, "data-key": `fewer-${layer}` }, "−");
    const more = element("button", { type: "button", disabled: units >= MOST_UNITS, "aria-label": `Add a neuron to ${name}`, "data-key": `more-${layer}` }, "+");
    fewer.addEventListener("click", () => this.onEdit({ layer, units: units - 1 }));
    more.addEventListener("click", () => this.onEdit({ layer, units: units + 1 }));
    const choice = element("select", { "aria-label": `Activation of ${name}`, "data-key": `activation-${layer}` }, ...ACTIVATIONS.map((each) => element("option", { value: each }, each)));
    choice.value = this.network.activations[layer];
    choice.addEventListener("change", () => this.onEdit({ layer, activation: choice.value }));
    const stepper = element("div", { className: "stepper" }, fewer, element("span", { title: counted(units, "neuron") }, String(units)), more);
    return this.column(layer, element("div", { className: "layer-head" }, stepper, choice));
  }

  outputColumn(layer) {
    const head = element("div", { className: "layer-head" }, element("strong", {}, "Output"), element("span", { className: "note" }, this.network.activations[layer]));
    return this.column(layer, head);
  }

  column(layer, head) {
    const cells = element("div", { className: "cells" });
    for (let j = 0; j < this.network.layers[layer]; j++) cells.append(this.cell(layer, j).node);
    const strength = element("div", { className: "strength", title: "The length of the layer's gradient: how strongly it is taught" });
    return element("div", { className: "layer", "data-layer": layer }, head, cells, strength);
  }

  /** A neuron; `j` is null for a feature that is not used, and has a name. */
  cell(layer, j, name) {
    const canvas = element("canvas", { width: 1, height: 1 });
    const value = element("span", { className: "value", "aria-hidden": "true" });
    const button = element("button", { type: "button", className: "neuron", tabIndex: -1 }, canvas);
    if (layer >= 0) button.dataset.key = `neuron-${layer}-${j}`;
    const node = element("div", { className: "cell" }, button, value);
    if (j === null) {
      node.classList.add("unused");
      button.tabIndex = 0;
      button.setAttribute("aria-label", `Input ${name}, not used`);
      return { node, button };
    }
    if (layer >= 0) button.append(element("i", { className: "bias" }));
    const neuron = { layer, j, button, canvas, value };
    this.neurons.push(neuron);
    const what = { layer, j };
    button.addEventListener("pointerenter", () => this.onInspect(what));
    button.addEventListener("pointerleave", () => this.onInspect(null));
    button.addEventListener("focus", () => {
      this.onInspect(what);
      for (const each of this.neurons) each.button.tabIndex = each === neuron ? 0 : -1;
    });
    button.addEventListener("blur", () => this.onInspect(null));
    return { node, button };
  }

  link(layer, i, j) {
    const line = svg("path", { class: "link" });
    const target = svg("path", { class: "link-target" });
    target.addEventListener("pointerenter", () => {
      line.classList.add("hovered");
      this.onInspect({ layer, i, j });
    });
    target.addEventListener("pointerleave", () => {
      line.classList.remove("hovered");
      this.onInspect(null);
    });
    return { layer, i, j, line, target };
  }

  // -- placing -------------------------------------------------------------------------------------

  /** Make the neurons as large as they can be, and draw the lines between them. */
  place() {
    if (!this.network) return;
    this.fit();
    const base = this.root.getBoundingClientRect();
    const boxes = new Map(this.neurons.map(({ layer, j, button }) => [`${layer},${j}`, button.getBoundingClientRect()]));
    this.wires.setAttribute("width", this.root.scrollWidth);
    this.wires.setAttribute("height", this.root.scrollHeight);
    for (const { layer, i, j, line, target } of this.links) {
      const from = boxes.get(`${layer - 1},${i}`);
      const to = boxes.get(`${layer},${j}`);
      const [x0, y0] = [from.right - base.left, from.top + from.height / 2 - base.top];
      const [x1, y1] = [to.left - base.left, to.top + to.height / 2 - base.top];
      const bend = (x1 - x0) * 0.45;
      const path = `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
      line.setAttribute("d", path);
      target.setAttribute("d", path);
    }
    this.draw();
  }

  fit() {
    const most = Math.max(FEATURES.length, ...this.network.layers);
    this.root.style.setProperty("--neuron", `${SMALLEST}px`);
    this.root.style.setProperty("--gap", "3px");
    const slot = Math.floor(this.root.querySelector(".cells").clientHeight / most);
    const gap = Math.max(3, Math.min(GAP, Math.round(slot / 6)));
    const size = Math.max(SMALLEST, Math.min(LARGEST, slot - gap));
    this.root.style.setProperty("--neuron", `${size}px`);
    this.root.style.setProperty("--gap", `${gap}px`);
    this.root.classList.toggle("dense", this.network.layers.length > MANY_LAYERS);
  }

  // -- drawing -------------------------------------------------------------------------------------

  setFrame(frame) {
    this.frame = frame;
    this.draw();
  }

  setLines(what) {
    this.lines = what;
    this.draw();
  }

  draw() {
    if (!this.frame || !this.network) return;
    this.drawLinks();
    this.drawNeurons();
    this.drawStrengths();
  }

  drawLinks() {
    const values = this.frame[this.lines];
    const largest = this.lines === "gradients" ? Math.max(1e-30, ...values.map(Math.abs)) : 0;
    const below = variable("heat-1");
    const above = variable("heat-7");
    for (const { layer, i, j, line } of this.links) {
      const value = values[this.layout.kernel(layer, i, j)];
      const size = Math.abs(value);
      const share = largest ? size / largest : Math.tanh(size / LARGE_WEIGHT);
      line.style.strokeWidth = (0.6 + THICKEST * (Number.isFinite(share) ? share : 1)).toFixed(2);
      line.style.stroke = value < 0 ? below : above;
    }
  }

  drawNeurons() {
    const { frame, layout } = this;
    const side = frame.neurons.shape[1];
    for (const { layer, j, button, canvas, value } of this.neurons) {
      const index = layout.neuron(layer, j);
      const bytes = frame.neurons.subarray(index * side * side, (index + 1) * side * side);
      if (canvas.width !== side) canvas.width = canvas.height = side;
      canvas.getContext("2d").putImageData(heatmap(bytes, side), 0, 0);
      value.textContent = frame.probe ? short(frame.probe[index]) : "";
      if (layer < 0) {
        button.setAttribute("aria-label", `Input ${subscripted(this.network.features[j])}`);
        continue;
      }
      const dead = frame.dead[index - layout.inputs] === 1;
      button.classList.toggle("dead", dead);
      const bias = frame.weights[layout.bias(layer, j)];
      button.querySelector(".bias").style.background = variable(bias < 0 ? "heat-1" : "heat-7");
      const name = layer === this.network.layers.length - 1 ? "Output" : `Layer ${layer + 1}, neuron`;
      const probed = frame.probe ? `, ${short(frame.probe[index])} at the point looked at` : "";
      button.setAttribute("aria-label", `${name} ${j + 1}: bias ${short(bias)}${probed}${dead ? ", dead" : ""}`);
    }
  }

  drawStrengths() {
    for (const column of this.root.querySelectorAll("[data-layer]")) {
      const { kernel, bias, units } = this.layout.layers[Number(column.dataset.layer)];
      const part = this.frame.gradients.subarray(kernel, bias + units);
      const norm = Math.sqrt(part.reduce((sum, g) => sum + g * g, 0));
      column.querySelector(".strength").textContent = `‖∇‖ ${short(norm)}`;
    }
  }

  // -- keys ----------------------------------------------------------------------------------------

  /** Arrow keys move between the neurons. */
  key(event) {
    const current = this.neurons.find(({ button }) => button === document.activeElement);
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (!current || !(event.key in moves)) return;
    const [dl, dj] = moves[event.key];
    const layer = current.layer + dl;
    const siblings = this.neurons.filter((each) => each.layer === layer);
    const next = siblings[dj ? current.j + dj : Math.min(current.j, siblings.length - 1)];
    event.preventDefault();
    next?.button.focus();
  }
}
