// One entry of a step worked out in numbers: what the learner can check with a pocket calculator.

const MOST_TERMS = 6;

/** An equation: terms as text, and the result; or null where the numbers at hand do not give it. */
class Worked {
  constructor(terms, result) {
    this.terms = terms;
    this.result = result;
  }
}

/** The entry at a row and column of what a backward step makes. */
function workedEntry(graph, step, row, column) {
  const numbers = graph.numbersOf(step.contribution);
  if (step.phase === "add") {
    if (!numbers.before?.values) return null;
    const terms = `${numberText(numbers.before.at(row, column))} + ${inBrackets(numbers.fitted.at(row, column))}`;
    return new Worked(terms, numbers.after.at(row, column));
  }
  if (step.phase === "unbroadcast") return workedSum(numbers, step.contribution, row, column);
  if (!numbers.product?.values?.length) return null;
  if (numbers.local?.values && numbers.upstream?.values) {
    const terms = `${numberText(numbers.upstream.at(row, column))} × ${inBrackets(numbers.local.at(row, column))}`;
    return new Worked(terms, numbers.product.at(row, column));
  }
  return workedMatmul(graph, step, numbers, row, column);
}

/** The entries of the product that were summed to undo broadcasting, where all are at hand. */
function workedSum({ product, fitted }, { axes }, row, column) {
  if (!product.values || !product.complete || !fitted.values) return null;
  const target = unravelled(fitted, row, column);
  const extra = product.shape.length - fitted.shape.length;
  const terms = [];
  product.rows.forEach((_, i) =>
    product.columns.forEach((_, j) => {
      const index = unravelled(product, i, j);
      const isPart = index.every((n, axis) => axes.includes(axis) || n === target[axis - extra]);
      if (isPart) terms.push(inBrackets(product.at(i, j)));
    }),
  );
  return new Worked(shortened(terms), fitted.at(row, column));
}

/** How an entry comes about where its numbers are not all shown. */
function inWords(graph, step) {
  const { product, fitted } = graph.numbersOf(step.contribution);
  if (step.phase === "unbroadcast") return `Each entry is the sum of ${counted(product.size / fitted.size, "entry")} of the product.`.replace("entrys", "entries");
  const node = step.node;
  if (step.phase !== "product" || node.operation !== "matmul" || node.shape.length !== 2) return null;
  const terms = node.shape[step.contribution.edge.position === 0 ? 1 : 0];
  return `Each entry is a sum of ${counted(terms, "product")}.`;
}

function unravelled(sampled, row, column) {
  let rest = sampled.rows[row];
  const index = sampled.shape.length ? [sampled.columns[column]] : [];
  for (let axis = sampled.shape.length - 2; axis >= 0; axis--) {
    index.unshift(rest % sampled.shape[axis]);
    rest = Math.floor(rest / sampled.shape[axis]);
  }
  return index;
}

/** A row times a column, for the product of two matrices that are shown whole. */
function workedMatmul(graph, step, { product }, row, column) {
  const { source, target, position } = step.contribution.edge;
  const node = graph.nodes[target];
  if (node.operation !== "matmul" || node.inputs.length !== 2) return null;
  const upstream = graph.gradient(node);
  const other = graph.value(graph.nodes[node.inputs[1 - position].source]);
  const matrices = [upstream, other, graph.value(graph.nodes[source])];
  if (matrices.some((matrix) => !matrix?.values || matrix.shape.length !== 2)) return null;
  if (!upstream.complete || !other.complete) return null;
  const [i, j] = [product.rows[row], product.columns[column]];
  const terms =
    position === 0
      ? other.columns.map((k) => [upstream.at(i, k), other.at(j, k)])
      : other.rows.map((k) => [other.at(k, i), upstream.at(k, j)]);
  const texts = terms.map(([a, b]) => `${inBrackets(a, 3)} × ${inBrackets(b, 3)}`);
  return new Worked(shortened(texts), product.at(row, column));
}

function shortened(terms) {
  if (terms.length <= MOST_TERMS) return terms.join(" + ");
  return `${terms.slice(0, MOST_TERMS - 1).join(" + ")} + … + ${terms.at(-1)} (${terms.length} terms)`;
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
