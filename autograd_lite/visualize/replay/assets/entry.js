// One entry of a step worked out in numbers: what the learner can check with a pocket calculator;
// and which entries of the other arrays it comes from.

const MOST_TERMS = 6;

/** The sums that are written down must come out as the result: a keyword may say otherwise. */
function agrees(sum, result, size) {
  return !Number.isFinite(result) || Math.abs(sum - result) <= 1e-3 * Math.max(Math.abs(result), size);
}

/** An equation: terms as text, and the result; `from` has for each array's key the entries used. */
class Worked {
  constructor(terms, result, from = {}) {
    this.terms = terms;
    this.result = result;
    this.from = from;
  }
}

// -- forward -----------------------------------------------------------------------------------------

/** The entry of an operation's value; null where the numbers at hand do not give it. */
function workedValue(graph, node, row, column) {
  const value = graph.value(node);
  if (!value?.values?.length) return null;
  const reader = new ValueReader(graph, node, unravelled(value, row, column));
  const found = reader.read();
  if (!found || found.terms.includes(null)) return null;
  if (reader.sum !== null && !agrees(reader.sum, value.at(row, column), reader.size)) return null;
  return new Worked(found.text, value.at(row, column), found.from);
}

class ValueReader {
  constructor(graph, node, index) {
    // sum and size: what the terms come to, and how large they are together, where that is a sum
    Object.assign(this, { graph, node, index, from: {}, terms: [], sum: null, size: 0 });
    this.keywords = node.formula?.keywords ?? {};
    this.inputs = node.inputs.map((edge) => ({ key: `input ${edge.position}`, position: edge.position, node: graph.nodes[edge.source] }));
  }

  /** {text, terms, from}, or null for an operation whose entries are not known to come from here. */
  read() {
    const { operation, shape } = this.node;
    const shapes = this.inputs.map(({ node }) => node.shape);
    if (shape === null || shapes.includes(null) || !shapes.length) return null;
    let text = null;
    if (operation === "matmul" && shapes.length === 2) text = this.product(shapes);
    else if (REDUCTIONS.has(operation)) text = this.reduction(shapes[0]);
    else if (SOFTMAXES.has(operation)) text = this.softmax(shapes[0]);
    else if (operation === "windows") text = this.window(shapes[0]);
    else if (MOVES.has(operation) && (this.keywords.order ?? "'C'") === "'C'") text = this.moved(unravel(ravel(this.index, shape), shapes[0]));
    else if (operation === "transpose") text = this.moved(this.transposed(shapes[0]));
    else if (this.isElementwise(shapes)) text = this.elementwise(shapes);
    return text === null ? null : { text, terms: this.terms, from: this.from };
  }

  /** The number at an index of an input; noted. */
  take({ key, node }, index) {
    const sampled = this.graph.value(node);
    const place = placeOf(sampled, index);
    const number = place === null ? null : sampled.at(...place);
    (this.from[key] ??= []).push(place);
    this.terms.push(number);
    return number;
  }

  product(shapes) {
    const matrices = new MatrixProduct(...shapes);
    const texts = [];
    for (let k = 0; k < matrices.length; k++) {
      const [a, b] = this.inputs.map((input, position) => this.take(input, matrices.entry(position, this.index, k)));
      if (a === null || b === null) return "";
      texts.push(`${inBrackets(a, 3)} × ${inBrackets(b, 3)}`);
      this.add(a * b);
    }
    return shortened(texts);
  }

  add(term) {
    this.sum += term;
    this.size += Math.abs(term);
  }

  reduction(shape) {
    const axes = axesOf(this.keywords.axis, shape.length);
    const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const isKept = this.node.shape.length === shape.length;
    const index = shape.map(() => 0);
    kept.forEach((axis, i) => (index[axis] = this.index[isKept ? axis : i]));
    const numbers = [];
    for (const at of varying(shape, index, axes)) {
      const number = this.take(this.inputs[0], at);
      if (number === null) return "";
      numbers.push(inBrackets(number, 3));
      if (SUMS.has(this.node.operation)) this.add(number);
    }
    const { operation } = this.node;
    if (operation === "mean") {
      this.sum /= numbers.length;
      return `(${shortened(numbers)}) ÷ ${numbers.length}`;
    }
    if (operation === "sum") return shortened(numbers);
    return `${operation}(${shortened(numbers, ", ")})`;
  }

