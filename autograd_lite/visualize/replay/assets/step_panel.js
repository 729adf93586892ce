// The chain-rule panel: what the current step does, in formulas and in numbers.

const MOST_SHOWN_INPUTS = 3;
const MOST_GIVEN = 12;
const PHASES = { product: "multiply", unbroadcast: "undo broadcasting", add: "add" };

class StepPanel {
  /** @param actions goTo(index of a step), reveal(node) */
  constructor(graph, timeline, groups, colours, actions) {
    Object.assign(this, { graph, timeline, groups, colours, actions, notation: new Notation(graph) });
    this.view = make("div", { class: "view step-view" });
  }

  /** Shows a stop: one step, or several that happen inside of a closed group. */
  render(stop, question = null) {
    this.worked = null;
    const step = this.timeline.steps[stop.last];
    const [words, figures] = stop.group ? this.insideGroup(stop, step) : this.single(step, question);
    this.view.replaceChildren(make("div", { class: "words" }, ...words), make("div", { class: "figures" }, ...figures));
    this.linkEntries(step, question);
  }

  single(step, question) {
    switch (step.phase) {
      case "start":
        return this.start();
      case "forward":
        return this.forward(step.node);
      case "seed":
        return this.seed(step.node);
      case "update":
        return this.update(step.node);
      case "outcome":
        return this.outcome(step.node);
      default:
        return this.backward(step, question);
    }
  }

  // -- forward -----------------------------------------------------------------------------------

  start() {
    const { graph } = this;
    const parameters = graph.nodes.filter((node) => node.kind === "parameter");
    const data = graph.nodes.filter((node) => !node.isOperation && node.kind !== "parameter");
    const counts = [parameters.length && counted(parameters.length, "parameter"), data.length && counted(data.length, "data array")];
    const { symbol } = graph.result;
    const words = [
      heading("Start", "start"),
      paragraph(`Given: ${listText(counts.filter(Boolean)) || "nothing"}. Forward, each operation computes its value; backward, the chain rule passes gradients from the result ${symbol} to the parameters.`),
      paragraph("Press → for the next step, space to play. Click a parameter to highlight every path from the result to it."),
      graph.data.m ? paragraph(`m = ${graph.data.m}, the number of values that are averaged`, "quiet") : null,
    ];
    if (!graph.hasGradients) words.push(paragraph(`No backward pass. Gradients not computed: ${graph.data.noGradients}`, "warning"));
    const given = [...parameters, ...data];
    const figures = given.slice(0, MOST_GIVEN).map((node) => this.valueOf(node));
    if (given.length > MOST_GIVEN) figures.push(sign(`and ${given.length - MOST_GIVEN} more`));
    return [words, figures];
  }

  forward(node) {
    const inputs = node.inputs.map((edge) => [edge.position, this.graph.nodes[edge.source]]);
    this.worked = make("div", { class: "worked", "aria-live": "off" });
    const words = [
      heading(node.label, "forward"),
      this.formula(node, "forward"),
      this.meaningOfM(node),
      node.name && node.name !== node.symbol ? paragraph(node.name, "quiet full-name") : null,
      node.dtype ? paragraph(`${node.dtype}, ${bytesText(node.bytes)}`, "quiet") : null,
      this.worked,
    ];
    const figures = inputs.slice(0, MOST_SHOWN_INPUTS).map(([position, input]) => this.valueOf(input, { key: `input ${position}` }));
    if (inputs.length > MOST_SHOWN_INPUTS) figures.push(sign(`and ${inputs.length - MOST_SHOWN_INPUTS} more`));
    if (inputs.length) figures.push(sign("→"));
    figures.push(this.valueOf(node, { key: "result", points: true }));
    return [words, figures];
  }

  valueOf(node, options = {}) {
    return this.figure(this.graph.value(node), this.graph.title(node), { largest: this.graph.largestOf("value", node), ...options });
  }

  /** A formula of a node on a line of its own; null where none is known. */
  formula(node, part, position = 0, className = "formula") {
    const math = this.notation.formula(node, part, position);
    return math && make("div", { class: className }, math);
  }

