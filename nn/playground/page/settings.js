// The settings: what the form and the network's own controls say, as Python takes it.

import { classColour } from "./colours.js";
import { byId, debounced, element, fitted } from "./elements.js";
import { trace } from "./markers.js";
import { short } from "./numbers.js";

const DATASETS = ["circles", "moons", "xor", "spiral", "blobs", "points", "csv"];
const NAMES = { points: "draw", csv: "CSV file" };
const GLYPHS = { points: "✎", csv: "▦" };
const USUAL_CLASSES = { spiral: 2, blobs: 3 };
const MANY_CLASSES = Object.keys(USUAL_CLASSES);
const BRUSHES = 4;
const LARGEST_FILE = 2_000_000; // bytes
const SLIDING = 120; // ms without a change, until a slider counts

export class Settings {
  /** `onChange()` for anything that makes another network, `onRate(value)`, `onTable(name, text)`, `onError(text)`. */
  constructor({ onChange, onRate, onTable, onError, onDrawing }) {
    Object.assign(this, { onChange, onRate, onTable, onError, onDrawing });
    this.form = byId("settings");
    this.features = ["x1", "x2"];
    this.layers = [
      { units: 4, activation: "tanh" },
      { units: 2, activation: "tanh" },
    ];
    this.previews = null; // points of each kind of data, once Python has sent them
    this.points = [];
    this.brush = 0;
    this.columns = [];
    this.buildDatasets();
    this.buildBrushes();
    this.listen();
    this.usual = this.all();
    this.recall();
    this.refresh();
  }

  // -- the address: settings that differ from the usual ones, to be shared ---------------------------

  /** Write the settings into the address. */
  remember() {
    const now = this.all();
    const parts = Object.keys(now).filter((name) => name !== "columns" && written(name, now[name]) !== written(name, this.usual[name]));
    const text = parts.map((name) => `${name}=${encodeURIComponent(written(name, now[name]))}`).join("&");
    history.replaceState(null, "", text ? `#${text}` : location.pathname);
  }

  /** Take the settings of the address; whether they are others than before. Python checks them. */
  recall() {
    const given = new URLSearchParams(location.hash.slice(1));
    const before = JSON.stringify(this.all());
    const wanted = { ...Object.fromEntries(Object.entries(this.usual).map(([name, value]) => [name, written(name, value)])), ...Object.fromEntries(given) };
    for (const [name, text] of Object.entries(wanted)) this.take(name, text);
    this.refresh();
    return JSON.stringify(this.all()) !== before;
  }

  take(name, text) {
    if (name === "features") this.features = text.split(",").filter(Boolean);
    else if (name === "layers") this.layers = text.split(",").filter(Boolean).map(layerOf);
    else if (name === "points") this.points = text.split(";").filter(Boolean).map((point) => point.split(",").map(Number));
    else if (this.form.elements[name]) this.form.elements[name].value = text;
  }

  get data() {
    return this.form.elements.data.value;
  }

  get drawing() {
    return this.data === "points";
  }

  /** All settings, as Python's `Settings.parse` takes them. */
  all() {
    const fields = this.form.elements;
    const names = ["samples", "classes", "noise", "test_share", "seed", "learning_rate", "batch_size", "l1", "l2", "dropout"];
    const numbers = Object.fromEntries(names.map((name) => [name, numberIn(fields[name])]));
    const own = this.drawing ? { points: this.points } : this.data === "csv" ? { columns: this.columns } : {};
    return {
      ...numbers,
      ...own,
      data: this.data,
      loss: fields.loss.value,
      optimizer: fields.optimizer.value,
      features: this.features,
      layers: this.layers,
    };
  }

  // -- building ------------------------------------------------------------------------------------

  buildDatasets() {
    const choices = DATASETS.map((name) => {
      const input = element("input", { type: "radio", name: "data", value: name, checked: name === "circles" });
      const picture = GLYPHS[name] ? element("span", { className: "glyph", "aria-hidden": "true" }, GLYPHS[name]) : element("canvas", { "data-preview": name });
      return element("label", { className: "dataset" }, input, picture, element("span", {}, NAMES[name] ?? name));
    });
    byId("datasets").append(...choices);
  }

  buildBrushes() {
    for (let label = 0; label < BRUSHES; label++) {
      const input = element("input", { type: "radio", name: "brush", value: label, checked: label === 0, "aria-label": `class ${label}` });
      const canvas = element("canvas", { className: "marker", "data-class": label });
      input.addEventListener("change", () => (this.brush = label));
      byId("brushes").append(element("label", {}, input, canvas));
    }
  }

  /** Draw what depends on the theme: the previews of the data, and the markers of the brushes. */
  draw(previews = this.previews) {
    this.previews = previews;
    for (const canvas of this.form.querySelectorAll("[data-preview]")) {
      const context = fitted(canvas);
      const size = canvas.clientWidth;
      context.clearRect(0, 0, size, size);
      for (const [x1, x2, label] of previews[canvas.dataset.preview]) {
        trace(context, label, (size * (1 + x1)) / 2, (size * (1 - x2)) / 2, 1.5);
        context.fillStyle = classColour(label);
        context.fill();
      }
    }
    for (const canvas of document.querySelectorAll("canvas.marker")) drawMarker(canvas);
  }

