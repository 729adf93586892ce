// All that is known of the box that was clicked, and the paths that it lights.

const MOST_LISTED = 20;

class NodePanel {
  constructor(graph, timeline, colours, actions) {
    Object.assign(this, { graph, timeline, colours, actions, notation: new Notation(graph) });
    this.view = make("div", { class: "view node-view" });
  }

  render(box, lit) {
    if (!box) {
      this.view.replaceChildren(paragraph("Click a box, or press Enter on one, to see its numbers and highlight every path from the result to it.", "quiet"));
      return;
    }
    const [words, figures] = box.isGroup ? this.group(box) : this.node(box, lit);
    this.view.replaceChildren(make("div", { class: "words" }, ...words), make("div", { class: "figures" }, ...figures));
  }

  group(group) {
    const toggle = make("button", { type: "button", text: "Open" });
    toggle.addEventListener("click", () => this.actions.toggle(group));
    const words = [
      heading(titleOfGroup(group), "layer"),
      facts([
        ["inside", `${counted(group.count, "node")}, ${counted(group.operations, "operation")}`],
        ["parameters", `${group.parameters.toLocaleString("en")} numbers`],
        ["memory", bytesText(group.bytes)],
        ["output", group.output ? shapeText(group.output.shape) : "none"],
      ]),
      this.parametersOf(group),
      toggle,
    ];
    return [words, group.output ? this.figuresOf(group.output) : []];
  }

  /** The parameters inside, each to be clicked. */
  parametersOf(group) {
    const list = make("ul", { class: "parameter-list" });
    for (const node of group.nodes()) {
      if (node.kind !== "parameter" || list.children.length >= MOST_LISTED) continue;
      const button = make("button", { type: "button", class: "link", text: `${this.graph.title(node)} ${shapeText(node.shape)}` });
      button.addEventListener("click", () => this.actions.select(node));
      list.append(make("li", {}, button));
    }
    return list.children.length ? list : null;
  }

  node(node, lit) {
    const rows = [
      ["kind", node.kind],
      ["shape", shapeText(node.shape)],
      ["type", `${node.dtype ?? ""}, ${bytesText(node.bytes)}`],
      ["values", statisticsText(this.graph.value(node))],
      ["gradient", this.gradientText(node)],
    ];
    const dead = this.graph.deadUnits(node);
    if (dead !== null) rows.push(["dead units", `${percentText(dead)} are zero for every example`]);
    if (lit && node.uses.length) rows.push(["paths", this.pathsText(node, lit)]);
    return [[heading(node.label, "layer"), node.name && node.name !== node.label ? paragraph(node.name, "quiet full-name") : null, facts(rows)], this.figuresOf(node)];
  }

  pathsText(node, { count }) {
    const many = count > Number.MAX_SAFE_INTEGER ? `about ${numberText(count, 3)} paths lead` : count === 1 ? "1 path leads" : `${count.toLocaleString("en")} paths lead`;
    return `${many} from the result to it${count > 1 ? "; its gradient is the sum over them" : ""}`;
  }

  gradientText(node) {
    if (!node.requiresGrad) return "not needed";
    const gradient = this.graph.gradient(node);
    if (gradient) return statisticsText(gradient);
    return this.graph.hasGradients ? "not computed: no gradient reaches it" : "not computed";
  }

  figuresOf(node) {
    const figures = [heatmap(this.graph.value(node), { title: "value", largest: this.graph.largestOf("value", node), colours: this.colours })];
    if (node.requiresGrad) {
      figures.push(heatmap(this.graph.gradient(node), { title: this.notation.gradient(node), largest: this.graph.largestOf("gradient", node), colours: this.colours }));
    }
    return figures;
  }
}

function statisticsText(sampled) {
  if (!sampled?.statistics) return "none";
  const [minimum, maximum, mean, , nonfinite, zeros] = sampled.statistics;
  if (sampled.size === 0) return "empty";
  const shares = [zeros ? `${percentText(zeros)} zero` : "", nonfinite ? `${percentText(nonfinite)} not finite` : ""];
  if (Number.isNaN(minimum)) return "no finite values";
  if (sampled.size === 1) return numberText(mean);
  return [`from ${numberText(minimum, 3)} to ${numberText(maximum, 3)}, mean ${numberText(mean, 3)}`, ...shares].filter(Boolean).join(", ");
}

function facts(rows) {
  return make("dl", { class: "node-facts" }, ...rows.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
}
