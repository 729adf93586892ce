// The page: where it stands, and what the reader does.

const STEP_TIME = 900; // milliseconds at speed 1

/** Steps that are taken at once: those inside of one closed group, one after the other. */
class Stop {
  constructor(first, last, group) {
    Object.assign(this, { first, last, group });
  }
}

class Replay {
  constructor(data) {
    this.graph = new Graph(data);
    this.timeline = new Timeline(this.graph);
    this.groups = new Groups(this.graph);
    this.groups.openAtStart();
    this.colours = new Colours(data.heat);
    this.at = 0; // the step that was taken last
    this.player = null;
    this.theme = new Theme(data.theme, () => this.show());
    const actions = {
      select: (box) => this.select(box),
      toggle: (group) => this.toggle(group),
      openAt: (group, at) => this.openAt(group, at),
      showContribution: (contribution) => this.showContribution(contribution),
      ask: (question) => this.ask(question),
      answered: (question) => this.answered(question),
      goTo: (stop) => this.choose(stop),
    };
    this.scene = new Scene(this.graph, this.timeline, this.groups, this.colours, actions);
    this.steps = new StepPanel(this.graph, this.timeline, this.groups, this.colours, actions);
    this.quizSteps = new StepPanel(this.graph, this.timeline, this.groups, this.colours, actions);
    this.node = new NodePanel(this.graph, this.timeline, this.colours, actions);
    this.lines = new LinesPanel(this.graph, actions);
    this.sums = new SumsPanel(this.graph, this.timeline, this.colours, actions);
    this.layers = new LayersPanel(this.graph, this.groups, actions);
    this.quiz = new QuizPanel(this.graph, this.timeline, this.quizSteps, actions);
    this.tabs = new Tabs(
      [
        ["step", "Step", this.steps.view],
        ["node", "Box", this.node.view],
        ["sums", "Sums", this.sums.view],
        ["layers", "Layers", this.layers.view],
        ["quiz", "Quiz", this.quiz.view],
      ],
      () => this.tabChanged(),
    );
    this.moments = new Moments(this.graph, this.colours, () => this.momentChanged());
    this.fillHeader(data.title);
    this.connect();
    this.warn();
    this.arrange();
    this.fit();
    new ResizeObserver(() => this.scene.isZoomed || this.fit()).observe(page);
  }

  /** Shows all of the graph; a flat one leaves room for the lines of the computation below it. */
  fit(least = READABLE) {
    const { scene, lines } = this;
    const wasHidden = lines.view.hidden;
    const room = scene.stage.clientHeight + (wasHidden ? 0 : lines.view.clientHeight);
    const flat = scene.heightAcross();
    const hasLines = this.lines.items.length > 0 && matchMedia("(min-width: 1100px)").matches && flat < 0.55 * room;
    lines.view.hidden = !hasLines;
    page.classList.toggle("with-lines", hasLines);
    scene.stage.style.height = hasLines ? `${Math.max(flat, 150)}px` : "";
    scene.fit(least);
    if (hasLines && wasHidden) lines.show(this.stop);
  }

  choose(stop) {
    this.pause();
    this.goTo(stop);
  }

  // -- header ------------------------------------------------------------------------------------

  fillHeader(title) {
    const { root } = this.groups;
    part("title").textContent = title || "Replay";
    const known = [counted(this.graph.nodes.length, "node")];
    if (root.parameters) known.push(counted(root.parameters, "parameter"));
    known.push(bytesText(root.bytes));
    part("facts").textContent = known.join(" · ");
    this.fillLegend();
    this.fillKeys();
  }

  fillLegend() {
    const entries = [
      ["input", "data"],
      ["parameter", "parameter"],
      ["operation", "operation"],
      ["group", "closed layer"],
      ["output", `result ${this.graph.result.symbol}`],
    ];
    const items = entries.map(([kind, text]) => make("li", {}, make("span", { class: `swatch ${kind}` }), text));
    const ramp = make("canvas", { class: "ramp", width: 90, height: 10, "aria-hidden": "true" });
    this.ramp = ramp;
    const scale = make("button", { type: "button", class: "scale", "aria-pressed": "false", text: "one scale for all", title: "Colours by the largest value of each array, or of all" });
    scale.addEventListener("click", () => {
      this.scene.oneScale = !this.scene.oneScale;
      scale.setAttribute("aria-pressed", String(this.scene.oneScale));
      this.show();
    });
    items.push(make("li", {}, make("span", { class: "swatch value" }), "value"), make("li", {}, make("span", { class: "swatch gradient" }), "its gradient"));
    items.push(make("li", { class: "ramp-item" }, "−", ramp, "+"));
    items.push(make("li", {}, make("span", { class: "swatch never" }), "gradient not computed"), make("li", {}, scale));
    part("legend").append(...items);
  }