  softmax(shape) {
    const axis = axesOf(this.keywords.axis ?? "-1", shape.length)[0];
    const numbers = [];
    for (const at of varying(shape, this.index, [axis])) {
      const number = this.take(this.inputs[0], at);
      if (number === null) return "";
      numbers.push(number);
    }
    const e = (x) => `e^${inBrackets(x, 3)}`;
    const share = `${e(numbers[this.index[axis]])} ÷ (${shortened(numbers.map(e))})`;
    return this.node.operation === "softmax" ? share : `log(${share})`;
  }

  /** Where an element of a window was in the input. */
  window() {
    const list = (name) => (this.keywords[name] ?? "").match(/\d+/g)?.map(Number) ?? [];
    const [size, strides, dilation] = [list("size"), list("strides"), list("dilation")];
    const n = size.length;
    const spatial = size.map((_, i) => this.index[1 + i] * strides[i] + this.index[1 + n + i] * dilation[i]);
    return this.moved([this.index[0], ...spatial, ...this.index.slice(1 + 2 * n)]);
  }

  transposed(shape) {
    const axes = this.keywords.axes?.match(/\d+/g)?.map(Number) ?? shape.map((_, i) => shape.length - 1 - i);
    const index = [];
    axes.forEach((axis, i) => (index[axis] = this.index[i]));
    return index;
  }

  moved(index) {
    const number = this.take(this.inputs[0], index);
    return number === null ? "" : `entry [${index.join(", ")}] of ${this.inputs[0].node.symbol}`;
  }

  isElementwise(shapes) {
    const known = this.node.formula?.inputs;
    return known !== undefined && this.inputs.every(({ position }) => known[position]?.derivative) && same(broadcastShape(shapes), this.node.shape);
  }

  elementwise(shapes) {
    const numbers = [];
    for (const [position, x] of this.node.scalars) numbers[position] = x;
    this.inputs.forEach((input, i) => (numbers[input.position] = this.take(input, repeatedFrom(this.index, shapes[i]))));
    if (numbers.includes(null)) return "";
    const { operation } = this.node;
    const sign = SIGNS[operation];
    if (operation === "negative") return `−${inBrackets(numbers[0])}`;
    if (operation === "square") return `${inBrackets(numbers[0])}²`;
    if (numbers.length === 2 && sign?.length === 1) return `${inBrackets(numbers[0])} ${sign} ${inBrackets(numbers[1])}`;
    return `${sign ?? operation}(${numbers.map((x) => numberText(x)).join(", ")})`;
  }
}

// -- backward ----------------------------------------------------------------------------------------

/** The entry at a row and column of what a backward step makes. */
function workedEntry(graph, step, row, column) {
  const numbers = graph.numbersOf(step.contribution);
  const here = [[row, column]];
  if (step.phase === "add") {
    if (!numbers.before?.values) return null;
    const terms = `${numberText(numbers.before.at(row, column))} + ${inBrackets(numbers.fitted.at(row, column))}`;
    return new Worked(terms, numbers.after.at(row, column), { before: here, fitted: here });
  }
  if (step.phase === "unbroadcast") return workedSum(numbers, step.contribution, row, column);
  if (!numbers.product?.values?.length) return null;
  if (numbers.local?.values && numbers.upstream?.values) {
    const terms = `${numberText(numbers.upstream.at(row, column))} × ${inBrackets(numbers.local.at(row, column))}`;
    return new Worked(terms, numbers.product.at(row, column), { upstream: here, local: here });
  }
  return workedMatmul(graph, step, numbers, row, column);
}

/** An entry of a parameter after a plain step of gradient descent. */
function workedUpdate(graph, node, row, column) {
  const [before, gradient, after] = [graph.value(node), graph.gradient(node), graph.updated(node)];
  if (!graph.update.isPlain || !before?.values || !gradient?.values) return null;
  const here = [[row, column]];
  const rate = numberText(parsed(String(graph.update.rate)));
  const terms = `${numberText(before.at(row, column))} − ${rate} × ${inBrackets(gradient.at(row, column))}`;
  return new Worked(terms, after.at(row, column), { before: here, gradient: here });
}