  meaningOfM(node) {
    return node.formula?.m ? paragraph(`m = ${this.graph.data.m}, the number of values averaged`, "quiet") : null;
  }

  // -- backward ----------------------------------------------------------------------------------

  seed(node) {
    const gradient = this.graph.gradient(node);
    const { symbol } = node;
    const words = [
      heading("Backward begins", "backward"),
      make("div", { class: "formula" }, this.notation.gradient(node), " = ", gradient?.isNumber ? numberText(gradient.at(0, 0)) : "upstream"),
      paragraph(
        gradient?.isNumber && gradient.at(0, 0) === 1
          ? `∂${symbol}/∂${symbol} = 1: backpropagation starts here.`
          : "Backpropagation starts here, with the upstream gradient that was given.",
      ),
    ];
    return [words, [this.figure(this.graph.value(node), node.label), this.figure(gradient, this.notation.gradient(node))]];
  }

  backward(step, question) {
    const { contribution, phase } = step;
    const source = this.graph.nodes[contribution.edge.source];
    const numbers = this.graph.numbersOf(contribution);
    const parts = { product: this.product, unbroadcast: this.unbroadcast, add: this.add };
    const [words, figures] = parts[phase].call(this, step, source, numbers, question);
    this.worked = make("div", { class: "worked", "aria-live": "off" });
    return [[heading(this.headline(step), "backward"), this.phasesOf(step), ...words, this.worked], figures];
  }

  headline({ contribution }) {
    const { nodes } = this.graph;
    return `From ${nodes[contribution.edge.target].label} back to ${this.graph.title(nodes[contribution.edge.source])}`;
  }

  /** The parts of a contribution, with the current one marked. */
  phasesOf(step) {
    const { contribution } = step;
    const phases = ["product", contribution.axes.length ? "unbroadcast" : null, contribution.number > 1 ? "add" : null].filter(Boolean);
    if (phases.length < 2) return null;
    return make(
      "ol",
      { class: "phases" },
      ...phases.map((phase) => make("li", { text: PHASES[phase], class: phase === step.phase ? "now" : "", "aria-current": phase === step.phase ? "step" : null })),
    );
  }

  /** ∂J/∂x = ∂J/∂y · ∂y/∂x, then what that is for this operation. */
  chainRule(node, source, position, grows) {
    const { notation } = this;
    const is = grows ? " += " : " = ";
    const local = notation.formula(node, "derivative", position);
    const whole = notation.formula(node, "gradient", position);
    const chain = [notation.gradient(source), is];
    if (local || !whole) chain.push(notation.gradient(node), " · ", notation.quotient(node, source));
    else chain.push(whole);
    return [
      make("div", { class: "formula chain" }, ...chain),
      local && make("div", { class: "formula" }, local),
      local && whole && make("div", { class: "formula" }, notation.gradient(source), is, whole),
      this.formula(node, "forward", 0, "formula quiet"),
      this.meaningOfM(node),
    ];
  }

  product(step, source, numbers, question) {
    const { node, contribution } = step;
    const { position } = contribution.edge;
    const words = this.chainRule(node, source, position, contribution.number > 1);
    const isHidden = question !== null;
    const points = numbers.local !== null;
    const upstream = numbers.local ? numbers.upstream : (this.graph.gradient(node) ?? numbers.upstream);
    const figures = [this.figure(upstream, [this.notation.gradient(node), "upstream"], { largest: this.graph.largestOf("gradient", node), key: "upstream", points })];
    if (numbers.local) {
      figures.push(sign("×"), this.figure(numbers.local, [this.notation.quotient(node, source), "local"], { key: "local", points }), sign("="));
    } else {
      const others = node.inputs.filter((edge) => edge.position !== position).slice(0, 2);
      for (const edge of others) figures.push(sign("with"), this.valueOf(this.graph.nodes[edge.source], { key: "other" }));
      figures.push(sign("→"));
    }
    const title = contribution.axes.length ? ["product, still of the shape of", this.notation.alone(node)] : [this.notation.gradient(source), contribution.number > 1 ? "contribution" : ""];
    figures.push(this.figure(numbers.product, title, { isHidden, key: "result", points: true }));
    if (!isHidden && numbers.local && hasZeroWins(numbers)) words.push(paragraph("Where the upstream gradient is exactly 0, zero wins over an infinite local derivative.", "quiet"));
    return [words, figures];
  }