  drawRamp() {
    const context = this.ramp.getContext("2d");
    for (let x = 0; x < 90; x++) {
      context.fillStyle = `rgb(${this.colours.of((x - 44.5) / 45, 1)})`;
      context.fillRect(x, 0, 1, 10);
    }
  }

  fillKeys() {
    const keys = [
      ["→ ←", "next or previous step"],
      ["Home End", "first and last step"],
      ["Space", "play and pause"],
      ["Tab, Enter", "focus a box: show its numbers, highlight its paths"],
      ["e", "open or close the layer of the box that has the focus, or of the current step"],
      ["Esc", "clear highlight"],
      ["/", "search by name"],
      ["+ − 0", "zoom in, zoom out, fit"],
      ["arrows in a table", "choose another entry"],
    ];
    const close = make("button", { type: "button", text: "Close" });
    const dialog = part("keys");
    close.addEventListener("click", () => dialog.close());
    dialog.setAttribute("aria-label", "Keys");
    dialog.append(make("h2", { text: "Keys" }), make("dl", {}, ...keys.flatMap(([key, text]) => [make("dt", { text: key }), make("dd", { text })])), close);
  }

  // -- stops -------------------------------------------------------------------------------------

  /** The stops, as the open and closed groups make them. */
  findStops() {
    this.stops = [];
    let previous = null;
    this.timeline.steps.forEach((step, i) => {
      const boxes = [...boxesOf(this.graph, step)];
      // What comes of the update is a step of its own, though the loss be closed.
      const group = boxes.length === 1 && boxes[0].isGroup && step.phase !== "outcome" ? boxes[0] : null;
      const phase = step.direction;
      const last = this.stops.at(-1);
      if (group && previous?.group === group && previous.phase === phase) {
        last.last = i;
      } else {
        this.stops.push(new Stop(i, i, group));
        previous = { group, phase };
      }
    });
  }

