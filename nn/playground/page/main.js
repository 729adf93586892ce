// The playground: what Python says goes to the views, what the user does goes to Python.

import { Code } from "./code.js";
import { onThemeChange } from "./colours.js";
import { Connection } from "./connection.js";
import { Curves } from "./curves.js";
import { byId, element } from "./elements.js";
import { Inspector } from "./inspector.js";
import { MOST_LAYERS, NetworkView } from "./network.js";
import { counted, percent, short, subscripted } from "./numbers.js";
import { Plane } from "./plane.js";
import { Settings, drawMarker } from "./settings.js";
import { explain } from "./glossary.js";

const PROBE_INTERVAL = 50; // ms
const TOO_LARGE = 1009;
const CANVAS = 3; // points are drawn from -3 to 3

let playing = false;
let network = null;
let inspected = null;
let table = null; // the CSV file, to be sent again after a lost connection
let probeTimer = 0;

const code = new Code();
const curves = new Curves();
const inspector = new Inspector();

const plane = new Plane({
  onProbe: () => {
    if (!probeTimer) probeTimer = setTimeout(sendProbe, PROBE_INTERVAL);
    inspector.show(inspected, view, plane.probe);
  },
  onDraw: (at) => settings.addPoint(at),
});

const view = new NetworkView({
  onEdit: (change) => settings.edit(change),
  onInspect: (what) => {
    inspected = what;
    inspector.show(what, view, plane.probe);
    const shown = what && what.i === undefined && !isOnlyOutput(what);
    plane.setNeuron(shown ? view.layout.neuron(what.layer, what.j) : null);
    byId("output-title").textContent = shown ? inspector.title(network, what.layer, what.j) : "Output";
  },
});

const settings = new Settings({
  onChange: () => connection.send("settings", { settings: settings.all() }),
  onRate: (value) => {
    connection.send("learning_rate", { value });
    settings.remember();
  },
  onTable: (name, text) => {
    table = { name, text };
    connection.send("csv", table);
  },
  onError: (text) => showAlert(text),
  onDrawing: showDrawing,
});

const connection = new Connection({
  opened: () => {
    hideAlert();
    if (table) connection.send("csv", table); // its answer sends the settings
    else connection.send("settings", { settings: settings.all() });
    connection.send("pace", { pace: byId("pace").value });
  },
  closed: ({ code: reasonCode, reason }) => {
    setPlaying(false);
    const why = reasonCode === TOO_LARGE ? "What was sent is too large" : reason || "The connection to Python has ended";
    showAlert(`${why}. Is the program still running?`, { label: "Connect again", action: () => connection.open() });
  },
  welcome: (message) => {
    byId("replay").href = message.replay;
    settings.draw(message.previews);
  },
  state: (message) => setPlaying(message.playing),
  network: (message) => setNetwork(message),
  code: (message) => {
    settings.markValid();
    code.show(message.code);
  },
  table: (message) => settings.setTable(message),
  coach: ({ text }) => coach(text),
  error: (message) => showError(message),
  frame: (frame) => showFrame(frame),
});

// -- what Python says --------------------------------------------------------------------------------

function setNetwork(message) {
  network = message;
  hideAlert();
  coach("");
  settings.markValid();
  settings.remember();
  inspected = null;
  view.root.classList.remove("stale");
  view.build(network);
  plane.setNeuron(null);
  plane.setFrame(null);
  plane.setHint("");
  plane.setPoints(network.train, network.test, network.reach);
  curves.clear();
  code.show(network.code);
  inspector.show(null, view, plane.probe);
  const hidden = network.layers.length - 1;
  byId("layer-count").textContent = counted(hidden, "hidden layer");
  byId("fewer-layers").disabled = hidden === 0;
  byId("more-layers").disabled = hidden >= MOST_LAYERS;
  byId("parameters").textContent = network.parameters.toLocaleString("en");
  byId("epoch-size").textContent = counted(network.batches, "batch").replace("batchs", "batches");
  showAxes(network.axes);
  showLegend();
}

/** What stops the network from learning, and what to try; nothing for an empty text. */
function coach(text) {
  byId("coach").textContent = text;
  byId("coach").hidden = !text;
}

function showAxes([x1, x2]) {
  byId("axis-x1").textContent = subscripted(x1);
  byId("axis-x2").textContent = subscripted(x2);
}