  unbroadcast(step, source, numbers, question) {
    const { axes } = step.contribution;
    const which = `${axes.length === 1 ? "axis" : "axes"} ${listText(axes)}`;
    const words = [
      make("div", { class: "formula" }, this.notation.gradient(source), step.contribution.number > 1 ? " += " : " = ", `sum over ${which}`),
      paragraph(`${this.graph.title(step.node)} repeated ${this.graph.title(source)} from ${shapeText(numbers.fitted.shape)} to ${shapeText(numbers.product.shape)} (broadcasting). Each copy got a gradient of its own; what was one value gets their sum.`),
    ];
    return [
      words,
      [
        this.figure(numbers.product, `product ${shapeText(numbers.product.shape)}`, { key: "product" }),
        sign(`Σ ${axes.length === 1 ? "axis" : "axes"} ${axes.join(", ")}`),
        this.figure(numbers.fitted, [this.notation.gradient(source), step.contribution.number > 1 ? "contribution" : ""], { isHidden: question !== null, key: "result", points: true }),
      ],
    ];
  }

  add(step, source, numbers, question) {
    const { number } = step.contribution;
    const gradient = () => this.notation.gradient(source);
    const words = [
      make("div", { class: "formula" }, gradient(), " += contribution"),
      paragraph(`${this.graph.title(source)} is used ${source.uses.length} times. This is contribution ${number} of ${source.contributions.length}; the gradient is their sum.`),
    ];
    const largest = this.graph.largestOf("gradient", source);
    return [
      words,
      [
        this.figure(numbers.before, [gradient(), "before"], { largest, key: "before", points: true }),
        sign("+"),
        this.figure(numbers.fitted, "contribution", { largest, key: "fitted", points: true }),
        sign("="),
        this.figure(numbers.after, [gradient(), "after"], { largest, isHidden: question !== null, key: "result", points: true }),
      ],
    ];
  }

  // -- the update --------------------------------------------------------------------------------

  /** w, its gradient, the learning rate, and the new w. */
  update(node) {
    const { update } = this.graph;
    const [before, gradient, after] = [this.graph.value(node), this.graph.gradient(node), this.graph.updated(node)];
    const rate = numberText(parsed(String(update.rate)));
    const symbol = () => this.notation.alone(node);
    this.worked = make("div", { class: "worked", "aria-live": "off" });
    const formula = update.isPlain
      ? make("div", { class: "formula chain" }, symbol(), " := ", symbol(), " − α ", this.notation.gradient(node))
      : make("div", { class: "formula chain" }, symbol(), ` := ${update.rule}(`, symbol(), ", ", this.notation.gradient(node), ")");
    const words = [
      heading(`Update of ${this.graph.title(node)}`, "update"),
      formula,
      paragraph(`Learning rate α = ${rate}${update.isPlain ? "" : `; ${update.rule} also remembers earlier gradients, so its step is another than α times this one`}.`),
      this.worked,
    ];
    const largest = this.graph.largestOf("value", node);
    const figures = [this.figure(before, [symbol(), "before"], { largest, key: "before", points: true })];
    figures.push(sign(update.isPlain ? `− ${rate} ×` : "with"), this.figure(gradient, this.notation.gradient(node), { key: "gradient", points: true }), sign(update.isPlain ? "=" : "→"));
    figures.push(this.figure(after, ["new", symbol()], { largest, key: "result", points: true }));
    return [words, figures];
  }

  /** The result before and after. */
  outcome(node) {
    const { update } = this.graph;
    const before = this.graph.value(node).at(0, 0);
    const after = parsed(String(update.result));
    const change = after - before;
    const falls = change < 0 ? `${node.symbol} falls by ${numberText(-change, 3)}.` : change > 0 ? `${node.symbol} rises by ${numberText(change, 3)}: the learning rate may be too high.` : `${node.symbol} stays as it is.`;
    const words = [
      heading(`${node.symbol} with the new parameters`, "update"),
      make("div", { class: "formula chain outcome" }, this.notation.alone(node), ` : ${numberText(before)} → ${numberText(after)}`),
      paragraph(`${falls} The same samples went forward again, with the updated parameters.`),
    ];
    return [words, []];
  }