  /** The number of the stop that the current step is in. */
  get stop() {
    let low = 0;
    let high = this.stops.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.stops[middle].first <= this.at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  goTo(stop) {
    const wanted = Math.min(Math.max(stop, 0), this.stops.length - 1);
    this.at = this.stops[wanted].last;
    if (this.tabs.current !== "step") this.tabs.select("step");
    this.show();
    this.scene.follow();
    part("live").textContent = this.announcement();
  }

  announcement() {
    const stop = this.stops[this.stop];
    const step = this.timeline.steps[stop.last];
    const words = stop.group ? `${titleOfGroup(stop.group)}: ${counted(stop.last - stop.first + 1, "step")} inside` : this.steps.describe(step);
    return `${this.positionText()}. ${words}`;
  }

  stepName() {
    const stop = this.stops[this.stop];
    const step = this.timeline.steps[stop.last];
    if (stop.group) return titleOfGroup(stop.group);
    return step.phase === "start" ? "Start" : this.steps.inBrief(step);
  }

  positionText() {
    const step = this.timeline.steps[this.at];
    const direction = step.phase === "start" ? "" : `${step.direction}, `;
    return `${direction}step ${this.stop} of ${this.stops.length - 1}`;
  }

  // -- showing -----------------------------------------------------------------------------------

  /** Lays the drawing out anew, and shows it. */
  arrange() {
    const at = this.at;
    this.scene.arrange();
    this.findStops();
    this.lines.fill(this.stops, this.timeline);
    this.at = this.stops[this.stop].last === at ? at : this.stops[this.stop].group ? this.stops[this.stop].last : at;
    this.show();
    this.noteHidden();
  }

  show() {
    const question = this.tabs.current === "quiz" && this.quiz.question?.isOpen ? this.quiz.question : null;
    const at = question ? question.at - 1 : this.at;
    const stop = this.stops[this.stop];
    this.scene.update(at, question ? question.step : this.timeline.steps[this.at]);
    if (this.tabs.current === "step") this.steps.render(stop);
    if (this.tabs.current === "node") this.node.render(this.scene.lit?.box, this.scene.lit);
    if (this.tabs.current === "sums") this.sums.render();
    if (this.tabs.current === "layers") this.layers.render();
    if (this.tabs.current === "quiz" && this.quiz.question) this.quiz.render();
    this.lines.show(this.stop);
    this.showTransport();
    this.drawRamp();
  }

  showTransport() {
    const slider = part("slider");
    slider.max = this.stops.length - 1;
    slider.value = this.stop;
    slider.setAttribute("aria-valuetext", this.announcement());
    const share = (this.stops.findIndex((stop) => stop.last > this.timeline.lastForward) + this.stops.length) % this.stops.length;
    const percent = (count) => `${(100 * count) / Math.max(this.stops.length - 1, 1)}%`;
    slider.style.setProperty("--turn", percent(share));
    const updates = this.stops.filter((stop) => stop.first > this.timeline.lastBackward).length;
    slider.style.setProperty("--update", percent(this.stops.length - 1 - updates));
    const text = this.positionText();
    part("position").textContent = text[0].toUpperCase() + text.slice(1);
    part("step-name").textContent = this.stepName();
    const isLast = this.stop === this.stops.length - 1;
    for (const name of ["first", "back"]) part(name).disabled = this.stop === 0;
    for (const name of ["forward", "last"]) part(name).disabled = isLast;
    part("play").replaceChildren(icon(this.player ? "pause" : "play"));
    part("play").setAttribute("aria-label", this.player ? "Pause" : "Play");
  }

  noteHidden() {
    const { hidden } = this.groups;
    const note = part("hidden-note");
    const closed = new Set(this.graph.nodes.map((node) => node.box).filter((box) => box.isGroup)).size;
    const known = `${this.graph.nodes.length.toLocaleString("en")} nodes`;
    note.textContent = hidden ? `${hidden.toLocaleString("en")} of ${known} are inside ${counted(closed, "closed box")}`.replace("boxs", "boxes") + "; ▸ opens one" : `all ${known} are shown`;
    if (this.tooMany) note.textContent += `; at most ${MOST_SHOWN} boxes open at once`;
  }

  warn() {
    this.scene.warnings.clear();
    for (const { layer, warnings } of this.layers.measure()) {
      if (warnings.length) this.scene.warnings.set(layer.key, warnings.join(", "));
    }
  }

  momentChanged() {
    this.warn();
    if (this.tabs.current === "quiz") this.quiz.start(this.at);
    this.show();
    part("live").textContent = this.graph.now().name;
  }

  tabChanged() {
    if (this.tabs.current === "quiz") {
      this.pause();
      this.quiz.start(this.at);
    }
    this.show();
  }

  // -- what the reader does ----------------------------------------------------------------------

  connect() {
    const clicks = {
      first: () => this.goTo(0),
      back: () => this.goTo(this.stop - 1),
      play: () => this.playOrPause(),
      forward: () => this.goTo(this.stop + 1),
      last: () => this.goTo(this.stops.length - 1),
      expand: () => this.openAll(),
      collapse: () => this.closeAll(),
      "zoom-in": () => this.scene.zoomBy(1.25),
      "zoom-out": () => this.scene.zoomBy(1 / 1.25),
      fit: () => this.fit(LEAST_ZOOM),
      help: () => part("keys").showModal(),
    };
    for (const [name, act] of Object.entries(clicks)) {
      part(name).addEventListener("click", () => {
        if (["first", "back", "forward", "last"].includes(name)) this.pause();
        act();
      });
    }
    for (const name of ["first", "back", "forward", "last"]) part(name).append(icon(name));
    part("slider").addEventListener("input", (event) => {
      this.pause();
      this.goTo(Number(event.target.value));
    });
    part("speed").addEventListener("change", () => this.player && this.play());
    part("query").addEventListener("input", (event) => this.search(event.target.value));
    part("query").addEventListener("keydown", (event) => this.searchKey(event));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || part("keys").open) return;
    const { target } = event;
    const isTyping = target.matches("input:not([type=range]), select, textarea");
    if (isTyping) return;
    const isPressable = target.matches("button, a, summary");
    const isTab = target.matches("[role=tab]");
    const isSlider = target.matches("input[type=range]");
    const acts = {
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
      " ": () => this.playOrPause(),
      e: () => this.toggleHere(target),
      Escape: () => this.select(null),
      "/": () => part("query").focus(),
      "?": () => part("keys").showModal(),
      "+": () => this.scene.zoomBy(1.25),
      "-": () => this.scene.zoomBy(1 / 1.25),
      0: () => this.fit(LEAST_ZOOM),
    };
    const isMove = ["ArrowRight", "ArrowLeft", "Home", "End"].includes(event.key);
    if (!acts[event.key] || (isPressable && event.key === " ") || (isMove && (isSlider || isTab))) return;
    event.preventDefault();
    acts[event.key]();
  }

  step(by) {
    this.pause();
    this.goTo(this.stop + by);
  }

  playOrPause() {
    if (this.player) {
      this.pause();
    } else {
      if (this.stop === this.stops.length - 1) this.goTo(0);
      this.play();
    }
  }

  play() {
    clearInterval(this.player);
    this.player = setInterval(() => {
      this.goTo(this.stop + 1);
      if (this.stop === this.stops.length - 1) this.pause();
    }, STEP_TIME / Number(part("speed").value));
    this.showTransport();
  }

  pause() {
    if (!this.player) return;
    clearInterval(this.player);
    this.player = null;
    this.showTransport();
  }