function showFrame(frame) {
  if (!network || frame.run !== network.run) return;
  byId("epoch-count").textContent = frame.epoch.toLocaleString("en");
  byId("step-count").textContent = frame.step.toLocaleString("en");
  plane.setFrame(frame);
  view.setFrame(frame);
  curves.add(frame.rows);
  if (curves.latest) showScores(curves.latest);
  inspector.show(inspected, view, plane.probe);
}

function showScores([, loss, accuracy, testLoss, testAccuracy]) {
  byId("train-loss").textContent = loss === null ? "not finite" : short(loss);
  byId("train-accuracy").textContent = percent(accuracy);
  byId("test-loss").textContent = testLoss === null ? "not finite" : short(testLoss);
  byId("test-accuracy").textContent = percent(testAccuracy);
}

function showLegend() {
  const entries = network.classes.map((name, label) => {
    const marker = element("canvas", { className: "marker", "data-class": label, "aria-hidden": "true" });
    const known = /^\d+$/.test(name) ? `class ${name}` : name;
    return element("span", { className: "class", title: known }, marker, element("span", {}, known));
  });
  byId("legend").replaceChildren(...entries);
  for (const marker of byId("legend").querySelectorAll("canvas")) drawMarker(marker);
}

function showError({ message, field, ended }) {
  const isHint = (field === "points" && settings.drawing) || (field === "csv" && !table);
  if (ended && field) showNothing();
  if (isHint) plane.setHint(message);
  else {
    showAlert(message);
    settings.markInvalid(field);
  }
}

/** There is no network, since there are no data to learn from. */
function showNothing() {
  plane.setFrame(null);
  plane.setPoints(settings.drawing ? settings.points : [], [], CANVAS);
  curves.clear();
  view.root.classList.add("stale");
  byId("legend").replaceChildren();
  showAxes(["x1", "x2"]);
  for (const cell of document.querySelectorAll(".scores td[id]")) cell.textContent = "–";
}

// -- what the user does ------------------------------------------------------------------------------

function setPlaying(value) {
  playing = value;
  document.body.classList.toggle("playing", playing);
  byId("train-label").textContent = playing ? "Pause" : "Train";
  byId("code-note").textContent = playing ? "of this network; epochs are filled in at a pause" : "";
  byId("inspector").setAttribute("aria-live", playing ? "off" : "polite");
  byId("status").textContent = playing ? "Training" : "Paused";
}

function isOnlyOutput({ layer }) {
  return layer === network.layers.length - 1 && network.layers[layer] === 1;
}

function showDrawing(drawing, points) {
  plane.drawing = drawing;
  if (drawing) plane.setPoints(points, [], CANVAS);
  else plane.setHint("");
}

function sendProbe() {
  probeTimer = 0;
  connection.send("probe", { at: plane.probe });
}

const actions = {
  train: () => connection.send(playing ? "pause" : "train"),
  step: () => connection.send("step", { unit: "batch" }),
  epoch: () => connection.send("step", { unit: "epoch" }),
  reset: () => connection.send("reset"),
};
for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);

const KEYS = { " ": "train", s: "step", e: "epoch", r: "reset" };
document.addEventListener("keydown", (event) => {
  const inControl = event.target.closest("input, select, textarea, button, a, [role=application]");
  const action = KEYS[event.key];
  if (!action || inControl || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  actions[action]();
});

byId("pace").addEventListener("change", (event) => connection.send("pace", { pace: event.target.value }));
byId("more-layers").addEventListener("click", () => {
  const last = settings.layers.at(-1) ?? { units: 4, activation: "tanh" };
  settings.edit({ layers: [...settings.layers, { ...last }] });
});
byId("fewer-layers").addEventListener("click", () => settings.edit({ layers: settings.layers.slice(0, -1) }));
byId("lines").addEventListener("change", (event) => view.setLines(event.target.value));
byId("measure").addEventListener("change", (event) => curves.setMeasure(event.target.value));

// -- alerts --------------------------------------------------------------------------------------------

function showAlert(text, button = null) {
  byId("alert-text").replaceChildren(text);
  if (button) {
    const made = element("button", { type: "button" }, button.label);
    made.addEventListener("click", button.action);
    byId("alert-text").append(" ", made);
  }
  byId("alert").hidden = false;
}

function hideAlert() {
  byId("alert").hidden = true;
}

window.addEventListener("hashchange", () => {
  if (settings.recall()) connection.send("settings", { settings: settings.all() });
});
explain();

byId("alert-close").addEventListener("click", hideAlert);

onThemeChange(() => {
  plane.redraw();
  view.draw();
  curves.draw();
  settings.draw();
});
