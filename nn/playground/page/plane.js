// The plane of the data: what the network says of each point, the points, and the one looked at.

import { classColour, classMap, heatmap, variable } from "./colours.js";
import { byId, fitted } from "./elements.js";
import { trace } from "./markers.js";

const STEP = 0.04; // of the plane, for an arrow key
const RADIUS = 4.2;
const CONTRAST = 0.62; // leaves the strongest colours to the points

export class Plane {
  /** `onProbe(point or null)` when another point is looked at, `onDraw(point)` for a new one. */
  constructor({ onProbe, onDraw }) {
    this.onProbe = onProbe;
    this.onDraw = onDraw;
    this.element = byId("plane");
    this.surface = byId("surface");
    this.overlay = byId("points");
    this.image = document.createElement("canvas");
    this.reach = 3;
    this.train = [];
    this.test = [];
    this.drawing = false; // whether a click draws a point
    this.neuron = null; // whose heatmap is shown in place of the output
    this.frame = null;
    this.probe = null;
    this.pinned = false;
    this.listen();
  }

  // -- what is shown -------------------------------------------------------------------------------

  setPoints(train, test, reach) {
    this.train = train;
    this.test = test;
    this.reach = reach;
    this.drawPoints();
  }

  setFrame(frame) {
    this.frame = frame;
    this.drawSurface();
  }

  setNeuron(index) {
    this.neuron = index;
    this.drawSurface();
  }

  setHint(text) {
    const hint = byId("plane-hint");
    hint.hidden = !text;
    hint.textContent = text;
  }

  redraw() {
    this.drawSurface();
    this.drawPoints();
  }

  drawSurface() {
    const context = fitted(this.surface);
    const size = this.surface.clientWidth;
    context.fillStyle = variable("heat-4");
    context.fillRect(0, 0, size, size);
    const image = this.frame && this.picture();
    if (!image) return;
    this.image.width = this.image.height = image.width;
    this.image.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, 0, 0, size, size);
  }

  picture() {
    const { frame } = this;
    const look = { contrast: CONTRAST, sharp: byId("sharp").checked };
    if (this.neuron !== null && this.neuron < frame.neurons.shape[0]) {
      const side = frame.neurons.shape[1];
      const bytes = frame.neurons.subarray(this.neuron * side * side, (this.neuron + 1) * side * side);
      return heatmap(bytes, side, look);
    }
    if (frame.surface) return heatmap(frame.surface, frame.surface.shape[0], look);
    return classMap(frame.winner, frame.clear, frame.winner.shape[0], look.sharp);
  }

  drawPoints() {
    const context = fitted(this.overlay);
    const size = this.overlay.clientWidth;
    context.clearRect(0, 0, size, size);
    const radius = RADIUS * Math.min(1, Math.max(0.6, size / 300)) * (this.train.length > 400 ? 0.75 : 1);
    if (byId("show-test").checked) for (const point of this.test) this.mark(context, point, radius, true);
    for (const point of this.train) this.mark(context, point, radius, false);
    if (this.probe) this.drawProbe(context, size);
  }

  mark(context, [x1, x2, label], radius, hollow) {
    const [x, y] = this.toScreen(x1, x2);
    trace(context, label, x, y, radius);
    if (hollow) {
      context.fillStyle = variable("background");
      context.fill();
      context.lineWidth = 1.7;
      context.strokeStyle = classColour(label);
    } else {
      context.fillStyle = classColour(label);
      context.fill();
      context.lineWidth = 1.2;
      context.strokeStyle = variable("background");
    }
    context.stroke();
  }

  drawProbe(context, size) {
    const [x, y] = this.toScreen(...this.probe);
    context.lineWidth = 1;
    context.strokeStyle = variable("text");
    context.globalAlpha = 0.45;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(size, y);
    context.moveTo(x, 0);
    context.lineTo(x, size);
    context.stroke();
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 6.5, 0, 2 * Math.PI);
    context.stroke();
  }

  // -- where ---------------------------------------------------------------------------------------

  toScreen(x1, x2) {
    const half = this.overlay.clientWidth / 2;
    return [half * (1 + x1 / this.reach), half * (1 - x2 / this.reach)];
  }

  fromEvent(event) {
    const box = this.overlay.getBoundingClientRect();
    const scaled = (offset, extent) => Math.min(1, Math.max(-1, (2 * offset) / extent - 1));
    return [
      this.reach * scaled(event.clientX - box.left, box.width),
      -this.reach * scaled(event.clientY - box.top, box.height),
    ];
  }

  // -- pointing and keys ---------------------------------------------------------------------------

  listen() {
    const { element } = this;
    element.addEventListener("pointermove", (event) => {
      if (!this.pinned) this.look(this.fromEvent(event));
    });
    element.addEventListener("pointerleave", () => {
      if (!this.pinned) this.look(null);
    });
    element.addEventListener("click", (event) => {
      const at = this.fromEvent(event);
      if (this.drawing) this.onDraw(at);
      else {
        this.pinned = !this.pinned;
        this.look(at);
      }
    });
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("blur", () => {
      if (!this.pinned) this.look(null);
    });
    byId("sharp").addEventListener("change", () => this.drawSurface());
    byId("show-test").addEventListener("change", () => this.drawPoints());
    new ResizeObserver(() => this.redraw()).observe(element);
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const at = this.probe || [0, 0];
    if (event.key in moves) {
      const [d1, d2] = moves[event.key].map((d) => d * STEP * this.reach);
      const kept = (x) => Math.min(this.reach, Math.max(-this.reach, x));
      this.look([kept(at[0] + d1), kept(at[1] + d2)]);
    } else if (event.key === "Enter" && this.drawing) this.onDraw(at);
    else if (event.key === "Escape") {
      this.pinned = false;
      this.look(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  look(at) {
    this.probe = at;
    this.drawPoints();
    this.onProbe(at);
  }
}
