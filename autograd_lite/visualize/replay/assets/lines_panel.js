// The lines of the computation below a flat graph: what each step computes, forward and backward.

const MOST_LINES = 120;

class LinesPanel {
  constructor(graph, actions) {
    Object.assign(this, { graph, actions, notation: new Notation(graph) });
    this.view = part("lines");
    this.items = []; // for each line its element, and the first and the last of its stops
  }

  /** Writes the lines of these stops. */
  fill(stops, timeline) {
    this.items = [];
    const lists = { forward: [], backward: [] };
    stops.forEach((stop, i) => {
      const step = timeline.steps[stop.last];
      if (step.phase === "start" || this.items.length >= MOST_LINES) return;
      const before = this.items.at(-1);
      if (before && step.contribution && before.contribution === step.contribution) {
        before.last = i;
        return;
      }
      const button = make("button", { type: "button" }, ...this.line(stop, step));
      button.title = button.textContent;
      button.addEventListener("click", () => this.actions.goTo(i));
      const element = make("li", { class: "line-item" }, button);
      this.items.push({ element, first: i, last: i, contribution: stop.group ? null : step.contribution });
      lists[step.direction === "forward" ? "forward" : "backward"].push(element);
    });
    part("lines-forward").replaceChildren(...lists.forward);
    part("lines-backward").replaceChildren(...lists.backward);
  }

  line(stop, step) {
    if (stop.group) return [titleOfGroup(stop.group)];
    const { node, contribution } = step;
    if (step.phase === "forward") return [node.label];
    if (step.phase === "seed") return [this.notation.gradient(node), " = 1"];
    if (step.phase === "outcome") return [`${node.symbol} with the new parameters`];
    if (step.phase === "update") {
      const { isPlain, rule } = this.graph.update;
      const symbol = () => this.notation.alone(node);
      return isPlain ? [symbol(), " := ", symbol(), " − α ", this.notation.gradient(node)] : [symbol(), ` := ${rule}`];
    }
    const source = this.graph.nodes[contribution.edge.source];
    const whole = this.notation.formula(node, "gradient", contribution.edge.position);
    const right = whole ?? mathElement("math", mathElement("mrow", this.notation.gradient(node).firstChild, this.notation.quotient(node, source).firstChild));
    const { axes } = contribution;
    return [this.notation.gradient(source), contribution.number > 1 ? " += " : " = ", axes.length ? `Σ ${axes.join(", ")} ` : null, right].filter(Boolean);
  }

  /** Marks the line of a stop. */
  show(stop) {
    for (const { element, first, last } of this.items) {
      element.classList.toggle("done", first <= stop);
      const isNow = first <= stop && stop <= last;
      element.classList.toggle("now", isNow);
      if (!isNow || this.view.hidden) continue;
      const { top, bottom } = element.getBoundingClientRect();
      const room = this.view.getBoundingClientRect();
      if (top < room.top) this.view.scrollTop -= room.top - top + 6;
      if (bottom > room.bottom) this.view.scrollTop += bottom - room.bottom + 6;
    }
  }
}