  // -- inside of a closed group --------------------------------------------------------------------

  insideGroup(stop, step) {
    const { group } = stop;
    const { direction } = step;
    const does = { forward: "The layer computes its output. ", backward: "The gradient passes through the layer and reaches its parameters. ", update: "The parameters of the layer are updated. " };
    const open = make("button", { type: "button", class: "open-here", text: `Open ${group.title} to see each` });
    open.addEventListener("click", () => this.actions.openAt(group, stop.first));
    const count = stop.last - stop.first + 1;
    const words = [
      heading(`${titleOfGroup(group)}: ${counted(count, "step")} inside`, direction),
      make("p", { class: "quiet" }, does[direction], open),
      this.innerSteps(stop),
    ];
    const figures = { forward: () => this.valuesInside(group), backward: () => this.gradientsInside(stop), update: () => this.updatesInside(stop) };
    return [words, figures[direction]()];
  }

  innerSteps(stop) {
    const list = make("ol", { class: "inner-steps" });
    for (let i = stop.first; i <= stop.last && i < stop.first + 40; i++) {
      const button = make("button", { type: "button", text: this.inBrief(this.timeline.steps[i]) });
      button.addEventListener("click", () => this.actions.openAt(stop.group, i));
      list.append(make("li", {}, button));
    }
    return list;
  }

  valuesInside(group) {
    const inputs = new Set();
    for (const node of group.nodes()) {
      for (const edge of node.inputs) {
        const source = this.graph.nodes[edge.source];
        if (source.box !== group) inputs.add(source);
      }
      if (inputs.size > MOST_SHOWN_INPUTS) break;
    }
    return [...[...inputs].slice(0, MOST_SHOWN_INPUTS).map((node) => this.valueOf(node)), sign("→"), this.valueOf(group.output)];
  }

  updatesInside(stop) {
    const steps = this.timeline.steps.slice(stop.first, stop.last + 1).slice(0, MOST_SHOWN_INPUTS);
    return steps.map(({ node }) => this.figure(this.graph.updated(node), ["new", this.notation.alone(node)], { largest: this.graph.largestOf("value", node) }));
  }

  gradientAt(node, at) {
    return this.figure(this.timeline.gradientBy(node, at), this.notation.gradient(node), { largest: this.graph.largestOf("gradient", node) });
  }

  gradientsInside(stop) {
    const reached = new Set();
    for (let i = stop.first; i <= stop.last; i++) {
      const step = this.timeline.steps[i];
      if (!step.contribution) continue;
      const source = this.graph.nodes[step.contribution.edge.source];
      if (!source.isOperation || i === stop.last) reached.add(source);
    }
    const figures = [...reached].slice(0, MOST_SHOWN_INPUTS).map((node) => this.gradientAt(node, stop.last));
    return [this.gradientAt(stop.group.output, stop.last), sign("→"), ...figures];
  }

  // -- in words ------------------------------------------------------------------------------------

  /** A step in one sentence, for lists and for those who do not see the page. */
  describe(step) {
    const { graph } = this;
    if (step.phase === "start") return "Start: inputs and parameters are given";
    if (step.phase === "forward") return `${step.node.label} computes ${this.inShort(graph.value(step.node), step.node.shape)}`;
    if (step.phase === "seed") return `Backward begins at ${graph.title(step.node)}`;
    if (step.phase === "update") return `Update of ${graph.title(step.node)}`;
    if (step.phase === "outcome") return `${step.node.symbol} goes from ${this.inShort(graph.value(step.node))} to ${numberText(parsed(String(graph.update.result)))}`;
    const x = graph.title(graph.nodes[step.contribution.edge.source]);
    const numbers = graph.numbersOf(step.contribution);
    if (step.phase === "unbroadcast") return `Broadcasting of ${x} undone: sum over ${listText(step.contribution.axes.map((axis) => `axis ${axis}`))} gives ${this.inShort(numbers.fitted)}`;
    if (step.phase === "add") return `Contribution ${step.contribution.number} added to the gradient of ${x}: ${this.inShort(numbers.before)} plus ${this.inShort(numbers.fitted)} is ${this.inShort(numbers.after)}`;
    return `From ${step.node.label} back to ${x}: upstream gradient times local derivative is ${this.inShort(numbers.product)}`;
  }

