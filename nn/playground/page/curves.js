// Loss and accuracy over the epochs, of training and test.

import { variable } from "./colours.js";
import { byId, fitted } from "./elements.js";
import { short } from "./numbers.js";

const MOST = 1200; // points of a curve; beyond, every second one is left out
const MARGIN = { left: 48, right: 8, top: 8, bottom: 20 };

export class Curves {
  constructor() {
    this.canvas = byId("curves");
    this.measure = "loss";
    this.clear();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  clear() {
    this.rows = []; // epoch, loss, accuracy, loss and accuracy of the test
    this.stride = 1;
    this.latest = null;
    this.draw();
  }

  add(rows) {
    for (const row of rows) {
      this.latest = row;
      if (row[0] % this.stride === 0) this.rows.push(row);
    }
    while (this.rows.length > MOST) {
      this.stride *= 2;
      this.rows = this.rows.filter((row) => row[0] % this.stride === 0);
    }
    if (rows.length) this.draw();
  }

  setMeasure(measure) {
    this.measure = measure;
    this.draw();
  }

  draw() {
    const context = fitted(this.canvas);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    context.clearRect(0, 0, width, height);
    const rows = this.latest && this.rows.at(-1) !== this.latest ? [...this.rows, this.latest] : this.rows;
    const [low, high] = this.range(rows);
    const lastEpoch = Math.max(10, rows.at(-1)?.[0] ?? 0);
    const x = (epoch) => MARGIN.left + (epoch / lastEpoch) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => height - MARGIN.bottom - ((value - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
    this.axes(context, width, height, low, high, lastEpoch, y);
    const column = this.column;
    this.line(context, rows, column, x, y, variable("muted"), []);
    this.line(context, rows, column + 2, x, y, variable("text"), [5, 3]);
    this.describe(rows);
  }

  get column() {
    return this.measure === "accuracy" ? 2 : 1;
  }

  /** Where a value stands on the vertical axis; null if nowhere. */
  height(value) {
    if (value === null || this.measure !== "log") return value;
    return value > 0 ? Math.log10(value) : null;
  }

  label(height) {
    if (this.measure === "accuracy") return `${100 * height} %`;
    return short(this.measure === "log" ? 10 ** height : height);
  }

  range(rows) {
    if (this.measure === "accuracy") return [0, 1];
    const heights = rows.flatMap((row) => [this.height(row[1]), this.height(row[3])]).filter((height) => height !== null);
    if (!heights.length) return [0, 1];
    const high = Math.max(...heights);
    if (this.measure === "log") return [Math.min(...heights) - 0.1, high + 0.1];
    return [0, Math.max(high, 0.001) * 1.08];
  }

  axes(context, width, height, low, high, lastEpoch, y) {
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = variable("muted");
    context.strokeStyle = variable("border");
    context.lineWidth = 1;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      const value = low + share * (high - low);
      const line = Math.round(y(value)) + 0.5;
      context.globalAlpha = share ? 0.5 : 1;
      context.beginPath();
      context.moveTo(MARGIN.left, line);
      context.lineTo(width - MARGIN.right, line);
      context.stroke();
      context.globalAlpha = 1;
      context.fillText(this.label(value), MARGIN.left - 6, line);
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText("0", MARGIN.left, height - 5);
    context.textAlign = "right";
    context.fillText(`epoch ${lastEpoch.toLocaleString("en")}`, width - MARGIN.right, height - 5);
  }

  line(context, rows, column, x, y, colour, dash) {
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.lineJoin = "round";
    context.setLineDash(dash);
    context.beginPath();
    let pen = false;
    for (const row of rows) {
      const height = this.height(row[column]);
      if (height === null) {
        pen = false;
        continue;
      }
      if (pen) context.lineTo(x(row[0]), y(height));
      else context.moveTo(x(row[0]), y(height));
      pen = true;
    }
    context.stroke();
    context.setLineDash([]);
  }

  /** For those who do not see the curves. */
  describe(rows) {
    const [first, last] = [rows[0], rows.at(-1)];
    if (!last) return;
    const { column } = this;
    const of = (row, c) => (row[c] === null ? "not a number" : short(row[c]));
    this.canvas.setAttribute(
      "aria-label",
      `The ${column === 1 ? "loss" : "accuracy"} over ${last[0]} epochs: training from ${of(first, column)} to ${of(last, column)}, ` +
        `test from ${of(first, column + 2)} to ${of(last, column + 2)}`,
    );
  }
}