/** The entries of the product that were summed to undo broadcasting, where all are at hand. */
function workedSum({ product, fitted }, { axes }, row, column) {
  if (!product.values || !product.complete || !fitted.values) return null;
  const target = unravelled(fitted, row, column);
  const extra = product.shape.length - fitted.shape.length;
  const terms = [];
  const places = [];
  product.rows.forEach((_, i) =>
    product.columns.forEach((_, j) => {
      const index = unravelled(product, i, j);
      if (!index.every((n, axis) => axes.includes(axis) || n === target[axis - extra])) return;
      terms.push(inBrackets(product.at(i, j)));
      places.push([i, j]);
    }),
  );
  return new Worked(shortened(terms), fitted.at(row, column), { product: places });
}

/** How an entry comes about where its numbers are not all shown. */
function inWords(graph, step) {
  if (step.phase === "forward") return valueInWords(graph, step.node);
  if (!step.contribution) return null;
  const { product, fitted } = graph.numbersOf(step.contribution);
  if (step.phase === "unbroadcast") return `Each entry is the sum of ${counted(product.size / fitted.size, "entry")} of the product.`.replace("entrys", "entries");
  const { node } = step;
  if (step.phase !== "product" || node.operation !== "matmul" || node.shape.length < 2) return null;
  const terms = node.shape.at(step.contribution.edge.position === 0 ? -1 : -2);
  return `Each entry is a sum of ${counted(terms, "product")}.`;
}

function valueInWords(graph, node) {
  const input = node.inputs.length ? graph.nodes[node.inputs[0].source] : null;
  if (node.operation === "matmul" && input.shape) return `Each entry is a sum of ${counted(input.shape.at(-1), "product")}: a row times a column.`;
  if (!SUMS.has(node.operation) || !input?.shape || node.shape === null) return null;
  const count = input.shape.reduce((a, b) => a * b, 1) / node.shape.reduce((a, b) => a * b, 1);
  return `Each entry is the ${node.operation} of ${counted(count, "number")}.`;
}

/** An entry of the gradient of one side of a product of matrices or vectors. */
function workedMatmul(graph, step, { product }, row, column) {
  const { target, position } = step.contribution.edge;
  const node = graph.nodes[target];
  if (node.operation !== "matmul" || node.inputs.length !== 2) return null;
  const sides = node.inputs.map((edge) => graph.nodes[edge.source]);
  const upstream = graph.gradient(node);
  const other = graph.value(sides[1 - position]);
  const matrices = new MatrixProduct(...sides.map((side) => side.shape));
  const from = { upstream: [], other: [] };
  const texts = [];
  const total = { sum: 0, size: 0 };
  const index = unravelled(product, row, column);
  for (const { index: at, k } of matrices.uses(position, index, node.shape)) {
    const places = [placeOf(upstream, at), placeOf(other, matrices.entry(1 - position, at, k))];
    if (places.includes(null)) return null;
    const [g, b] = [upstream.at(...places[0]), other.at(...places[1])];
    from.upstream.push(places[0]);
    from.other.push(places[1]);
    total.sum += g * b;
    total.size += Math.abs(g * b);
    const factors = position === 0 ? [g, b] : [b, g];
    texts.push(factors.map((x) => inBrackets(x, 3)).join(" × "));
  }
  if (!texts.length || !agrees(total.sum, product.at(row, column), total.size)) return null;
  return new Worked(shortened(texts), product.at(row, column), from);
}

function shortened(terms, between = " + ") {
  if (terms.length <= MOST_TERMS) return terms.join(between);
  return `${terms.slice(0, MOST_TERMS - 1).join(between)}${between}…${between}${terms.at(-1)} [${terms.length} terms]`;
}

/** The entry that says most: the largest one, first among equals. */
function mostTelling(sampled) {
  let best = [0, 0];
  let largest = -1;
  if (!sampled?.values) return best;
  sampled.rows.forEach((_, row) =>
    sampled.columns.forEach((_, column) => {
      const size = Math.abs(sampled.at(row, column));
      if (size > largest) [largest, best] = [size, [row, column]];
    }),
  );
  return best;
}
