// The drawing: a card for each box, frames around open groups, wires between.

const LEAST_ZOOM = 0.15;
const MOST_ZOOM = 2.5;
const MARGIN = 20;
const LEGIBLE = 0.52; // where not all fits anyway, and one scrolls: names are whole
const READABLE = 0.33; // the page opens no smaller than this: a symbol of 11 px fits on a card
const DETAILED = 0.92; // from here on a card shows its whole line in 11 px
const FAR = 0.45; // up to here there is no room for two numbers below a symbol
const DIGITS = { rows: 3, columns: 2 }; // of arrays that a card shows in numbers

class Scene {
  /** @param actions select(box), toggle(group) */
  constructor(graph, timeline, groups, colours, actions) {
    Object.assign(this, { graph, timeline, groups, colours, actions });
    this.stage = part("stage");
    this.canvas = part("canvas"); // takes the room that the drawing needs at this zoom
    this.wires = makeSvg("svg", { class: "wires", "aria-hidden": "true" });
    this.world = make("div", { class: "world" }, this.wires); // in the layout's own units
    this.tip = make("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.canvas.append(this.world, this.tip);
    this.layout = new Layout(graph, groups);
    this.cards = new Map();
    this.frames = new Map();
    this.lit = null; // what a selected node lights, or null
    this.found = new Set();
    this.warnings = new Map(); // by key of group
    this.oneScale = false;
    this.zoom = 1;
    this.isZoomed = false; // whether the reader chose the zoom
    this.arrow = newId();
    this.contributionOf = new Map(graph.contributions.map((contribution) => [contribution.edge.id, contribution]));
    this.productAt = new Map();
    timeline.steps.forEach((step, i) => {
      if (step.phase === "product") this.productAt.set(step.contribution.edge.id, i);
    });
    this.dragging();
  }

  // -- drawing -----------------------------------------------------------------------------------

  /** Lays out anew, after groups were opened or closed. */
  arrange() {
    this.layout.arrange(this.groups.root);
    this.drawWires(); // first: a card that goes while it has the focus tells its wires
    this.drawFrames();
    this.drawCards();
    this.resize();
  }

  drawFrames() {
    const drawn = new Set();
    for (const { group, x, y, width, height } of this.layout.frames) {
      drawn.add(group.key);
      if (!this.frames.has(group.key)) this.frames.set(group.key, this.newFrame(group));
      const frame = this.frames.get(group.key);
      place(frame, x, y, width, height);
      frame.style.zIndex = group.level;
    }
    dropOthers(this.frames, drawn);
  }

  newFrame(group) {
    const toggle = this.newToggle(group);
    const facts = factsOf(group);
    const frame = make(
      "div",
      { class: `frame level-${Math.min(group.level, 4)}`, "data-key": group.key, role: "group", "aria-label": titleOfGroup(group) },
      make("div", { class: "frame-head" }, toggle, make("span", { class: "frame-title", text: titleOfGroup(group), title: group.title }), make("span", { class: "frame-facts", text: facts })),
    );
    this.world.append(frame);
    return frame;
  }

  newToggle(group) {
    const verb = group.isOpen ? "Close" : "Open";
    const toggle = make("button", {
      type: "button",
      class: "toggle",
      text: group.isOpen ? "▾" : "▸",
      "aria-expanded": String(group.isOpen),
      "aria-label": `${verb} ${titleOfGroup(group)}`,
      title: `${verb} (e)`,
    });
    toggle.addEventListener("click", () => this.actions.toggle(group));
    return toggle;
  }

  drawCards() {
    const drawn = new Set();
    for (const { box, x, y, width, height } of this.layout.boxes.values()) {
      drawn.add(box.key);
      if (!this.cards.has(box.key)) this.cards.set(box.key, this.newCard(box));
      const card = this.cards.get(box.key);
      place(card.element, x, y, width, height);
    }
    dropOthers(this.cards, drawn);
    // Tab goes through the boxes from left to right.
    const sorted = [...this.layout.boxes.values()].sort((a, b) => a.x - b.x || a.y - b.y);
    const focused = document.activeElement;
    const elements = sorted.map(({ box }) => this.cards.get(box.key).element);
    this.world.append(...elements);
    // The first box that has both says which heat map is which.
    const first = elements.find((element) => element.querySelector(".slot-names"));
    for (const element of elements) element.classList.toggle("names-slots", element === first);
    if (focused && focused !== document.activeElement && this.world.contains(focused)) focused.focus();
  }

  newCard(box) {
    const value = make("span", { class: "slot value" });
    const gradient = make("span", { class: "slot gradient" });
    const node = shownBy(box);
    const title = box.isGroup ? box.title : box.label;
    const face = make(
      "button",
      { type: "button", class: "face", "aria-pressed": "false" },
      make("span", { class: "name", title }, ...(box.isGroup ? breakable(title) : titlePieces(box))),
      make("span", { class: isOneNumber(node) ? "slots stacked" : "slots" }, value, node?.requiresGrad ? gradient : null),
      node?.requiresGrad && !isOneNumber(node) ? make("span", { class: "slot-names" }, make("span", { text: "value" }), make("span", { text: "gradient" })) : null,
      make("span", { class: "facts-line", text: box.isGroup || node.shape === null || node.shape.length ? shapeText(node?.shape ?? null) : node.dtype }),
      box.isGroup ? make("span", { class: "facts-line count", text: factsOf(box) }) : null,
    );
    face.addEventListener("click", () => this.actions.select(box));
    const kind = box.isGroup ? "group" : box.kind;
    const flag = make("span", { class: "flag", hidden: true, text: "!" });
    const element = make("div", { class: `card ${kind}`, "data-key": box.key }, face, flag);
    if (box.isGroup) {
      element.append(this.newToggle(box));
      if (box.repeats > 1) element.append(make("span", { class: "repeats", text: `×${box.repeats}` }));
      face.addEventListener("dblclick", () => this.actions.toggle(box));
    }
    for (const [event, isOn] of [["pointerenter", true], ["pointerleave", false], ["focusin", true], ["focusout", false]]) {
      element.addEventListener(event, () => this.hover(box, isOn));
    }
    return { element, face, flag, value, gradient, box, node, shown: {} };
  }

  drawWires() {
    const head = makeSvg("marker", { id: this.arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, makeSvg("path", { d: "M0 0.8L8 4L0 7.2z", class: "arrow" }));
    this.wires.replaceChildren(makeSvg("defs", {}, head));
    for (const wire of this.layout.wires.values()) {
      const d = pathOf(wire.points);
      wire.line = makeSvg("path", { class: "line", d, "marker-end": `url(#${this.arrow})` });
      wire.flow = makeSvg("path", { class: "flow", d });
      wire.element = makeSvg("g", { class: "wire", "data-key": wire.key }, wire.line, wire.flow);
      wire.computedAt = Math.min(...wire.edges.map((edge) => this.timeline.computedAt[edge.target]));
      wire.returnedAt = Math.min(...wire.edges.map((edge) => this.productAt.get(edge.id) ?? Infinity));
      this.wires.append(wire.element);
    }
  }

  resize() {
    this.canvas.style.width = `${(this.layout.width + 2 * MARGIN) * this.zoom}px`;
    this.canvas.style.height = `${(this.layout.height + 2 * MARGIN) * this.zoom}px`;
    this.wires.setAttribute("width", this.layout.width);
    this.wires.setAttribute("height", this.layout.height);
    this.world.style.setProperty("--zoom", this.zoom);
    this.world.classList.toggle("symbols", this.zoom < DETAILED);
    this.world.classList.toggle("far", this.zoom < FAR);
    this.world.style.transform = `scale(${this.zoom}) translate(${MARGIN}px, ${MARGIN}px)`;
  }

  // -- what is shown at a step -------------------------------------------------------------------

  /** Shows the state after step `at`; `step` is the one to point out, `boxes` where it happens. */
  update(at, step) {
    this.last = [at, step];
    const current = boxesOf(this.graph, step);
    for (const card of this.cards.values()) {
      this.showValue(card, at);
      this.showGradient(card, at);
      const { classList } = card.element;
      classList.toggle("current", current.has(card.box));
      classList.toggle("waiting", card.node !== null && !this.timeline.isComputed(card.node, at));
      classList.toggle("dimmed", this.lit !== null && !this.lights(card.box));
      classList.toggle("lit", this.lit !== null && this.lights(card.box));
      classList.toggle("selected", this.lit?.box === card.box);
      classList.toggle("found", this.found.has(card.box));
      this.describe(card, at);
    }
    const { isBackward } = step;
    this.world.classList.toggle("forwards", !isBackward);
    for (const wire of this.layout.wires.values()) {
      const isCurrent = wire.edges.some((edge) => (isBackward ? step.contribution?.edge === edge : step.node?.id === edge.target));
      const { classList } = wire.element;
      classList.toggle("computed", wire.computedAt <= at);
      classList.toggle("returned", wire.returnedAt <= at);
      classList.toggle("current", isCurrent);
      classList.toggle("backward", isCurrent && isBackward);
      classList.toggle("lit", this.lit !== null && wire.edges.some((edge) => this.lit.edges.has(edge.id)));
      classList.toggle("dimmed", this.lit !== null && !wire.edges.some((edge) => this.lit.edges.has(edge.id)));
    }
  }

  /** The label, the state and the warning of a card, for those who do not see its colours. */
  describe(card, at) {
    const isSelected = this.lit?.box === card.box;
    const warning = this.warnings.get(card.box.key) ?? "";
    const { shown } = card;
    const state = [shown.value, shown.gradient, shown["gradient key"], isSelected, warning];
    if (card.state && state.every((item, i) => item === card.state[i])) return;
    card.state = state;
    card.face.setAttribute("aria-pressed", String(isSelected));
    card.face.setAttribute("aria-label", this.labelOf(card, at));
    card.flag.hidden = !warning;
    card.flag.title = warning;
  }

  lights(box) {
    if (!box.isGroup) return this.lit.nodes.has(box.id);
    for (const id of this.lit.nodes) if (this.graph.nodes[id].box === box) return true;
    return false;
  }

  showValue(card, at) {
    const { node } = card;
    const isThere = node !== null && this.timeline.isComputed(node, at);
    this.show(card, "value", isThere ? this.timeline.valueBy(node, at) : null, isThere ? "absent" : "pending", () => this.largest("value", node));
  }

  showGradient(card, at) {
    const { node } = card;
    if (!node?.requiresGrad) return;
    const gradient = this.timeline.gradientBy(node, at);
    const never = this.graph.gradient(node) === null;
    this.show(card, "gradient", gradient, never ? "never" : "pending", () => this.largest("gradient", node));
  }

  /** An array in a slot: a number as text, an array as a heatmap; or why there is none. */
  show(card, name, sampled, absence, largestOf) {
    const slot = card[name];
    const theme = document.documentElement.dataset.theme;
    const hasDigits = sampled !== null && this.zoom >= DETAILED && fitsAsDigits(sampled);
    const key = sampled === null ? absence : `${theme}${this.oneScale}${hasDigits}`;
    if (card.shown[name] === sampled && card.shown[`${name} key`] === key) return;
    card.shown[name] = sampled;
    card.shown[`${name} key`] = key;
    slot.className = `slot ${name} ${sampled === null ? absence : ""}${hasDigits ? "wide" : ""}`;
    slot.replaceChildren();
    if (sampled === null) return;
    if (sampled.isNumber) {
      slot.append(make("span", { class: "number", text: numberText(sampled.at(0, 0), 3) }));
    } else if (hasDigits) {
      slot.append(digits(sampled, largestOf(), this.colours));
    } else if (sampled.values?.length) {
      const canvas = make("canvas", { class: "thumb" });
      drawThumbnail(canvas, sampled, largestOf(), this.colours);
      slot.append(canvas);
    } else {
      slot.append(make("span", { class: "number small", text: sampled.size ? `≈${numberText(sampled.meanAbsolute, 2)}` : "∅" }));
    }
  }

  /** The end of the colour scale: the same at all moments, so that colours can be compared. */
  largest(what, node) {
    return this.oneScale ? this.graph.largestOfAll(what) : this.graph.largestOf(what, node);
  }

  labelOf(card, at) {
    const { box, node } = card;
    const title = box.isGroup ? titleOfGroup(box) : box.label;
    const kind = box.isGroup ? "closed group" : box.kind;
    const words = [title, kind, node ? shapeText(node.shape) : ""];
    if (box.isGroup) words.push(factsOf(box));
    const value = node && this.timeline.isComputed(node, at) ? this.graph.value(node) : null;
    if (value?.isNumber) words.push(`value ${numberText(value.at(0, 0))}`);
    if (node?.requiresGrad) {
      const gradient = this.timeline.gradientBy(node, at);
      if (gradient === null) words.push(this.graph.gradient(node) === null ? "gradient not computed" : "gradient not yet");
      else words.push(gradient.isNumber ? `gradient ${numberText(gradient.at(0, 0))}` : `mean absolute gradient ${numberText(gradient.meanAbsolute, 3)}`);
    }
    if (this.warnings.has(box.key)) words.push(this.warnings.get(box.key));
    return words.filter(Boolean).join(", ");
  }

  /** What the pointer is over, or what has the focus: its wires stand out, and a tip names it. */
  hover(box, isOn) {
    this.showTip(box, isOn);
    for (const wire of this.layout.wires.values()) {
      if (wire.source === box || wire.target === box) wire.element.classList.toggle("near", isOn);
    }
  }

  showTip(box, isOn) {
    const place = this.layout.boxes.get(box.key);
    const card = this.cards.get(box.key);
    this.tip.hidden = !isOn || !place || !card;
    if (this.tip.hidden) return;
    const text = card.face.getAttribute("aria-label");
    this.tip.textContent = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    const below = (MARGIN + place.y + place.height) * this.zoom + 6;
    const isLow = below + this.tip.offsetHeight > this.layout.height * this.zoom + 2 * MARGIN;
    const left = Math.min((MARGIN + place.x) * this.zoom, this.canvas.offsetWidth - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(left, 4)}px`;
    this.tip.style.top = `${isLow ? (MARGIN + place.y) * this.zoom - this.tip.offsetHeight - 6 : below}px`;
  }

  // -- looking about -----------------------------------------------------------------------------

  setZoom(zoom) {
    const before = this.zoom;
    this.zoom = Math.min(Math.max(zoom, LEAST_ZOOM), MOST_ZOOM);
    if (before < DETAILED !== this.zoom < DETAILED) this.redraw();
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.stage;
    this.resize();
    const ratio = this.zoom / before;
    this.stage.scrollLeft = (scrollLeft + clientWidth / 2) * ratio - clientWidth / 2;
    this.stage.scrollTop = (scrollTop + clientHeight / 2) * ratio - clientHeight / 2;
  }

  /** Shows the same again, at another level of detail. */
  redraw() {
    if (this.last) this.update(...this.last);
  }

  zoomBy(factor) {
    this.isZoomed = true;
    this.setZoom(this.zoom * factor);
  }

  /** How high the drawing is where it is as wide as the stage. */
  heightAcross() {
    const zoom = Math.min(this.stage.clientWidth / (this.layout.width + 2 * MARGIN), 1.25);
    return (this.layout.height + 2 * MARGIN) * (zoom < READABLE ? LEGIBLE : zoom);
  }

  /** Shows all, but no smaller than `least`; from then on the zoom follows what is opened. */
  fit(least = LEAST_ZOOM) {
    this.isZoomed = false;
    const { clientWidth, clientHeight } = this.stage;
    const zoom = Math.min((clientWidth - 1) / (this.layout.width + 2 * MARGIN), (clientHeight - 1) / (this.layout.height + 2 * MARGIN), 1.25);
    this.setZoom(zoom < least && least === READABLE ? LEGIBLE : Math.max(zoom, least));
  }

  /** Scrolls so that the current step is in sight. */
  follow() {
    const places = [...this.layout.boxes.values()].filter(({ box }) => this.cards.get(box.key).element.classList.contains("current"));
    if (!places.length) return;
    const margin = 60;
    const left = Math.min(...places.map(({ x }) => x)) * this.zoom;
    const right = Math.max(...places.map(({ x, width }) => x + width)) * this.zoom + 2 * MARGIN;
    const top = Math.min(...places.map(({ y }) => y)) * this.zoom;
    const bottom = Math.max(...places.map(({ y, height }) => y + height)) * this.zoom + 2 * MARGIN;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.stage;
    const to = {
      left: left - margin < scrollLeft || right + margin > scrollLeft + clientWidth ? (left + right - clientWidth) / 2 : scrollLeft,
      top: top < scrollTop || bottom > scrollTop + clientHeight ? (top + bottom - clientHeight) / 2 : scrollTop,
    };
    this.stage.scrollTo({ ...to, behavior: prefersStillness.matches ? "auto" : "smooth" });
  }

  /** Moving the drawing with the pointer; the wheel with Ctrl zooms. */
  dragging() {
    let from = null;
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch" || event.target.closest("button")) return;
      from = { x: event.clientX, y: event.clientY, left: this.stage.scrollLeft, top: this.stage.scrollTop };
      this.stage.classList.add("dragged");
    });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      this.stage.scrollLeft = from.left - (event.clientX - from.x);
      this.stage.scrollTop = from.top - (event.clientY - from.y);
    });
    addEventListener("pointerup", () => {
      from = null;
      this.stage.classList.remove("dragged");
    });
    this.stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoomBy(Math.exp(-event.deltaY / 300));
      },
      { passive: false },
    );
  }
}

/** The symbol of a node, and what is left out of sight from afar. */
function titlePieces(node) {
  const symbol = node.label.split(": ")[0].split(" = ")[0];
  return [symbol, make("span", { class: "call", text: node.label.slice(symbol.length) })];
}

function fitsAsDigits({ rows, columns, complete, values }) {
  return complete && values !== null && rows.length > 0 && rows.length <= DIGITS.rows && columns.length <= DIGITS.columns;
}

/** A small array in numbers, on the colours of its heat map. */
function digits(sampled, largest, colours) {
  const grid = make("span", { class: "digits" });
  grid.style.gridTemplateColumns = `repeat(${sampled.columns.length}, 1fr)`;
  sampled.rows.forEach((_, row) =>
    sampled.columns.forEach((_, column) => {
      const x = sampled.at(row, column);
      const cell = make("span", { text: cellText(x) });
      if (Number.isFinite(x)) colours.paint(cell, x, largest);
      grid.append(cell);
    }),
  );
  return grid;
}

function place(element, x, y, width, height) {
  element.style.transform = `translate(${round(x)}px, ${round(y)}px)`;
  element.style.width = `${round(width)}px`;
  element.style.height = `${round(height)}px`;
}

function dropOthers(drawn, kept) {
  for (const [key, item] of drawn) {
    if (kept.has(key)) continue;
    (item.element ?? item).remove();
    drawn.delete(key);
  }
}

/** The node whose value a box shows. */
function shownBy(box) {
  return box.isGroup ? box.output : box;
}

/** The boxes at which a step happens. */
function boxesOf(graph, step) {
  if (step.contribution) {
    const { source, target } = step.contribution.edge;
    return new Set([graph.nodes[source].box, graph.nodes[target].box]);
  }
  return new Set(step.node ? [step.node.box] : []);
}

function isOneNumber(node) {
  return node !== null && node.shape !== null && node.shape.every((n) => n === 1);
}

function titleOfGroup(group) {
  return [group.title, group.repeats > 1 ? `×${group.repeats}` : "", group.call ?? ""].filter(Boolean).join(", ");
}

function factsOf(group) {
  if (group.parameters) return counted(group.parameters, "parameter").replace("parameter", "param");
  return counted(group.operations, "operation").replace("operation", "op");
}