  /** A step in a few words, for lists. */
  inBrief({ phase, node, contribution }) {
    if (phase === "update") return `new ${node.symbol}`;
    if (phase === "outcome") return `${node.symbol} with the new parameters`;
    if (!contribution) return phase === "seed" ? `∂${node.symbol}/∂${node.symbol} = 1` : node.label;
    const x = this.graph.title(this.graph.nodes[contribution.edge.source]);
    if (phase === "unbroadcast") return `${x}: sum over axis ${contribution.axes.join(", ")}`;
    return phase === "add" ? `${x}: add to its gradient` : `${node.label} → ${x}`;
  }

  inShort(sampled, shape = null) {
    if (sampled === null) return shape === null ? "several results" : "nothing";
    return sampled.isNumber ? numberText(sampled.at(0, 0)) : `an array of shape ${shapeText(sampled.shape)}`;
  }

  // -- entries -------------------------------------------------------------------------------------

  /** @param options those of `heatmap`; key: what it is in the step; points: whether pointing at it chooses the entry */
  figure(sampled, title, options = {}) {
    const { points = false, key = null, ...rest } = options;
    const figure = heatmap(sampled, { title, colours: this.colours, onEntry: points ? this.entryChanged() : null, ...rest });
    figure.key = key;
    return figure;
  }

  /** One handler a figure, which all show the same entry. */
  entryChanged() {
    const changed = (row, column) => this.showEntry(row, column);
    changed.current = () => this.entry;
    return changed;
  }

  linkEntries(step, question) {
    this.step = step;
    this.entry = null;
    if (!this.worked || question) return;
    const result = this.resultOf(step);
    if (result?.values?.length) this.showEntry(...mostTelling(result));
  }

  resultOf(step) {
    if (step.phase === "forward") return this.graph.value(step.node);
    if (step.phase === "update") return this.graph.updated(step.node);
    const numbers = this.graph.numbersOf(step.contribution);
    return { product: numbers.product, unbroadcast: numbers.fitted, add: numbers.after }[step.phase];
  }

  workedAt(row, column) {
    const { step, graph } = this;
    if (step.phase === "forward") return workedValue(graph, step.node, row, column);
    return step.phase === "update" ? workedUpdate(graph, step.node, row, column) : workedEntry(graph, step, row, column);
  }

  /** Works out one entry below the formulas, and marks it and what it comes from in the heatmaps. */
  showEntry(row, column) {
    const { step } = this;
    this.entry = [row, column];
    const result = this.resultOf(step);
    const worked = this.workedAt(row, column);
    markEntries(this.view.querySelectorAll(".heatmap"), { ...worked?.from, result: [[row, column]] });
    if (worked === null) {
      this.worked.textContent = inWords(this.graph, step) ?? "";
      return;
    }
    const place = result.indexText(row, column);
    this.worked.replaceChildren(
      ...(place ? [make("span", { class: "index", text: `entry ${place}` })] : []),
      make("span", { class: "sum", text: `${worked.terms} = ` }),
      make("strong", { class: "result", text: numberText(worked.result) }),
    );
  }
}

function hasZeroWins({ upstream, local }) {
  if (!upstream?.values || !local.values) return false;
  return local.values.some((x, i) => !Number.isFinite(x) && upstream.values[i] === 0);
}

function heading(text, direction) {
  return make("h2", { class: `headline is-${direction}`, text });
}

function paragraph(text, className = "") {
  return make("p", { class: className, text });
}

function sign(text) {
  return make("span", { class: text.length > 1 ? "sign word" : "sign", text });
}
