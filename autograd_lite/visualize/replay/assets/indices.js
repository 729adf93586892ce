// Which entries of its inputs an entry of an operation's result is computed from.

const SIGNS = { add: "+", subtract: "−", multiply: "×", divide: "÷", power: "^", maximum: "max", minimum: "min" };
const SUMS = new Set(["sum", "mean"]);
const REDUCTIONS = new Set(["sum", "mean", "max", "min", "prod", "amax", "amin", "var", "std", "logsumexp", "average"]);
const MOVES = new Set(["reshape", "ravel", "squeeze", "expand_dims"]);
const SOFTMAXES = new Set(["softmax", "log_softmax"]);

/** The index of an entry of a sample: [row, ..., column]. */
function unravelled(sampled, row, column) {
  const { shape } = sampled;
  if (!shape.length) return [];
  return [...unravel(sampled.rows[row], shape.slice(0, -1)), sampled.columns[column]];
}

function unravel(flat, shape) {
  const index = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(flat % shape[axis]);
    flat = Math.floor(flat / shape[axis]);
  }
  return index;
}

function ravel(index, shape) {
  return index.reduce((flat, n, axis) => flat * shape[axis] + n, 0);
}

/** The place of an index in a sample: [row, column]; null where it was not taken. */
function placeOf(sampled, index) {
  if (!sampled?.values?.length) return null;
  if (!sampled.shape.length) return [0, 0];
  const row = sampled.rows.indexOf(ravel(index.slice(0, -1), sampled.shape));
  const column = sampled.columns.indexOf(index.at(-1));
  return row < 0 || column < 0 ? null : [row, column];
}

/** The index of an entry of an array of that shape, which was repeated to the index. */
function repeatedFrom(index, shape) {
  return shape.map((n, axis) => (n === 1 ? 0 : index[index.length - shape.length + axis]));
}

function broadcastShape(shapes) {
  const length = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length }, (_, i) => Math.max(1, ...shapes.map((shape) => shape[i - length + shape.length] ?? 1)));
}

function same(a, b) {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** "(0, 2)", "-1", "None" as Python writes them, as a list of axes from 0 up. */
function axesOf(text, count) {
  const numbers = (text ?? "None").match(/-?\d+/g);
  if (!numbers) return Array.from({ length: count }, (_, axis) => axis);
  return numbers.map((n) => (Number(n) + count) % count);
}

/** All indices of an array of that shape which agree with `index` where `fixed` does not vary. */
function* varying(shape, index, axes) {
  const inner = axes.map((axis) => shape[axis]);
  const count = inner.reduce((a, b) => a * b, 1);
  for (let i = 0; i < count; i++) {
    const found = [...index];
    unravel(i, inner).forEach((n, k) => (found[axes[k]] = n));
    yield found;
  }
}

/** A product of matrices, or of a matrix and a vector: its parts by position. */
class MatrixProduct {
  constructor(left, right) {
    this.shapes = [left, right];
    this.length = left.at(-1);
  }

  /** The entry of an input, at k along the sum, that the entry `index` of the result needs. */
  entry(position, index, k) {
    const [left, right] = this.shapes;
    const [hasRow, hasColumn] = [left.length > 1, right.length > 1];
    const tail = Number(hasRow) + Number(hasColumn);
    const batch = index.slice(0, index.length - tail);
    const shape = this.shapes[position];
    const outer = repeatedFrom(batch, shape.slice(0, -2));
    if (position === 0) return hasRow ? [...outer, index[batch.length], k] : [k];
    return hasColumn ? [...outer, k, index.at(-1)] : [k];
  }

  /** Of each result's entry that the entry `index` of an input goes into: its index, and k. */
  *uses(position, index, resultShape) {
    const shape = this.shapes[position];
    const other = this.shapes[1 - position];
    const isVector = shape.length === 1;
    const k = isVector ? index[0] : index.at(position === 0 ? -1 : -2);
    const batch = isVector ? [] : index.slice(0, -2);
    const tails = Number(this.shapes[0].length > 1) + Number(this.shapes[1].length > 1);
    const outer = resultShape.slice(0, resultShape.length - tails);
    const mine = isVector ? [] : [index.at(position === 0 ? -2 : -1)];
    const count = other.length === 1 ? 1 : other.at(position === 0 ? -1 : -2);
    const batches = batch.length === outer.length ? [batch] : null;
    for (const b of batches ?? []) {
      for (let j = 0; j < count; j++) {
        const theirs = other.length === 1 ? [] : [j];
        yield { index: position === 0 ? [...b, ...mine, ...theirs] : [...b, ...theirs, ...mine], k };
      }
    }
  }
}
