// The graph as the page holds it: nodes, edges, scopes; and arrays by moment.

const NONE = -1;

/** Which of `count` rows or columns a sample holds: evenly spread, first and last included. */
function spread(count, most) {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor((i * (count - 1)) / (most - 1)));
}

function parsed(text) {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

/** What is known of one array: its shape, statistics of all values, and some of the values. */
class Sampled {
  constructor(shape, statistics, sample, mostRows, mostColumns) {
    this.shape = shape;
    this.statistics = statistics;
    this.values = sample;
    const height = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const width = shape.length ? shape.at(-1) : 1;
    this.rows = spread(height, mostRows);
    this.columns = spread(width, mostColumns);
    this.size = height * width;
    this.complete = this.rows.length === height && this.columns.length === width;
  }

  get isNumber() {
    return this.size === 1 && this.values !== null;
  }

  /** The value at the row and the column of the sample. */
  at(row, column) {
    return this.values[row * this.columns.length + column];
  }

  /** The largest absolute value of all that is finite. */
  get largest() {
    if (this.statistics) {
      const [minimum, maximum] = this.statistics;
      return Number.isNaN(minimum) ? 0 : Math.max(-minimum, maximum);
    }
    return (this.values ?? []).reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
  }

  get meanAbsolute() {
    return this.statistics ? this.statistics[3] : NaN;
  }

  get nonfinite() {
    return this.statistics ? this.statistics[4] : 0;
  }

  /** An entry as one would index it: "[3, 1]"; nothing for a single number. */
  indexText(row, column) {
    if (this.shape.length === 0) return "";
    let rest = this.rows[row];
    const index = [this.columns[column]];
    for (let axis = this.shape.length - 2; axis >= 0; axis--) {
      index.unshift(rest % this.shape[axis]);
      rest = Math.floor(rest / this.shape[axis]);
    }
    return `[${index.join(", ")}]`;
  }
}

/** The arrays of the page by number, taken apart when they are asked for. */
class Arrays {
  constructor(data) {
    this.data = data;
    this.known = new Map();
  }

  get(number) {
    if (number === NONE) return null;
    if (!this.known.has(number)) this.known.set(number, this.read(number));
    return this.known.get(number);
  }

  read(number) {
    const { arrays, shapes, statistics, samples, mostRows, mostColumns } = this.data;
    const [shape, statistic, sample] = arrays.slice(3 * number, 3 * number + 3);
    const numbers = (text) => (text === "" ? [] : text.split(" ").map(parsed));
    return new Sampled(
      shape === NONE ? [] : shapes[shape],
      statistic === NONE ? null : numbers(statistics[statistic]),
      sample === NONE ? null : numbers(samples[sample]),
      mostRows,
      mostColumns,
    );
  }
}

class Graph {
  constructor(data) {
    this.data = data;
    this.arrays = new Arrays(data);
    this.nodes = data.nodes.map((row, id) => this.readNode(row, id));
    this.edges = [];
    for (let i = 0; i < data.edges.length; i += 3) {
      const [source, target, position] = data.edges.slice(i, i + 3);
      const edge = { id: i / 3, source, target, position, targetNode: this.nodes[target] };
      this.edges.push(edge);
      this.nodes[source].uses.push(edge);
      this.nodes[target].inputs.push(edge);
    }
    this.outputs = new Set(data.outputs);
    this.result = this.nodes[data.outputs[0]];
    this.contributions = data.steps.map(([edge, number, ...axes], id) => ({ id, edge: this.edges[edge], number, axes }));
    for (const contribution of this.contributions) {
      this.nodes[contribution.edge.source].contributions.push(contribution);
    }
    this.flowing = new Set(this.contributions.map((contribution) => contribution.edge.id));
    this.moment = data.moments.length - 1;
    this.largest = new Map();
  }

  readNode([kind, label, name, operation, formula, shape, dtype, bytes, requiresGrad, scalars], id) {
    const [head] = label.split(operation === null ? "\u0000" : " = ");
    const [symbol] = head.split(": ");
    const isSymbol = this.data.named;
    return {
      id,
      kind: this.data.kinds[kind],
      label,
      head, // the label without the call
      symbol: isSymbol ? inFormula(symbol) : shortName(head), // the text of what formulas call it
      isSymbol,
      name,
      operation,
      formula: formula === NONE ? null : this.data.formulas[formula],
      shape: shape === NONE ? null : this.data.shapes[shape],
      dtype,
      bytes,
      requiresGrad: requiresGrad === 1,
      scalars: scalars.map(([position, x]) => [position, parsed(String(x))]),
      isOperation: operation !== null,
      inputs: [],
      uses: [],
      contributions: [],
    };
  }

  get hasGradients() {
    return this.data.noGradients === null;
  }

  now() {
    return this.data.moments[this.moment];
  }

  value(node) {
    return this.arrays.get(this.now().values[node.id]);
  }

  gradient(node) {
    return this.arrays.get(this.now().gradients[node.id]);
  }

  /** The optimizer's update at this moment; null where it is not known. */
  get update() {
    return this.now().update;
  }

  /** The value of a parameter after the update. */
  updated(node) {
    const found = this.update.after.find(([id]) => id === node.id);
    return found ? this.arrays.get(found[1]) : this.value(node);
  }

  /** The upstream gradient, local derivative, product, contribution, and sum before and after. */
  numbersOf(contribution) {
    const [upstream, local, product, fitted, before, after] = this.now().steps[contribution.id].map((number) =>
      this.arrays.get(number),
    );
    return { upstream, local, product, fitted, before, after };
  }

  deadUnits(node) {
    const found = this.now().dead.find(([id]) => id === node.id);
    return found ? found[1] : null;
  }

  /** The largest absolute "value" or "gradient" of a node over all moments. */
  largestOf(what, node) {
    const key = `${what} ${node.id}`;
    if (!this.largest.has(key)) {
      const found = this.data.moments.map((moment) => this.arrays.get(moment[`${what}s`][node.id])?.largest ?? 0);
      this.largest.set(key, Math.max(...found));
    }
    return this.largest.get(key);
  }

  largestOfAll(what) {
    if (!this.largest.has(what)) {
      this.largest.set(what, this.nodes.reduce((most, node) => Math.max(most, this.largestOf(what, node)), 0));
    }
    return this.largest.get(what);
  }

  /** What a node is called in a sentence: "W₁: kernel", "v₁". */
  title(node) {
    return node.head;
  }

  /** The nodes and edges on paths along which gradients flowed from a result to `node`. */
  pathsTo(node) {
    const nodes = new Set([node.id]);
    const edges = new Set();
    const waiting = [node];
    while (waiting.length) {
      for (const edge of waiting.pop().uses) {
        if (this.hasGradients && !this.flowing.has(edge.id)) continue;
        edges.add(edge.id);
        if (!nodes.has(edge.target)) {
          nodes.add(edge.target);
          waiting.push(this.nodes[edge.target]);
        }
      }
    }
    return { nodes, edges, count: this.countPaths(node, nodes, edges) };
  }

  /** How many paths lead from the results to `node` within those nodes and edges. */
  countPaths(node, nodes, edges) {
    const count = new Map([[node.id, 1]]);
    let total = 0;
    for (const id of [...nodes].sort((a, b) => a - b)) {
      const here = count.get(id) ?? 0;
      if (this.outputs.has(id)) total += here;
      for (const edge of this.nodes[id].uses) {
        if (edges.has(edge.id)) count.set(edge.target, (count.get(edge.target) ?? 0) + here);
      }
    }
    return total;
  }
}

/** The text of a symbol in a formula: differences, which a label shows bare, in brackets. */
function inFormula(symbol) {
  return symbol.includes("−") ? `(${symbol})` : symbol;
}

/** The last part of a name such as "dense/kernel". */
function shortName(name) {
  const cut = name.lastIndexOf("/");
  return cut >= 0 && cut < name.length - 1 ? name.slice(cut + 1) : name;
}
