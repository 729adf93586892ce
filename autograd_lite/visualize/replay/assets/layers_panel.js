// The health of each layer: how much gradient arrives there, and how many units are dead.

const FAR_BELOW = 1e-3; // of the gradient at the last layer: vanishing
const FAR_ABOVE = 1e3; // exploding
const MANY_DEAD = 0.5;

class LayersPanel {
  constructor(graph, groups, actions) {
    Object.assign(this, { graph, groups, actions });
    this.view = make("div", { class: "view layers-view" });
  }

  /** For each layer what was measured, and a warning or nothing. */
  measure() {
    const rows = this.layers().map((layer) => this.row(layer));
    const reference = rows.findLast((row) => row.hasParameters && row.gradient > 0)?.gradient ?? null;
    for (const row of rows) row.warnings = warningsOf(row, reference);
    return rows;
  }

  /** The layers: scopes with parameters or ReLUs of their own; without scopes the parameters. */
  layers() {
    const isLayer = (group) => group.children.some((child) => !child.isGroup && (child.kind === "parameter" || this.graph.deadUnits(child) !== null));
    const scopes = this.groups.all.filter((group) => group.isScope && group.output && isLayer(group));
    if (scopes.length) return scopes;
    return this.graph.nodes.filter((node) => node.kind === "parameter" && node.requiresGrad);
  }

  row(layer) {
    const nodes = layer.isGroup ? [...layer.nodes()] : [layer];
    const parameters = nodes.filter((node) => node.kind === "parameter" && node.requiresGrad);
    const output = layer.isGroup ? layer.output : layer;
    const gradient = this.graph.gradient(output);
    const dead = nodes.map((node) => this.graph.deadUnits(node)).filter((share) => share !== null);
    return {
      layer,
      title: layer.isGroup ? titleOfGroup(layer) : this.graph.title(layer),
      hasParameters: parameters.length > 0,
      gradient: gradient ? gradient.meanAbsolute : null,
      nonfinite: Math.max(0, ...[output, ...parameters].map((node) => this.graph.gradient(node)?.nonfinite ?? 0)),
      ratio: this.ratio(parameters),
      dead: dead.length ? Math.max(...dead) : null,
    };
  }

  /** The mean absolute gradient of the parameters, relative to their own mean absolute value. */
  ratio(parameters) {
    let gradients = 0;
    let values = 0;
    for (const node of parameters) {
      const [gradient, value] = [this.graph.gradient(node), this.graph.value(node)];
      if (!gradient || !value || !Number.isFinite(gradient.meanAbsolute)) continue;
      gradients += gradient.meanAbsolute * gradient.size;
      values += value.meanAbsolute * value.size;
    }
    return values > 0 ? gradients / values : null;
  }

  render() {
    const rows = this.measure();
    if (!rows.length) {
      this.view.replaceChildren(paragraph("No layers and no parameters.", "quiet"));
      return;
    }
    const head = ["layer", "mean |gradient| at its output", "on a logarithmic scale", "gradient ÷ weights", "dead units", "warnings"];
    const table = make("table", { class: "layers" }, make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))));
    const exponents = rows.filter((row) => row.gradient > 0).map((row) => Math.log10(row.gradient));
    const [low, high] = [Math.min(...exponents) - 0.5, Math.max(...exponents)];
    table.append(make("tbody", {}, ...rows.map((row) => this.line(row, low, high))));
    this.view.replaceChildren(
      table,
      paragraph("Vanishing: less than a thousandth of the gradient at the last layer; exploding: more than a thousandfold. A unit is dead if its ReLU gives zero for every example of the batch: no gradient reaches its weights.", "quiet"),
    );
  }

  line(row, low, high) {
    const bar = make("span", { class: "bar" });
    bar.style.width = row.gradient > 0 ? `${Math.max(4, (100 * (Math.log10(row.gradient) - low)) / Math.max(high - low, 1e-9))}%` : "0";
    const show = make("button", { type: "button", class: "link", text: row.title, title: "Show in the drawing" });
    show.addEventListener("click", () => this.actions.select(row.layer));
    const cells = [
      make("th", { scope: "row" }, show),
      make("td", { class: "number-cell", text: row.gradient === null ? "not computed" : numberText(row.gradient, 3) }),
      make("td", { class: "bar-cell" }, bar),
      make("td", { class: "number-cell", text: row.ratio === null ? "" : numberText(row.ratio, 2) }),
      make("td", { class: "number-cell", text: row.dead === null ? "" : percentText(row.dead) }),
      make("td", { class: "warnings", text: row.warnings.join(", ") }),
    ];
    return make("tr", { class: row.warnings.length ? "flagged" : "" }, ...cells);
  }
}

function warningsOf(row, reference) {
  const warnings = [];
  if (row.nonfinite) warnings.push("gradient not finite");
  if (row.gradient === 0) warnings.push("gradient is zero");
  else if (reference !== null && row.gradient !== null && row.gradient < FAR_BELOW * reference) warnings.push("vanishing gradient");
  else if (reference !== null && row.gradient > FAR_ABOVE * reference) warnings.push("exploding gradient");
  if (row.dead !== null && row.dead >= MANY_DEAD) warnings.push(`${percentText(row.dead)} of the units are dead`);
  return warnings;
}
