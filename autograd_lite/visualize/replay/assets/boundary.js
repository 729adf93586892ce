// The decision boundary of a model of two features, at the current moment.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CLASS_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#737373"];
const PLOT = 220;

class BoundaryView {
  constructor(graph, colours) {
    Object.assign(this, { graph, colours, data: graph.data.boundary });
    this.view = part("boundary");
    if (!this.data) return;
    this.view.hidden = false;
    page.classList.add("with-boundary");
    this.canvas = make("canvas", { class: "boundary-plot", width: 2 * PLOT, height: 2 * PLOT, role: "img" });
    const [left, right, low, high] = this.data.extent;
    const axis = (className, ...ends) => make("div", { class: className }, ...ends.map((x) => make("span", { text: numberText(x, 3) })));
    const what = this.data.classes ? "Dots are samples in the colours of their classes." : "Orange: towards 1, blue: towards 0. Dots are samples.";
    this.view.append(
      make("h2", { class: "boundary-title", text: "Decision boundary" }),
      make("div", { class: "boundary-frame" }, axis("boundary-up", high, low), this.canvas, axis("boundary-along", left, right)),
      make("p", { class: "quiet", text: `Across: first feature; up: second. ${what}` }),
    );
    this.show();
  }

  show() {
    if (!this.data) return;
    const { side, frames, points, labels, extent } = this.data;
    const frame = frames[this.graph.moment];
    const context = this.canvas.getContext("2d");
    const size = (2 * PLOT) / side;
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        context.fillStyle = this.colour(LETTERS.indexOf(frame[row * side + column]), true);
        context.fillRect(Math.floor(column * size), Math.floor((side - 1 - row) * size), Math.ceil(size), Math.ceil(size));
      }
    }
    if (!this.data.classes) this.drawMiddle(context, frame, side, size);
    const [left, right, low, high] = extent;
    let wrong = 0;
    points.forEach(([x, y], i) => {
      const at = [((x - left) / (right - left)) * 2 * PLOT, (1 - (y - low) / (high - low)) * 2 * PLOT];
      context.beginPath();
      context.arc(...at, 8, 0, 7);
      context.fillStyle = this.colour(this.data.classes ? labels[i] : labels[i] * (LETTERS.length - 1), false);
      context.fill();
      context.lineWidth = 3;
      context.strokeStyle = "#ffffff";
      context.stroke();
      context.lineWidth = 1.2;
      context.strokeStyle = "#000000";
      context.stroke();
      if (!this.isRight(frame, at, labels[i], side)) wrong += 1;
    });
    const right_ = points.length - wrong;
    this.canvas.setAttribute("aria-label", `Decision boundary, ${this.graph.now().name || "now"}: ${right_} of ${points.length} samples are on the right side`);
  }

  /** A thick line where the answer passes one half. */
  drawMiddle(context, frame, side, size) {
    const isHigh = (row, column) => LETTERS.indexOf(frame[row * side + column]) >= LETTERS.length / 2;
    context.fillStyle = getComputedStyle(this.view).color;
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const [x, y] = [column * size, (side - 1 - row) * size];
        if (column + 1 < side && isHigh(row, column) !== isHigh(row, column + 1)) context.fillRect(x + size - 1.5, y - 1, 3, size + 2);
        if (row + 1 < side && isHigh(row, column) !== isHigh(row + 1, column)) context.fillRect(x - 1, y - 1.5, size + 2, 3);
      }
    }
  }

  isRight(frame, [x, y], label, side) {
    const clamp = (n) => Math.min(Math.max(n, 0), side - 1);
    const column = clamp(Math.floor((x / (2 * PLOT)) * side));
    const row = clamp(side - 1 - Math.floor((y / (2 * PLOT)) * side));
    const answer = LETTERS.indexOf(frame[row * side + column]);
    return this.data.classes ? answer === label : answer >= LETTERS.length / 2 === label >= 0.5;
  }

  colour(level, isField) {
    if (this.data.classes) return CLASS_COLOURS[level % CLASS_COLOURS.length] + (isField ? "66" : "");
    const share = (2 * level) / (LETTERS.length - 1) - 1;
    return `rgb(${this.colours.of(isField ? 0.75 * share : share, 1)})`;
  }
}
