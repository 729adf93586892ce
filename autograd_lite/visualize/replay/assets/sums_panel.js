// Where gradients are summed: values used several times, and values that were broadcast.

const MOST_SUMS = 60;

class SumsPanel {
  constructor(graph, timeline, colours, actions) {
    Object.assign(this, { graph, timeline, colours, actions, notation: new Notation(graph) });
    this.view = make("div", { class: "view sums-view" });
  }

  render() {
    const nodes = this.graph.nodes.filter((node) => node.contributions.length > 1 || node.contributions.some(({ axes }) => axes.length));
    if (!nodes.length) {
      const why = this.graph.hasGradients ? "Every value is used once and none was broadcast, so no gradient is a sum here." : "No gradients were computed.";
      this.view.replaceChildren(paragraph(why, "quiet"));
      return;
    }
    const rows = nodes.slice(0, MOST_SUMS).map((node) => this.sum(node));
    if (nodes.length > MOST_SUMS) rows.push(paragraph(`${counted(nodes.length - MOST_SUMS, "more")} are not listed.`, "quiet"));
    this.view.replaceChildren(...rows);
  }

  sum(node) {
    const title = this.graph.title(node);
    const figures = [make("div", { class: "formula" }, this.notation.gradient(node), " =")];
    node.contributions.forEach((contribution, i) => {
      if (i) figures.push(sign("+"));
      figures.push(...this.contribution(contribution));
    });
    const last = this.graph.numbersOf(node.contributions.at(-1)).after;
    if (node.contributions.length > 1) figures.push(sign("="), heatmap(last, { title: "sum", colours: this.colours }));
    return make("section", { class: "sum-row", "aria-label": `Gradient of ${title}` }, make("h2", { text: this.why(node, title) }), make("div", { class: "figures" }, ...figures));
  }

  why(node, title) {
    const reasons = [];
    if (node.contributions.length > 1) reasons.push(`is used ${node.contributions.length} times`);
    if (node.contributions.some(({ axes }) => axes.length)) reasons.push("is broadcast");
    return `${title} ${reasons.join(" and ")}`;
  }

  contribution(contribution) {
    const { product, fitted } = this.graph.numbersOf(contribution);
    const target = this.graph.nodes[contribution.edge.target];
    const button = make("button", { type: "button", class: "link", text: `from ${target.label}`, title: "Go to this step" });
    button.addEventListener("click", () => this.actions.showContribution(contribution));
    const shown = [];
    if (contribution.axes.length) {
      shown.push(heatmap(product, { title: "product", colours: this.colours }), sign(`Σ axis ${contribution.axes.join(", ")}`));
    }
    return [...shown, heatmap(fitted, { title: [button], colours: this.colours })];
  }
}
