// The steps: forward, one an operation; then backward, one an edge. An edge on which broadcasting
// is undone has a second step for that, and an edge that adds to a gradient which is there already
// has one for the sum. Last, where an optimizer's update is known, one for each parameter, and one for
// the result that the new parameters give.

class Step {
  constructor(phase, node, contribution = null) {
    this.phase = phase; // "start", "forward", "seed", "product", "unbroadcast", "add", "update" or "outcome"
    this.node = node; // the operation computed; backward the one whose gradient is handed on
    this.contribution = contribution;
    this.completes = false; // whether the contribution is in the gradient after this step
  }

  get isUpdate() {
    return this.phase === "update" || this.phase === "outcome";
  }

  /** "start", "forward", "backward" or "update". */
  get direction() {
    if (this.isUpdate) return "update";
    return this.phase === "start" ? "start" : this.isBackward ? "backward" : "forward";
  }

  get isBackward() {
    return this.contribution !== null || this.phase === "seed";
  }
}

class Timeline {
  constructor(graph) {
    this.graph = graph;
    this.steps = [new Step("start", null)];
    for (const node of graph.nodes) {
      if (node.isOperation) this.steps.push(new Step("forward", node));
    }
    this.lastForward = this.steps.length - 1;
    if (graph.hasGradients) this.addBackward();
    this.lastBackward = this.steps.length - 1;
    this.addUpdate();
    this.computedAt = new Array(graph.nodes.length).fill(0);
    this.addedAt = new Array(graph.contributions.length).fill(Infinity);
    this.updatedAt = new Map();
    this.steps.forEach((step, i) => {
      if (step.phase === "update") this.updatedAt.set(step.node.id, i);
      if (step.phase === "forward") this.computedAt[step.node.id] = i;
      if (step.completes) this.addedAt[step.contribution.id] = i;
    });
  }

  addBackward() {
    const { graph } = this;
    const [output] = graph.outputs;
    this.steps.push(new Step("seed", graph.nodes[output]));
    for (const contribution of graph.contributions) {
      const node = graph.nodes[contribution.edge.target];
      const phases = ["product"];
      if (contribution.axes.length) phases.push("unbroadcast");
      if (contribution.number > 1) phases.push("add");
      for (const phase of phases) this.steps.push(new Step(phase, node, contribution));
      this.steps.at(-1).completes = true;
    }
  }

  addUpdate() {
    const { update } = this.graph.data.moments[0];
    if (!update) return;
    for (const [id] of update.after) this.steps.push(new Step("update", this.graph.nodes[id]));
    if (update.result !== null) this.steps.push(new Step("outcome", this.graph.result));
  }

  /** The value of a node after that step. */
  valueBy(node, at) {
    const updated = this.updatedAt.get(node.id) ?? Infinity;
    return updated <= at ? this.graph.updated(node) : this.graph.value(node);
  }

  /** Where the walk back begins, or the end if there is none. */
  get seedAt() {
    return this.lastForward + 1;
  }

  isComputed(node, at) {
    return this.computedAt[node.id] <= at;
  }

  /** How many of the contributions to a node's gradient have been added, by that step. */
  contributionsBy(node, at) {
    let count = 0;
    for (const contribution of node.contributions) {
      if (this.addedAt[contribution.id] > at) break;
      count += 1;
    }
    return count;
  }

  /** The gradient of a node so far; null where there is none yet, or never will be. */
  gradientBy(node, at) {
    if (this.graph.outputs.has(node.id) && this.graph.hasGradients && at >= this.seedAt && node.contributions.length === 0) {
      return this.graph.gradient(node);
    }
    const count = this.contributionsBy(node, at);
    return count === 0 ? null : this.graph.numbersOf(node.contributions[count - 1]).after;
  }
}