  /** Shows a box in the panel, and lights what lies between it and the result; null for none. */
  select(box) {
    if (box === null || this.scene.lit?.box === box) {
      this.scene.lit = null;
    } else {
      if (box.box && box.box !== box) this.open(() => this.groups.reveal(box));
      const node = shownBy(box);
      const paths = node ? this.graph.pathsTo(node) : { nodes: new Set(), edges: new Set(), count: 0 };
      if (box.isGroup) for (const inner of box.nodes()) paths.nodes.add(inner.id);
      this.scene.lit = { ...paths, box };
      this.pause();
      this.tabs.select("node");
    }
    this.show();
  }

  toggle(group) {
    this.open(() => this.groups.setOpen(group, !group.isOpen));
    const again = document.querySelector(`[data-key="${group.key}"] .toggle`);
    again?.focus();
  }

  toggleHere(target) {
    const focused = target.closest?.("[data-key]");
    const key = focused?.dataset.key;
    const group = key ? this.groupByKey(key) : this.groupOfStep();
    if (group) this.toggle(group);
  }

  /** The group with that key, or around the node with it. */
  groupByKey(key) {
    const group = this.groups.all.find((candidate) => candidate.key === key);
    if (group) return group;
    const home = this.graph.nodes[Number(key.slice(1))]?.home;
    return home?.parent ? home : null;
  }

  groupOfStep() {
    const [box] = [...boxesOf(this.graph, this.timeline.steps[this.at])];
    if (!box) return null;
    if (box.isGroup) return box;
    return box.home.parent ? box.home : null;
  }

  openAll() {
    let all = true;
    this.open(() => (all = this.groups.openAll()));
    this.tooMany = !all;
    this.noteHidden();
    this.fit();
  }

  closeAll() {
    this.open(() => this.groups.closeAll());
    this.fit();
  }

  /** Opens or closes groups by `change`, and keeps the step. */
  open(change) {
    this.tooMany = false;
    change();
    this.scene.lit = this.scene.lit?.box.isGroup ? null : this.scene.lit;
    this.arrange();
    if (!this.scene.isZoomed) this.fit();
    this.scene.follow();
  }

  openAt(group, at) {
    this.pause();
    this.at = at;
    this.open(() => this.groups.setOpen(group, true));
    this.goTo(this.stop);
  }

  showContribution(contribution) {
    const { nodes } = this.graph;
    this.open(() => {
      this.groups.reveal(nodes[contribution.edge.source]);
      this.groups.reveal(nodes[contribution.edge.target]);
    });
    this.at = this.timeline.steps.findIndex((step) => step.contribution === contribution);
    this.goTo(this.stop);
  }

  ask(question) {
    const { source, target } = question.step.contribution.edge;
    const { nodes } = this.graph;
    if (nodes[source].box !== nodes[source] || nodes[target].box !== nodes[target]) {
      this.groups.reveal(nodes[source]);
      this.groups.reveal(nodes[target]);
      this.scene.arrange();
      this.findStops();
      this.noteHidden();
      if (!this.scene.isZoomed) this.fit();
    }
    this.at = question.at - 1;
    this.show();
    this.scene.follow();
  }

  answered(question) {
    this.at = question.at;
    this.show();
  }

  // -- search ------------------------------------------------------------------------------------

  search(text) {
    const wanted = text.trim().toLowerCase();
    const { scene } = this;
    scene.found.clear();
    this.matches = wanted ? this.matching(wanted) : [];
    this.match = -1;
    for (const item of this.matches) scene.found.add(item.box);
    part("matches").textContent = wanted ? counted(this.matches.length, "match").replace("matchs", "matches") : "";
    this.show();
  }

  /** Nodes and layers whose name has that text in it, the whole name first. */
  matching(wanted) {
    const names = (item) => (item.isGroup ? [item.title] : [item.name, item.label]).filter(Boolean).map((name) => name.toLowerCase());
    const items = [...this.groups.all.filter((group) => group.isScope && !group.isOpen), ...this.graph.nodes];
    return items.filter((item) => names(item).some((name) => name.includes(wanted)));
  }

  searchKey(event) {
    if (event.key === "Escape") {
      event.target.value = "";
      this.search("");
      event.target.blur();
    }
    if (event.key !== "Enter" || !this.matches?.length) return;
    this.match = (this.match + 1) % this.matches.length;
    const item = this.matches[this.match];
    this.scene.lit = null;
    this.select(item);
    part("matches").textContent = `${this.match + 1} of ${this.matches.length}`;
    const card = this.scene.cards.get(item.key);
    card?.element.scrollIntoView({ block: "nearest", inline: "center", behavior: "auto" });
  }
}

/** The data that were compressed, since there are many. */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

const data = document.querySelector("script.data");
if (data.type === "application/json") new Replay(JSON.parse(data.textContent));
else unpacked(data.textContent).then((text) => new Replay(JSON.parse(text)));