  // -- changes -------------------------------------------------------------------------------------

  listen() {
    const slid = debounced(() => this.onChange(), SLIDING);
    this.form.addEventListener("input", (event) => {
      this.refresh();
      if (event.target.type === "range") slid();
    });
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    byId("undo").addEventListener("click", () => this.setPoints(this.points.slice(0, -1)));
    byId("clear").addEventListener("click", () => this.setPoints([]));
    byId("csv-file").addEventListener("change", (event) => this.readFile(event.target.files[0]));
    for (const id of ["csv-x1", "csv-x2", "csv-class"]) {
      byId(id).addEventListener("change", () => {
        this.columns = ["csv-x1", "csv-x2", "csv-class"].map((each) => Number(byId(each).value));
        this.onChange();
      });
    }
  }

  changed(control) {
    if (control.type === "range" || control.name === "brush" || !control.name) return;
    if (control.name === "learning_rate") this.onRate(numberIn(control));
    else {
      if (control.name === "data" && MANY_CLASSES.includes(control.value)) {
        this.form.elements.classes.value = USUAL_CLASSES[control.value];
      }
      this.refresh();
      this.onChange();
    }
  }

  /** Show the values of the sliders, and the controls of the chosen data alone. */
  refresh() {
    for (const output of this.form.querySelectorAll("output")) {
      const name = output.id.replace("-value", "");
      const value = Number(this.form.elements[name].value);
      output.textContent = name === "test_share" ? `${Math.round(100 * value)} %` : short(value);
    }
    const { data } = this;
    const shown = { drawn: !["points", "csv"].includes(data), classes: MANY_CLASSES.includes(data), points: data === "points", csv: data === "csv" };
    for (const part of this.form.querySelectorAll("[data-for]")) part.hidden = !shown[part.dataset.for];
    this.onDrawing(this.drawing, this.points);
    if (this.previews) this.draw();
  }

  addPoint([x1, x2]) {
    this.setPoints([...this.points, [Number(x1.toFixed(3)), Number(x2.toFixed(3)), this.brush]]);
  }

  setPoints(points) {
    this.points = points;
    this.onDrawing(true, points);
    this.onChange();
  }

  /** An edit in the network itself: {layer, units or activation}, {toggleFeature} or {layers}. */
  edit({ layer, toggleFeature, layers, ...change }) {
    if (layers !== undefined) this.layers = layers;
    else if (toggleFeature !== undefined) {
      const used = this.features.includes(toggleFeature);
      if (used && this.features.length === 1) return this.onError("A network needs at least one input.");
      this.features = used ? this.features.filter((name) => name !== toggleFeature) : [...this.features, toggleFeature];
    } else this.layers = this.layers.map((each, i) => (i === layer ? { ...each, ...change } : each));
    this.onChange();
  }

  // -- CSV -----------------------------------------------------------------------------------------

  async readFile(file) {
    if (!file) return;
    if (file.size > LARGEST_FILE) {
      this.onError(`“${file.name}” has ${(file.size / 1e6).toFixed(0)} MB. The playground takes files of up to 2 MB and 5,000 rows.`);
      return;
    }
    try {
      this.onTable(file.name, await file.text());
    } catch {
      this.onError(`“${file.name}” cannot be read.`);
    }
  }

  /** Python has read the file: offer its columns. */
  setTable({ name, columns }) {
    byId("csv-name").textContent = name;
    byId("csv-columns").hidden = false;
    const defaults = [0, 1, columns.length - 1];
    ["csv-x1", "csv-x2", "csv-class"].forEach((id, place) => {
      const options = columns.map((column, i) => element("option", { value: i }, column));
      byId(id).replaceChildren(...options);
      byId(id).value = defaults[place];
    });
    this.columns = [];
    this.onChange();
  }

  // -- what is wrong ---------------------------------------------------------------------------------

  /** Mark the control of a setting that was refused. */
  markInvalid(field) {
    const control = this.form.elements.namedItem(field ?? "");
    if (control instanceof HTMLElement) control.setAttribute("aria-invalid", "true");
  }

  markValid() {
    for (const control of this.form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  }
}

/** A setting as the address has it: "4 tanh,2 tanh" for layers. */
function written(name, value) {
  if (name === "layers") return value.map(({ units, activation }) => `${units} ${activation}`).join(",");
  if (name === "points") return (value ?? []).map((point) => point.join(",")).join(";");
  return String(value ?? "");
}

function layerOf(text) {
  const [units, activation] = text.trim().split(/\s+/);
  return { units: Number(units), activation: activation ?? "tanh" };
}

/** What a control says, as a number; what is none, as it stands there, for Python to refuse. */
function numberIn(control) {
  const text = control.value.trim().replace(",", ".");
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : control.value;
}

/** The marker of a class, as in the plane. */
export function drawMarker(canvas) {
  const context = fitted(canvas);
  const size = canvas.clientWidth;
  context.clearRect(0, 0, size, size);
  trace(context, Number(canvas.dataset.class), size / 2, size / 2, size * 0.3);
  context.fillStyle = classColour(Number(canvas.dataset.class));
  context.fill();
}
